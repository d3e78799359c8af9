//! The loop language on programs whose accesses are worked out by hand.

use lab_core::trace::{
    Access, Kind, Recorder,
    program::{Extent, Instance, Program},
};

fn instance(source: &str) -> Instance {
    let program = Program::parse(source).unwrap_or_else(|problems| {
        panic!("{source}\n{problems:#?}");
    });
    program.with(&[]).expect("the defaults are checked")
}

/// The accesses as `L A+4` with the array and the bytes from its start, in order.
fn accesses(source: &str) -> Vec<String> {
    let instance = instance(source);
    let mut recorder = Recorder::default();
    let mut cursor = instance.start();
    let count = cursor.run(100_000, &mut recorder);
    assert_eq!(count, recorder.accesses.len() as u64);
    assert_eq!(cursor.fault(), None);
    if let Extent::Exact(exact) = instance.accesses() {
        assert_eq!(exact, count, "{source}");
    }
    let tell = |access: &Access| {
        let holds = |base: u64, bytes: u64| (base..base + bytes).contains(&access.address);
        let mut arrays = instance.arrays().iter();
        let array = arrays
            .find(|array| holds(array.base, array.bytes))
            .expect("in an array");
        let kind = match access.kind {
            Kind::Load => "L",
            Kind::Store => "S",
            Kind::StreamLoad => "l",
            Kind::StreamStore => "s",
            Kind::Fetch => "F",
        };
        format!("{kind} {}+{}", array.name, access.address - array.base)
    };
    recorder.accesses.iter().map(tell).collect()
}

#[test]
fn matrices_are_multiplied_in_the_order_written() {
    let told = accesses(
        "param N = 2
         array A[N][N]: f64
         array B[N][N]: f64 order column
         array C[N][N]: f32
         for i in 0..N { for j in 0..N { for k in 0..N {
            C[i][j] = C[i][j] + A[i][k] * B[k][j]
         } } }",
    );
    assert_eq!(told.len(), 32);
    assert_eq!(
        told[..8],
        [
            "L C+0", "L A+0", "L B+0", "S C+0", "L C+0", "L A+8", "L B+8", "S C+0"
        ]
    );
    assert_eq!(told[28..], ["L C+12", "L A+24", "L B+24", "S C+12"]);
}
