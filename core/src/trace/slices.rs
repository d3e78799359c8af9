//! Samples of a long program: slices of it, evenly spread.

use super::{NoProbe, Probe, Source};

/// A program of which some accesses are told and the rest are run unheard, in turn.
///
/// What hears it stands still meanwhile: the first accesses of a slice find caches as the last slice
/// left them. The longer the slices, the less that matters.
#[derive(Clone, Debug)]
pub struct Slices<S> {
    source: S,
    slice: u64,
    gap: u64,
    /// Of the current slice.
    left: u64,
}

/// Slices of a sample.
pub const SLICES: u64 = 32;

/// Accesses of a program that a sample reaches over: to run the rest unheard takes time too.
pub const REACH: u64 = 500_000_000;

impl<S: Source> Slices<S> {
    /// All of it.
    pub fn whole(source: S) -> Self {
        Self {
            source,
            slice: u64::MAX,
            gap: 0,
            left: u64::MAX,
        }
    }

    /// [`SLICES`] slices, together about `keep` of `count` accesses; all of them where there are no
    /// more. Of a program longer than [`REACH`], that much from its beginning is sampled.
    pub fn spread(source: S, count: u64, keep: u64) -> Self {
        if count <= keep {
            return Self::whole(source);
        }
        let slice = (keep / SLICES).max(1);
        Self {
            source,
            slice,
            gap: (count.min(REACH) / SLICES).saturating_sub(slice),
            left: slice,
        }
    }

    /// Accesses of a slice.
    pub fn slice(&self) -> u64 {
        self.slice
    }

    /// The program, where it stands.
    pub fn source(&self) -> &S {
        &self.source
    }
}

impl<S: Source> Source for Slices<S> {
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        let mut told = 0;
        while told < most {
            if self.left == 0 {
                if self.source.run(self.gap, &mut NoProbe) < self.gap {
                    break;
                }
                self.left = self.slice;
            }
            let wanted = self.left.min(most - told);
            let made = self.source.run(wanted, probe);
            told += made;
            self.left -= made;
            if made < wanted {
                break;
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Access, Recorder};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sample_is_what_its_slices_cut_out(
            count in 0_u64..500, keep in 1_u64..300, pieces in prop::collection::vec(1_u64..50, 1..40),
        ) {
            let trace: Vec<Access> = (0..count).map(|at| Access::load(8 * at, 8)).collect();
            let mut sample = Slices::spread(trace.iter(), count, keep);
            let mut recorder = Recorder::default();
            for most in pieces.iter().cycle() {
                if sample.run(*most, &mut recorder) < *most {
                    break;
                }
            }
            let slice = (keep / SLICES).max(1);
            let period = (count / SLICES).max(slice);
            let expected: Vec<Access> = trace
                .iter()
                .enumerate()
                .filter(|(at, _)| count <= keep || *at as u64 % period < slice)
                .map(|(_, access)| *access)
                .collect();
            prop_assert_eq!(recorder.accesses, expected);
        }
    }
}
