//! Programs that can be run a piece at a time.

use super::{Access, Probe};

/// A run of a program that stops and goes on: where it stands is all it is.
///
/// Its clone goes on from the same place on its own, with the same accesses: a clone is a snapshot.
pub trait Source: Clone {
    /// Goes on for `most` accesses, each told to `probe`. Returns how many there were: fewer only
    /// if the program ended. Arrays are told before the first access.
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64;
}

/// Accesses that were kept.
impl Source for std::slice::Iter<'_, Access> {
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut told = 0;
        for access in self.by_ref().take(most) {
            probe.access(*access);
            told += 1;
        }
        told
    }
}
