//! The examples of the loop language: each runs, is written the one way, and shows what it says.

use lab_core::{
    machine::Machine,
    sim::{Causes, Hierarchy, Options},
    trace::{
        Recorder,
        program::{EXAMPLES, Extent, Program, example, format},
    },
};

fn accesses(source: &str) -> Vec<lab_core::trace::Access> {
    let program = Program::parse(source).unwrap_or_else(|problems| panic!("{problems:#?}"));
    let mut recorder = Recorder::default();
    let mut cursor = program.with(&[]).expect("defaults fit").start();
    cursor.run(u64::MAX, &mut recorder);
    assert_eq!(cursor.fault(), None);
    recorder.accesses
}

/// Misses of the first level of the teaching machine, by cause.
fn misses(name: &str, values: &[(&str, i64)]) -> (u64, Causes) {
    let program = Program::parse(example(name).expect(name).source).expect(name);
    let values: Vec<_> = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    let machine = Machine::preset("teaching").unwrap();
    let options = Options {
        classify: true,
        ..Options::default()
    };
    let mut caches = Hierarchy::with(&machine, options).unwrap();
    let instance = program.with(&values).expect(name);
    instance.start().run(u64::MAX, &mut caches);
    let level = caches.counts().levels.remove(0);
    (level.misses, level.misses_by_cause.unwrap())
}

#[test]
fn every_example_runs_and_is_small_enough_for_a_first_look() {
    for example in EXAMPLES {
        let told = accesses(example.source);
        assert!(
            (100..40_000).contains(&told.len()),
            "{}: {}",
            example.name,
            told.len()
        );
        let instance = Program::parse(example.source).unwrap().with(&[]).unwrap();
        match instance.accesses() {
            Extent::Exact(exact) => assert_eq!(exact, told.len() as u64, "{}", example.name),
            Extent::AtMost(most) => assert!(most >= told.len() as u64, "{}", example.name),
        }
    }
}

#[test]
fn every_example_is_written_the_one_way() {
    for example in EXAMPLES {
        assert_eq!(
            format(example.source).unwrap(),
            example.source,
            "{}",
            example.name
        );
    }
}

#[test]
fn names_are_unique_and_known() {
    for (place, one) in EXAMPLES.iter().enumerate() {
        let found = EXAMPLES.iter().position(|other| other.name == one.name);
        assert_eq!(found, Some(place));
    }
    assert!(example("no such program").is_none());
}

#[test]
fn columns_miss_at_every_step_and_rows_once_a_line() {
    // Lines of 16 bytes hold four f32.
    assert_eq!(misses("columns", &[]).0, 256);
    assert_eq!(misses("rows", &[]).0, 64);
    assert_eq!(misses("scan", &[]).0, 256);
}

#[test]
fn orders_and_tiles_of_the_product_are_as_far_apart_as_they_say() {
    let [ijk, ikj, tiled] =
        ["matmul", "matmul-ikj", "matmul-tiled"].map(|name| misses(name, &[]).0);
    assert!(ikj < ijk && tiled < ijk, "{ijk} {ikj} {tiled}");
    assert!(misses("transpose-tiled", &[]).0 < misses("transpose", &[]).0);
}

#[test]
fn layouts_use_what_they_say_of_a_line() {
    assert_eq!(misses("aos", &[]).0, 256);
    assert_eq!(misses("soa", &[]).0, 64);
    assert_eq!(misses("aosoa", &[]).0, 64);
}

#[test]
fn padding_between_words_turns_conflicts_into_hits() {
    let (missed, causes) = misses("conflicts", &[]);
    assert_eq!((missed, causes.compulsory, causes.conflict), (256, 8, 248));
    let (missed, causes) = misses("conflicts", &[("PAD", 4)]);
    assert_eq!((missed, causes.conflict), (8, 0));
}

#[test]
fn a_scan_pushes_the_table_out() {
    // 512 words of the scan take 128 lines, the table four: again at every pass, and if the scan
    // is streamed only once.
    assert_eq!(misses("hot-cold", &[]).0, 128 + 8 * 4);
    let source = example("hot-cold").unwrap().source;
    let streaming = source.replace("        cold[", "        stream cold[");
    assert_ne!(streaming, source);
    let machine = Machine::preset("teaching").unwrap();
    let mut caches = Hierarchy::new(&machine).unwrap();
    let instance = Program::parse(&streaming).unwrap().with(&[]).unwrap();
    instance.start().run(u64::MAX, &mut caches);
    assert_eq!(caches.counts().levels[0].misses, 128 + 4);
}
