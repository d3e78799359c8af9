//! `lab exercise`: from the list to a solved exercise, and what stands in the way.

use anyhow::{Context, Result, ensure};
use lab_tests::lab::{Bench, Ran};

const SOLVED: &str = "MHMMHMMHMHMH";

/// A graded answer that does not pass: said on standard output, exit code 3.
fn not_passed(ran: Ran) -> Result<String> {
    ensure!(ran.code == Some(3) && ran.err.is_empty(), "{ran:?}");
    Ok(ran.out)
}

#[test]
fn every_exercise_starts_and_fails_as_it_is_handed_out() -> Result<()> {
    let bench = Bench::new()?;
    let list = bench.lab(&["exercise", "list", "--json"])?.json()?;
    let exercises = list.as_array().context("no list")?;
    ensure!(exercises.len() >= 4, "{list}");
    let kinds: Vec<_> = exercises
        .iter()
        .filter_map(|exercise| exercise["kind"].as_str())
        .collect();
    for kind in ["predict", "program", "code"] {
        ensure!(kinds.contains(&kind), "no exercise of kind {kind}: {list}");
    }
    let quick = exercises
        .iter()
        .filter(|exercise| exercise["kind"] != "code");
    for exercise in quick {
        let name = exercise["name"].as_str().context("no name")?;
        let started = bench.lab(&["exercise", "start", name])?.succeeded()?;
        ensure!(started.contains("lab exercise check"), "{started}");
        let told = not_passed(bench.lab(&["exercise", "check", name])?)?;
        ensure!(told.contains(" of "), "{told}");
        let again = bench.lab(&["exercise", "start", name])?.refused(1)?;
        ensure!(again.contains("stays as it is"), "{again}");
    }
    Ok(())
}

#[test]
fn a_solved_exercise_shows_its_solution_and_no_other_does() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("answer.txt", "M".repeat(12))?;
    let check = |verb| bench.lab(&["exercise", verb, "hits-and-misses", "answer.txt"]);
    let told = not_passed(check("check")?)?;
    ensure!(
        told.contains("access 2") && !told.contains("access 5"),
        "too much or too little: {told}"
    );
    let told = not_passed(check("solution")?)?;
    ensure!(
        !told.contains("conflict misses"),
        "the solution is given away: {told}"
    );
    bench.file("answer.txt", SOLVED)?;
    ensure!(check("check")?.succeeded()?.contains("12 of 12 points"));
    ensure!(check("solution")?.succeeded()?.contains("conflict misses"));
    let report = bench
        .lab(&[
            "exercise",
            "check",
            "hits-and-misses",
            "answer.txt",
            "--json",
        ])?
        .json()?;
    for field in [
        "name", "pass", "score", "max", "message", "remarks", "evidence",
    ] {
        ensure!(!report[field].is_null(), "no {field}: {report}");
    }
    ensure!(report["evidence"] == "simulated", "{report}");
    Ok(())
}

#[test]
fn hints_come_one_at_a_time() -> Result<()> {
    let bench = Bench::new()?;
    let first = bench
        .lab(&["exercise", "hint", "swap-the-loops"])?
        .succeeded()?;
    let second = bench
        .lab(&["exercise", "hint", "swap-the-loops", "2"])?
        .succeeded()?;
    ensure!(
        first.starts_with("Hint 1 of 3") && second.starts_with("Hint 2 of 3"),
        "{first}{second}"
    );
    let none = bench
        .lab(&["exercise", "hint", "swap-the-loops", "9"])?
        .refused(2)?;
    ensure!(none.contains("from 1 to 3"), "{none}");
    Ok(())
}

#[test]
fn what_is_missing_is_named() -> Result<()> {
    let bench = Bench::new()?;
    let said = bench.lab(&["exercise", "check", "push-ups"])?.refused(2)?;
    ensure!(
        said.contains("push-ups") && said.contains("swap-the-loops"),
        "{said}"
    );
    let said = bench
        .lab(&["exercise", "check", "swap-the-loops"])?
        .refused(2)?;
    ensure!(said.contains("lab exercise start swap-the-loops"), "{said}");
    bench.file("broken.loop", "for i in 0..N { A[i] = 1 }")?;
    let told = not_passed(bench.lab(&["exercise", "check", "swap-the-loops", "broken.loop"])?)?;
    ensure!(
        told.contains("cannot be read") && told.contains("line 1"),
        "{told}"
    );
    bench.file("bytes.loop", [0xff, 0xfe, 0x00])?;
    let said = bench
        .lab(&["exercise", "check", "swap-the-loops", "bytes.loop"])?
        .refused(1)?;
    ensure!(said.contains("cannot be read as text"), "{said}");
    Ok(())
}

#[test]
fn without_sources_or_cargo_a_sentence_says_what_to_do() -> Result<()> {
    let bench = Bench::new()?;
    let mut command = bench.command(&["exercise", "start", "transpose"])?;
    command.env("LAB_SOURCES", bench.path());
    let said = lab_tests::lab::finish(command)?.refused(1)?;
    ensure!(said.contains("LAB_SOURCES"), "{said}");
    bench
        .lab(&["exercise", "start", "transpose"])?
        .succeeded()?;
    let mut command = bench.command(&["exercise", "check", "transpose"])?;
    command.env("PATH", bench.path());
    let said = lab_tests::lab::finish(command)?.refused(1)?;
    ensure!(said.contains("`cargo` was not found"), "{said}");
    Ok(())
}

#[test]
fn students_have_variants_of_their_own() -> Result<()> {
    let bench = Bench::new()?;
    let started = |student: &str, folder: &str| -> Result<String> {
        let with = ["--variant", student, "--dir", folder];
        let start = ["exercise", "start", "hits-and-misses"];
        bench.lab(&[&start[..], &with].concat())?.succeeded()?;
        let file = bench.path().join(folder).join("hits-and-misses.txt");
        Ok(std::fs::read_to_string(file)?)
    };
    let (ada, again, barbara) = (
        started("ada", "a")?,
        started("ada", "b")?,
        started("barbara", "c")?,
    );
    ensure!(ada == again && ada != barbara, "{ada}{again}{barbara}");
    // The answer to the exercise as written is not one to hers.
    bench.file("answer.txt", SOLVED)?;
    let check = |student| {
        let words = ["exercise", "check", "hits-and-misses", "answer.txt"];
        bench.lab(&[&words[..], &["--variant", student]].concat())
    };
    not_passed(check("ada")?)?;
    let said = bench
        .lab(&["exercise", "start", "swap-the-loops", "--variant", "ada"])?
        .refused(2)?;
    ensure!(said.contains("the same for everybody"), "{said}");
    Ok(())
}

#[test]
fn an_empty_answer_is_told_to_be_empty() -> Result<()> {
    let bench = Bench::new()?;
    bench.file("answer.txt", " \n")?;
    for file in ["answer.txt", "/dev/null"] {
        for name in ["hits-and-misses", "swap-the-loops", "transpose"] {
            let told = not_passed(bench.lab(&["exercise", "check", name, file])?)?;
            ensure!(told.contains("is empty") && told.contains(file), "{told}");
        }
    }
    Ok(())
}
