//! The author's check: each exercise fails as it is handed out and passes with its solution.

// The build writes a grader beside each answer that it is to grade: the same file, over and over.
#![allow(clippy::duplicate_mod, clippy::type_complexity)]

use lab_lessons::exercise::{EXERCISES, Face, Grade, Task, exercise, seed_of};

// The answers to exercises in code, each beside its grader.
include!(concat!(env!("OUT_DIR"), "/graders.rs"));

#[allow(dead_code)]
mod forgetful;

#[test]
fn an_answer_that_hides_its_accesses_in_the_run_that_counts_fails() {
    let task = exercise("transpose").unwrap().task();
    let verdict = forgetful::grader::grade(&task).unwrap_err();
    assert!(!verdict.pass, "{verdict:#?}");
    assert!(
        verdict.message.contains("not told of everything"),
        "{verdict:#?}"
    );
}

/// The grades of what is handed out and of the solution.
fn verdicts(name: &str) -> [Grade; 2] {
    let exercise = exercise(name).unwrap();
    match GRADERS.iter().find(|(known, _)| *known == name) {
        Some((_, graders)) => {
            graders.map(|grade| grade(&exercise.task()).unwrap_or_else(|wrong| wrong))
        }
        None => [exercise.unsolved, exercise.solution].map(|answer| exercise.grade(answer, 0)),
    }
}

#[test]
fn every_exercise_fails_unsolved_and_passes_solved() {
    for exercise in EXERCISES {
        let [unsolved, solved] = verdicts(exercise.name);
        assert!(!unsolved.pass && unsolved.score == 0.0, "{unsolved:#?}");
        assert!(solved.pass && solved.score == solved.max, "{solved:#?}");
        assert!(solved.message.starts_with("Solved"), "{solved:#?}");
        let graded = GRADERS.iter().any(|(name, _)| *name == exercise.name);
        assert_eq!(graded, exercise.face() == Face::Code, "{}", exercise.name);
    }
}

#[test]
fn every_variant_fails_unsolved_and_passes_solved_and_no_two_are_the_same() {
    let seeds = ["ada", "barbara", "charles", "2041-17"].map(seed_of);
    for exercise in EXERCISES {
        let variants: Vec<_> = seeds
            .iter()
            .filter_map(|&seed| exercise.variant(seed))
            .collect();
        let Some(first) = variants.first() else {
            let refused = exercise.grade(exercise.solution, seeds[0]);
            assert!(
                refused.message.contains("same for everybody"),
                "{refused:#?}"
            );
            continue;
        };
        assert_eq!(exercise.variant(seeds[0]).as_ref(), Some(first));
        for (variant, seed) in variants.iter().zip(seeds) {
            let unsolved = exercise.grade(&variant.unsolved, seed);
            assert!(!unsolved.pass && unsolved.score == 0.0, "{unsolved:#?}");
            let solved = exercise.grade(&variant.solution, seed);
            assert!(solved.pass && solved.max > 1.0, "{solved:#?}");
            // As difficult, and not to be copied.
            let hits = |text: &str| text.lines().filter(|line| line.starts_with('H')).count();
            assert_eq!(hits(&variant.solution), hits(exercise.solution));
            assert!(!exercise.grade(&variant.solution, 0).pass);
            assert!(!exercise.grade(exercise.solution, seed).pass);
        }
        let mut texts: Vec<_> = variants.iter().map(|variant| &variant.unsolved).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), seeds.len());
    }
    assert_eq!(seed_of("ada"), seed_of(" ada "));
}

fn program(name: &str, answer: &str) -> Grade {
    let verdict = exercise(name).unwrap().grade(answer, 0);
    assert_eq!(verdict.name, name);
    verdict
}

const HEAD: &str = "param N = 256\narray A[N][N]: f64\narray B[N][N]: f64\n";

#[track_caller]
fn refused(body: &str, words: &str) {
    let verdict = program("swap-the-loops", &format!("{HEAD}{body}"));
    assert!(!verdict.pass && verdict.score == 0.0, "{verdict:#?}");
    let told: String = verdict
        .remarks
        .iter()
        .map(|remark| remark.text.as_str())
        .collect();
    assert!(
        format!("{} {told}", verdict.message).contains(words),
        "{verdict:#?}"
    );
}

