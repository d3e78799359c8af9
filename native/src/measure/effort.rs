//! How much time to spend, and in which order.

use std::{collections::VecDeque, time::Instant};

/// How much time to spend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Samples of each case.
    pub rounds: usize,
    /// As many are taken however long they take.
    pub least_rounds: usize,
    /// Further rounds for the cases that were disturbed.
    pub extra_rounds: usize,
    /// Longest warm-up before a sample, ns.
    pub warm_up_ns: f64,
    /// When to end: no round that would not be through by then is begun. Without it all rounds are
    /// taken.
    pub until: Option<Instant>,
}

impl Effort {
    /// Enough for a first look, in seconds.
    pub const QUICK: Self = Self {
        rounds: 7,
        least_rounds: 3,
        extra_rounds: 3,
        warm_up_ns: 2e7,
        until: None,
    };
    /// Enough for narrow intervals, in minutes.
    pub const THOROUGH: Self = Self {
        rounds: 15,
        least_rounds: 5,
        extra_rounds: 10,
        warm_up_ns: 1e8,
        until: None,
    };

    /// Whether another round is due when so many of `rounds` were taken since `begun`.
    pub fn wants_more(&self, taken: usize, rounds: usize, begun: Instant) -> bool {
        let in_time = |until| {
            let each = begun.elapsed() / taken.max(1) as u32;
            Instant::now() + each <= until
        };
        taken < rounds && (taken < self.least_rounds || self.until.is_none_or(in_time))
    }

    /// When half of the time that is left from now on will be over.
    pub fn half_way(&self) -> Option<Instant> {
        let now = Instant::now();
        Some(now + self.until?.saturating_duration_since(now) / 2)
    }

    /// Whether there is time for what is not due.
    fn has_time(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }

    /// How many of so many samples, some of them `done` since `begun`, there will be time for.
    fn in_time(&self, planned: usize, least: usize, done: usize, begun: Instant) -> usize {
        let Some(until) = self.until.filter(|_| done > 0) else {
            return planned;
        };
        let each = begun.elapsed().as_secs_f64() / done as f64;
        let left = until.saturating_duration_since(Instant::now());
        let more = (left.as_secs_f64() / each) as usize;
        planned.min((done + more).max(least)).max(done)
    }
}

/// Rounds that a study takes without the harness: those that others disturbed are taken again, a bounded
/// number of times.
#[derive(Debug)]
pub struct Rounds {
    effort: Effort,
    wanted: usize,
    begun: Instant,
    taken: usize,
    disturbed: usize,
}

impl Rounds {
    /// So many undisturbed ones, where time allows.
    pub fn new(effort: Effort, wanted: usize) -> Self {
        Self {
            effort,
            wanted,
            begun: Instant::now(),
            taken: 0,
            disturbed: 0,
        }
    }

    /// Whether another is due.
    pub fn more(&self) -> bool {
        let again = self.disturbed.min(self.effort.extra_rounds);
        self.effort
            .wants_more(self.taken - again, self.wanted, self.begun)
    }

    /// One was taken; its number.
    pub fn took(&mut self, disturbed: bool) -> u32 {
        self.taken += 1;
        self.disturbed += usize::from(disturbed);
        self.taken as u32 - 1
    }
}

/// Which case is due next: all of them in random order, round after round, and then those that were
/// disturbed once more.
pub(super) struct Queue {
    effort: Effort,
    cases: usize,
    random: fastrand::Rng,
    begun: Instant,
    /// Rounds begun.
    rounds: usize,
    /// What is left of the round under way.
    due: Vec<usize>,
    disturbed: VecDeque<usize>,
    /// How many more may be taken again: a bound, however busy the machine stays.
    budget: usize,
    done: usize,
}

impl Queue {
    pub fn new(effort: Effort, cases: usize) -> Self {
        Self {
            effort,
            cases,
            random: fastrand::Rng::with_seed(1),
            begun: Instant::now(),
            rounds: 0,
            due: Vec::new(),
            disturbed: VecDeque::new(),
            budget: effort.extra_rounds * cases,
            done: 0,
        }
    }

