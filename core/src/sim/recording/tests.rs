//! A recording is compared with a plain run of the engine that keeps every event.

use proptest::prelude::*;

use super::*;
use crate::{
    machine::{Inclusion, Replacement},
    sim::replay::{BUDGET, Direction},
    trace::{Access, Kind, Probe, Slices, program::Program},
};

/// A machine of two small levels.
fn machine(policy: Replacement, inclusion: Inclusion) -> Machine {
    let mut machine = Machine::preset("teaching").unwrap();
    machine.caches[0].replacement = policy;
    for cache in machine.caches.iter_mut().skip(1) {
        cache.inclusion = inclusion;
    }
    machine
}

fn classified() -> Options {
    Options {
        classify: true,
        ..Options::default()
    }
}

/// Events access by access, from an engine that runs straight through.
fn plainly(machine: &Machine, options: &Options, trace: &[Access]) -> Vec<Vec<Event>> {
    let mut engine = Engine::watched(machine, options.clone(), Vec::new()).unwrap();
    trace
        .iter()
        .map(|access| {
            engine.access(*access);
            std::mem::take(engine.observer_mut())
        })
        .collect()
}

fn trace() -> impl Strategy<Value = Vec<Access>> {
    let access = (0_u64..1024, 1_u32..9, any::<bool>(), 0_u64..4).prop_map(
        |(address, bytes, store, site)| Access {
            site,
            ..Access::new(if store { Kind::Store } else { Kind::Load }, address, bytes)
        },
    );
    prop::collection::vec(access, 1..400)
}

const GOALS: [What; 7] = [
    What::Miss,
    What::Compulsory,
    What::Capacity,
    What::Conflict,
    What::Eviction,
    What::WriteBack,
    What::BackInvalidation,
];

