//! Grades `transpose.rs`. Written by `lab exercise`, anew at every check: change `transpose.rs` only.

mod transpose;

use std::{hint::black_box, time::Instant};

use lab_core::trace::{Buffer, BufferMut, NoProbe, Probe};
use lab_lessons::exercise::code::{Transpose, grade_transpose};

struct Answer;

impl Transpose for Answer {
    fn transpose<P: Probe>(
        from: &Buffer<'_, f64>,
        to: &mut BufferMut<'_, f64>,
        n: usize,
        probe: &mut P,
    ) {
        transpose::transpose(from, to, n, probe);
    }
}

/// Rows along, columns down: what the exercise starts from.
struct Plain;

impl Transpose for Plain {
    fn transpose<P: Probe>(
        from: &Buffer<'_, f64>,
        to: &mut BufferMut<'_, f64>,
        n: usize,
        probe: &mut P,
    ) {
        for row in 0..n {
            for column in 0..n {
                let element = from.get(row * n + column, probe);
                to.set(column * n + row, element, probe);
            }
        }
    }
}

/// Nanoseconds an element takes without a probe: the least, the median and the most of 9 runs, after
/// one that does not count.
fn nanoseconds<T: Transpose>(n: usize) -> [f64; 3] {
    let from: Vec<f64> = (0..n * n).map(|at| at as f64).collect();
    let mut to = vec![0.0; n * n];
    let mut times: Vec<f64> = (0..10)
        .map(|_| {
            let start = Instant::now();
            T::transpose(
                &Buffer::new(black_box(&from), 0),
                &mut BufferMut::new(&mut to, 0),
                n,
                &mut NoProbe,
            );
            black_box(&to);
            start.elapsed().as_secs_f64() * 1e9 / (n * n) as f64
        })
        .skip(1)
        .collect();
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 2], times[times.len() - 1]]
}

fn main() {
    let verdict = grade_transpose::<Answer>();
    let n = 2048;
    let timed = if verdict.score > 0.0 || verdict.message.starts_with("The result is right") {
        let ([low, own, high], [_, plain, _]) = (nanoseconds::<Answer>(n), nanoseconds::<Plain>(n));
        serde_json::json!({
            "evidence": "measured",
            "n": n,
            "ns_per_element": {"least": low, "median": own, "most": high},
            "ns_per_element_of_the_start": plain,
            "text": format!(
                "Measured here, for n = {n}: {own:.2} ns an element (median of 9 runs, {low:.2} to {high:.2}); the loops to start from take {plain:.2} ns. Time does not count for the grade."
            ),
        })
    } else {
        serde_json::Value::Null
    };
    println!("{}", serde_json::json!({"verdict": verdict, "timed": timed}));
}
