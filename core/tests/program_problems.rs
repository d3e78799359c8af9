//! What the loop language says of programs that are wrong: place, sentence, mending.

use lab_core::trace::program::{Problem, Program, format, tokens};

fn problems(source: &str) -> Vec<Problem> {
    Program::parse(source).expect_err(source)
}

#[track_caller]
fn check(source: &str, expected: &[&str]) {
    let told: Vec<String> = problems(source).iter().map(ToString::to_string).collect();
    assert_eq!(told, expected, "{source}");
}

#[test]
fn slips_are_told_with_their_place_and_what_was_meant() {
    check(
        "param size = 8\narray A[size][sise]: f32",
        &["line 2, column 15: `sise` is not declared. Did you mean `size`?"],
    );
}

#[test]
fn deep_nesting_is_refused_and_ends() {
    for brace in [
        "{",
        "(",
        "[",
        "!",
        "-",
        "for i in 0..1 {",
        "if i < 1 {",
        "A[",
        "else if ",
    ] {
        let source = format!("array A[4]: f32\nA[0] = {}", brace.repeat(2000));
        assert!(!problems(&source).is_empty());
        let source = brace.repeat(2000);
        assert!(!problems(&source).is_empty());
        let _ = (format(&source), tokens(&source));
    }
    let long = format!("array A[4]: f32\nA[0] = 1{}", " + 1".repeat(300));
    check(
        &long,
        &["line 2, column 1038: more than 256 operators in one statement. Name a part with `let`."],
    );
}
