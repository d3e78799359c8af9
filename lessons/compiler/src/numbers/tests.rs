//! How numbers are written.

use super::*;

#[track_caller]
fn shown(number: f64, format: Option<&str>, expected: &str) {
    assert_eq!(number_as(number, format).unwrap(), expected);
}

#[test]
fn numbers_are_written_as_texts_write_them() {
    for (number, expected) in [
        (0.0, "0"),
        (9999.0, "9999"),
        (10_000.0, "10 000"),
        (1_234_567.0, "1 234 567"),
        (-12_345.0, "-12 345"),
        (0.125, "0.125"),
        (0.1 + 0.2, "0.3"),
        (12_345.5, "12345.5"),
    ] {
        shown(number, None, expected);
    }
    shown(16_384.0, Some("0"), "16384");
    shown(0.625, Some("0.00"), "0.63");
    shown(2.0, Some("0.0"), "2.0");
    assert!(number_as(1.0, Some("0.x")).is_err() && number_as(1.0, Some("")).is_err());
    assert!(number_as(f64::NAN, None).is_err());
}

#[test]
fn lines_stay_where_they_are() {
    let text = "a\n```numbers\nb = 1\n```\nc\n";
    let (rest, found, unclosed) = blocks(text, 1);
    assert_eq!(rest, "a\n\n\n\nc\n");
    assert_eq!(found, [(3, "b = 1\n".to_owned())]);
    assert_eq!(unclosed, None);
}
