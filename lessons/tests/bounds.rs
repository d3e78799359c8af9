//! The lesson on cache-oblivious algorithms quotes what `lab bounds` finds: half a minute of simulation,
//! too long for every build. So these numbers alone stand in a text, and are simulated again here.

use lab_core::bounds::{Bound, Sample};

const LESSON: &str = include_str!("../course/without-knowing-the-cache.md");

/// Fails unless the lesson says so, whatever its line breaks.
#[track_caller]
fn says(words: &str) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(LESSON).contains(&flat(words)), "not said: {words}");
}

/// A number as lessons write it.
fn spaced(number: u64) -> String {
    match number {
        0..10_000 => number.to_string(),
        10_000..1_000_000 => format!("{} {:03}", number / 1000, number % 1000),
        _ => format!(
            "{} {:03} {:03}",
            number / 1_000_000,
            number / 1000 % 1000,
            number % 1000
        ),
    }
}

fn sample(kernel: &str, n: u64, cache: u64) -> Sample {
    let samples = Bound::find(kernel).unwrap().at(n);
    *samples.iter().find(|sample| sample.cache == cache).unwrap()
}

fn constant(kernel: &str) -> (f64, f64) {
    let fit = Bound::find(kernel).unwrap().examine().fit;
    (fit.constant, fit.spread)
}

#[test]
fn scans_and_transpositions_move_each_line_once() {
    for kernel in ["sequential-sum", "transpose-recursive"] {
        assert_eq!(format!("{:.2}", constant(kernel).0), "1.00", "{kernel}");
    }
}

#[test]
fn products_before_small_caches() {
    for kib in [4, 16] {
        let found = sample("matmul-recursive", 224, kib * 1024);
        let misses = found.misses as f64;
        says(&format!(
            "| {kib} KiB | {} | {:.3} | {:.2} |",
            spaced(found.misses),
            misses / found.printed.unwrap(),
            misses / found.form
        ));
    }
    let [(recursive, spread), (tiled, _)] = ["matmul-recursive", "matmul-tiled"].map(constant);
    says(&format!(
        "finds the constant {recursive:.2}, all runs within a factor of {spread:.2}"
    ));
    says(&format!("With tiles of √(M/3) it is {tiled:.2}"));
}

#[test]
fn sorts_keep_to_their_bound() {
    for (kernel, told) in [
        ("merge-sort", "the number of runs to merge"),
        ("funnelsort", "nothing"),
    ] {
        let (constant, spread) = constant(kernel);
        says(&format!(
            "| `{kernel}` | {told} | {constant:.2} | {spread:.2} |"
        ));
    }
}

#[test]
fn batches_by_roots_and_by_few_groups() {
    let cache = 4096;
    for n in [16_384, 65_536, 262_144, 1_048_576] {
        let [straight, roots, groups] =
            ["batch-scatter", "batch-roots", "batch-groups"].map(|kernel| sample(kernel, n, cache));
        says(&format!(
            "| {} | {} | {} | {:.1} | {} |",
            spaced(n),
            spaced(straight.misses),
            spaced(roots.misses),
            roots.misses as f64 / roots.printed.unwrap(),
            spaced(groups.misses)
        ));
    }
    let each = |kernel| sample(kernel, 1_048_576, cache).misses as f64 / 1_048_576.0;
    says(&format!("{:.2}. The 1024 groups", each("batch-roots")));
    says(&format!("a sample costs {:.2}", each("batch-scatter")));
    says(&format!(
        "a million samples in {} misses",
        spaced(sample("batch-groups", 1_048_576, 65_536).misses)
    ));
    says(&format!(
        "its constant of {:.2}",
        constant("batch-groups").0
    ));
    assert!(constant("batch-roots").1 < 1.065);
}
