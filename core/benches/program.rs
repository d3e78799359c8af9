//! How fast programs of the loop language make their accesses: millions a second, on one core.
//!
//! ```text
//! cargo bench --package lab-core --bench program
//! ```
//!
//! The probe adds the addresses up, so that what is timed is making them. Goal: 100 M/s.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lab_core::trace::{
    Access, Probe,
    program::{Extent, Program},
};

#[derive(Default)]
struct Sum(u64);

impl Probe for Sum {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.0 = self.0.wrapping_add(access.address ^ access.site);
    }
}

const PROGRAMS: &[(&str, &str)] = &[
    (
        "scan",
        "array A[4000000]: f64
         for i in 0..4000000 { A[i] }",
    ),
    (
        "matmul ijk",
        "param N = 100
         array A[N][N]: f64  array B[N][N]: f64  array C[N][N]: f64
         for i in 0..N { for j in 0..N { for k in 0..N {
             C[i][j] = C[i][j] + A[i][k] * B[k][j]
         } } }",
    ),
    (
        "matmul in tiles of 4",
        "param N = 100  param T = 4
         array A[N][N]: f64  array B[N][N]: f64  array C[N][N]: f64
         for ii in 0..N step T { for jj in 0..N step T { for kk in 0..N step T {
             for i in ii..min(ii + T, N) { for j in jj..min(jj + T, N) {
                 for k in kk..min(kk + T, N) { C[i][j] = C[i][j] + A[i][k] * B[k][j] }
             } }
         } } }",
    ),
    (
        "gather",
        "param N = 1000000
         array idx[N]: u32 = random(N, 1)
         array x[N]: f64
         for i in 0..N { x[idx[i]] }",
    ),
    (
        "chase",
        "param N = 100000
         array next[N]: u32 = cycle(1)
         let p = 0
         for i in 0..10*N { p = next[p] }",
    ),
    (
        "condition in the innermost loop",
        "param N = 1000
         array A[N][N]: f32
         for i in 0..N { for j in 0..N { if j > 0 && i != j { A[i][j] += A[i][j - 1] } } }",
    ),
    (
        "threads",
        "param N = 1000000
         array sum[4]: f64
         array A[N]: f64
         parallel for t in 0..4 { for i in t * N / 4..(t + 1) * N / 4 { sum[t] += A[i] } }",
    ),
];

fn programs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("program");
    group.sample_size(10);
    for (name, source) in PROGRAMS {
        let program = Program::parse(source).expect("a program");
        let instance = program.with(&[]).expect("its parameters");
        let count = instance.start().run(u64::MAX, &mut Sum::default());
        if let Extent::Exact(exact) = instance.accesses() {
            assert_eq!(exact, count);
        }
        group.throughput(Throughput::Elements(count));
        group.bench_function(*name, |bencher| {
            bencher.iter(|| {
                let mut sum = Sum::default();
                instance.start().run(u64::MAX, &mut sum);
                black_box(sum.0)
            });
        });
    }
    group.finish();
}

criterion_group!(benches, programs);
criterion_main!(benches);
