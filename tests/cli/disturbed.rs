//! `lab measure` where things go wrong: a busy machine, a full disk, Ctrl-C, too little memory.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
};

use anyhow::{Context, Result, ensure};
use lab_core::report::{Disturbance, NoteKind, Report, Sample};
use lab_tests::lab::{Bench, finish};

/// Processes that use every processor until this is dropped.
struct Busy(Vec<Child>);

impl Busy {
    fn everywhere() -> Result<Self> {
        let processors = thread::available_parallelism()?.get();
        let mut busy = Self(Vec::new());
        for _ in 0..processors {
            let mut spin = Command::new("sh");
            spin.args(["-c", "while :; do :; done"]);
            busy.0.push(spin.spawn()?);
        }
        Ok(busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn samples(report: &Report) -> impl Iterator<Item = &Sample> {
    let series = report.experiments.iter().flat_map(|e| &e.series);
    series
        .flat_map(|series| &series.points)
        .flat_map(|p| &p.samples)
}

#[test]
fn beside_a_busy_process_samples_are_marked_and_taken_again() -> Result<()> {
    let bench = Bench::new()?;
    let busy = Busy::everywhere()?;
    let out = bench
        .lab(&["measure", "stride-sweep", "--quick", "--out", "out.json"])?
        .succeeded()?;
    drop(busy);
    ensure!(
        out.contains("samples were disturbed") && out.contains("other processes ran"),
        "the summary does not say so: {out}"
    );
    let report = Report::from_json(&fs::read_to_string(bench.path().join("out.json"))?)?;
    let marked = samples(&report).filter(|sample| sample.dirty).count();
    let all = samples(&report).count();
    ensure!(marked * 2 > all, "{marked} of {all} samples are marked");
    for sample in samples(&report) {
        ensure!(
            sample.dirty != sample.disturbed_by.is_empty(),
            "marked without a reason, or not marked in spite of one: {sample:?}"
        );
        ensure!(sample.switches.is_some(), "no switches counted: {sample:?}");
    }
    let others = |s: &&Sample| s.disturbed_by.contains(&Disturbance::OtherProcesses);
    ensure!(samples(&report).filter(others).count() > 0, "by nobody");
    // A sample that was taken again belongs to no round.
    let rounds: HashSet<_> = samples(&report).filter_map(|s| s.round).collect();
    let again = samples(&report).filter(|s| s.round.is_none()).count();
    ensure!(!rounds.is_empty() && again > 0, "none was taken again");
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_sentence_and_nothing_is_lost() -> Result<()> {
    use std::os::unix::fs::FileTypeExt;
    let bench = Bench::new()?;
    let mut command =
        bench.command(&["measure", "set-conflicts", "--quick", "--out", "/dev/full"])?;
    command.env("TMPDIR", bench.path());
    let ran = finish(command)?;
    ensure!(ran.code == Some(1), "{ran:?}");
    ensure!(
        ran.err.contains("cannot write /dev/full") && !ran.err.contains("panicked"),
        "{}",
        ran.err
    );
    ensure!(ran.out.contains("measured"), "nothing printed: {}", ran.out);
    let device = fs::metadata("/dev/full")?.file_type();
    ensure!(device.is_char_device(), "the device was replaced");
    // What was measured is where the message says.
    let kept = fs::read_dir(bench.path())?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .with_context(|| format!("the report was not kept: {}", ran.err))?;
    ensure!(ran.err.contains(&*kept.to_string_lossy()), "{}", ran.err);
    let report = Report::from_json(&fs::read_to_string(kept)?)?;
    ensure!(samples(&report).count() > 0, "without a sample");
    Ok(())
}

/// Starts a run, and does something to it as soon as it says that it does this; the code it ends with,
/// what it said, and its report.
#[cfg(target_os = "linux")]
fn while_it_says(
    bench: &Bench,
    arguments: &[&str],
    doing: &str,
    act: impl Fn(&Child) -> Result<()>,
) -> Result<(Option<i32>, String, Report)> {
    let all = [&["measure", "--quick", "--out", "out.json"], arguments].concat();
    let mut child = bench
        .command(&all)?
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let stderr = child.stderr.take().context("a pipe was asked for")?;
    let mut said = String::new();
    let mut acted = false;
    for line in BufReader::new(stderr).lines() {
        let line = line?;
        if !acted && line.starts_with(doing) {
            act(&child)?;
            acted = true;
        }
        said += &line;
        said.push('\n');
    }
    let code = child.wait()?.code();
    ensure!(acted, "it never did {doing:?}:\n{said}");
    ensure!(!said.contains("panicked"), "{said}");
    let text = fs::read_to_string(bench.path().join("out.json")).context(said.clone())?;
    Ok((code, said, Report::from_json(&text)?))
}

/// Stops a run as soon as it says that it does this; the code it ends with, and its report.
#[cfg(target_os = "linux")]
fn stopped_while(doing: &str) -> Result<(Option<i32>, Report)> {
    let bench = Bench::new()?;
    let studies = ["set-conflicts", "stride-sweep"];
    let (code, _, report) = while_it_says(&bench, &studies, doing, |child| {
        let pid = child.id().to_string();
        let killed = Command::new("kill").args(["-INT", &pid]).status()?;
        ensure!(killed.success(), "no signal was sent");
        Ok(())
    })?;
    Ok((code, report))
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_is_shortened_meanwhile_is_a_sentence_and_costs_only_what_reads_it() -> Result<()> {
    let bench = Bench::new()?;
    let path = bench.file("data.bin", vec![7; 64 << 20])?;
    let arguments = ["stride-sweep", "file-reading", "--data", "data.bin"];
    let (code, said, report) =
        while_it_says(&bench, &arguments, "measuring: Reading a file", |_| {
            let file = fs::File::options().write(true).open(&path)?;
            Ok(file.set_len(8192)?)
        })?;
    ensure!(code.is_some(), "it was ended by a signal: {said}");
    let told = format!("{said}{}", report.to_json());
    ensure!(told.contains("shortened it meanwhile"), "{told}");
    let kept = report.experiment("stride-sweep").context("it is lost")?;
    ensure!(kept.series.iter().any(|series| !series.points.is_empty()));
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn whenever_it_is_stopped_a_valid_report_stays() -> Result<()> {
    for (doing, least, most) in [
        ("looking at the machine", 0, 0),
        ("calibrating", 0, 0),
        ("measuring: ", 0, 1),
        ("simulating: Strides", 1, 1),
        ("measuring: Strides", 1, 2),
    ] {
        let (code, report) = stopped_while(doing)?;
        ensure!(code == Some(130), "{doing}: it ended with {code:?}");
        let found = report.experiments.len();
        ensure!(
            (least..=most).contains(&found),
            "{doing}: {found} experiments are in the report"
        );
        ensure!(
            report
                .notes
                .iter()
                .any(|note| note.kind == NoteKind::CutShort),
            "{doing}: it does not say that it was stopped: {:?}",
            report.notes
        );
    }
    Ok(())
}

/// A little memory is enough for one of the two and not for the other, or for neither: how much that
/// is depends on the machine's caches. Whatever is not measured is told, and the rest is kept.
#[test]
#[cfg(target_os = "linux")]
fn too_little_memory_is_a_sentence_and_costs_only_what_needs_it() -> Result<()> {
    const SAYS: &str = "bytes of memory";
    let names = ["set-conflicts", "latency-ladder"];
    let mut missed = 0;
    for kib in [600_000, 100_000] {
        let bench = Bench::new()?;
        let lab = bench.command(&[
            "measure", names[0], names[1], "--quick", "--out", "out.json",
        ])?;
        let mut limited = Command::new("sh");
        limited
            .args(["-c", &format!("ulimit -v {kib} && exec \"$0\" \"$@\"")])
            .arg(lab.get_program())
            .args(lab.get_args())
            .current_dir(bench.path())
            .env("HOME", bench.path())
            .env("RUST_BACKTRACE", "1");
        let ran = finish(limited)?;
        ensure!(!ran.err.contains("panicked"), "{}", ran.err);
        if ran.code == Some(1) {
            missed += 1;
            let sentence = ran.err.lines().last().unwrap_or_default();
            ensure!(
                sentence.starts_with("error: ") && sentence.contains(SAYS),
                "{kib} KiB: {}",
                ran.err
            );
            continue;
        }
        ran.succeeded()?;
        let report = Report::from_json(&fs::read_to_string(bench.path().join("out.json"))?)?;
        let lost = report
            .notes
            .iter()
            .filter(|note| note.kind == NoteKind::LeftOut && note.text.contains(SAYS));
        let lost = lost.count();
        ensure!(
            lost + report.experiments.len() == names.len(),
            "{kib} KiB: {} measured, and {lost} said not to be: {:?}",
            report.experiments.len(),
            report.notes
        );
        missed += lost;
    }
    ensure!(missed > 0, "there was always memory enough");
    Ok(())
}
