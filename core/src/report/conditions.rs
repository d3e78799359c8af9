//! Conditions: how many samples were disturbed, by what, and what others took meanwhile.

use super::{Disturbance, Point, Sample, Series};
use crate::units::format_number;

/// What the guard saw while samples were taken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// How many samples there are.
    pub samples: usize,
    /// How many of them were disturbed.
    pub disturbed: usize,
    /// How many each reason disturbed; one sample may have several.
    pub reasons: Vec<(Disturbance, usize)>,
    /// How many were taken in place of disturbed ones; none where no sample says of which round it is.
    pub again: Option<usize>,
    /// How many lie outside Tukey's fences.
    pub outliers: usize,
    /// How many points have samples.
    pub points: usize,
    /// How many of these rest mostly on disturbed samples.
    pub points_lost: usize,
    /// Least and most that other processes took, percent of the machine; none where unknown.
    pub other_cpu_percent: Option<(f64, f64)>,
    /// Least and most that the hypervisor took, percent of the machine; none where unknown.
    pub steal_percent: Option<(f64, f64)>,
    /// Least and most that the measuring thread was off its processor, percent of a sample; none where
    /// unknown.
    pub off_cpu_percent: Option<(f64, f64)>,
    /// Least and most often that the system gave the measuring thread's processor away during a
    /// sample; none where unknown.
    pub switches: Option<(f64, f64)>,
}

impl Conditions {
    /// Those of all samples of these points.
    pub fn of<'p>(points: impl IntoIterator<Item = &'p Point>) -> Self {
        let mut seen = Self::default();
        let mut counts = [0; Disturbance::ALL.len()];
        for point in points.into_iter().filter(|point| !point.samples.is_empty()) {
            seen.points += 1;
            seen.points_lost += usize::from(point.dirty());
            // A sample without a round was taken again, if others of its point have one.
            let rounds = point.samples.iter().filter(|it| it.round.is_some()).count();
            if rounds > 0 {
                *seen.again.get_or_insert(0) += point.samples.len() - rounds;
            }
            for sample in &point.samples {
                seen.add(sample);
                for (count, reason) in counts.iter_mut().zip(Disturbance::ALL) {
                    *count += usize::from(sample.disturbed_by.contains(&reason));
                }
            }
        }
        let counted = Disturbance::ALL.into_iter().zip(counts);
        seen.reasons = counted.filter(|(_, count)| *count > 0).collect();
        seen
    }

    /// Those of all samples of these curves.
    pub fn of_series(series: &[Series]) -> Self {
        Self::of(series.iter().flat_map(|series| &series.points))
    }

    fn add(&mut self, sample: &Sample) {
        self.samples += 1;
        self.disturbed += usize::from(sample.dirty);
        self.outliers += usize::from(sample.outlier);
        let switches = sample.switches.map(|switches| switches.involuntary as f64);
        for (range, value) in [
            (&mut self.other_cpu_percent, sample.other_cpu_percent),
            (&mut self.steal_percent, sample.steal_percent),
            (&mut self.off_cpu_percent, sample.off_cpu_percent),
            (&mut self.switches, switches),
        ] {
            if let Some(value) = value {
                let (low, high) = range.unwrap_or((value, value));
                *range = Some((low.min(value), high.max(value)));
            }
        }
    }

    /// The reasons with their counts: `other processes ran: 3`.
    pub fn reasons(&self) -> String {
        let reasons = self.reasons.iter();
        let reasons = reasons.map(|(reason, count)| format!("{}: {count}", reason.phrase()));
        reasons.collect::<Vec<_>>().join(", ")
    }

    /// What a reader is to know at once: `7 of 9 samples are clean, 2 disturbed, 2 taken
    /// again`. Nothing where there are no samples.
    pub fn summary(&self) -> Option<String> {
        let Self {
            samples, disturbed, ..
        } = *self;
        if samples == 0 {
            return None;
        }
        if disturbed == 0 {
            return Some(format!("all {samples} samples are clean"));
        }
        let mut words = format!(
            "{} of {samples} samples are clean, {disturbed} disturbed",
            samples - disturbed
        );
        if let Some(again) = self.again {
            words += &format!(", {again} measured again");
        }
        if self.points_lost > 0 {
            words += &format!(
                "; {} of {} points rest mostly on disturbed samples",
                self.points_lost, self.points
            );
        }
        Some(words)
    }

    /// The note of a report; none where nothing was disturbed.
    pub fn note(&self) -> Option<String> {
        let after = match self.again {
            Some(1..) => "they are marked and were measured again as far as time allowed",
            Some(0) | None => "they are marked",
        };
        (self.disturbed > 0).then(|| {
            format!(
                "{} of {} samples were disturbed ({}); {after}. {} of {} points rest mostly on such \
                 samples.",
                self.disturbed,
                self.samples,
                self.reasons(),
                self.points_lost,
                self.points
            )
        })
    }

    /// What others took while the samples were taken, each as a name and its range in words; with what
    /// could not be watched.
    pub fn watched(&self) -> [(&'static str, String); 4] {
        let percent = |range, of: &str| range_in_words(range, &format!(" % of {of}"));
        [
            (
                "other processes took",
                percent(self.other_cpu_percent, "the machine"),
            ),
            (
                "the hypervisor took (steal)",
                percent(self.steal_percent, "the machine"),
            ),
            (
                "the thread was off its processor",
                percent(self.off_cpu_percent, "a sample's time"),
            ),
            (
                "the thread was switched away",
                range_in_words(self.switches, " times a sample"),
            ),
        ]
    }
}

