//! The loop language on programs whose accesses are worked out by hand.

use lab_core::trace::{
    Access, Kind, NoProbe, Recorder,
    program::{EXAMPLES, Extent, Instance, Program, format},
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

#[test]
fn rows_and_columns_lie_as_declared() {
    let told = accesses(
        "array A[2][3]: u8 order column  array B[2][3]: u16
         for i in 0..2 { for j in 0..3 { B[i][j] = A[i][j] } }",
    );
    let loads: Vec<_> = told.iter().step_by(2).collect();
    assert_eq!(
        loads,
        ["L A+0", "L A+2", "L A+4", "L A+1", "L A+3", "L A+5"]
    );
    let stores: Vec<_> = told.iter().skip(1).step_by(2).collect();
    assert_eq!(
        stores,
        ["S B+0", "S B+2", "S B+4", "S B+6", "S B+8", "S B+10"]
    );
}

#[test]
fn indices_are_read_just_before_what_they_point_to() {
    let told = accesses(
        "array i1[4]: u32 = iota()  array i2[4]: u8 = iota()
         array x[4]: f64  array y[4]: f64
         y[i1[1]] = x[i1[2]] + x[i2[i1[3]]]
         y[i1[1]] += x[i2[2]]",
    );
    assert_eq!(
        told,
        [
            "L i1+8", "L x+16", "L i1+12", "L i2+3", "L x+24", "L i1+4", "S y+8", "L i1+4",
            "L y+8", "L i2+2", "L x+16", "S y+8"
        ]
    );
}

#[test]
fn fields_lie_where_c_has_them() {
    let told = accesses(
        "record P { x: f32, y: f64, id: u8 }  array p[3]: P
         for i in 0..3 { p[i].y = p[i].x + p[i].id }
         p[1]",
    );
    assert_eq!(told[..3], ["L p+0", "L p+16", "S p+8"]);
    assert_eq!(told[6..], ["L p+48", "L p+64", "S p+56", "L p+24"]);
}

#[test]
fn loops_step_both_ways_and_bounds_are_read_once() {
    let told = accesses(
        "array row[3]: u32 = iota()  array a[8]: u8
         for i in row[2]..6 step row[2] { a[i] }
         for i in 5..=1 step -2 { a[i] }
         for i in 3..3 { a[i] }
         for i in 3..0 { a[i] }",
    );
    assert_eq!(
        told,
        [
            "L row+8", "L row+8", "L a+2", "L a+4", "L a+5", "L a+3", "L a+1"
        ]
    );
}

#[test]
fn conditions_look_at_the_right_side_where_the_left_does_not_decide() {
    let told = accesses(
        "array v[4]: u32 = iota()  array a[4]: u8
         for i in 0..2 { if v[i] == 1 || v[i + 1] == 1 && !(i != 0) { a[i] } else { a[3] } }
         if !(v[0] < 1 && v[1] < 1) { stream a[2] = 1 }",
    );
    assert_eq!(
        told,
        [
            "L v+0", "L v+4", "L a+0", "L v+4", "L a+1", "L v+0", "L v+4", "s a+2"
        ]
    );
}

#[test]
fn arithmetic_goes_towards_zero() {
    let told = accesses(
        "array a[8]: u8
         for i in -7..-6 { a[i / 2 + 4]; a[i % 4 + 4]; a[min(i, 3) + 7]; a[max(i, 3, 2)] }",
    );
    assert_eq!(told, ["L a+1", "L a+1", "L a+0", "L a+3"]);
}

#[test]
fn scalars_are_registers_and_follow_what_they_read() {
    let told = accesses(
        "array next[4]: u32 = cycle(1)  array a[8]: f32
         let p = 0  let seen = 0  let sum = 0
         for i in 0..4 { p = next[p]  seen += 1  sum = sum + a[seen] }",
    );
    let links: Vec<_> = told.iter().step_by(2).collect();
    assert_eq!(links[0], "L next+0");
    let distinct: std::collections::BTreeSet<_> = links.iter().collect();
    assert_eq!(distinct.len(), 4);
    let sums: Vec<_> = told.iter().skip(1).step_by(2).collect();
    assert_eq!(sums, ["L a+4", "L a+8", "L a+12", "L a+16"]);
}

#[test]
fn threads_take_turns_after_every_iteration() {
    let instance = instance(
        "array c[2]: u64  array a[6]: u64
         parallel for t in 0..2 { c[t]  for i in 3 * t..3 * (t + 1) - t { c[t] += a[i] } }
         a[0]",
    );
    let mut recorder = Recorder::default();
    instance.start().run(u64::MAX, &mut recorder);
    let cores: Vec<_> = recorder.accesses.iter().map(|access| access.core).collect();
    // A thread's first turn holds the read before the loop. The last iteration ends a turn.
    assert_eq!(
        cores,
        [0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    );
    assert_eq!(instance.accesses(), Extent::Exact(18));
}

#[test]
fn leaving_an_array_ends_the_run_before_the_access() {
    for (source, told, message) in [
        (
            "array a[4]: u8\nfor i in 0..6 { if i != 9 { a[i] } }",
            4,
            "line 2, column 31: `i` is 4, outside `a`: its indices go from 0 to 3. Keep the index \
             inside, with bounds or an `if`.",
        ),
        (
            "array a[4][2]: u8\nfor i in 0..2 { for j in 0..i + 2 { a[0][j] } }",
            4,
            "line 2, column 42: `j` is 2, outside `a`: its indices in dimension 2 go from 0 to 1. \
             Keep the index inside, with bounds or an `if`.",
        ),
        (
            "array a[4]: u8\nfor i in 0..4 { a[3 / (2 - i)] }",
            2,
            "line 2, column 19: `3 / (2 - i)` has no result in 64 bits. Avoid dividing by 0 and \
             numbers that large.",
        ),
        (
            "array a[4]: u8\nlet p = 1\nfor i in 0..100 { p = p * 4  a[p % 4] }",
            31,
            "line 3, column 23: `p * 4` has no result in 64 bits. Avoid dividing by 0 and numbers that \
             large.",
        ),
    ] {
        let mut cursor = instance(source).start();
        assert_eq!(cursor.run(1000, &mut Recorder::default()), told, "{source}");
        assert_eq!(
            cursor.fault().map(ToString::to_string).as_deref(),
            Some(message)
        );
    }
}

#[test]
fn endless_loops_without_accesses_are_given_up() {
    let source = "array a[4]: u8\nfor i in 0..9000000000000 { if i < 0 { a[0] } }";
    let mut cursor = instance(source).start();
    assert_eq!(cursor.run(1, &mut Recorder::default()), 0);
    assert!(cursor.fault().is_some());
}

#[test]
fn examples_are_sound_small_formatted_and_told_apart() {
    let mut names = std::collections::BTreeSet::new();
    for example in EXAMPLES {
        assert!(names.insert(example.name));
        assert_eq!(
            format(example.source).as_deref(),
            Ok(example.source),
            "{}",
            example.name
        );
        let instance = instance(example.source);
        let Extent::Exact(count) = instance.accesses() else {
            panic!("{} does not know its accesses", example.name);
        };
        assert!((64..=5000).contains(&count), "{}: {count}", example.name);
        let mut cursor = instance.start();
        assert_eq!(
            cursor.run(u64::MAX, &mut NoProbe),
            count,
            "{}",
            example.name
        );
        assert_eq!(cursor.fault(), None, "{}", example.name);
        assert!(!example.claims.is_empty() && !example.about.is_empty());
        // Every position of every slider is one the program can take.
        let program = Program::parse(example.source).expect("it was read before");
        for param in program.params() {
            for value in [param.min, param.max] {
                let values = [(param.name.clone(), value)];
                let instance = program.with(&values);
                let instance =
                    instance.unwrap_or_else(|problems| panic!("{}: {problems:?}", example.name));
                let mut cursor = instance.start();
                cursor.run(100_000, &mut NoProbe);
                assert_eq!(cursor.fault(), None, "{} {values:?}", example.name);
            }
        }
    }
}