    /// A case and its round; none in particular where it is taken again.
    pub fn next(&mut self) -> Option<(usize, Option<u32>)> {
        let effort = self.effort;
        if self.due.is_empty() && effort.wants_more(self.rounds, effort.rounds, self.begun) {
            self.due = (0..self.cases).collect();
            self.random.shuffle(&mut self.due);
            self.rounds += 1;
        }
        let next = match self.due.pop() {
            Some(index) => Some((index, Some(self.rounds as u32 - 1))),
            None if effort.has_time() => self.disturbed.pop_front().map(|index| (index, None)),
            None => None,
        };
        self.done += usize::from(next.is_some());
        next
    }

    /// A case was disturbed.
    pub fn again(&mut self, index: usize) {
        if self.budget > 0 {
            self.budget -= 1;
            self.disturbed.push_back(index);
        }
    }

    /// Samples handed out, and how many there will be.
    pub fn progress(&self) -> (usize, usize) {
        let planned = self.effort.rounds * self.cases + self.disturbed.len();
        let least = self.effort.least_rounds * self.cases;
        let all = self
            .effort
            .in_time(planned.max(self.done), least, self.done, self.begun);
        (self.done, all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const EFFORT: Effort = Effort {
        rounds: 5,
        least_rounds: 2,
        extra_rounds: 1,
        warm_up_ns: 0.0,
        until: None,
    };

    fn all(queue: &mut Queue) -> Vec<(usize, Option<u32>)> {
        std::iter::from_fn(|| queue.next()).collect()
    }

    #[test]
    fn every_round_has_every_case_once_and_the_disturbed_come_last() {
        let mut queue = Queue::new(EFFORT, 3);
        let first: Vec<_> = (0..3).filter_map(|_| queue.next()).collect();
        for index in [1, 2, 0, 1] {
            queue.again(index);
        }
        assert_eq!(queue.progress(), (3, 18));
        let rest = all(&mut queue);
        // Three more than the rounds: as many as one extra round has.
        assert_eq!((rest.len(), queue.progress()), (15, (18, 18)));
        assert_eq!(rest[12..], [(1, None), (2, None), (0, None)]);
        let taken = first.iter().chain(&rest[..12]);
        let mut taken: Vec<_> = taken.map(|&(index, round)| (round, index)).collect();
        taken.sort_unstable();
        let expected = (0..5).flat_map(|round| (0..3).map(move |index| (Some(round), index)));
        assert!(taken.into_iter().eq(expected));
    }

    #[test]
    fn disturbed_rounds_are_taken_again_but_not_for_ever() {
        let taken = |dirty: fn(u32) -> bool| {
            let mut rounds = Rounds::new(EFFORT, 5);
            let mut numbers = Vec::new();
            while rounds.more() {
                let number = numbers.len() as u32;
                numbers.push(rounds.took(dirty(number)));
            }
            numbers
        };
        assert_eq!(taken(|_| false), [0, 1, 2, 3, 4]);
        assert_eq!(taken(|number| number == 2).len(), 6);
        assert_eq!(taken(|_| true).len(), 6);
    }

    #[test]
    fn when_time_is_over_the_least_is_taken_and_nothing_again() {
        let over = Effort {
            until: Some(Instant::now()),
            ..EFFORT
        };
        let mut queue = Queue::new(over, 3);
        queue.again(0);
        assert_eq!(all(&mut queue).len(), 6);
        assert_eq!(queue.progress(), (6, 6));
    }

    #[test]
    fn a_round_that_would_end_too_late_is_not_begun() {
        let begun = Instant::now() - Duration::from_secs(10);
        let effort = |left| Effort {
            until: Some(Instant::now() + Duration::from_secs(left)),
            ..EFFORT
        };
        // Two rounds took ten seconds.
        assert!(effort(6).wants_more(2, 5, begun));
        assert!(!effort(4).wants_more(2, 5, begun));
        assert!(effort(0).wants_more(1, 5, begun));
        assert!(!effort(600).wants_more(5, 5, begun));
        assert_eq!(effort(6).in_time(50, 10, 20, begun), 31);
    }
}
