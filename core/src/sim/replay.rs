//! Time travel: any moment of a simulation, forwards and back.
//!
//! A [`Model`] is a deterministic simulation that goes on event by event. A [`Replay`] runs it once,
//! and keeps it as it stands every so often; a moment is shown again by going on from what was kept
//! last before it. How far apart these snapshots lie goes by the work that lies between them, as the
//! model states it, so that every moment is near in time whatever an event costs. What is kept stays
//! within a budget: where there is more, every second snapshot goes, and the distance doubles.

use crate::trace::{Probe, Source};

/// A simulation that goes on event by event, the same way each time: a clone is a snapshot, and goes
/// on from there as this one does.
pub trait Model: Clone {
    /// Goes on for up to `most` events. Returns how many there were: fewer only at the end.
    fn advance(&mut self, most: u64) -> u64;

    /// Events so far.
    fn events(&self) -> u64;

    /// About how many bytes a clone takes.
    fn footprint(&self) -> usize;

    /// What the events so far took, in units of some tens of nanoseconds. To be told where events
    /// differ in what they take, or take more than that.
    fn work(&self) -> u64 {
        self.events()
    }
}

/// A simulator that is told of accesses. With a [`Source`] of them it is a [`Model`]: [`Fed`].
pub trait Simulator: Probe + Clone {
    /// About how many bytes a clone takes.
    fn footprint(&self) -> usize;

    /// What it did so far, in the units of [`Model::work`].
    fn work(&self) -> u64;
}

/// A simulator and the program that feeds it: a model whose events are accesses.
#[derive(Clone, Debug)]
pub struct Fed<P, S> {
    /// What is told of the accesses.
    pub simulator: P,
    source: S,
    events: u64,
}

impl<P: Simulator, S: Source> Fed<P, S> {
    /// Before the first access.
    pub fn new(simulator: P, source: S) -> Self {
        Self {
            simulator,
            source,
            events: 0,
        }
    }

    /// The program, where it stands.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<P: Simulator, S: Source> Model for Fed<P, S> {
    fn advance(&mut self, most: u64) -> u64 {
        let told = self.source.run(most, &mut self.simulator);
        self.events += told;
        told
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn footprint(&self) -> usize {
        size_of::<Self>() + self.simulator.footprint()
    }

    fn work(&self) -> u64 {
        self.simulator.work()
    }
}

/// Work between two snapshots at first: replayed in a few hundredths of a second at worst.
const DISTANCE: u64 = 1 << 16;

/// Bytes that snapshots may take.
pub(super) const BUDGET: usize = 192 << 20;

/// Between two snapshots the work is looked at about so many times.
const LOOKS: u64 = 8;

/// A model's run that can be looked at again.
///
/// ```
/// use lab_core::sim::replay::{Model, Replay};
/// #[derive(Clone)]
/// struct Doubling(u64, u32);
/// impl Model for Doubling {
///     fn advance(&mut self, most: u64) -> u64 {
///         let events = most.min(u64::from(10 - self.1));
///         (self.0, self.1) = (self.0 << events, self.1 + events as u32);
///         events
///     }
///     fn events(&self) -> u64 { self.1.into() }
///     fn footprint(&self) -> usize { size_of::<Self>() }
/// }
/// let mut replay = Replay::new(Doubling(1, 0), u64::MAX);
/// while replay.advance(4) > 0 {}
/// assert!(replay.finished());
/// assert_eq!((replay.at(10).0, replay.at(3).0), (1024, 8));
/// ```
#[derive(Clone, Debug)]
pub struct Replay<M> {
    front: M,
    limit: u64,
    finished: bool,
    /// Work between two snapshots.
    distance: u64,
    budget: usize,
    /// Events to go on for before the work is looked at.
    piece: u64,
    /// In the order of their events, from the start on.
    snapshots: Vec<M>,
    /// Bytes that the snapshots take.
    kept: usize,
    /// Where the last look was: looks often go on from there.
    looked: Option<M>,
}

impl<M: Model> Replay<M> {
    /// A run that starts where the model stands, and ends with it or after `limit` events.
    pub fn new(model: M, limit: u64) -> Self {
        Self::within(model, limit, DISTANCE, BUDGET)
    }

    /// The same with so much work between two snapshots at first, and so many bytes for them all.
    /// What is kept in any case is the start, the front, and the moment looked at last.
    pub fn within(model: M, limit: u64, distance: u64, budget: usize) -> Self {
        Self {
            limit,
            finished: false,
            distance: distance.max(1),
            budget,
            piece: 1,
            kept: model.footprint(),
            snapshots: vec![model.clone()],
            front: model,
            looked: None,
        }
    }

    /// Runs on for up to `most` events. Returns how many there were; none at the end.
    pub fn advance(&mut self, most: u64) -> u64 {
        self.advance_by(most, M::advance)
    }

    /// The same with another's hand at the model: `go` advances it as [`Model::advance`] does, and
    /// leaves nothing else changed. So the events of the one run are listened to, and those replayed
    /// are not.
    pub fn advance_by(&mut self, most: u64, mut go: impl FnMut(&mut M, u64) -> u64) -> u64 {
        let start = self.front.events();
        let end = self.limit.min(start.saturating_add(most));
        while !self.finished && self.front.events() < end {
            let piece = self.piece.min(end - self.front.events());
            let before = self.front.work();
            self.finished = go(&mut self.front, piece) < piece;
            let work = self.front.work();
            if (work - before).saturating_mul(LOOKS) > self.distance {
                self.piece = (self.piece / 2).max(1);
            } else if piece == self.piece {
                self.piece = self.piece.saturating_mul(2);
            }
            let kept = self.snapshots.last().map_or(0, M::work);
            if work - kept >= self.distance {
                self.keep();
            }
        }
        self.finished |= self.front.events() >= self.limit;
        self.front.events() - start
    }

