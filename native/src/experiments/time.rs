//! How long a run may take, and what each study gets of it.

use std::time::{Duration, Instant};

use lab_core::{
    evidence::Reading,
    machine::Machine,
    parameters::Arguments,
    study::{Study, Variant},
};

/// Of all studies of a run together, from its start on. `--quick` promises 40 seconds and `--all` eight
/// minutes: what is between is for the rounds that are taken however long they take.
const QUICK: Duration = Duration::from_secs(26);
const THOROUGH: Duration = Duration::from_secs(6 * 60);
/// Of each study, where there are few of them.
const QUICK_EACH: Duration = Duration::from_secs(12);
const THOROUGH_EACH: Duration = Duration::from_secs(90);

/// What setting up a study counts as, in cases.
const SET_UP: usize = 10;

/// The time that is left, shared by how much there is to measure: what one study does not use, the
/// others have.
pub(super) struct Time {
    end: Instant,
    /// Cases of all studies, and their set-up.
    all: usize,
    /// Of those that are still to come.
    cases: usize,
}

impl Time {
    pub fn new(started: Instant, studies: &[Study], machine: &Machine, quick: bool) -> Self {
        let (all, each) = if quick {
            (QUICK, QUICK_EACH)
        } else {
            (THOROUGH, THOROUGH_EACH)
        };
        let cases = studies.iter().map(|&study| cases(study, machine)).sum();
        Self {
            end: started + all.min(each * studies.len() as u32),
            all: cases,
            cases,
        }
    }

    /// About which share of all there is to do a study is.
    pub fn share(&self, study: Study, machine: &Machine) -> f64 {
        cases(study, machine) as f64 / self.all.max(1) as f64
    }

    /// When the next study, which is this one, is to end.
    pub fn next(&mut self, study: Study, machine: &Machine) -> Instant {
        let own = cases(study, machine);
        let now = Instant::now();
        let left = self.end.saturating_duration_since(now);
        let share = left.mul_f64(own as f64 / self.cases.max(own) as f64);
        self.cases = self.cases.saturating_sub(own);
        now + share
    }
}

/// About how many points a study measures, and its set-up.
fn cases(study: Study, machine: &Machine) -> usize {
    let points = |&variant: &Variant| study.xs(machine, &Arguments::default(), variant).len();
    let variants = study.variants(Reading::Measured);
    SET_UP + variants.iter().map(points).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_study_has_all_that_is_left() {
        let machine = Machine::preset("laptop").unwrap();
        let started = Instant::now();
        let mut time = Time::new(started, Study::ALL, &machine, false);
        let mut ends = Vec::new();
        for &study in Study::ALL {
            ends.push(time.next(study, &machine));
        }
        // None used any time, so that each has a share of all of it, and the last one the whole.
        let last = *ends.last().unwrap();
        assert!(ends.iter().all(|&end| started < end && end <= last));
        assert!(last - started > THOROUGH - Duration::from_secs(1));
        assert!(ends[0] - started < THOROUGH / 3);
    }

    #[test]
    fn few_studies_take_less() {
        let machine = Machine::preset("laptop").unwrap();
        let started = Instant::now();
        let mut time = Time::new(started, &[Study::Branches], &machine, true);
        let end = time.next(Study::Branches, &machine);
        assert!(end <= started + QUICK_EACH);
    }
}
