//! The numbers of the lesson on cache-oblivious algorithms, simulated again.

#[allow(dead_code, reason = "this lesson runs kernels, not programs")]
mod worked;

use lab_core::{
    bounds::{Bound, Sample},
    model::io,
    parameters::Arguments,
    study::Study,
};

use worked::{preset, says, spaced};

const LESSON: &str = include_str!("../course/without-knowing-the-cache.md");

fn sample(kernel: &str, n: u64, cache: u64) -> Sample {
    let samples = Bound::find(kernel).unwrap().at(n);
    *samples.iter().find(|sample| sample.cache == cache).unwrap()
}

fn constant(kernel: &str) -> (f64, f64) {
    let fit = Bound::find(kernel).unwrap().examine().fit;
    (fit.constant, fit.spread)
}

#[test]
fn transpositions_on_the_small_laptop() {
    let (study, arguments) = (Study::Transposition, Arguments::default());
    let time = |variant| {
        let variant = study.variant(variant).unwrap();
        let value = study.simulate(&preset("small-laptop"), &arguments, variant, 912.0);
        value.unwrap().y
    };
    let [rows, tiles, recursive] = ["row by row", "in tiles", "recursive"].map(time);
    says(
        LESSON,
        &format!("the tiles take {tiles:.2} ns an element, row by row takes {rows:.2} ns"),
    );
    says(LESSON, &format!("{recursive:.2} ns. On its way down"));
    says(LESSON, &format!("{recursive:.2} ns: within seven percent"));
    assert!((1.06..1.07).contains(&(recursive / tiles)));
    assert_eq!([912 / 16, 912 / 8, 912 / 4], [57, 114, 228]);
    for kernel in ["sequential-sum", "transpose-recursive"] {
        assert_eq!(format!("{:.2}", constant(kernel).0), "1.00", "{kernel}");
    }
}

#[test]
fn products_before_small_caches() {
    for kib in [4, 16] {
        let found = sample("matmul-recursive", 224, kib * 1024);
        let misses = found.misses as f64;
        says(
            LESSON,
            &format!(
                "| {kib} KiB | {} | {:.3} | {:.2} |",
                spaced(found.misses),
                misses / found.printed.unwrap(),
                misses / found.form
            ),
        );
    }
    let [(recursive, spread), (tiled, _)] = ["matmul-recursive", "matmul-tiled"].map(constant);
    says(
        LESSON,
        &format!("finds the constant {recursive:.2}, all runs within a factor of {spread:.2}"),
    );
    says(LESSON, &format!("With tiles of √(M/3) it is {tiled:.2}"));
}

#[test]
fn sorts_keep_to_their_bound() {
    for (kernel, told) in [
        ("merge-sort", "the number of runs to merge"),
        ("funnelsort", "nothing"),
    ] {
        let (constant, spread) = constant(kernel);
        says(
            LESSON,
            &format!("| `{kernel}` | {told} | {constant:.2} | {spread:.2} |"),
        );
    }
}

#[test]
fn batches_by_roots_and_by_few_groups() {
    let cache = 4096;
    for n in [16_384, 65_536, 262_144, 1_048_576] {
        let [straight, roots, groups] =
            ["batch-scatter", "batch-roots", "batch-groups"].map(|kernel| sample(kernel, n, cache));
        says(
            LESSON,
            &format!(
                "| {} | {} | {} | {:.1} | {} |",
                spaced(n),
                spaced(straight.misses),
                spaced(roots.misses),
                roots.misses as f64 / roots.printed.unwrap(),
                spaced(groups.misses)
            ),
        );
    }
    let each = |kernel| sample(kernel, 1_048_576, cache).misses as f64 / 1_048_576.0;
    says(
        LESSON,
        &format!("{:.2}. The 1024 groups", each("batch-roots")),
    );
    says(
        LESSON,
        &format!("a sample costs {:.2}", each("batch-scatter")),
    );
    let formula = io::batch_by_roots(1.0, 512.0, 8.0);
    says(LESSON, &format!("The formula gives {formula:.2}"));
    says(
        LESSON,
        &format!(
            "a million samples in {} misses",
            spaced(sample("batch-groups", 1_048_576, 65_536).misses)
        ),
    );
    says(
        LESSON,
        &format!("its constant of {:.2}", constant("batch-groups").0),
    );
    assert!(constant("batch-roots").1 < 1.065);
}

