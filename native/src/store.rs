//! Where the newest report is kept, and how it grows.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use lab_core::{
    machine::Machine,
    report::{NoteKind, Report},
    study::Study,
};

/// Where the newest report is kept: `$LAB_REPORT`, or a file below the user's data folder.
///
/// # Errors
/// When neither that variable nor a home is set.
pub fn default_path() -> Result<PathBuf> {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = set("LAB_REPORT") {
        return Ok(path);
    }
    let data = set("XDG_DATA_HOME")
        .or_else(|| Some(set("HOME")?.join(".local/share")))
        .context("no HOME is set to keep the report below: name a file in LAB_REPORT")?;
    Ok(data.join("locality-lab").join("report.json"))
}

/// The report in `path`; `None` where there is no such file.
///
/// # Errors
/// When it cannot be read or is no report.
pub fn load(path: &Path) -> Result<Option<Report>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    Report::from_json(&text)
        .map(Some)
        .with_context(|| format!("{} cannot be used", path.display()))
}

/// The report in `path`, as something to add to: where it cannot be used, that is said and it is
/// set aside under another name, so that nothing is lost.
pub fn load_or_warn(path: &Path) -> Option<Report> {
    load(path).unwrap_or_else(|error| {
        let aside = path.with_extension("json.unusable");
        let kept = match fs::rename(path, &aside) {
            Ok(()) => format!("it is kept as {}", aside.display()),
            Err(_) => "it will be written anew".to_owned(),
        };
        eprintln!("warning: {error:#}; {kept}.");
        None
    })
}

/// Whether two descriptions are of the same machine: by name, cores, and the caches' geometry.
pub fn same_machine(a: &Machine, b: &Machine) -> bool {
    let shape = |machine: &Machine| {
        let caches: Vec<_> = machine
            .caches
            .iter()
            .map(|cache| (cache.size, cache.line, cache.ways, cache.shared_by))
            .collect();
        (machine.name.clone(), machine.cores, caches)
    };
    shape(a) == shape(b)
}

/// Writes the report to `path`, whole or not at all; into a pipe or a device as it comes.
///
/// # Errors
/// When the folder or the file cannot be written.
pub fn save(path: &Path, report: &Report) -> Result<()> {
    let text = report.to_json() + "\n";
    let is_device = fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
    let written = if is_device {
        // A file put in its place would take the device away.
        fs::write(path, text)
    } else {
        replace(path, &text)
    };
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    // Under a name that no other writer has; gone again where it is not to be had whole.
    let mut aside = tempfile::Builder::new();
    aside.prefix(".report-").suffix(".json");
    #[cfg(unix)]
    aside.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut aside = aside.tempfile_in(folder)?;
    aside.write_all(text.as_bytes())?;
    aside.persist(path)?;
    Ok(())
}

/// Writes the report to `path`, or else to a file of its own in the system's folder for such.
///
/// # Errors
/// When it is not in `path`; the error says where it is.
pub fn save_somewhere(path: &Path, report: &Report) -> Result<()> {
    save(path, report).with_context(|| match save_elsewhere(report) {
        Ok(path) => format!(
            "the report could not be saved where it should; it is in {}",
            path.display()
        ),
        Err(_) => "the report is lost but for what is printed".to_owned(),
    })
}

/// Where it was written.
fn save_elsewhere(report: &Report) -> Result<PathBuf> {
    let file = tempfile::Builder::new()
        .prefix("lab-report-")
        .suffix(".json")
        .tempfile()?;
    fs::write(file.path(), report.to_json() + "\n")?;
    Ok(file.into_temp_path().keep()?)
}

