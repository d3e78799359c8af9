//! Counters of several threads: the kernel of false sharing (claims L4, M3).

use std::sync::atomic::{AtomicU64, Ordering};

use crate::trace::{Access, Kind, Probe};

/// How a thread keeps its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// Every update goes to the slot.
    Direct,
    /// Updates go to a variable of the thread's own; every so many reach the slot.
    Batched(u64),
    /// Updates go to a variable of the thread's own; the slot gets the sum at the end.
    Private,
}

/// The words of a slot that its thread writes, in turn: the first and the last.
#[derive(Clone, Copy, Debug)]
pub struct Slot<'a> {
    /// First word, and last one: the same in a slot of one word.
    pub words: [&'a AtomicU64; 2],
    /// Their addresses, for the probe.
    pub addresses: [u64; 2],
    /// Whose it is, for the probe.
    pub core: u16,
}

impl<'a> Slot<'a> {
    /// Slot `number` of slots of `words` words each, the first of which starts at word `start`.
    ///
    /// # Panics
    /// When it does not lie within the memory.
    pub fn of(
        memory: &'a [AtomicU64],
        base: u64,
        start: usize,
        words: usize,
        number: usize,
    ) -> Self {
        let first = start + number * words;
        let places = [first, first + words - 1];
        Self {
            words: places.map(|place| &memory[place]),
            addresses: places.map(|place| base + 8 * place as u64),
            core: number as u16,
        }
    }
}

/// Updates the words of a slot `updates` times in turn.
///
/// A word has one writer, so load and store suffice: no update is lost, and no locked instruction
/// hides what the line's way between the cores costs.
#[inline]
pub fn count<P: Probe>(slot: Slot<'_>, updates: u64, counting: Counting, probe: &mut P) {
    let mut own = [0_u64; 2];
    for update in 0..updates {
        let which = (update % 2) as usize;
        own[which] = std::hint::black_box(own[which] + 1);
        let due = match counting {
            Counting::Direct => true,
            Counting::Batched(batch) => update % batch.max(1) >= batch.max(1).saturating_sub(2),
            Counting::Private => update + 2 >= updates,
        };
        if due {
            let access = |kind| Access {
                core: slot.core,
                ..Access::new(kind, slot.addresses[which], 8)
            };
            probe.access(access(Kind::Load));
            let value = slot.words[which].load(Ordering::Relaxed);
            probe.access(access(Kind::Store));
            slot.words[which].store(value + std::mem::take(&mut own[which]), Ordering::Relaxed);
        }
    }
}

/// Takes turns on a line: waits until `word` holds `own`, and answers with `other`, so many times.
///
/// The other thread does the same with the two exchanged; a line goes over and back for each of
/// `rounds`.
#[inline]
pub fn take_turns(word: &AtomicU64, own: u64, other: u64, rounds: u64) {
    for _ in 0..rounds {
        while word.load(Ordering::Acquire) != own {
            std::hint::spin_loop();
        }
        word.store(other, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{NoProbe, Recorder};

    #[test]
    fn no_way_of_counting_loses_an_update() {
        for counting in [
            Counting::Direct,
            Counting::Batched(16),
            Counting::Private,
            Counting::Batched(1),
        ] {
            for (words, updates) in [(1, 160), (8, 160), (8, 32)] {
                let memory: Vec<AtomicU64> = (0..64).map(|_| AtomicU64::new(0)).collect();
                for number in 0..2 {
                    let slot = Slot::of(&memory, 0, 4, words, number);
                    count(slot, updates, counting, &mut NoProbe);
                }
                let total: u64 = memory.iter().map(|word| word.load(Ordering::Relaxed)).sum();
                assert_eq!(total, 2 * updates, "{counting:?}, {words} words");
            }
        }
    }

    #[test]
    fn batches_and_private_sums_reach_memory_less_often() {
        let memory: Vec<AtomicU64> = (0..64).map(|_| AtomicU64::new(0)).collect();
        let accesses = |counting| {
            let mut recorder = Recorder::default();
            count(Slot::of(&memory, 0, 0, 8, 1), 160, counting, &mut recorder);
            assert!(recorder.accesses.iter().all(|access| access.core == 1));
            recorder.accesses.len()
        };
        assert_eq!(accesses(Counting::Direct), 320);
        assert_eq!(accesses(Counting::Batched(16)), 40);
        assert_eq!(accesses(Counting::Private), 4);
    }
}
