//! Bins of a histogram of distances: one for each below 128, then 64 an octave.

use std::ops::Range;

/// log2 of the bins an octave.
const FINE: u32 = 6;
/// Distances below have bins of their own.
const EXACT: u64 = 2 << FINE;

/// Bins that 64-bit distances can fall into.
#[cfg(test)]
pub const MOST: usize = EXACT as usize + (((63 - FINE) as usize) << FINE);

/// The bin of a distance.
#[inline(always)]
pub fn index(distance: u64) -> usize {
    if distance < EXACT {
        return distance as usize;
    }
    let drop = distance.ilog2() - FINE;
    ((u64::from(drop) << FINE) + (distance >> drop)) as usize
}

/// The distances in a bin; the very last one ends a distance too early for want of a 65th bit.
pub fn range(index: usize) -> Range<u64> {
    let index = index as u64;
    if index < EXACT {
        return index..index + 1;
    }
    let drop = (index >> FINE) - 1;
    let from = (index & ((1 << FINE) - 1) | 1 << FINE) << drop;
    from..from.saturating_add(1 << drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_join_without_gaps_and_hold_their_distances() {
        let mut next = 0;
        for bin in 0..MOST {
            let distances = range(bin);
            assert_eq!(distances.start, next, "bin {bin}");
            assert_eq!(index(distances.start), bin);
            assert_eq!(index(distances.end - 1), bin);
            let width = distances.end - distances.start;
            assert!(width == 1 || width <= distances.start / 64, "bin {bin}");
            next = distances.end;
        }
        assert_eq!(next, u64::MAX);
        assert_eq!(index(u64::MAX), MOST - 1);
    }
}
