//! The author's check: each exercise fails as it is handed out and passes with its solution.

use lab_core::trace::{Buffer, BufferMut, NoProbe, Probe};
use lab_lessons::exercise::{
    EXERCISES, Kind, Verdict, code, code::Transpose, exercise, predict::Outcome,
};

#[path = "../exercises/transpose/solution.rs"]
mod transpose_solution;
#[path = "../exercises/transpose/unsolved.rs"]
mod transpose_unsolved;

/// A type that passes on to a function.
macro_rules! transposes {
    ($name:ident, $function:path) => {
        struct $name;
        impl Transpose for $name {
            fn transpose<P: Probe>(
                from: &Buffer<'_, f64>,
                to: &mut BufferMut<'_, f64>,
                n: usize,
                probe: &mut P,
            ) {
                $function(from, to, n, probe);
            }
        }
    };
}

transposes!(Unsolved, transpose_unsolved::transpose);
transposes!(Solved, transpose_solution::transpose);

/// An answer that tells the probe of nothing from its seventh run on, that of the size which counts.
struct Forgetful;

static RUNS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

impl Transpose for Forgetful {
    fn transpose<P: Probe>(
        from: &Buffer<'_, f64>,
        to: &mut BufferMut<'_, f64>,
        n: usize,
        probe: &mut P,
    ) {
        if RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) < 6 {
            transpose_solution::transpose(from, to, n, probe);
        } else {
            transpose_solution::transpose(from, to, n, &mut NoProbe);
        }
    }
}

#[test]
fn an_answer_that_hides_its_accesses_in_the_run_that_counts_fails() {
    let verdict = code::grade_transpose::<Forgetful>();
    assert!(!verdict.pass, "{verdict:#?}");
    assert!(
        verdict.message.contains("not told of everything"),
        "{verdict:#?}"
    );
}

/// The verdicts on what is handed out and on the solution. A further exercise in code is a line here.
fn verdicts(name: &str) -> [Verdict; 2] {
    match name {
        "transpose" => [
            code::grade_transpose::<Unsolved>(),
            code::grade_transpose::<Solved>(),
        ],
        _ => {
            let exercise = exercise(name).unwrap();
            [exercise.unsolved, exercise.solution].map(|answer| exercise.grade(answer))
        }
    }
}

#[test]
fn every_exercise_fails_unsolved_and_passes_solved() {
    for exercise in EXERCISES {
        let [unsolved, solved] = verdicts(exercise.name);
        assert!(!unsolved.pass && unsolved.score == 0.0, "{unsolved:#?}");
        assert!(solved.pass && solved.score == solved.max, "{solved:#?}");
        assert!(solved.message.starts_with("Solved"), "{solved:#?}");
    }
}

#[test]
fn every_exercise_is_complete() {
    let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/exercises")).unwrap();
    let mut folders: Vec<_> = folders
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut names: Vec<_> = EXERCISES.iter().map(|exercise| exercise.name).collect();
    names.sort();
    assert_eq!(names, folders, "exercises and their folders");
    for exercise in EXERCISES {
        assert!(exercise.hints.len() >= 2, "{}", exercise.name);
        for text in [
            exercise.task,
            exercise.because,
            exercise.title,
            exercise.file,
        ] {
            assert!(text.trim().len() > 8, "{}: {text}", exercise.name);
        }
    }
}

fn program(name: &str, answer: &str) -> Verdict {
    let verdict = exercise(name).unwrap().grade(answer);
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
    let verdict = product.grade(&other);
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
    let verdict = product.grade(&swapped);
    assert!(
        verdict
            .message
            .contains("The result is right, but there are 112896"),
        "{verdict:#?}"
    );
    // A term left out, and one taken twice.
    for wrong in ["for k in 1..N", "for k in -1..N"] {
        let verdict = product.grade(
            &product
                .unsolved
                .replace("for k in 0..N", wrong)
                .replace("A[i][k] * B[k][j]", "A[i][max(k, 0)] * B[max(k, 0)][j]"),
        );
        assert!(!verdict.pass && verdict.score == 0.0, "{verdict:#?}");
    }
}

#[test]
fn predictions_are_read_as_people_write_them() {
    let task = exercise("hits-and-misses").unwrap();
    assert!(task.grade("m h m m h m m h m h m h").pass);
    let wrong = task.grade("HHMMHMMHMHMH");
    assert_eq!(
        (wrong.pass, wrong.score, wrong.remarks.len()),
        (false, 11.0, 1)
    );
    assert!(task.grade("MHM").message.contains("3 predictions"));
    assert!(task.grade("MHMMHMMHMHMX").remarks[0].text.contains("`X`"));
    let Kind::Predict(predict) = &task.kind else {
        panic!()
    };
    let outcomes = predict.outcomes().unwrap();
    assert_eq!(
        outcomes[5].why,
        "Address 128 is in line 8, which belongs to set 0. The set held lines 0 and 4: a miss, and line 4 leaves."
    );
}
/// The counts that texts of exercises quote.
#[test]
fn numbers_in_the_explanations() {
    let product = exercise("tile-the-product").unwrap();
    for (tile, misses, words) in [
        (8, 20_526, "8 makes 20 526"),
        (32, 8064, "Together 8064"),
        (48, 5760, "48 makes 5760"),
    ] {
        let answer = product.solution.replace("T = 32", &format!("T = {tile}"));
        let message = product.grade(&answer).message;
        assert!(message.contains(&format!("{misses} misses")), "{message}");
        assert!(product.because.contains(words), "{words}");
    }
    let means = exercise("keep-the-means").unwrap();
    for (piece, misses) in [(8, 33_024), (512, 33_024), (1024, 33_024), (1032, 33_213)] {
        let answer = means.solution.replace("T = 512", &format!("T = {piece}"));
        let message = means.grade(&answer).message;
        assert!(message.contains(&format!("{misses} misses")), "{message}");
    }
    for words in [
        "All pieces from 8 to 1024 columns make 33 024",
        "262 400 accesses miss",
    ] {
        assert!(means.because.contains(words), "{words}");
    }
    let [given, _] = verdicts("keep-the-means");
    assert!(given.message.contains("49152 misses"), "{given:#?}");
    // One column at a time computes the same, and every row's line is gone before the next column.
    let columns = means
        .unsolved
        .replace("for r in", "for x in")
        .replace("for c in 0..N", "for r in 0..ROWS")
        .replace("for x in 0..ROWS", "for c in 0..N");
    let columns = means.grade(&columns);
    assert!(
        !columns.pass && columns.message.contains("262400 misses"),
        "{columns:#?}"
    );
    let [_, swapped] = verdicts("swap-the-loops");
    assert!(swapped.message.contains(" 16384 misses"), "{swapped:#?}");
    let [given, solved] = verdicts("transpose");
    assert!(
        given.message.contains("73728 misses") && solved.message.contains("16384 misses"),
        "{given:#?} {solved:#?}"
    );
    let Kind::Predict(predict) = &exercise("hits-and-misses").unwrap().kind else {
        panic!()
    };
    let misses = predict
        .outcomes()
        .unwrap()
        .iter()
        .filter(|outcome| !outcome.hit)
        .count();
    assert_eq!(misses, 7);
    let Kind::Predict(predict) = &exercise("three-columns").unwrap().kind else {
        panic!()
    };
    let outcomes = predict.outcomes().unwrap();
    let misses = |layout: &[Outcome]| layout.iter().filter(|outcome| !outcome.hit).count();
    let layouts: Vec<_> = outcomes.chunks(6).map(misses).collect();
    assert_eq!(layouts, [6, 3, 3]);
}
