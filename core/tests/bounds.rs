//! The I/O model's forms against the kernels: those that hold have a constant, those of the course
//! text that do not have none.

use lab_core::bounds::{BOUNDS, Bound};

#[test]
fn forms_that_hold_have_one_constant_and_the_others_have_none() {
    for bound in BOUNDS {
        let name = bound.kernel.name();
        let finding = bound.examine();
        assert!(
            finding.fit.spread < 2.0,
            "{name}: {} has no constant: {:?}",
            bound.form.text,
            finding.fit
        );
        // What the form leaves open is a small factor, not a growth in disguise.
        assert!(
            (0.9..8.0).contains(&finding.fit.constant),
            "{name}: {:?}",
            finding.fit
        );
        if let Some(printed) = finding.printed {
            assert!(
                printed.spread > 3.0,
                "{name}: the printed form would do: {printed:?}"
            );
            assert!(printed.spread > 1.5 * finding.fit.spread, "{name}");
        }
    }
}

/// Where the form counts every line, nothing is left to fit.
#[test]
fn forms_that_count_every_line_have_the_constant_one() {
    for name in [
        "sequential-sum",
        "row-sum",
        "column-sum",
        "matmul-ijk",
        "matmul-ikj",
        "transpose",
        "transpose-tiled",
        "transpose-recursive",
        "batch-scatter",
        "batch-roots",
    ] {
        let finding = Bound::find(name).unwrap().examine();
        let (constant, spread) = (finding.fit.constant, finding.fit.spread);
        assert!(
            (0.97..1.04).contains(&constant) && spread < 1.08,
            "{name}: {:?}",
            finding.fit
        );
    }
}

/// The text's √n groups are no cheaper than writing each sample straight to its place, until n is so
/// small that nearly all fits; a few groups at a time are.
#[test]
fn few_groups_beat_roots_where_the_cache_is_small() {
    let at = |name: &str| {
        let samples = Bound::find(name).unwrap().at(1_048_576);
        samples
            .iter()
            .find(|sample| sample.cache == 4096)
            .unwrap()
            .misses
    };
    let (roots, groups, scatter) = (at("batch-roots"), at("batch-groups"), at("batch-scatter"));
    assert!(roots > 2 * scatter, "{roots} {scatter}");
    assert!(3 * groups < 2 * roots, "{groups} {roots}");
}