    /// Keeps a snapshot, and fewer of them if they take too much.
    fn keep(&mut self) {
        self.kept += self.front.footprint();
        self.snapshots.push(self.front.clone());
        if self.kept > self.budget {
            let mut odd = true;
            self.snapshots.retain(|_| {
                odd = !odd;
                !odd
            });
            self.kept = self.snapshots.iter().map(M::footprint).sum();
            self.distance = self.distance.saturating_mul(2);
        }
    }

    /// Events so far.
    pub fn events(&self) -> u64 {
        self.front.events()
    }

    /// Whether there will be no more: the model is at its end, or at the limit.
    pub fn finished(&self) -> bool {
        self.finished
    }

    /// The model after all events so far.
    pub fn front(&self) -> &M {
        &self.front
    }

    /// Bytes that the snapshots take.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// The model after its first `events` events, or as near to that as the run has come. It may be
    /// advanced from there; nothing else in it may be changed.
    pub fn at(&mut self, events: u64) -> &mut M {
        let events = events.min(self.front.events());
        let after = self.snapshots.partition_point(|kept| kept.events() <= events);
        let before = &self.snapshots[after.saturating_sub(1)];
        let near = before.events()..=events;
        let mut model = match self.looked.take() {
            Some(looked) if near.contains(&looked.events()) => looked,
            _ => before.clone(),
        };
        model.advance(events.saturating_sub(model.events()));
        self.looked.insert(model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Numbers by a recurrence; each event does as much work as the model was told, and a state of
    /// its own length goes with it.
    #[derive(Clone, Debug, PartialEq)]
    struct Numbers {
        events: u64,
        end: u64,
        work: u64,
        /// Work of an event, in turn.
        costs: Vec<u64>,
        state: Vec<u64>,
    }

    impl Numbers {
        fn new(end: u64, costs: &[u64], length: usize) -> Self {
            Self {
                events: 0,
                end,
                work: 0,
                costs: costs.to_vec(),
                state: vec![1; length],
            }
        }

        fn step(&mut self) {
            let place = (self.events % self.state.len() as u64) as usize;
            self.state[place] = self.state[place]
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(self.events);
            self.work += self.costs[(self.events % self.costs.len() as u64) as usize];
            self.events += 1;
        }
    }

    impl Model for Numbers {
        fn advance(&mut self, most: u64) -> u64 {
            let made = most.min(self.end - self.events);
            (0..made).for_each(|_| self.step());
            made
        }

        fn events(&self) -> u64 {
            self.events
        }

        fn footprint(&self) -> usize {
            8 * (self.state.len() + self.costs.len())
        }

        fn work(&self) -> u64 {
            self.work
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_that_of_a_fresh_model(
            (end, limit) in (0_u64..600, 0_u64..700),
            costs in prop::collection::vec(0_u64..50, 1..6),
            (length, distance, budget) in (1_usize..20, 1_u64..300, 0_usize..2000),
            turns in prop::collection::vec((0_u64..60, 0_u64..700, 0_u64..20), 1..40),
        ) {
            let fresh = Numbers::new(end, &costs, length);
            let mut replay = Replay::within(fresh.clone(), limit, distance, budget);
            let mut events = 0;
            for (most, look, on) in turns {
                let made = replay.advance(most);
                prop_assert_eq!(made, most.min(end.min(limit) - events));
                events += made;
                prop_assert_eq!(replay.events(), events);
                prop_assert!(replay.kept() <= budget.max(fresh.footprint()));
                let mut expected = fresh.clone();
                expected.advance(look.min(events));
                let seen = replay.at(look);
                prop_assert_eq!(&*seen, &expected);
                // Whoever looks may go on from there.
                prop_assert_eq!(seen.advance(on), expected.advance(on));
                prop_assert_eq!(&*seen, &expected);
            }
            replay.advance(u64::MAX);
            prop_assert!(replay.finished());
            prop_assert_eq!(replay.events(), end.min(limit));
        }

        /// A piece goes on for twice as long as the one before at most, and that one did an eighth of
        /// the distance.
        #[test]
        fn a_look_takes_about_the_distance_whatever_events_take(
            costs in prop::collection::vec(1_u64..300, 1..6),
            (distance, look) in (5_000_u64..20_000, 0_u64..5_000),
        ) {
            let mut replay = Replay::within(Numbers::new(5_000, &costs, 1), u64::MAX, distance, usize::MAX);
            replay.advance(u64::MAX);
            let kept = replay.snapshots.iter().map(Model::work);
            let at = replay.clone().at(look).work;
            let before = kept.filter(|work| *work <= at).max().unwrap();
            let most = distance + distance / 4 + 2 * costs.iter().sum::<u64>();
            prop_assert!(at - before <= most, "{} of {}", at - before, most);
        }
    }

    #[test]
    fn a_listener_hears_the_run_and_no_replay() {
        let mut replay = Replay::within(Numbers::new(100, &[1], 1), u64::MAX, 7, usize::MAX);
        let mut heard = 0;
        while replay.advance_by(9, |model, most| {
            let made = model.advance(most);
            heard += made;
            made
        }) > 0
        {
            replay.at(3);
        }
        assert_eq!((heard, replay.events()), (100, 100));
    }
}
