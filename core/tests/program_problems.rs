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
fn one_slip_does_not_hide_another() {
    check(
        "param N = 8\n\
         array A[N: f32\n\
         array B[N]: flaot\n\
         fro i in 0..N { A[i] }\n\
         for i in 0..N {\n\
           A[i] =\n\
           B[i][0] = 1\n\
           C[i]\n\
         }\n\
         for j in 0..N { A[j]",
        &[
            "line 2, column 10: `:` is out of place; expected `]`.",
            "line 3, column 13: `flaot` is no type of an element; expected u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64. Did you mean `f32`?",
            "line 4, column 1: `fro` begins no statement; expected a statement. Did you mean `for`?",
            "line 7, column 9: `=` is out of place; expected a statement.",
            "line 8, column 1: `C` is not declared. Declare it, such as `array C[64]: f32`.",
            "line 10, column 15: this block is not closed. Write the `}` that belongs to line 10.",
        ],
    );
}

#[test]
fn names_that_are_no_such_thing_are_told() {
    for (source, expected) in [
        (
            "param N = 4\nN = 5",
            "line 2, column 1: `N` is a parameter: nothing can be assigned to it. Declare a scalar with `let`.",
        ),
        (
            "array A[4]: f32\nA = 5",
            "line 2, column 1: `A` is an array: nothing can be assigned to it. Say which element, such as `A[i] = …`.",
        ),
        (
            "array A[4]: f32\nfor i in 0..4 { i = 5 }",
            "line 2, column 17: `i` counts a loop: nothing can be assigned to it. Name a copy of it with `let`.",
        ),
        (
            "for i in 0..4 { for i in 0..2 { } }",
            "line 1, column 21: `i` already counts the loop of line 1. Choose another name for this loop.",
        ),
        (
            "let s = 0\nlet s = 1",
            "line 2, column 5: `s` is declared already, on line 1. Leave out `let` to change it.",
        ),
        (
            "array A[4]: f32\nlet i = A[0]\nA[i]",
            "line 3, column 3: `i` is made of data, and the lab keeps addresses only. Use a loop variable or a generated array here.",
        ),
        (
            "array A[4]: f32\nA[A[0]]",
            "line 2, column 3: `A` has no known values: the lab keeps addresses, not data. Give `A` values where it is declared, such as `= random(64, 1)`.",
        ),
        (
            "array A[4]: f32\nif A[0] < 1 { A[1] }",
            "line 2, column 4: `A` has no known values: the lab keeps addresses, not data. Give `A` values where it is declared, such as `= random(64, 1)`.",
        ),
        (
            "array A[4]: f32\nA[0].x",
            "line 2, column 6: the elements of `A` are no records. Leave out `.x`.",
        ),
        (
            "record P { x: f32 }\narray p[4]: P\np[0].y",
            "line 3, column 6: there is no field `y` in `p`. Choose from x.",
        ),
        (
            "array v[4]: u8 = iota()\nv[0] = 1",
            "line 2, column 1: `v` holds generated values, which do not change. Store to an array without generator.",
        ),
        (
            "array v[4]: f32 = iota()",
            "line 1, column 13: values are whole numbers, and `f32` is not. Write a type such as u32.",
        ),
        (
            "array v[300]: u8 = iota()",
            "line 1, column 15: values up to 299 do not fit into u8. Write a wider type, such as u32.",
        ),
        (
            "array v[4]: u8 = shuffle(1)",
            "line 1, column 18: `shuffle` makes no values; expected permutation(seed), random(bound, seed), zipf(bound, skew, seed), iota(), cycle(seed).",
        ),
        (
            "array v[4]: u8 = random()",
            "line 1, column 18: `random` does not take 0 values; expected `random(bound, seed)`.",
        ),
        (
            "for i in 0..4 { array A[4]: f32 }",
            "line 1, column 23: an array is declared inside a block. Declare it before the loops.",
        ),
        (
            "let n = 0\nparallel for t in 0..4 { n = n + t }",
            "line 2, column 26: the threads would race for `n`. Declare it with `let` inside the `parallel for`.",
        ),
        (
            "parallel for t in 0..65 { }",
            "line 1, column 14: this starts 65 threads. Run at most 64: give each a share of the work.",
        ),
    ] {
        check(source, &[expected]);
    }
}

