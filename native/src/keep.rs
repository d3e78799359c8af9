//! Keeps what a run has measured, study by study: a program that is killed, or runs out of memory, loses
//! one study and not an hour.

use std::path::{Path, PathBuf};

use anyhow::Result;
use lab_core::{live::Event, report::Report};

use crate::{experiments::Watcher, store};

/// Watches for another, and writes the report after each study.
pub struct Keeper<'w> {
    watcher: &'w mut dyn Watcher,
    path: PathBuf,
    /// What is known from before.
    known: Option<Report>,
}

impl<'w> Keeper<'w> {
    /// One that adds to what is `known` and writes to `path`.
    pub fn new(watcher: &'w mut dyn Watcher, path: &Path, known: Option<Report>) -> Self {
        Self {
            watcher,
            path: path.to_owned(),
            known,
        }
    }

    /// Writes what was measured, as [`store::save_somewhere`]; nothing is kept in passing any more.
    ///
    /// # Errors
    /// As that.
    pub fn save(self, measured: &Report) -> Result<()> {
        store::save_somewhere(&self.path, &store::merge(self.known, measured.clone()))
    }
}

impl Watcher for Keeper<'_> {
    fn event(&mut self, event: &Event) {
        self.watcher.event(event);
    }

    fn cancelled(&self) -> bool {
        self.watcher.cancelled()
    }

    /// A pipe or a device takes the whole once. What cannot be written now is told at the end.
    fn so_far(&mut self, report: &Report) {
        if self.path.is_file() || !self.path.exists() {
            let merged = store::merge(self.known.clone(), report.clone());
            let _ = store::save(&self.path, &merged);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::report;
    use lab_core::study::Study;

    struct Nobody;

    impl Watcher for Nobody {
        fn event(&mut self, _: &Event) {}
        fn cancelled(&self) -> bool {
            false
        }
    }

    #[test]
    fn what_is_measured_is_there_before_the_run_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let known = report("now", &[Study::Branches]);
        let mut nobody = Nobody;
        let mut keeper = Keeper::new(&mut nobody, &path, Some(known));
        let names = || -> Vec<String> {
            let report = store::load(&path).unwrap().unwrap();
            report.experiments.into_iter().map(|it| it.name).collect()
        };
        keeper.so_far(&report("now", &[Study::StrideSweep]));
        assert_eq!(names(), ["stride-sweep", "branches"]);
        keeper
            .save(&report("now", &[Study::StrideSweep, Study::Tiling]))
            .unwrap();
        assert_eq!(names(), ["stride-sweep", "tiling", "branches"]);
    }
}
