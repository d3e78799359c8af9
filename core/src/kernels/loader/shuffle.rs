//! Shuffles: of all rows (Fisher and Yates), and block by block, as loaders do that cannot afford a
//! random access for each row.

use bytemuck::Pod;
use fastrand::Rng as Random;

use super::{Cost, Loader, Style, Way, split};
use crate::trace::{Buffer, BufferMut, Probe};

/// Brings rows into an order of which all are equally likely: each but the first, from the last on,
/// changes places with itself or one before it (R. Durstenfeld, Algorithm 235, CACM 7(7), 1964).
#[inline]
pub fn shuffle<T: Copy, P: Probe>(mut rows: BufferMut<'_, T>, random: &mut Random, probe: &mut P) {
    for last in (1..rows.len()).rev() {
        let other = random.usize(0..=last);
        let (one, two) = (rows.get(last, probe), rows.get(other, probe));
        rows.set(last, two, probe);
        rows.set(other, one, probe);
    }
}

/// Copies rows to the output, blocks of `block` rows in random order, and shuffles the rows of each
/// block while it is in the cache. `order` is where the order of blocks is drawn; it is left there.
///
/// Rows that were in one block stay together: less random than [`shuffle`], but memory is read block by
/// block and written front to back.
///
/// # Panics
/// When a block has no rows, the output is shorter than the input, or `order` has not a number for
/// each block.
#[inline]
pub fn shuffle_blocks<T: Copy, P: Probe>(
    input: Buffer<'_, T>,
    mut order: BufferMut<'_, u32>,
    mut output: BufferMut<'_, T>,
    block: usize,
    random: &mut Random,
    probe: &mut P,
) {
    let blocks = input.len().div_ceil(block);
    for place in 0..blocks {
        order.set(place, place as u32, probe);
    }
    shuffle(order.part_mut(0..blocks), random, probe);
    let mut done = 0;
    for place in 0..blocks {
        let start = block * order.get(place, probe) as usize;
        let from = input.part(start..input.len().min(start + block));
        let mut to = output.part_mut(done..done + from.len());
        for row in 0..from.len() {
            let value = from.get(row, probe);
            to.set(row, value, probe);
        }
        shuffle(to, random, probe);
        done += from.len();
    }
}

/// A run draws the same numbers as every other.
const SEED: u64 = 3;

/// What a shuffle of so many rows exchanges.
fn exchanges(rows: usize) -> usize {
    rows.saturating_sub(1)
}

/// [`shuffle`] by name, of rows of type `T`.
pub(in crate::kernels) struct Shuffle<T> {
    rows: usize,
    of: std::marker::PhantomData<T>,
}

impl<T: Pod> Loader for Shuffle<T> {
    const NAME: &'static str = match size_of::<T>() {
        4 => "shuffle-indices",
        256 => "shuffle-rows",
        _ => panic!("a size without a name"),
    };
    const ABOUT: &'static str = match size_of::<T>() {
        4 => "brings indices of 4 bytes into random order, in place",
        _ => "brings rows of 256 bytes into random order, in place",
    };
    const SOURCE: (&'static str, &'static str) = ("shuffle.rs", include_str!("shuffle.rs"));
    /// Each step depends on a random number: there is nothing for vectors to do side by side.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        Self {
            rows: (bytes / size_of::<T>()).max(2),
            of: std::marker::PhantomData,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![("rows", size_of::<T>() * self.rows)]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [rows] = split(self, memory, base);
        shuffle::<T, P>(rows.write(), &mut Random::with_seed(SEED), probe);
    }

    fn accesses(&self) -> u64 {
        4 * exchanges(self.rows) as u64
    }

    fn cost(&self) -> Cost {
        let exchanged = (2 * size_of::<T>() * exchanges(self.rows)) as f64;
        Cost {
            elements: self.rows as f64,
            read: exchanged,
            written: exchanged,
            rewritten: exchanged,
            // Two rows are moved by each exchange.
            operations: 2.0 * exchanges(self.rows) as f64,
            ..Cost::default()
        }
    }
}

/// A row of [`ShuffleBlocks`].
type Row = [u8; 256];

/// Rows of a block: 16 KiB, so that it stays in a first-level cache.
const BLOCK: usize = 64;

/// [`shuffle_blocks`] by name.
pub(in crate::kernels) struct ShuffleBlocks {
    rows: usize,
}

impl ShuffleBlocks {
    fn blocks(&self) -> usize {
        self.rows.div_ceil(BLOCK)
    }

    /// Exchanges of blocks, and of rows within them.
    fn exchanges(&self) -> (usize, usize) {
        (exchanges(self.blocks()), self.rows - self.blocks())
    }
}