#[test]
fn the_printed_form_beside_the_simulation() {
    let (study, machine) = (Study::Batches, preset("small-laptop"));
    let set = ["issue-roots=0.5"];
    let arguments = Arguments::parse(study.info().parameters, set).unwrap();
    let x = 170_394.0;
    let named = |variant| study.variant(variant).unwrap();
    let predicted = |variant| study.predict(&machine, &arguments, named(variant), x).y;
    let simulated = |variant| {
        let value = study.simulate(&machine, &arguments, named(variant), x);
        value.unwrap().y
    };
    says(
        LESSON,
        &format!(
            "At 170 394 the root recursion takes {:.2} ns in the simulation. The form of the text \
             predicts {:.2} (as printed), one that counts lines of groups {:.2}. Straight to the place takes {:.2}",
            simulated("√n groups"),
            predicted("√n groups, as printed"),
            predicted("√n groups"),
            simulated("straight to the place"),
        ),
    );
}

/// The figures that other lessons show of the studies of algorithms.
#[test]
fn figures_of_loops_tiles_and_layouts() {
    let time = |study: Study, set: &[(&str, f64)], variant, x| {
        let mut arguments = Arguments::default();
        for (name, value) in set {
            arguments
                .set(study.info().parameters, name, *value)
                .unwrap();
        }
        let variant = study.variant(variant).unwrap();
        let value = study.simulate(&preset("small-laptop"), &arguments, variant, x);
        value.unwrap().y
    };
    const ROWS: &str = include_str!("../course/rows-or-columns.md");
    let loops = |variant| time(Study::LoopOrder, &[], variant, 464.0);
    let (along, down) = (loops("ikj"), loops("jki"));
    says(
        ROWS,
        &format!("(ikj) {along:.2} ns at 464; down the columns (jki) {down:.2}, sixteen times"),
    );
    assert!((15.5..16.9).contains(&(down / along)));

    const TILES: &str = include_str!("../course/tiles.md");
    let tile = |variant, side| {
        let set = [("n", 256.0), ("issue-tiles", 0.02)];
        time(Study::Tiling, &set, variant, side)
    };
    let (plain, padded) = (
        tile("rows of 2ᵏ bytes", 48.0),
        tile("rows one line longer", 48.0),
    );
    assert!((7.5..8.5).contains(&(plain / padded)));
    says(TILES, "eight times slower from 48 on");
    says(
        TILES,
        &format!("√(L1/3) = {:.0}", (8192.0_f64 / 3.0).sqrt()),
    );

    const RECORDS: &str = include_str!("../course/records-or-columns.md");
    let field = |variant, used| time(Study::Layouts, &[], variant, used);
    let aos = [1.0, 8.0, 16.0].map(|used| field("AoS in order", used));
    assert!((aos[1] - aos[2]).abs() < 0.01);
    says(
        RECORDS,
        &format!(
            "records (AoS) cost {:.0} ns for one field and {:.2} for eight",
            aos[0],
            aos[1] + 1e-9
        ),
    );
    let soa = [1.0, 8.0, 10.0].map(|used| field("SoA in order", used));
    says(
        RECORDS,
        &format!("columns (SoA) {:.1} from the first on", soa[0]),
    );
    assert!(soa[1] < 0.51);
    says(RECORDS, &format!("in the same sets and cost {:.2}", soa[2]));
    let at_random = |used| field("AoS at random", used) < field("SoA at random", used);
    assert_eq!(
        [1.0, 2.0, 3.0, 4.0, 6.0].map(at_random),
        [false, false, false, true, true]
    );
    says(RECORDS, "At random, records win from four fields on");
}
