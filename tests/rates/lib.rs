//! What `tests/browser/rates.rs` times in a worker of the browser: rounds of the batch engine and of
//! programs in the loop language, without bindings and without a clock of their own.

use std::cell::RefCell;

use lab_core::{
    evidence::Evidence,
    machine::{Cache, Figure, Machine, Memory},
    sim::Hierarchy,
    trace::{
        Access, Probe,
        program::{Instance, Program},
    },
};

const BIG: u64 = 64 << 20;

/// Programs whose accesses are made and added up.
const PROGRAMS: [&str; 3] = [
    "array A[4000000]: f64
     let s = 0
     for i in 0..4000000 { s = s + A[i] }",
    "param N = 100
     array A[N][N]: f64  array B[N][N]: f64  array C[N][N]: f64
     for i in 0..N { for j in 0..N { for k in 0..N {
         C[i][j] = C[i][j] + A[i][k] * B[k][j]
     } } }",
    "param N = 1000000
     array idx[N]: u32 = random(N, 1)
     array x[N]: f64
     for i in 0..N { x[idx[i]] }",
];

enum Row {
    /// Caches that keep what they hold from round to round, and loads of eight bytes.
    Engine(Box<Hierarchy>, Vec<u32>),
    Program(Box<Instance>, Sum),
}

#[derive(Default)]
struct Sum(u64);

impl Probe for Sum {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.0 = self.0.wrapping_add(access.address ^ access.site);
    }
}

thread_local! {
    static ROW: RefCell<Option<Row>> = const { RefCell::new(None) };
}

/// 32 KiB of 8 ways, 512 KiB of 8, 8 MiB of 16: the same as `core/benches/engines`.
fn machine() -> Machine {
    let figure = || Figure::new(1.0, Evidence::Assumed, "");
    let caches = [
        ("L1", 32 << 10, 8),
        ("L2", 512 << 10, 8),
        ("L3", 8 << 20, 16),
    ];
    let caches = caches.map(|(name, size, ways)| {
        Cache::new(
            name,
            (size, 64, ways),
            Evidence::Assumed,
            figure(),
            figure(),
        )
    });
    let memory = Memory {
        size: 1 << 40,
        latency_ns: figure(),
        bandwidth_gbs: figure(),
    };
    Machine::new("compared", caches.into(), memory)
}

fn row(number: u32) -> Option<Row> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut address: Box<dyn FnMut(u64) -> u64> = match number {
        0 => Box::new(|at| at * 8 % (16 << 10)),
        1 => Box::new(|at| at * 8),
        2 => Box::new(|at| at * 64 % BIG),
        3 => Box::new(move |_| random.u64(..BIG) & !7),
        _ => {
            let source = PROGRAMS.get(number as usize - 4)?;
            let instance = Program::parse(source).ok()?.with(&[]).ok()?;
            return Some(Row::Program(Box::new(instance), Sum::default()));
        }
    };
    let trace = (0..BIG / 8).map(|at| address(at) as u32).collect();
    let caches = Hierarchy::new(&machine()).ok()?;
    Some(Row::Engine(Box::new(caches), trace))
}

/// Makes a row ready, in place of the one before: 0 to 3 are traces for the batch engine, then come
/// programs. Not 0 if there is such a row.
#[unsafe(no_mangle)]
pub extern "C" fn prepare(number: u32) -> u32 {
    ROW.with_borrow_mut(|kept| {
        *kept = None;
        *kept = row(number);
        kept.is_some().into()
    })
}

/// One round of the row that is ready. Returns how many accesses it made.
#[unsafe(no_mangle)]
pub extern "C" fn follow() -> f64 {
    ROW.with_borrow_mut(|kept| match kept {
        Some(Row::Engine(caches, trace)) => {
            for &address in &*trace {
                caches.access(Access::load(address.into(), 8));
            }
            trace.len() as f64
        }
        Some(Row::Program(instance, sum)) => instance.start().run(u64::MAX, sum) as f64,
        None => 0.0,
    })
}

/// Something of every access of the row, so that none can be left out.
#[unsafe(no_mangle)]
pub extern "C" fn seen() -> f64 {
    ROW.with_borrow_mut(|kept| match kept {
        Some(Row::Engine(caches, _)) => caches.counts().accesses as f64,
        Some(Row::Program(_, sum)) => sum.0 as f64,
        None => 0.0,
    })
}