#[test]
fn what_computes_something_else_fails() {
    refused("", "`B[0][0]` is never written");
    refused(
        "for i in 0..N { B[i][i] = A[i][i] + 1 }",
        "`B[0][1]` is never written",
    );
    refused(
        "for i in 0..N { for j in 0..N-1 { B[i][j] = A[i][j] + 1 } }",
        "`B[0][255]`",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = A[j][i] + 1 } }",
        "`B[0][1]` ends up",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = A[0][0] + 1 } }",
        "`B[0][1]` ends up",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = 1 } }",
        "not a statement",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = A[i][j] } }",
        "not a statement",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = A[i][j] + 1; A[i][j] = B[i][j] } }",
        "share this line",
    );
    refused(
        "for i in 0..N { for j in 0..N { stream B[i][j] = A[i][j] + 1 } }",
        "keep to the statements given",
    );
    refused(
        "parallel for i in 0..4 { for j in 0..N { B[i][j] = A[i][j] + 1 } }",
        "uses `parallel`",
    );
    refused(
        "for r in 0..3 { for i in 0..N { for j in 0..N {\n B[i][j] = A[i][j] + 1\n} } }",
        "this one makes more",
    );
    refused(
        "for i in 0..N { for j in 0..N { B[i][j] = A[i][j+1] + 1 } }",
        "256",
    );
    let small = "param N = 2\narray A[N][N]: f64\narray B[N][N]: f64\nfor i in 0..N { for j in 0..N { B[i][j] = A[i][j] + 1 } }";
    let verdict = program("swap-the-loops", small);
    assert!(verdict.message.contains("arrays differ"), "{verdict:#?}");
    let verdict = program("swap-the-loops", "for for for");
    assert!(
        !verdict.remarks.is_empty() && verdict.message.contains("cannot be read"),
        "{verdict:#?}"
    );
}

#[test]
fn what_keeps_the_dependences_passes_in_any_shape() {
    let verdict = program(
        "swap-the-loops",
        &format!(
            "{HEAD}for row in 0..N {{ for column in 0..N {{ // along the rows\n  B[row][column] = A[row][column]+1 }} }}"
        ),
    );
    assert!(verdict.pass, "{verdict:#?}");
    let product = exercise("tile-the-product").unwrap();
    // A sum may be taken backwards and written as `+=`; it misses too often here, and is right.
    let other = product
        .unsolved
        .replace("for k in 0..N", "for k in N-1..-1 step -1")
        .replace("C[i][j] = C[i][j] +", "C[i][j] +=");
    let verdict = product.grade(&other, 0);
    assert!(
        verdict.message.contains("The result is right"),
        "{verdict:#?}"
    );
    // Swapping alone gains nothing: all of B passes through the cache for each i in either order.
    let swapped = product
        .unsolved
        .replace("for j in", "for x in")
        .replace("for k in", "for j in")
        .replace("for x in", "for k in");
    let verdict = product.grade(&swapped, 0);
    assert!(
        verdict
            .message
            .contains("The result is right, but there are 112\u{202f}896"),
        "{verdict:#?}"
    );
    // A term left out, and one taken twice.
    for wrong in ["for k in 1..N", "for k in -1..N"] {
        let verdict = product.grade(
            &product
                .unsolved
                .replace("for k in 0..N", wrong)
                .replace("A[i][k] * B[k][j]", "A[i][max(k, 0)] * B[max(k, 0)][j]"),
            0,
        );
        assert!(!verdict.pass && verdict.score == 0.0, "{verdict:#?}");
    }
}

#[test]
fn predictions_are_read_as_people_write_them() {
    let task = exercise("hits-and-misses").unwrap();
    assert!(task.grade("m h m m h m m h m h m h", 0).pass);
    let wrong = task.grade("HHMMHMMHMHMH", 0);
    assert_eq!(
        (wrong.pass, wrong.score, wrong.remarks.len()),
        (false, 11.0, 1)
    );
    assert!(task.grade("MHM", 0).message.contains("3 predictions"));
    assert!(
        task.grade("MHMMHMMHMHMX", 0).remarks[0]
            .text
            .contains("`X`")
    );
    let told = task.grade("MHMMHMMHMHMH", 0).remarks;
    assert_eq!(
        told[5].text,
        "Address 128 is in line 8, which belongs to set 0. The set held lines 0 and 4: a miss, and line 4 leaves."
    );
}

/// Counts that texts of exercises quote and no program of the loop language makes.
#[test]
fn numbers_in_the_explanations() {
    let [given, solved] = verdicts("transpose");
    assert!(
        given.message.contains("73\u{202f}728 misses")
            && solved.message.contains("16\u{202f}384 misses"),
        "{given:#?} {solved:#?}"
    );
    let hits = |name: &str| -> Vec<bool> {
        let letters = exercise(name).unwrap().solution.lines();
        letters.map(|line| line.starts_with('H')).collect()
    };
    let misses = |hits: &[bool]| hits.iter().filter(|hit| !**hit).count();
    assert_eq!(misses(&hits("hits-and-misses")), 7);
    let layouts: Vec<_> = hits("three-columns").chunks(6).map(misses).collect();
    assert_eq!(layouts, [6, 3, 3]);
}
