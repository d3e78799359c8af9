//! Shows how far a run is, and lets Ctrl-C stop it.

use std::{
    io::{IsTerminal, stderr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressStyle};
use lab_core::live::{Event, time_left};

use crate::experiments::Watcher;

/// A progress bar on standard error, or one line for each phase where that is no terminal.
pub struct Bar {
    bar: ProgressBar,
    terminal: bool,
    stop: Arc<AtomicBool>,
    /// The run is over, and Ctrl-C is about something else.
    over: Arc<AtomicBool>,
    doing: String,
    /// Share done, and seconds left, once they can be told.
    far: Option<(f64, f64)>,
}

/// Parts of the bar.
const STEPS: u64 = 1000;

impl Bar {
    /// A bar; from now on Ctrl-C stops the run that it watches, and a second one the program.
    ///
    /// # Errors
    /// When the system does not let Ctrl-C be caught.
    pub fn new() -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let over = Arc::new(AtomicBool::new(false));
        let (asked, ended) = (Arc::clone(&stop), Arc::clone(&over));
        ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            if !ended.load(Ordering::Relaxed) {
                // Below the bar, which may stand in the line.
                eprintln!("\nStopping; what was measured is kept. Ctrl-C again ends at once.");
            }
        })
        .context("cannot catch Ctrl-C")?;
        // No steady tick: a thread that draws would disturb what is measured.
        let bar = ProgressBar::new(STEPS);
        bar.set_style(
            ProgressStyle::with_template("{bar:30} {percent:>3} %  {msg}")
                .expect("the template is well-formed"),
        );
        Ok(Self {
            bar,
            terminal: stderr().is_terminal(),
            stop,
            over,
            doing: String::new(),
            far: None,
        })
    }

    /// Whether Ctrl-C was pressed.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.bar.finish_and_clear();
    }

    /// What is being done and how long it takes.
    fn message(&self) -> String {
        match self.far {
            Some((_, left)) => format!("{}, {}", time_left(Some(left)), self.doing),
            None => self.doing.clone(),
        }
    }
}

impl Watcher for Bar {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Doing { what } => {
                self.doing.clone_from(what);
                if self.terminal {
                    self.bar.set_message(self.message());
                } else if let Some((done, left)) = self.far {
                    let left = time_left(Some(left));
                    eprintln!("{what} … ({:.0} %, {left})", 100.0 * done);
                } else {
                    eprintln!("{what} …");
                }
            }
            Event::Progress { done, seconds_left } => {
                self.far = Some((*done, *seconds_left));
                if self.terminal {
                    self.bar.set_position((done * STEPS as f64) as u64);
                    self.bar.set_message(self.message());
                }
            }
            _ => {}
        }
    }

    fn cancelled(&self) -> bool {
        self.stopped()
    }
}