/// Whether the events of an access have what is sought. Levels and caches are the same here.
fn has(events: &[Event], goal: Goal) -> bool {
    use crate::sim::Cause;
    let level = |at: usize| goal.level.is_none_or(|level| level == at);
    events.iter().any(|event| match (*event, goal.what) {
        (Event::Miss { cache, .. }, What::Miss) => level(cache),
        (Event::Miss { cache, cause, .. }, what) => {
            let wanted = match what {
                What::Compulsory => Cause::Compulsory,
                What::Capacity => Cause::Capacity,
                What::Conflict => Cause::Conflict,
                _ => return false,
            };
            cause == Some(wanted) && level(cache)
        }
        (Event::Eviction { cache, .. }, What::Eviction)
        | (Event::WriteBack { cache, .. }, What::WriteBack)
        | (Event::BackInvalidation { cache, .. }, What::BackInvalidation) => level(cache),
        _ => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_step_is_that_of_a_plain_run(
        trace in trace(),
        looks in prop::collection::vec(0_usize..400, 1..20),
        distance in 1_u64..60,
        policy in prop::sample::select(Replacement::ALL.to_vec()),
        inclusive in any::<bool>(),
    ) {
        let inclusion = if inclusive { Inclusion::Inclusive } else { Inclusion::Nine };
        let machine = machine(policy, inclusion);
        let mut recording =
            Recording::new(&machine, classified(), trace.iter(), u64::MAX).unwrap();
        let start = recording.replay.front().clone();
        recording.replay = Replay::within(start, u64::MAX, 2 * distance, 1 << 20);
        while recording.advance(37) > 0 {}
        prop_assert!(recording.finished());
        prop_assert_eq!(recording.accesses(), trace.len() as u64);

        let mut options = classified();
        if policy.needs_future() {
            let mut future = Future::new(&machine);
            trace.iter().for_each(|access| future.access(*access));
            options.future = Some(future.next_uses());
        }
        let expected = plainly(&machine, &options, &trace);
        for look in looks {
            let step = recording.step(look as u64);
            prop_assert_eq!(step.is_some(), look < trace.len());
            let Some(step) = step else { continue };
            prop_assert_eq!(&step.events, &expected[look]);
            prop_assert_eq!(step.access, trace[look]);
            let mut engine = Engine::new(&machine, options.clone()).unwrap();
            trace[..=look].iter().for_each(|access| engine.access(*access));
            for (at, cache) in step.caches.iter().enumerate() {
                let ways: Vec<_> =
                    (0..engine.sets(at)).flat_map(|set| engine.ways(at, set)).collect();
                prop_assert_eq!(&cache.lines, &Lines::All(ways));
            }
        }
        for what in GOALS {
            for level in [None, Some(0), Some(1)] {
                let goal = Goal { what, level };
                let from = distance as usize;
                let later = (from + 1..trace.len()).find(|&at| has(&expected[at], goal));
                let found = recording.seek(from as u64, goal, Direction::Forward);
                prop_assert_eq!(found, later.map(|at| at as u64), "{:?} after {}", goal, from);
                let earlier =
                    (0..from.min(trace.len())).rev().find(|&at| has(&expected[at], goal));
                let found = recording.seek(from as u64, goal, Direction::Back);
                prop_assert_eq!(found, earlier.map(|at| at as u64), "{:?} before {}", goal, from);
            }
        }
    }

    #[test]
    fn sums_over_time_sets_and_places_are_the_counts(trace in trace(), limit in 1_u64..500) {
        let machine = machine(Replacement::Lru, Inclusion::Inclusive);
        let mut recording = Recording::new(&machine, classified(), trace.iter(), limit).unwrap();
        recording.advance(u64::MAX);
        let summary = recording.summary();
        prop_assert_eq!(summary.accesses, limit.min(trace.len() as u64));
        for (depth, level) in summary.counts.levels.iter().enumerate() {
            let causes = level.misses_by_cause.unwrap();
            let bins = summary.bins[depth].iter();
            let conflict: u64 = bins.clone().map(|bin| bin.causes.conflict).sum();
            prop_assert_eq!(conflict, causes.conflict);
            let evictions: u32 = bins.clone().map(|bin| bin.evictions).sum();
            prop_assert_eq!(u64::from(evictions), level.evictions);
            let writebacks: u32 = bins.clone().map(|bin| bin.writebacks).sum();
            prop_assert_eq!(u64::from(writebacks), level.writebacks);
            let misses: u64 = bins.map(Bin::misses).sum();
            prop_assert_eq!(misses, level.misses);
            let of_sets: u32 = summary.set_misses[depth].iter().sum();
            prop_assert_eq!(u64::from(of_sets), level.misses);
            let of_sites: u64 = summary
                .sites
                .iter()
                .filter_map(|(_, share)| share.misses.get(depth))
                .sum();
            prop_assert_eq!(of_sites, level.misses);
        }
        for bins in &summary.bins {
            prop_assert_eq!(bins.len() as u64, summary.accesses.div_ceil(summary.bin_width).max(1));
        }
    }
}

/// A walk of so many accesses over an array, each in a line of its own.
#[derive(Clone)]
struct Walk {
    at: u64,
    accesses: u64,
    lines: u64,
}

impl Source for Walk {
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        if self.at == 0 {
            probe.array("walked", 0x1000, 16 * self.lines);
        }
        let told = most.min(self.accesses - self.at);
        for at in self.at..self.at + told {
            probe.access(Access::load(0x1000 + at % self.lines * 16, 4));
        }
        self.at += told;
        told
    }
}

#[test]
fn long_runs_keep_few_snapshots_and_bins() {
    let machine = Machine::preset("laptop").unwrap();
    let walk = Walk {
        at: 0,
        accesses: 3_000_000,
        lines: 1 << 18,
    };
    let mut recording = Recording::new(&machine, classified(), walk, u64::MAX).unwrap();
    while recording.advance(100_000) > 0 {}
    let kept = recording.replay.kept();
    assert!(kept <= BUDGET, "{kept} bytes");
    let summary = recording.summary();
    assert!(summary.bins[0].len() <= 512);
    for index in [0, 1, 32_767, 32_768, 2_999_999] {
        let step = recording.step(index).unwrap();
        assert_eq!(step.access.address, 0x1000 + index % (1 << 18) * 16);
    }
    assert_eq!(recording.step(3_000_000), None);
}

#[test]
fn the_map_tells_where_each_line_lies() {
    // The teaching machine's lines are 16 bytes; its first level has four sets of two ways.
    let machine = Machine::preset("teaching").unwrap();
    let walk = Walk {
        at: 0,
        accesses: 20,
        lines: 20,
    };
    let mut recording = Recording::new(&machine, classified(), walk, u64::MAX).unwrap();
    recording.advance(u64::MAX);
    let lines = machine.caches[0].lines() as usize;
    let map = &recording.map(20, 1000)[0];
    assert_eq!((map.lines, map.lines_per_cell, map.line_bytes), (20, 1, 16));
    // The last lines walked lie in the first level, those before them only outside.
    let expected: Vec<u32> = (0..20).map(|line| u32::from(line >= 20 - lines)).collect();
    assert_eq!(map.held[0], expected);
    let anywhere: u32 = map.held.iter().flatten().sum();
    assert_eq!(
        u64::from(anywhere),
        20.min(machine.caches.last().unwrap().lines())
    );
    // Nothing lies anywhere before the first access; coarser cells add up.
    assert!(
        recording.map(0, 1000)[0]
            .held
            .iter()
            .flatten()
            .all(|held| *held == 0)
    );
    let coarse = &recording.map(20, 3)[0];
    assert_eq!((coarse.lines_per_cell, coarse.held[0].len()), (7, 3));
    assert_eq!(coarse.held.iter().flatten().sum::<u32>(), anywhere);
}

#[test]
fn pieces_of_time_follow_the_inner_loop() {
    let width = |text: &str| {
        let instance = Program::parse(text).unwrap().with(&[]).unwrap();
        let expected = instance.accesses().most();
        let source = Slices::whole(instance.start());
        let machine = Machine::preset("teaching").unwrap();
        let mut run =
            ProgramRecording::new(&machine, classified(), source, u64::MAX, expected).unwrap();
        run.advance(u64::MAX);
        assert_eq!(run.summary().accesses, expected);
        run.summary().bin_width
    };
    let nest = |outer: u64, inner: u64| {
        width(&format!(
            "array A[8192]: f64\nlet s = 0\nfor j in 0..{outer} {{\n    for i in 0..{inner} {{\n        \
             s = s + A[i]\n    }}\n}}\n"
        ))
    };
    // An access where that fits into 512 pieces, then a part of a turn, a turn, several turns.
    assert_eq!(nest(20, 20), 1);
    assert_eq!(nest(24, 24), 2);
    assert_eq!(nest(10, 1000), 20);
    assert_eq!(nest(512, 30), 30);
    assert_eq!(nest(1000, 10), 20);
    // No part of 997 is large enough but itself.
    assert_eq!(nest(3, 997), 997);
    // Without a loop around it an iteration is a turn: three accesses here.
    let text = "array A[800]: f64\nfor i in 0..799 {\n    A[i] = A[i] + A[i + 1]\n}\n";
    assert_eq!(width(text), 6);
}

proptest! {
    #[test]
    fn accesses_by_hand_are_the_run_that_makes_them(
        trace in trace(),
        hand in proptest::collection::vec((0_u64..2048, any::<bool>()), 1..6),
        at in 0_usize..64,
    ) {
        let at = at.min(trace.len() - 1);
        let hand: Vec<Access> = hand
            .into_iter()
            .map(|(address, stores)| {
                let made = if stores { Access::store } else { Access::load };
                made(address, 4)
            })
            .collect();
        let machine = machine(Replacement::Lru, Inclusion::Nine);
        let mut run = Recording::new(&machine, classified(), trace.iter(), u64::MAX).unwrap();
        run.advance(u64::MAX);
        let before = run.step(at as u64);
        let (by_hand, _) = run.by_hand(at as u64, &hand, 16).unwrap();
        // Written into the program at that place instead, they do the same.
        let made: Vec<Access> = trace[..=at].iter().chain(&hand).copied().collect();
        let mut other = Recording::new(&machine, classified(), made.iter(), u64::MAX).unwrap();
        other.advance(u64::MAX);
        let expected = other.step(made.len() as u64 - 1).unwrap();
        prop_assert_eq!(&by_hand.events, &expected.events);
        prop_assert_eq!(&by_hand.caches, &expected.caches);
        // And the run itself stays as it was.
        prop_assert_eq!(run.step(at as u64), before);
    }
}