impl Loader for ShuffleBlocks {
    const NAME: &'static str = "shuffle-blocks";
    const ABOUT: &'static str =
        "copies rows of 256 bytes in random order, block by block and within blocks of 64";
    const SOURCE: (&'static str, &'static str) = ("shuffle.rs", include_str!("shuffle.rs"));
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        // The order of blocks takes 4 bytes for each 64 rows, rounded up to a line.
        let room = bytes.saturating_sub(super::LINE);
        let of_blocks = 2 * BLOCK * size_of::<Row>() + size_of::<u32>();
        Self {
            rows: (room * BLOCK / of_blocks).max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        let bytes = size_of::<Row>() * self.rows;
        vec![
            ("rows", bytes),
            ("order", 4 * self.blocks()),
            ("shuffled", bytes),
        ]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [rows, order, shuffled] = split(self, memory, base);
        let (rows, shuffled) = (rows.read::<Row>(), shuffled.write());
        let random = &mut Random::with_seed(SEED);
        shuffle_blocks(rows, order.write(), shuffled, BLOCK, random, probe);
    }

    fn accesses(&self) -> u64 {
        let (of_blocks, of_rows) = self.exchanges();
        // Its number written and read, its rows copied; then the exchanges.
        (2 * self.blocks() + 2 * self.rows + 4 * (of_blocks + of_rows)) as u64
    }

    fn cost(&self) -> Cost {
        let (of_blocks, of_rows) = self.exchanges();
        let order = 4 * (self.blocks() + 2 * of_blocks);
        let each_way = (order + size_of::<Row>() * (self.rows + 2 * of_rows)) as f64;
        Cost {
            elements: self.rows as f64,
            read: each_way,
            written: each_way,
            rewritten: (8 * of_blocks + 2 * size_of::<Row>() * of_rows) as f64,
            // Each row is copied, and two are moved by each exchange.
            operations: (self.rows + 2 * (of_blocks + of_rows)) as f64,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    fn shuffled(rows: usize, seed: u64) -> Vec<u32> {
        let mut order: Vec<u32> = (0..rows as u32).collect();
        let to = BufferMut::new(&mut order, 0);
        shuffle(to, &mut Random::with_seed(seed), &mut NoProbe);
        order
    }

    fn shuffled_by_blocks(rows: usize, block: usize, seed: u64) -> Vec<u32> {
        let input: Vec<u32> = (0..rows as u32).collect();
        let mut order = vec![0; rows.div_ceil(block)];
        let mut output = vec![0; rows];
        shuffle_blocks(
            Buffer::new(&input, 0),
            BufferMut::new(&mut order, 0),
            BufferMut::new(&mut output, 0),
            block,
            &mut Random::with_seed(seed),
            &mut NoProbe,
        );
        output
    }

    fn is_a_permutation(order: &[u32]) -> bool {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        sorted.into_iter().eq(0..order.len() as u32)
    }

    proptest! {
        #[test]
        fn no_row_is_lost(rows in 0_usize..200, block in 1_usize..70, seed in any::<u64>()) {
            prop_assert!(is_a_permutation(&shuffled(rows, seed)));
            let order = shuffled_by_blocks(rows, block, seed);
            prop_assert!(is_a_permutation(&order));
            // Blocks stay together: as one walks along, each is met once.
            let mut met: Vec<u32> = order.iter().map(|row| row / block as u32).collect();
            met.dedup();
            prop_assert_eq!(met.len(), rows.div_ceil(block));
        }
    }

    /// Each of the 24 orders of 4 rows is as likely as the others: χ² of 24 000 draws stays below 49.7,
    /// its 99.9 % quantile for 23 degrees of freedom.
    #[test]
    fn every_order_is_as_likely_as_the_others() {
        let mut seen = std::collections::BTreeMap::new();
        let mut random = Random::with_seed(5);
        for _ in 0..24_000 {
            let mut order = [0_u8, 1, 2, 3];
            shuffle(BufferMut::new(&mut order, 0), &mut random, &mut NoProbe);
            *seen.entry(order).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 24);
        let off = seen.values().map(|&count| f64::from(count - 1000).powi(2));
        assert!(off.sum::<f64>() / 1000.0 < 49.7, "{seen:?}");
    }

    #[test]
    fn every_small_size_is_right() {
        for rows in 0..64 {
            assert!(is_a_permutation(&shuffled(rows, 1)));
            assert!(is_a_permutation(&shuffled_by_blocks(rows, 8, 1)));
        }
        assert_ne!(shuffled(64, 1), shuffled(64, 2));
        assert_eq!(shuffled(64, 1), shuffled(64, 1));
    }
}
