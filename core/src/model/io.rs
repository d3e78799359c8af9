//! The I/O model: how many lines an algorithm must move (claims O1 to O4, T1).
//!
//! One cache of `m` elements, fully associative, moves lines of `b` elements (Aggarwal and Vitter,
//! 1988). A form here is the growth of a count, without its constant: [`fit`] finds the constant from
//! counts, and tells whether there is one.

use super::{Model, Output};
use crate::{parameters::Parameter, units::Unit};

/// Lines of a scan of `n` elements: n/B + 1, whatever the cache (O1).
pub fn scan(n: f64, b: f64) -> f64 {
    n / b + 1.0
}

/// Sorting n keys: (n/B)·log_{M/B}(n/B), and never less than a scan (O2).
pub fn sort(n: f64, m: f64, b: f64) -> f64 {
    let passes = (n / b).ln() / (m / b).max(2.0).ln();
    n / b * passes.max(1.0)
}

/// Bringing n elements into an arbitrary order: min(n, sort) (O4, corrected).
pub fn permute(n: f64, m: f64, b: f64) -> f64 {
    n.min(sort(n, m, b))
}

/// Forming batches by √n groups as the course text has it: n/B + n/√M. Below [`permute`] for most
/// caches, so that nothing can reach it (O4).
pub fn batch_by_roots(n: f64, m: f64, b: f64) -> f64 {
    n / b + n / m.sqrt()
}

/// What that recursion really moves (O4, corrected).
///
/// A level that does not fit reads all samples, n/B, and writes them to g = √p groups. Each sample
/// touches the last line of its group and the line with the group's cursor, at random: what of these
/// g + g/B lines is still there follows from [`resident_time`]. The first level that fits costs 2n/B,
/// those below it nothing; when the passes are odd, the samples are copied home.
pub fn batch_really(n: f64, m: f64, b: f64) -> f64 {
    let (mut part, mut lines, mut passes, mut fits) = (n, 0.0, 1, false);
    while part > 16.0 {
        let groups = part.sqrt();
        if 2.0 * part > m {
            let time = resident_time(m / b, groups, b);
            let gone = |uses: f64| (-time * uses / groups).exp();
            lines += n * (2.0 / b + (1.0 - 1.0 / b) * gone(1.0) + gone(b));
        } else if !fits {
            fits = true;
            lines += 2.0 * n / b;
        }
        part = groups;
        passes += 1;
    }
    if !fits {
        lines += 2.0 * n / b;
    }
    if passes % 2 == 1 && 2.0 * n > m {
        lines += 2.0 * n / b;
    }
    lines
}

/// For how many samples a line stays that is not used again (Che, Tung and Wang, 2002): the time in
/// which as many different lines come by as the cache has. Samples go to `groups` groups at random;
/// each touches a line of its group, one that `b` groups share, and 1/b of a line that is read.
fn resident_time(lines: f64, groups: f64, b: f64) -> f64 {
    let seen = |time: f64| {
        groups * (1.0 - (-time / groups).exp())
            + groups / b * (1.0 - (-time * b / groups).exp())
            + time / b
    };
    let (mut least, mut most) = (0.0, lines * b);
    for _ in 0..60 {
        let middle = (least + most) / 2.0;
        if seen(middle) < lines {
            least = middle;
        } else {
            most = middle;
        }
    }
    least
}

/// Product of n × n matrices in tiles or by recursion: n³/(B√M) + n²/B (O3, the right one of two).
/// It takes a tall cache, M ≥ B².
pub fn matmul(n: f64, m: f64, b: f64) -> f64 {
    n.powi(3) / (b * m.sqrt()) + n * n / b
}

/// The other form of the course text: n³/B + n²/√M, which contradicts [`matmul`] (O3).
pub fn matmul_as_printed(n: f64, m: f64, b: f64) -> f64 {
    n.powi(3) / b + n * n / m.sqrt()
}

/// Product in the order ijk, when a column of B does not fit: every element of B moves a line, n³, and
/// those of A come n³/B times.
pub fn matmul_by_columns(n: f64, b: f64) -> f64 {
    n.powi(3) * (1.0 + 1.0 / b)
}

/// Product in the order ikj, when no matrix fits: rows of B pass by once for each i, n³/B.
pub fn matmul_by_rows(n: f64, b: f64) -> f64 {
    n.powi(3) / b + 2.0 * n * n / b
}

/// Transposition of an n × n matrix, in tiles or by recursion: both matrices once, 2n²/B.
pub fn transpose(n: f64, b: f64) -> f64 {
    2.0 * n * n / b
}

/// Transposition row by row, when n lines do not fit: n²/B for the one, n² for the other.
pub fn transpose_by_rows(n: f64, b: f64) -> f64 {
    n * n * (1.0 + 1.0 / b)
}

/// A constant found from counts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Fit {
    /// What a form is to be multiplied by: the geometric mean of count / form.
    pub constant: f64,
    /// The largest of these ratios over the smallest: near 1 where the form is right, and growing
    /// with the range of sizes where it is not.
    pub spread: f64,
}