fn range_in_words(range: Option<(f64, f64)>, unit: &str) -> String {
    // Two digits behind the point: the guard's ticks know no more.
    let number = |value: f64| format_number((100.0 * value).round() / 100.0);
    match range.map(|(low, high)| (number(low), number(high))) {
        None => "not known here: this run could not watch it".to_owned(),
        Some((low, high)) if low == high => format!("{low}{unit}"),
        Some((low, high)) => format!("{low} to {high}{unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Switches;

    fn sample(round: Option<u32>, other: f64, by: &[Disturbance]) -> Sample {
        let mut sample = Sample {
            value: 1.0,
            round,
            other_cpu_percent: Some(other),
            switches: Some(Switches {
                voluntary: 9,
                involuntary: 2,
            }),
            ..Sample::default()
        };
        sample.disturb(by.iter().copied());
        sample
    }

    fn point(samples: Vec<Sample>) -> Point {
        Point {
            samples,
            ..Point::default()
        }
    }

    const OTHERS: Disturbance = Disturbance::OtherProcesses;
    const OFF: Disturbance = Disturbance::OffProcessor;

    #[test]
    fn what_disturbed_is_counted_and_what_was_taken_again() {
        let quiet = point(vec![sample(Some(0), 0.5, &[]), sample(Some(1), 1.25, &[])]);
        let noisy = point(vec![
            sample(Some(0), 30.0, &[OTHERS, OFF]),
            sample(Some(1), 20.0, &[OTHERS]),
            sample(None, 0.0, &[]),
        ]);
        let modelled = point(Vec::new());
        let seen = Conditions::of([&quiet, &noisy, &modelled]);
        assert_eq!(seen.reasons, [(OTHERS, 2), (OFF, 1)]);
        assert_eq!(
            seen.summary().unwrap(),
            "3 of 5 samples are clean, 2 disturbed, 1 measured again; 1 of 2 points rest mostly on \
             disturbed samples"
        );
        assert_eq!(
            seen.note().unwrap(),
            "2 of 5 samples were disturbed (other processes ran: 2, the thread was kept off its \
             processor: 1); they are marked and were measured again as far as time allowed. 1 of 2 points \
             rest mostly on such samples."
        );
        let watched = seen.watched().map(|(_, words)| words);
        assert_eq!(watched[0], "0 to 30 % of the machine");
        assert!(watched[1].starts_with("not known here"), "{watched:?}");
        assert_eq!(watched[3], "2 times a sample");
    }

    #[test]
    fn clean_samples_need_no_note_and_no_samples_no_word() {
        let seen = Conditions::of([&point(vec![sample(Some(0), 0.0, &[])])]);
        assert_eq!((seen.note(), seen.again), (None, Some(0)));
        assert_eq!(seen.summary().unwrap(), "all 1 samples are clean");
        assert_eq!(Conditions::of([&point(Vec::new())]).summary(), None);
    }

    /// Some experiments take no sample again; nothing says that they did.
    #[test]
    fn without_rounds_nobody_knows_what_was_taken_again() {
        let seen = Conditions::of([&point(vec![sample(None, 9.0, &[OTHERS])])]);
        assert_eq!(seen.again, None);
        assert!(!seen.note().unwrap().contains("again"));
        assert!(!seen.summary().unwrap().contains("again"));
    }
}
