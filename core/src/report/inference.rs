//! Inferences: what was found of the machine by timing it, beside what it says of itself.

use serde::{Deserialize, Serialize};

use crate::units::Unit;

/// One figure of the machine from two sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inference {
    /// What it is: `L1 size`.
    pub what: String,
    /// In what unit.
    pub unit: Unit,
    /// The name of the experiment whose curve tells it; empty where none does.
    #[serde(default)]
    pub experiment: String,
    /// What the machine says; absent where it says nothing.
    #[serde(default)]
    pub reported: Option<f64>,
    /// What was found; absent where nothing was.
    #[serde(default)]
    pub inferred: Option<Estimate>,
    /// Whether they agree, where there are both.
    #[serde(default)]
    pub agree: Option<bool>,
    /// How it was found, as a phrase.
    pub from: String,
    /// Both, and whether they agree, as a sentence without its full stop.
    pub sentence: String,
}

/// A figure and the interval it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// No less than this.
    pub low: f64,
    /// No more than this.
    pub high: f64,
}

impl Estimate {
    /// A figure without an interval of its own.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            low: value,
            high: value,
        }
    }

    /// Whether a figure lies within the interval, widened by `tolerance` (0.05: five percent) on both
    /// sides.
    pub fn agrees(&self, figure: f64, tolerance: f64) -> bool {
        (self.low * (1.0 - tolerance)..=self.high * (1.0 + tolerance)).contains(&figure)
    }

    /// The interval in words: `24 KiB to 32 KiB`; one figure where it has no width.
    pub fn text(&self, unit: Unit) -> String {
        let [low, high] = [self.low, self.high].map(|figure| unit.format(figure));
        if low == high {
            low
        } else {
            format!("{low} to {high}")
        }
    }
}

/// What there is to say of two figures beyond the figures.
#[derive(Clone, Debug, Default)]
pub struct Wording {
    /// The name of the experiment whose curve tells the second; empty where none does.
    pub experiment: String,
    /// How the second was found, as a phrase.
    pub from: String,
    /// How far apart they may be and agree, relative.
    pub tolerance: f64,
    /// What follows if they differ, as a clause.
    pub if_they_differ: String,
    /// Why nothing was found, if nothing was, as a clause.
    pub if_not_found: String,
}

impl Inference {
    /// What no table of the figures says, as a sentence without its full stop: why they differ, or why
    /// nothing was found. None where the figures say all.
    pub fn remark(&self) -> Option<String> {
        let more = self.agree == Some(false) || self.inferred.is_none();
        more.then(|| format!("{}: {}", self.what, self.sentence))
    }

    /// Puts two figures side by side, with the sentence on whether they agree.
    pub fn new(
        what: &str,
        unit: Unit,
        reported: Option<f64>,
        inferred: Option<Estimate>,
        wording: Wording,
    ) -> Self {
        let said = reported.map_or_else(
            || "reported by nobody".to_owned(),
            |figure| format!("reported {}", unit.format(figure)),
        );
        let agree = inferred
            .zip(reported)
            .map(|(found, figure)| found.agrees(figure, wording.tolerance));
        let sentence = match (inferred, agree) {
            (None, _) => format!("{said}, not found by timing: {}", wording.if_not_found),
            (Some(found), agree) => {
                let verdict = match agree {
                    None => String::new(),
                    Some(true) => ": they agree".to_owned(),
                    Some(false) => format!(": they differ; {}", wording.if_they_differ),
                };
                format!("{said}, inferred {}{verdict}", found.text(unit))
            }
        };
        Self {
            what: what.to_owned(),
            unit,
            experiment: wording.experiment,
            reported,
            inferred,
            agree,
            from: wording.from,
            sentence,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIB: f64 = 1024.0;

    fn sentence(reported: Option<f64>, inferred: Option<(f64, f64)>) -> String {
        let inferred = inferred.map(|(low, high)| Estimate {
            value: low,
            low: low * KIB,
            high: high * KIB,
        });
        let wording = Wording {
            if_they_differ: "go by the first".to_owned(),
            if_not_found: "the curve is flat".to_owned(),
            ..Wording::default()
        };
        let reported = reported.map(|kib| kib * KIB);
        Inference::new("L1 size", Unit::Bytes, reported, inferred, wording).sentence
    }

    #[test]
    fn the_sentence_says_whether_they_agree() {
        for (reported, inferred, expected) in [
            (
                Some(32.0),
                Some((24.0, 32.0)),
                "reported 32 KiB, inferred 24 KiB to 32 KiB: they agree",
            ),
            (
                Some(64.0),
                Some((24.0, 32.0)),
                "reported 64 KiB, inferred 24 KiB to 32 KiB: they differ; go by the first",
            ),
            (
                None,
                Some((32.0, 32.0)),
                "reported by nobody, inferred 32 KiB",
            ),
            (
                Some(32.0),
                None,
                "reported 32 KiB, not found by timing: the curve is flat",
            ),
        ] {
            assert_eq!(sentence(reported, inferred), expected);
        }
    }

    #[test]
    fn tolerance_widens_the_interval() {
        let clock = Estimate::exact(3.0);
        assert!(clock.agrees(3.1, 0.05) && !clock.agrees(3.2, 0.05) && !clock.agrees(2.8, 0.05));
    }
}
