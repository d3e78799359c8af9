//! The numbers that lessons quote of programs of the Cache view, simulated again.

mod worked;

use lab_core::trace::program::EXAMPLES;

use worked::{preset, run, says, spaced, teaching};

const ROWS: &str = include_str!("../course/rows-or-columns.md");
const TILES: &str = include_str!("../course/tiles.md");

const DOWN: &str = include_str!("../exercises/swap-the-loops/unsolved.loop");
const ALONG: &str = include_str!("../exercises/swap-the-loops/solution.loop");

#[test]
fn rows_and_columns_of_a_matrix() {
    let laptop = preset("small-laptop");
    let row = |words: &str, source: &str| {
        let ran = run(&laptop, source, &[]);
        assert_eq!(ran.accesses, 131_072);
        let (misses, conflicts) = (ran.misses[0], ran.causes.conflict);
        let share = misses as f64 / ran.accesses as f64;
        says(
            ROWS,
            &format!(
                "| {words} | {} | {} | {share} |",
                spaced(misses),
                spaced(conflicts)
            ),
        );
        (misses, conflicts, ran.causes.compulsory, ran.misses[2])
    };
    assert_eq!(
        row("`j` inside, along the rows", ALONG),
        (16_384, 0, 16_384, 16_384)
    );
    assert_eq!(
        row("`i` inside, down the columns", DOWN),
        (131_072, 114_688, 16_384, 16_384)
    );
    let padded = DOWN.replace("[N][N]", "[N][N + 8]");
    assert_eq!(row("`i` inside, rows 64 bytes longer", &padded).0, 16_384);
    // In column-major arrays the two change places.
    let fortran =
        |source: &str| run(&laptop, &source.replace(": f64", ": f64 order column"), &[]).misses[0];
    assert_eq!((fortran(DOWN), fortran(ALONG)), (16_384, 131_072));
    let floats = run(&laptop, &ALONG.replace("f64", "f32"), &[]);
    assert_eq!(floats.misses[0], 8192);
    says(
        ROWS,
        &format!(
            "8192 misses for 131 072 accesses, {} each",
            8192.0 / 131_072.0
        ),
    );
}

#[test]
fn rows_and_columns_on_the_teaching_machine() {
    let misses = |example, n| teaching(example, &[("N", n)]).misses[0];
    assert_eq!((misses("columns", 24), misses("rows", 24)), (576, 288));
    assert_eq!((misses("columns", 4), misses("rows", 4)), (8, 8));
    says(ROWS, "all 576 accesses miss");
    says(ROWS, "288 do");
    says(ROWS, "both orders miss eight times");
}

const PRODUCT: &str = include_str!("../exercises/tile-the-product/unsolved.loop");
const PIECES: &str = include_str!("../exercises/tile-the-product/solution.loop");

#[test]
fn pieces_of_a_product() {
    let laptop = preset("small-laptop");
    let plain = run(&laptop, PRODUCT, &[]);
    assert_eq!(
        (
            plain.misses[0],
            plain.causes.capacity,
            plain.causes.compulsory
        ),
        (112_896, 109_440, 3456)
    );
    let exchanged = PRODUCT
        .replace("for j", "for x")
        .replace("for k", "for j")
        .replace("for x", "for k");
    assert_eq!(run(&laptop, &exchanged, &[]).misses[0], 112_896);
    says(TILES, "112 896 times, to the last miss");
    says(TILES, "109 440 of these misses");
    let formula = |tile: u64| 1152 + 2 * (96 / tile) * 1152;
    let simulated = |tile: i64| run(&laptop, PIECES, &[("T", tile)]).misses[0];
    for (tile, words) in [
        (32, "| together | | | 8064 |"),
        (48, "= 5760$, and the simulator agrees"),
    ] {
        assert_eq!(simulated(tile), formula(tile as u64));
        says(TILES, words);
    }
    assert_eq!((formula(96), simulated(96)), (3456, 112_896));
    assert_eq!((formula(24), simulated(24)), (10_368, 10_126));
    assert_eq!(112_896 / 8064, 14);
}

#[test]
fn tiles_that_fit_and_do_not() {
    let example = EXAMPLES
        .iter()
        .find(|known| known.name == "matmul-tiled")
        .unwrap();
    let source = example
        .source
        .replace(" in 2..=128", "")
        .replace(" in 1..=64", "")
        .to_owned();
    let mut least = (u64::MAX, 0);
    let mut of_rule = (0, 0);
    for (tile, words) in [
        (8, "8 | 1.5 KiB"),
        (16, "16 | 6 KiB"),
        (24, "24 | 13.5 KiB"),
        (32, "32 | 24 KiB"),
        (36, "36 | 30.4 KiB"),
        (128, "128, no tiles | 384 KiB"),
    ] {
        let ran = run(&preset("small-laptop"), &source, &[("N", 128), ("T", tile)]);
        let (misses, conflicts) = (ran.misses[0], ran.causes.conflict);
        says(
            TILES,
            &format!("| {words} | {} | {} |", spaced(misses), spaced(conflicts)),
        );
        least = least.min((misses, tile));
        if tile == 36 {
            of_rule = (misses, 100 * ran.causes.conflict / misses);
        }
    }
    assert_eq!((least.1, of_rule.0 / least.0), (24, 60));
    assert_eq!(of_rule.1, 98);
    let bound = |bytes: f64, element: f64| (bytes / element / 3.0).sqrt();
    says(
        TILES,
        &format!(
            "$\\sqrt{{4096 / 3}} \\approx {:.1}$",
            (bound(32768.0, 8.0) * 10.0).floor() / 10.0
        ),
    );
    says(
        TILES,
        &format!("you get {:.0}", bound(32768.0, 1.0).floor()),
    );
    says(TILES, &format!("\\approx {:.1}$", bound(262_144.0, 4.0)));
}

#[test]
fn tiles_on_the_teaching_machine() {
    let misses = |tile| teaching("matmul-tiled", &[("T", tile)]).misses[0];
    assert_eq!((misses(2), misses(3), misses(10)), (798, 1273, 1643));
    says(
        TILES,
        "2 makes 798 misses, 3 already 1273, no tiles at all 1643",
    );
}
