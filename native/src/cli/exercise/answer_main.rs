//! Grades the answer beside it. Written by `lab exercise`, anew at every check: change the answer only.

// The answer as it was handed out is only timed.
#![allow(dead_code)]

#[path = "ANSWER"]
mod answer;
mod grader;
/// What the exercise starts from.
mod start;

/// The least, the median and the most.
fn spread(mut times: Vec<f64>) -> [f64; 3] {
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 2], times[times.len() - 1]]
}

fn main() {
    let task = serde_json::from_str(include_str!("task.json")).expect("written by `lab exercise`");
    let graded = grader::grade(&task);
    let n = grader::TIMED;
    let timed = graded.is_ok().then(|| {
        let [low, own, high] = spread(grader::nanoseconds(n));
        let [_, plain, _] = spread(start::grader::nanoseconds(n));
        serde_json::json!({
            "evidence": "measured",
            "n": n,
            "ns_per_element": {"least": low, "median": own, "most": high},
            "ns_per_element_of_the_start": plain,
            "text": format!(
                "Measured here, for n = {n}: {own:.2} ns an element (median of 9 runs, {low:.2} to {high:.2}); the loops to start from take {plain:.2} ns. Time does not count for the grade."
            ),
        })
    });
    let grade = graded.unwrap_or_else(|wrong| wrong);
    println!("{}", serde_json::json!({"grade": grade, "timed": timed}));
}