#[test]
fn sizes_and_places_that_cannot_be_are_told() {
    for (source, expected) in [
        (
            "array A[0]: f32",
            "line 1, column 9: a dimension of `A` has 0 elements. Give it at least 1.",
        ),
        (
            "array A[1000000000000][1000000]: f64",
            "line 1, column 7: `A` would take 7275958 TiB, more than 1 TiB. Choose smaller dimensions.",
        ),
        (
            "array A[9999999999999999999]: f64",
            "line 1, column 9: `9999999999999999999` is larger than any number of 64 bits. Write at most 9223372036854775807.",
        ),
        (
            "array A[9223372036854775807 * 2]: f64",
            "line 1, column 9: this does not fit into 64 bits. Work with smaller numbers.",
        ),
        (
            "array A[4 / 0]: f64",
            "line 1, column 9: 4 is divided by 0. Divide by something else.",
        ),
        (
            "array A[4]: f32 align 3",
            "line 1, column 23: 3 is no alignment. Write a power of two, such as 64.",
        ),
        (
            "array A[4]: f32 at 0 - 1",
            "line 1, column 20: -1 is no address of this machine. Write one from 0 to 0xfeffffffffff.",
        ),
        (
            "array A[4]: f32 at 64\narray B[4]: f32 at 72",
            "line 2, column 7: `B` lies in the memory of `A`. Move it behind, `at 0x50` or later.",
        ),
        (
            "array A[4]: f32\nfor i in 0..=4 { A[i] }",
            "line 2, column 20: `i` runs up to 4, outside `A`: its indices end at 3. End the loop earlier, or declare `A` with 5 or more.",
        ),
        (
            "array A[4][2]: f32\nfor i in 0..4 { A[i][i - 1] }",
            "line 2, column 22: `i - 1` runs up to 2, outside `A`: its indices in dimension 2 end at 1. End the loop earlier, or declare `A` with 3 or more.",
        ),
        (
            "array A[4]: f32\nA[7]",
            "line 2, column 3: `7` lies outside `A`: its indices end at 3. End the loop earlier, or declare `A` with 8 or more.",
        ),
        (
            "for i in 0..4 step 0 { }",
            "line 1, column 20: a step of 0 never gets to the end. Write a step such as 1.",
        ),
        (
            "param N = 4 in 8..=16",
            "line 1, column 11: `N` is 4, outside its own range from 8 to 16. Widen the range.",
        ),
        (
            "param N = x",
            "line 1, column 11: this has to be a whole number as it stands; expected a whole number, such as 64.",
        ),
        (
            "array order[4]: f32",
            "line 1, column 7: `order` is out of place: it is a word of the language; expected a name, such as `array A[N]: f32`. Choose another name, such as `order_`.",
        ),
        (
            "array A[4]: f32 order diagonal",
            "line 1, column 23: there is no order `diagonal`; expected `row` (the last index runs fastest) or `column` (the first).",
        ),
        (
            "let a = 1 $ 2",
            "line 1, column 11: `$` means nothing in this language; expected a statement.",
        ),
        (
            "let a = 12abc",
            "line 1, column 9: `12abc` is no number. Write digits, such as 64, 0x40, 1_000 or 0.5.",
        ),
        (
            "let a = min(1)",
            "line 1, column 9: one value has no smaller or larger one; expected two values or more, such as `min(i + 4, N)`.",
        ),
        (
            "if 1 { }",
            "line 1, column 6: `{` is out of place; expected a comparison: `<`, `<=`, `==`, `!=`, `>=` or `>`.",
        ),
    ] {
        check(source, &[expected]);
    }
}

#[test]
fn values_of_parameters_are_checked() {
    let source =
        "param N = 8 in 2..=16\nparam M = 3\narray A[8 * M]: f32\nfor i in 0..N { A[3 * i] }";
    let program = Program::parse(source).expect("it is sound");
    let tell = |name: &str, value| -> Vec<String> {
        let problems = program.with(&[(name.to_owned(), value)]).expect_err(source);
        problems.iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        tell("N", 17),
        [
            "line 1, column 7: `N` is set to 17, outside its range from 2 to 16. Choose a value in the range.",
            "line 4, column 19: `3 * i` runs up to 48, outside `A`: its indices end at 23. End the loop earlier, or declare `A` with 49 or more."
        ]
    );
    assert_eq!(
        tell("N", 16),
        [
            "line 4, column 19: `3 * i` runs up to 45, outside `A`: its indices end at 23. End the loop earlier, or declare `A` with 46 or more."
        ]
    );
    assert_eq!(
        tell("K", 16),
        ["line 1, column 1: there is no parameter `K`. Choose from N, M."]
    );
    // A range that nobody wrote is a proposal.
    assert!(program.with(&[("M".to_owned(), 1000)]).is_ok());
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
