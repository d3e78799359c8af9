//! The numbers of the lesson on layouts, simulated again and worked out by counting lines.

mod worked;

use lab_core::{
    evidence::Evidence,
    machine::{Figure, Tlb},
    sim::Hierarchy,
    trace::program::Program,
};

use worked::{preset, run, says, spaced, teaching};

const RECORDS: &str = include_str!("../course/records-or-columns.md");

/// In sequence: a result for each record, from the first K of its eight fields.
const IN_SEQUENCE: &str = "
param N = 4096
param V = 1
param K = 8
param PAD = 0
array points[N / V][8][V + PAD]: f64
array out[N]: f64
for i in 0..N {
    let s = 0
    for k in 0..K {
        s = s + points[i / V][k][i % V]
    }
    out[i] = s
}";

/// In an order read from an array.
const SHUFFLED: &str = "
param N = 65536
param V = 1
param K = 8
array points[N / V][8][V]: f64
array wanted[N]: u32 = permutation(1)
let s = 0
for i in 0..N {
    let p = wanted[i]
    for k in 0..K {
        s = s + points[p / V][k][p % V]
    }
}";

#[test]
fn layouts_in_sequence() {
    let laptop = preset("small-laptop");
    let simulated = |v, k, pad| run(&laptop, IN_SEQUENCE, &[("V", v), ("K", k), ("PAD", pad)]);
    // A line of 64 bytes is a record, or eight values of a field.
    let lines = |v, k: u64, pad| match (v, k, pad) {
        (1, ..) => 4096 + 512,
        (4096, 8, 0) => 9 * 4096,
        _ => 512 * (k + 1),
    };
    for k in [1, 2, 4, 7, 8] {
        let counted = [(1, 0), (8, 0), (4096, 0), (4096, 8)].map(|(v, pad)| {
            let misses = simulated(v, k as i64, pad).misses[0];
            assert_eq!(misses, lines(v, k, pad), "{v} {k} {pad}");
            spaced(misses)
        });
        says(RECORDS, &format!("| {k} | {} |", counted.join(" | ")));
    }
    let met = simulated(4096, 8, 0);
    assert_eq!((met.accesses, met.misses[0]), (36_864, 36_864));
    assert_eq!(met.misses[0] / 4608, 8);
    assert_eq!(met.causes.conflict, 36_864 - 4608);
    says(RECORDS, "32 256 of them are conflict misses");
    says(
        RECORDS,
        &format!("{} miss L2 as well", spaced(met.misses[1])),
    );
    assert!([1, 8, 4096].map(|v| simulated(v, 8, 0).misses[2]) == [4608; 3]);
    says(RECORDS, "columns win by 4.5 for one field");
    assert_eq!(lines(1, 1, 0) as f64 / lines(4096, 1, 0) as f64, 4.5);
}

/// Skylake's first TLB, which the preset does not have.
fn tlb_misses(values: &[(&str, i64)]) -> u64 {
    let mut laptop = preset("small-laptop");
    laptop.tlbs = vec![Tlb {
        name: "L1 dTLB".into(),
        entries: 64,
        ways: 4,
        huge_entries: 0,
        huge_ways: 0,
        miss_ns: Figure::new(4.5, Evidence::Assumed, "only misses are counted"),
    }];
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    let instance = Program::parse(IN_SEQUENCE).unwrap().with(&values).unwrap();
    let mut caches = Hierarchy::new(&laptop).unwrap();
    instance.start().run(u64::MAX, &mut caches);
    caches.counts().tlbs[0].misses
}

#[test]
fn pages_of_streams() {
    let row = |words: &str, misses: u64, values: &[(&str, i64)]| {
        let translations = tlb_misses(values);
        let counted = run(&preset("small-laptop"), IN_SEQUENCE, values).misses[0];
        assert_eq!(counted, misses, "{words}");
        says(
            RECORDS,
            &format!(
                "| {words} | {} | {} |",
                spaced(misses),
                spaced(translations)
            ),
        );
        translations
    };
    // 64 pages of records and 8 of results.
    assert_eq!(row("records", 4608, &[]), 64 + 8);
    assert_eq!(row("packets, V = 8", 4608, &[("V", 8)]), 64 + 8);
    // Five streams whose every access misses, four of eight pages each.
    let columns = row("columns", 36_864, &[("V", 4096)]);
    assert_eq!(columns, 5 * 4096 + 4 * 8);
    // `out` is eight lines, 64 elements, ahead of the first column: for the last 64 steps of each of
    // eight pages it is on the next one, and the four others are alone.
    let line = row("columns, a line apart", 4608, &[("V", 4096), ("PAD", 8)]);
    let spared = 5 * (4096 - 8 * 64);
    assert!((spared..spared + 128).contains(&line), "{line}");
    row(
        "columns, a page apart",
        36_864,
        &[("V", 4096), ("PAD", 512)],
    );
    row(
        "columns, a page and a line apart",
        4608,
        &[("V", 4096), ("PAD", 520)],
    );
}