/// Puts what was measured anew into what was known: an experiment replaces its namesake.
pub fn merge(known: Option<Report>, new: Report) -> Report {
    let Some(known) = known.filter(|known| same_machine(&known.machine, &new.machine)) else {
        return new;
    };
    let mut merged = new;
    // What an experiment told before it was measured anew no longer holds.
    let mut inferred = known.inferred;
    inferred.retain(|old| {
        merged.experiment(&old.experiment).is_none()
            && merged.inferred.iter().all(|new| new.what != old.what)
    });
    merged.inferred.extend(inferred);
    for mut old in known.experiments {
        if merged.experiment(&old.name).is_some() {
            continue;
        }
        if !old.notes.iter().any(|note| note.kind == NoteKind::Earlier) {
            let text = format!(
                "Measured earlier than the rest of this report, {}.",
                known.created
            );
            old.notes.push(NoteKind::Earlier.says(text));
        }
        merged.experiments.push(old);
    }
    // The order of the studies, whichever was measured first.
    let place = |name: &str| {
        Study::ALL
            .iter()
            .position(|study| study.info().name == name)
    };
    merged
        .experiments
        .sort_by_key(|experiment| place(&experiment.name));
    merged
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use lab_core::{
        report::{Inference, SCHEMA, Wording},
        units::Unit,
    };

    /// A report of these studies, of which nothing was read.
    pub(crate) fn report(created: &str, studies: &[Study]) -> Report {
        Report {
            schema: SCHEMA,
            generator: "test".into(),
            created: created.into(),
            machine: Machine::preset("laptop").unwrap(),
            topology: None,
            environment: Default::default(),
            experiments: studies
                .iter()
                .map(|study| study.experiment(Vec::new(), Vec::new()))
                .collect(),
            inferred: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn new_experiments_replace_their_namesakes_and_old_ones_say_their_age() {
        let old = report("then", &[Study::LatencyLadder, Study::Bandwidth]);
        let new = report("now", &[Study::Bandwidth]);
        let merged = merge(Some(old.clone()), new.clone());
        let names: Vec<_> = merged.experiments.iter().map(|e| e.name.as_str()).collect();
        assert_eq!(names, ["latency-ladder", "bandwidth"]);
        assert!(merged.experiments[0].notes[0].text.contains("then"));
        assert!(merged.experiments[1].notes.is_empty());
        let mut elsewhere = old;
        elsewhere.machine.name = "another".into();
        assert_eq!(merge(Some(elsewhere), new.clone()), new);
    }

    #[test]
    fn what_an_experiment_told_goes_with_it() {
        let told = |what: &str, study: Study| {
            let wording = Wording {
                experiment: study.info().name.to_owned(),
                ..Wording::default()
            };
            Inference::new(what, Unit::Count, None, None, wording)
        };
        let mut old = report("then", &[Study::LatencyLadder, Study::TlbReach]);
        old.inferred = vec![
            told("L1 size", Study::LatencyLadder),
            told("TLB level 1 entries", Study::TlbReach),
            told("TLB level 2 entries", Study::TlbReach),
        ];
        let mut new = report("now", &[Study::TlbReach]);
        new.inferred = vec![told("TLB level 1 entries", Study::TlbReach)];
        let merged = merge(Some(old), new);
        let names: Vec<_> = merged.inferred.iter().map(|i| i.what.as_str()).collect();
        assert_eq!(names, ["TLB level 1 entries", "L1 size"]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_device_stays_one_and_a_full_one_is_told() {
        use std::os::unix::fs::FileTypeExt;
        let is_device = |path: &str| fs::metadata(path).unwrap().file_type().is_char_device();
        let report = report("now", &[Study::StrideSweep]);
        save(Path::new("/dev/null"), &report).unwrap();
        let error = format!("{:#}", save(Path::new("/dev/full"), &report).unwrap_err());
        assert!(error.starts_with("cannot write /dev/full: "), "{error}");
        assert!(is_device("/dev/null") && is_device("/dev/full"));
    }

    #[test]
    fn a_report_that_finds_no_place_is_kept_elsewhere() {
        let report = report("now", &[Study::StrideSweep]);
        // A folder stands where the file should.
        let folder = tempfile::tempdir().unwrap();
        let error = format!("{:#}", save_somewhere(folder.path(), &report).unwrap_err());
        let path = error.split(" it is in ").nth(1).unwrap();
        let path = PathBuf::from(path.split(": ").next().unwrap());
        assert_eq!(load(&path).unwrap(), Some(report));
        fs::remove_file(path).unwrap();
    }

    /// Each writes whole reports under a name of its own: whichever is last, one of them is there, and
    /// nothing else.
    #[test]
    fn two_writers_do_not_clash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let reports = [&[Study::StrideSweep][..], Study::ALL].map(|it| report("now", it));
        std::thread::scope(|scope| {
            for report in &reports {
                let path = &path;
                scope.spawn(move || (0..20).for_each(|_| save(path, report).unwrap()));
            }
        });
        let last = load(&path).unwrap();
        assert!(reports.map(Some).contains(&last));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/report.json");
        assert_eq!(load(&path).unwrap(), None);
        let report = report("now", &[Study::StrideSweep]);
        save(&path, &report).unwrap();
        assert_eq!(load(&path).unwrap(), Some(report));
        fs::write(&path, "{\"schema\": 1").unwrap();
        let error = format!("{:#}", load(&path).unwrap_err());
        assert!(error.contains("report.json cannot be used") && error.contains("line 1"));
    }
}
