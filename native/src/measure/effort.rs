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

    /// When half of the time that is left from now on will be over.
    pub fn half_way(&self) -> Option<Instant> {
        let now = Instant::now();
        Some(now + self.until?.saturating_duration_since(now) / 2)
    }
}

/// Which case is due next: all of them in random order, round after round, and then those that were
/// disturbed once more. What is repeated, and what time cuts short, is decided here and nowhere else.
pub(super) struct Queue {
    effort: Effort,
    /// Rounds that each case takes part in; none any more where it failed.
    wanted: Vec<usize>,
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
    /// So many rounds of each case.
    pub fn new(effort: Effort, wanted: Vec<usize>, now: Instant) -> Self {
        Self {
            effort,
            budget: effort.extra_rounds * wanted.len(),
            wanted,
            random: fastrand::Rng::with_seed(1),
            begun: now,
            rounds: 0,
            due: Vec::new(),
            disturbed: VecDeque::new(),
            done: 0,
        }
    }

    /// A case and its round; none in particular where it is taken again.
    pub fn next(&mut self, now: Instant) -> Option<(usize, Option<u32>)> {
        if self.due.is_empty() && self.wants_more(now) {
            let wanted = self.wanted.iter().enumerate();
            let due = wanted.filter(|(_, wanted)| **wanted > self.rounds);
            self.due = due.map(|(index, _)| index).collect();
            self.random.shuffle(&mut self.due);
            self.rounds += 1;
        }
        let next = match self.due.pop() {
            Some(index) => Some((index, Some(self.rounds as u32 - 1))),
            None if self.effort.until.is_none_or(|until| now < until) => {
                self.disturbed.pop_front().map(|index| (index, None))
            }
            None => None,
        };
        self.done += usize::from(next.is_some());
        next
    }

    /// Whether another round is due: a case takes part in it, and it will be through in time.
    fn wants_more(&self, now: Instant) -> bool {
        let each = (now - self.begun) / self.rounds.max(1) as u32;
        let in_time = |until| now + each <= until;
        self.wanted.iter().any(|wanted| *wanted > self.rounds)
            && (self.rounds < self.effort.least_rounds || self.effort.until.is_none_or(in_time))
    }

    /// A case was disturbed. What is too dear for a second round is not taken again.
    pub fn again(&mut self, index: usize) {
        if self.budget > 0 && self.wanted[index] > 1 {
            self.budget -= 1;
            self.disturbed.push_back(index);
        }
    }

    /// A case cannot be taken: it does not come again.
    pub fn leave_out(&mut self, index: usize) {
        self.wanted[index] = 0;
        self.due.retain(|due| *due != index);
        self.disturbed.retain(|due| *due != index);
    }

    /// Samples handed out, and how many there will be.
    pub fn progress(&self, now: Instant) -> (usize, usize) {
        let of_each = |most: usize| -> usize { self.wanted.iter().map(|it| most.min(*it)).sum() };
        let planned = (of_each(usize::MAX) + self.disturbed.len()).max(self.done);
        let Some(until) = self.effort.until.filter(|_| self.done > 0) else {
            return (self.done, planned);
        };
        let each = (now - self.begun).as_secs_f64() / self.done as f64;
        let left = until.saturating_duration_since(now);
        let in_time = self.done + (left.as_secs_f64() / each) as usize;
        let least = of_each(self.effort.least_rounds);
        (self.done, planned.min(in_time.max(least)).max(self.done))
    }

    /// The fewest samples of a case, by how many of each were taken, beside how many there should be;
    /// nothing where time allowed all.
    pub fn cut_short(&self, taken: &[usize]) -> Option<(usize, usize)> {
        let cases = taken.iter().copied().zip(self.wanted.iter().copied());
        cases.filter(|(taken, wanted)| taken < wanted).min()
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

    fn all(queue: &mut Queue, now: Instant) -> Vec<(usize, Option<u32>)> {
        std::iter::from_fn(|| queue.next(now)).collect()
    }

    #[test]
    fn every_round_has_every_case_once_and_the_disturbed_come_last() {
        let now = Instant::now();
        let mut queue = Queue::new(EFFORT, vec![5; 3], now);
        let first: Vec<_> = (0..3).filter_map(|_| queue.next(now)).collect();
        for index in [1, 2, 0, 1] {
            queue.again(index);
        }
        assert_eq!(queue.progress(now), (3, 18));
        let rest = all(&mut queue, now);
        // Three more than the rounds: as many as one extra round has.
        assert_eq!((rest.len(), queue.progress(now)), (15, (18, 18)));
        assert_eq!(rest[12..], [(1, None), (2, None), (0, None)]);
        let taken = first.iter().chain(&rest[..12]);
        let mut taken: Vec<_> = taken.map(|&(index, round)| (round, index)).collect();
        taken.sort_unstable();
        let expected = (0..5).flat_map(|round| (0..3).map(move |index| (Some(round), index)));
        assert!(taken.into_iter().eq(expected));
    }

    #[test]
    fn each_case_has_its_own_rounds_and_a_dear_one_is_not_taken_again() {
        let now = Instant::now();
        let mut queue = Queue::new(EFFORT, vec![1, 3, 2], now);
        queue.again(0);
        let mut taken = all(&mut queue, now);
        taken.sort_unstable();
        let [first, second, third] = [0, 1, 2].map(Some);
        let expected = [
            (0, first),
            (1, first),
            (1, second),
            (1, third),
            (2, first),
            (2, second),
        ];
        assert_eq!(taken, expected);
        assert_eq!(queue.cut_short(&[1, 3, 2]), None);
        assert_eq!(queue.cut_short(&[1, 2, 1]), Some((1, 2)));
    }

    #[test]
    fn what_failed_does_not_come_again() {
        let now = Instant::now();
        let mut queue = Queue::new(EFFORT, vec![5; 2], now);
        let (failed, _) = queue.next(now).unwrap();
        queue.again(failed);
        queue.leave_out(failed);
        let rest = all(&mut queue, now);
        assert_eq!(rest.len(), 5);
        assert!(rest.iter().all(|(index, _)| *index != failed));
        assert_eq!(queue.progress(now), (6, 6));
    }

    #[test]
    fn when_time_is_over_the_least_is_taken_and_nothing_again() {
        let now = Instant::now();
        let over = Effort {
            until: Some(now),
            ..EFFORT
        };
        let mut queue = Queue::new(over, vec![5; 3], now);
        queue.again(0);
        assert_eq!(all(&mut queue, now).len(), 6);
        assert_eq!(queue.progress(now), (6, 6));
    }

    #[test]
    fn a_round_that_would_end_too_late_is_not_begun() {
        let begun = Instant::now();
        // Two rounds took ten seconds, or one did.
        let now = begun + Duration::from_secs(10);
        let more = |left, taken| {
            let effort = Effort {
                until: Some(now + Duration::from_secs(left)),
                ..EFFORT
            };
            let mut queue = Queue::new(effort, vec![5], begun);
            for _ in 0..taken {
                queue.next(begun);
            }
            (queue.next(now).is_some(), queue.progress(now))
        };
        assert_eq!(more(6, 2), (true, (3, 4)));
        assert_eq!(more(4, 2), (false, (2, 2)));
        assert_eq!(more(0, 1), (true, (2, 2)));
        assert_eq!(more(600, 5), (false, (5, 5)));
    }
}
