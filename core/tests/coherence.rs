//! Coherence against a naive oracle, known answers, and what must hold of any protocol.

use std::collections::BTreeMap;

use lab_core::{
    sim::{
        coherence::{Coherence, MESI, State, Supplier, Touch},
        replay::{Fed, Replay},
    },
    trace::{Access, Kind},
};
use proptest::prelude::*;

const LINE: u64 = 16;

fn access(core: u16, writes: bool, address: u64) -> Access {
    let kind = if writes { Kind::Store } else { Kind::Load };
    Access {
        core,
        ..Access::new(kind, address, 8)
    }
}

/// The letters of one line, told as the books do: in sentences.
fn told(letters: &mut [char], core: usize, writes: bool) {
    let alone = letters
        .iter()
        .enumerate()
        .all(|(other, letter)| other == core || *letter == 'I');
    let own = letters[core];
    for (other, letter) in letters.iter_mut().enumerate() {
        if other != core && writes {
            *letter = 'I';
        } else if other != core && *letter != 'I' && own == 'I' {
            *letter = 'S';
        }
    }
    letters[core] = match (writes, own) {
        (true, _) => 'M',
        (false, 'I') if alone => 'E',
        (false, 'I') => 'S',
        (false, own) => own,
    };
}

/// Versions of one line: memory's, and each cache's where it has one.
#[derive(Default)]
struct Versions {
    newest: u64,
    memory: u64,
    cached: BTreeMap<u16, u64>,
}

impl Versions {
    /// Moves what the touch says was moved; the version the core then sees or makes.
    fn follow(&mut self, touch: &Touch) -> u64 {
        if let Some(from) = touch.written_back {
            self.memory = self.cached[&from];
        }
        match touch.supplier {
            Some(Supplier::Memory) => self.cached.insert(touch.core, self.memory),
            Some(Supplier::Cache(from)) => self.cached.insert(touch.core, self.cached[&from]),
            None => None,
        };
        let after = touch.after.holders();
        self.cached.retain(|core, _| after >> core & 1 == 1);
        let seen = self.cached[&touch.core];
        if touch.writes {
            self.newest += 1;
            self.cached.insert(touch.core, self.newest);
        }
        seen
    }
}

proptest! {
    #[test]
    fn any_run_is_coherent_and_as_the_books_tell_it(
        cores in prop::sample::select(vec![1_u16, 2, 3, 4, 64]),
        accesses in prop::collection::vec((any::<u16>(), any::<bool>(), 0_u64..64), 1..300),
        look in 0_usize..300,
    ) {
        let mut caches = Coherence::new(MESI, cores, LINE).unwrap();
        let mut versions: BTreeMap<u64, Versions> = BTreeMap::new();
        let mut letters: BTreeMap<u64, Vec<char>> = BTreeMap::new();
        let mut misses = 0;
        let mut steps = Vec::new();
        // Eight bytes each, at any address: some lie in two lines.
        let trace: Vec<Access> = accesses
            .into_iter()
            .map(|(core, writes, address)| access(core % cores, writes, address))
            .collect();
        for access in &trace {
            let touches = caches.access(*access).to_vec();
            let lines: Vec<u64> = touches.iter().map(|touch| touch.line).collect();
            let last = (access.address + 7) / LINE;
            prop_assert_eq!(lines, (access.address / LINE..=last).collect::<Vec<_>>());
            for touch in &touches {
                let letters =
                    letters.entry(touch.line).or_insert_with(|| vec!['I'; usize::from(cores)]);
                prop_assert_eq!(touch.before.letters(cores), letters.iter().collect::<String>());
                misses += u64::from(letters[usize::from(access.core)] == 'I');
                told(letters, usize::from(access.core), touch.writes);
                prop_assert_eq!(touch.after.letters(cores), letters.iter().collect::<String>());

                let owners = touch.after.cores(State::M) | touch.after.cores(State::E);
                prop_assert!(owners.count_ones() <= 1);
                prop_assert!(owners == 0 || touch.after.cores(State::S) == 0);

                // A supplier that had no good copy, or a write-back left out, shows here.
                let line = versions.entry(touch.line).or_default();
                let newest = line.newest;
                prop_assert_eq!(line.follow(touch), newest);
            }
            steps.push(touches);
        }
        prop_assert_eq!(caches.counts().misses, misses);

        let mut replay = Replay::within(
            Fed::new(Coherence::new(MESI, cores, LINE).unwrap(), trace.iter()),
            u64::MAX,
            20,
            10_000,
        );
        replay.advance(u64::MAX);
        let look = look % trace.len();
        prop_assert_eq!(replay.at(look as u64 + 1).simulator.last(), &steps[look][..]);
        prop_assert_eq!(replay.front().simulator.counts(), caches.counts());
    }
}

/// Four threads in turn add 1 to counters of their own, so many bytes apart, 1000 times each: misses,
/// upgrades and hand-overs.
fn four_counters(apart: u64, atomic: bool) -> (u64, u64, u64) {
    let mut caches = Coherence::new(MESI, 4, 64).unwrap();
    for _ in 0..1000 {
        for core in 0..4 {
            let address = u64::from(core) * apart;
            if !atomic {
                caches.access(access(core, false, address));
            }
            caches.access(access(core, true, address));
        }
    }
    let counts = caches.counts();
    assert_eq!(counts.coherence_misses(), counts.misses - 4);
    (counts.misses, counts.upgrades, counts.hand_overs)
}

#[test]
fn counters_in_one_line_move_it_at_every_turn() {
    assert_eq!(four_counters(8, false), (4000, 3999, 3999));
    assert_eq!(four_counters(8, true), (4000, 0, 3999));
    assert_eq!(four_counters(64, false), (4, 0, 0));
    // One counter of all moves the line as often: the protocol sees lines, not variables.
    assert_eq!(four_counters(0, false), four_counters(8, false));
}

#[test]
fn numbers_that_do_not_fit_are_refused_with_a_sentence() {
    for (cores, line, sentence) in [
        (
            0,
            64,
            "coherence is simulated between 1 and 64 cores, not 0",
        ),
        (
            65,
            64,
            "coherence is simulated between 1 and 64 cores, not 65",
        ),
        (2, 48, "a line has a power of two of bytes, not 48"),
        (2, 0, "a line has a power of two of bytes, not 0"),
    ] {
        assert_eq!(Coherence::new(MESI, cores, line).unwrap_err(), sentence);
    }
}
