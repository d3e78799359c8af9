//! What a running measurement tells whoever watches: the command line's bar, or the page.

use serde::{Deserialize, Serialize};

use crate::{evidence::Reading, report::Point, study::Study};

/// One thing that happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A new phase begins: `calibrating`, `measuring the memory ladder`.
    Doing {
        /// What is being done, as a phrase.
        what: String,
    },
    /// How far the whole run is.
    Progress {
        /// Share done, 0 to 1.
        done: f64,
        /// Seconds left, as far as one can tell.
        seconds_left: f64,
    },
    /// A point is known, or known better: it replaces the one at the same place.
    Point {
        /// Of which study.
        study: Study,
        /// Of which reading.
        reading: Reading,
        /// Of which variant.
        variant: String,
        /// The point.
        point: Point,
    },
    /// The run is over and the report holds it.
    Finished,
    /// The run was stopped; what was measured until then is in the report.
    Cancelled,
    /// The run could not go on.
    Failed {
        /// Why, as a sentence.
        why: String,
    },
}

impl Event {
    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(
            self,
            Event::Finished | Event::Cancelled | Event::Failed { .. }
        )
    }
}

/// Time left as people say it: `12 s left`; nothing where it is not known.
pub fn time_left(seconds: Option<f64>) -> String {
    match seconds.map(f64::round) {
        None => String::new(),
        Some(seconds) if seconds < 1.0 => "nearly done".to_owned(),
        Some(seconds) if seconds < 90.0 => format!("{seconds} s left"),
        Some(seconds) => format!("{} min left", (seconds / 60.0).round()),
    }
}

#[cfg(test)]
mod tests {
    use super::time_left;

    #[test]
    fn time_left_is_said_as_people_say_it() {
        assert_eq!(time_left(None), "");
        assert_eq!(time_left(Some(12.4)), "12 s left");
        assert_eq!(time_left(Some(150.0)), "3 min left");
        assert_eq!(time_left(Some(0.2)), "nearly done");
    }
}