/// Fits the constant of a form to pairs of form and count, all above 0. None without pairs.
pub fn fit(pairs: &[(f64, f64)]) -> Option<Fit> {
    let ratios = || pairs.iter().map(|(form, count)| count / form);
    let mean = ratios().map(f64::ln).sum::<f64>() / pairs.len() as f64;
    let most = ratios().reduce(f64::max)?;
    let least = ratios().reduce(f64::min)?;
    Some(Fit {
        constant: mean.exp(),
        spread: most / least,
    })
}

const N: Parameter = Parameter {
    name: "n",
    meaning: "elements; for matrices, rows and columns",
    unit: Unit::Count,
    default: 1024.0,
    min: 2.0,
    max: 1e9,
};
const M: Parameter = Parameter {
    name: "m",
    meaning: "elements that the cache holds",
    unit: Unit::Count,
    default: 4096.0,
    min: 4.0,
    max: 1e12,
};
const B: Parameter = Parameter {
    name: "b",
    meaning: "elements of a line",
    unit: Unit::Count,
    default: 8.0,
    min: 1.0,
    max: 4096.0,
};
const LINES: Output = Output {
    name: "lines",
    meaning: "growth of the lines moved, without a constant",
    unit: Unit::Count,
};
const PRINTED: Output = Output {
    name: "as-printed",
    meaning: "the form of the course text, which does not hold",
    unit: Unit::Count,
};

/// A form of n, M and B as a model.
macro_rules! form {
    ($name:literal, $claims:expr, $about:literal, $formula:literal, [$($output:expr),+], $form:expr) => {
        Model {
            name: $name,
            claims: $claims,
            about: $about,
            formula: $formula,
            parameters: &[N, M, B],
            outputs: &[$($output),+],
            evaluate: |arguments| {
                let [n, m, b] = [N, M, B].map(|parameter| arguments.get(&parameter));
                if b > m {
                    return Err("`b` cannot exceed `m`: the cache holds a line at least".to_owned());
                }
                let form: fn(f64, f64, f64) -> Vec<f64> = $form;
                Ok(form(n, m, b))
            },
        }
    };
}

pub(super) const MODELS: &[Model] = &[
    form!(
        "io-scan",
        &["O1"],
        "lines moved by a scan",
        r"\frac{n}{B} + 1",
        [LINES],
        |n, _, b| vec![scan(n, b)]
    ),
    form!(
        "io-sort",
        &["O2"],
        "lines moved by a sort",
        r"\frac{n}{B} \log_{M/B} \frac{n}{B}",
        [LINES],
        |n, m, b| vec![sort(n, m, b)]
    ),
    form!(
        "io-batches",
        &["O4"],
        "lines moved to form batches in an arbitrary order",
        r"\min\left(n, \frac{n}{B} \log_{M/B} \frac{n}{B}\right), \quad \text{not } \frac{n}{B} + \frac{n}{\sqrt{M}}",
        [LINES, PRINTED],
        |n, m, b| vec![permute(n, m, b), batch_by_roots(n, m, b)]
    ),
    form!(
        "io-matmul",
        &["O3", "T2"],
        "lines moved by a product of square matrices, in tiles or by recursion",
        r"\frac{n^3}{B \sqrt{M}} + \frac{n^2}{B}, \quad \text{not } \frac{n^3}{B} + \frac{n^2}{\sqrt{M}}",
        [LINES, PRINTED],
        |n, m, b| vec![matmul(n, m, b), matmul_as_printed(n, m, b)]
    ),
    form!(
        "io-matrix-sum",
        &["T1"],
        "lines moved by a sum along the rows, and down the columns of a matrix too tall for the cache",
        r"\frac{n^2}{B}, \quad n^2",
        [
            Output {
                name: "rows",
                meaning: "along the rows",
                unit: Unit::Count,
            },
            Output {
                name: "columns",
                meaning: "down the columns, each access a line of its own when n lines do not fit",
                unit: Unit::Count,
            }
        ],
        |n, m, b| {
            let rows = n * n / b;
            vec![rows, if n > m / b { n * n } else { rows }]
        }
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_at_sizes_worked_by_hand() {
        assert_eq!(scan(1024.0, 8.0), 129.0);
        // 2^14 lines in a cache of 2^7: two passes.
        assert_eq!(sort(131_072.0, 1024.0, 8.0), 16_384.0 * 2.0);
        // What fits needs one scan all the same.
        assert_eq!(sort(64.0, 4096.0, 8.0), 8.0);
        // 512 / 8 lines, cache of 16 lines: 64 · 1.5 = 96 < 512.
        assert_eq!(permute(512.0, 128.0, 8.0), 96.0);
        assert_eq!(permute(512.0, 2.0, 1.0), 512.0);
        assert_eq!(matmul(64.0, 1024.0, 16.0), 512.0 + 256.0);
        assert_eq!(transpose(64.0, 16.0), 512.0);
    }

    #[test]
    fn a_fit_finds_the_constant_or_shows_that_there_is_none() {
        let right = fit(&[(1.0, 3.0), (10.0, 30.0), (100.0, 300.0)]).unwrap();
        assert!((right.constant - 3.0).abs() < 1e-12 && (right.spread - 1.0).abs() < 1e-12);
        let wrong = fit(&[(1.0, 1.0), (10.0, 100.0)]).unwrap();
        assert!((wrong.spread - 10.0).abs() < 1e-12);
        assert_eq!(fit(&[]), None);
    }
}