#[test]
fn layouts_in_random_order() {
    let laptop = preset("small-laptop");
    let mut counted = Vec::new();
    for k in [1, 2, 4, 8] {
        let misses =
            [1, 2, 8, 65_536].map(|v| run(&laptop, SHUFFLED, &[("V", v), ("K", k)]).misses[0]);
        says(
            RECORDS,
            &format!("| {k} | {} |", misses.map(spaced).join(" | ")),
        );
        assert_eq!(misses[0], 65_536 + 4096);
        // Each of the columns' lines is still there with the chance of its share of the cache.
        let columns = 65_536.0 * k as f64 * (1.0 - 512.0 / (8192.0 * k as f64)) + 4096.0;
        let error = misses[3] as f64 / columns - 1.0;
        assert!(error.abs() < 0.012, "{k}: {error}");
        counted.push((columns, error));
    }
    assert_eq!(counted[0].0, 65_536.0);
    assert_eq!(format!("{:.1}", 100.0 * counted[0].1), "1.1");
    says(
        RECORDS,
        "the formula gives 65 536 and the simulator counts 66 256, 1.1 % more",
    );
    assert_eq!(counted[1].0, 131_072.0);
    says(RECORDS, "131 072 against 131 742");
    says(RECORDS, "69 632 misses against 131 742");
}

#[test]
fn padding() {
    let laptop = preset("small-laptop");
    let walk = |record: &str, uses: &str| {
        let source = format!(
            "record P {{ {record} }}\narray points[4096]: P\nfor i in 0..4096 {{\n{uses}\n}}"
        );
        run(&laptop, &source, &[]).misses[0]
    };
    let mixed = "points[i].x points[i].y points[i].id".replace(' ', "\n");
    let floats = "points[i].x points[i].y points[i].z".replace(' ', "\n");
    let columns = |types: [&str; 3]| {
        let [x, y, z] = types;
        let source = format!(
            "array x[4096]: {x}\narray y[4096]: {y}\narray z[4096]: {z}\nfor i in 0..4096 {{\nx[i]\ny[i]\nz[i]\n}}"
        );
        run(&laptop, &source, &[]).misses[0]
    };
    for (words, bytes, lines) in [
        ("`x, y, id`", 24, walk("x: f32, y: f64, id: u8", &mixed)),
        (
            "`y, x, id`, larger fields first",
            16,
            walk("y: f64, x: f32, id: u8", &mixed),
        ),
        ("three columns", 13, columns(["f32", "f64", "u8"])),
        (
            "three numbers of 4 bytes, records",
            12,
            walk("x: f32, y: f32, z: f32", &floats),
        ),
        ("three numbers of 4 bytes, columns", 12, columns(["f32"; 3])),
    ] {
        assert_eq!(lines, bytes * 4096 / 64, "{words}");
        says(
            RECORDS,
            &format!("| {words} | {bytes} | {} |", spaced(lines)),
        );
    }
    // Records of 12 bytes, each alone: how many lines are 16 of them?
    let touched = |record: u64| (12 * record + 11) / 64 - 12 * record / 64 + 1;
    assert_eq!((0..16).map(touched).sum::<u64>(), 18);
    says(RECORDS, "$18 / 16 = 1.125$ lines");
}

#[test]
fn layouts_on_the_teaching_machine() {
    let misses = |v, k, pad| {
        let ran = teaching("layouts", &[("V", v), ("K", k), ("PAD", pad)]);
        (ran.misses[0], ran.accesses)
    };
    assert_eq!(teaching("layouts", &[]).misses[0], 256);
    assert_eq!(misses(256, 4, 0), (1024, 1024));
    assert_eq!(misses(256, 4, 4).0, 256);
    assert_eq!((misses(256, 2, 0).0, misses(256, 3, 0).0), (128, 768));
    says(RECORDS, "V = 1, there are 256 misses");
    says(RECORDS, "all 1024 accesses miss");
    says(
        RECORDS,
        "K = 2 with V = 256 and PAD = 0 misses 128 times, K = 3 already 768",
    );
}
