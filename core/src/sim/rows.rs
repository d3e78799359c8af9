//! The sets of a cache with least-recently-used replacement: each a row of lines in order of use.

use std::{hint::black_box, ops::Range};

use wide::{u32x4, u32x8};

use crate::prefetch::prefetch;

/// What the use of a line did to its set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub hit: bool,
    /// Whether it came into a free way.
    pub free: bool,
    /// After a miss: the line that had to leave, and whether it was dirty.
    pub victim: u64,
    pub dirty: bool,
}

/// The sets of a cache.
pub(super) trait Sets {
    /// Uses a line: it becomes the most recently used of its set, and dirty if `write` is 1. Where it
    /// was absent, the least recently used line of the set makes room.
    fn touch(&mut self, line: u64, write: u64) -> Used;

    /// Marks a line dirty where it lies, without making it recent. False if it is absent.
    fn write_back(&mut self, line: u64) -> bool;

    /// Bytes that the rows take.
    fn bytes(&self) -> usize;

    /// Gets ready for a line that will be used soon. Of rows that are far, each is told before its
    /// first use.
    fn approach(&mut self, line: u64);
}

/// Sets of a usual number of ways, compared and moved as vectors; their number is a power of two.
///
/// A line is kept as `tag << 1 | dirty`, where the tag is its number without the bits that tell its
/// set, and one more: 0 is a free way, so that the system gives rows that nobody used without our
/// writing them, which for a large cache takes longer than a short simulation. Tags of 31 bits make
/// rows half as long as whole numbers would, and reach far: to 2^43 bytes with 64 sets of 64-byte lines.
#[derive(Clone, Debug)]
pub(super) struct Narrow<const WAYS: usize> {
    rows: Vec<[u32; WAYS]>,
    set_bits: u32,
    written: Written,
}

/// Sets of any kind: rows of `(line + 1) << 1 | dirty`.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    rows: Vec<u64>,
    sets: u64,
    ways: usize,
    written: Written,
}

/// Which pages of the rows' memory were written.
///
/// Rows that nobody used are zeros that the system has not given yet. Read first and written then, it
/// would give each page twice, and the second time tell every processor: tens of microseconds in a
/// virtual machine. Written first it gives it once.
#[derive(Clone, Debug)]
struct Written(Vec<bool>);

impl Written {
    /// Bytes of a page.
    const PAGE: usize = 4096;

    fn new(bytes: usize) -> Self {
        Self(vec![false; bytes / Self::PAGE + 1])
    }

    /// Whether the page of that byte is about to be written for the first time. No row that starts
    /// there was used before.
    #[inline(always)]
    fn first(&mut self, byte: usize) -> bool {
        !std::mem::replace(&mut self.0[byte / Self::PAGE], true)
    }
}

/// A free way of a narrow row.
const EMPTY: u32 = 0;
/// A free way of a wide row.
const WIDE_EMPTY: u64 = 0;
const DIRTY: u32 = 1;
const WIDE_DIRTY: u64 = 1;

impl<const WAYS: usize> Narrow<WAYS> {
    pub fn new(sets: u64) -> Self {
        let rows = vec![[EMPTY; WAYS]; sets as usize];
        Self {
            written: Written::new(size_of_val(&*rows)),
            rows,
            set_bits: sets.trailing_zeros(),
        }
    }

    /// The first line number that does not fit.
    pub fn reach(&self) -> u64 {
        u64::from(u32::MAX >> 1) << self.set_bits
    }

    /// The same lines in wide rows.
    pub fn widened(&self) -> Wide {
        let mut wide = Wide::new(self.rows.len() as u64, WAYS);
        wide.written.0.fill(true);
        for ((set, row), wide) in self.rows.iter().enumerate().zip(wide.rows.chunks_mut(WAYS)) {
            for (entry, wide) in row.iter().zip(wide) {
                if *entry != EMPTY {
                    *wide = (self.line(set, *entry) + 1) << 1 | u64::from(entry & DIRTY);
                }
            }
        }
        wide
    }

    /// The line of an entry; none in particular of a free way.
    #[inline(always)]
    fn line(&self, set: usize, entry: u32) -> u64 {
        u64::from((entry >> 1).wrapping_sub(1)) << self.set_bits | set as u64
    }

    /// A line's set, and its entry while it is clean.
    #[inline(always)]
    fn place(&self, line: u64) -> (usize, u32) {
        let set = line & ((1 << self.set_bits) - 1);
        (set as usize, ((line >> self.set_bits) as u32 + 1) << 1)
    }
}

impl<const WAYS: usize> Sets for Narrow<WAYS> {
    #[inline(always)]
    fn touch(&mut self, line: u64, write: u64) -> Used {
        let (set, entry) = self.place(line);
        let (hit, out) = touch_row(&mut self.rows[set], entry | write as u32);
        Used {
            hit,
            free: out == EMPTY,
            victim: self.line(set, out),
            dirty: !hit & (out & DIRTY != 0),
        }
    }

    #[inline(always)]
    fn write_back(&mut self, line: u64) -> bool {
        let (set, entry) = self.place(line);
        let row = &mut self.rows[set];
        let found = positions(row, entry);
        if found != 0 {
            row[found.trailing_zeros() as usize] |= DIRTY;
        }
        found != 0
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.rows)
    }

    #[inline(always)]
    fn approach(&mut self, line: u64) {
        let (set, _) = self.place(line);
        let row = &mut self.rows[set];
        // Rows of a power of two bytes lie within a page, those of twelve ways at times in two.
        if self.written.first(set * size_of_val(row)) {
            *black_box(&mut *row) = [EMPTY; WAYS];
        }
        prefetch(row);
    }
}

impl Wide {
    pub fn new(sets: u64, ways: usize) -> Self {
        let rows = vec![WIDE_EMPTY; sets as usize * ways];
        Self {
            written: Written::new(size_of_val(&*rows)),
            rows,
            sets,
            ways,
        }
    }

    fn place(&self, line: u64) -> Range<usize> {
        let first = (line % self.sets) as usize * self.ways;
        first..first + self.ways
    }

    fn row(&mut self, line: u64) -> &mut [u64] {
        let place = self.place(line);
        &mut self.rows[place]
    }

    /// Every line with its set and whether it is dirty; of each set the least recently used first.
    pub fn oldest_first(&self) -> impl Iterator<Item = (usize, u64, bool)> + '_ {
        let sets = self.rows.chunks_exact(self.ways).enumerate();
        let entries = sets.flat_map(|(set, row)| row.iter().rev().map(move |entry| (set, *entry)));
        entries
            .filter(|(_, entry)| *entry != WIDE_EMPTY)
            .map(|(set, entry)| (set, (entry >> 1) - 1, entry & WIDE_DIRTY != 0))
    }
}

impl Sets for Wide {
    fn touch(&mut self, line: u64, write: u64) -> Used {
        let row = self.row(line);
        let mut carried = (line + 1) << 1 | write;
        for way in 0..row.len() {
            std::mem::swap(&mut row[way], &mut carried);
            if carried >> 1 == line + 1 {
                row[0] |= carried & WIDE_DIRTY;
                return Used {
                    hit: true,
                    free: false,
                    victim: 0,
                    dirty: false,
                };
            }
        }
        Used {
            hit: false,
            free: carried == WIDE_EMPTY,
            victim: (carried >> 1).wrapping_sub(1),
            dirty: carried & WIDE_DIRTY != 0,
        }
    }

    fn write_back(&mut self, line: u64) -> bool {
        let mut row = self.row(line).iter_mut();
        let entry = row.find(|entry| **entry >> 1 == line + 1);
        entry.map(|entry| *entry |= WIDE_DIRTY).is_some()
    }

    fn bytes(&self) -> usize {
        size_of_val(&*self.rows)
    }

    fn approach(&mut self, line: u64) {
        let place = self.place(line);
        let row = &mut self.rows[place.clone()];
        if self.written.first(place.start * size_of::<u64>()) {
            *black_box(&mut row[0]) = WIDE_EMPTY;
        }
        prefetch(row);
    }
}

/// Moves `entry` to the front of its row: everything ahead of it steps back by one way. Where it was
/// absent, all do. Tells whether it was there, and the entry that was taken out: its own, or the last.
#[inline(always)]
fn touch_row<const WAYS: usize>(row: &mut [u32; WAYS], entry: u32) -> (bool, u32) {
    // Most hits are to the line used last: no search, no move.
    if (row[0] ^ entry) <= DIRTY {
        row[0] |= entry & DIRTY;
        return (true, row[0]);
    }
    let found = positions(row, entry);
    // A branch, for runs of misses are guessed right, and then nothing waits for the comparison.
    if found == 0 {
        let out = row[WAYS - 1];
        step_back(row, WAYS - 1, entry);
        (false, out)
    } else {
        let way = found.trailing_zeros() as usize % MOST_WAYS;
        let out = row[way];
        step_back(row, way, entry | out & DIRTY);
        (true, out)
    }
}

/// The entries ahead of `way` step back by one, onto it; `front` is the first.
#[inline(always)]
fn step_back<const WAYS: usize>(row: &mut [u32; WAYS], way: usize, front: u32) {
    if in_eights::<WAYS>() {
        step_back_by::<u32x8, 8>(row, way, front);
    } else {
        step_back_by::<u32x4, 4>(row, way, front);
    }
}

/// Whether rows are dealt with eight entries at a time, not four.
const fn in_eights<const WAYS: usize>() -> bool {
    WAYS.is_multiple_of(8) && cfg!(target_feature = "avx2")
}

/// Where in a row an entry's line lies, as bits.
#[inline(always)]
fn positions<const WAYS: usize>(row: &[u32; WAYS], entry: u32) -> u32 {
    if in_eights::<WAYS>() {
        matches::<u32x8, 8>(row, entry)
    } else {
        matches::<u32x4, 4>(row, entry)
    }
}

#[inline(always)]
fn matches<V: Lanes<LANES>, const LANES: usize>(row: &[u32], entry: u32) -> u32 {
    let pieces = row.as_chunks().0.iter().enumerate();
    pieces.fold(0, |found, (place, lanes)| {
        found | V::load(lanes).matches(entry) << (LANES * place)
    })
}

#[inline(always)]
fn step_back_by<V: Lanes<LANES>, const LANES: usize>(row: &mut [u32], way: usize, front: u32) {
    // Ones for the ways up to that one, zeros behind it.
    let moved = &MOVED[MOST_WAYS - 1 - way..][..row.len()];
    let mut before = front;
    let pieces = row.as_chunks_mut().0.iter_mut();
    for (lanes, moved) in pieces.zip(moved.as_chunks().0) {
        let last = lanes[LANES - 1];
        *lanes = V::load(lanes).step_back(before, V::load(moved));
        before = last;
    }
}

/// Most ways of a row of its own.
const MOST_WAYS: usize = 16;

/// A run of ones, then of zeros: a window on it is a mask of any length.
static MOVED: [u32; 2 * MOST_WAYS] = {
    let mut mask = [0; 2 * MOST_WAYS];
    let mut at = 0;
    while at < MOST_WAYS {
        mask[at] = u32::MAX;
        at += 1;
    }
    mask
};

/// Neighbouring entries of a row, as a vector.
trait Lanes<const LANES: usize>: Copy {
    fn load(lanes: &[u32; LANES]) -> Self;

    /// Which of them are the entry's line, as bits.
    fn matches(self, entry: u32) -> u32;

    /// They step back by one where `moved` has ones; what comes `before` them steps in.
    fn step_back(self, before: u32, moved: Self) -> [u32; LANES];
}

impl Lanes<4> for u32x4 {
    #[inline(always)]
    fn load(lanes: &[u32; 4]) -> Self {
        Self::new(*lanes)
    }

    #[inline(always)]
    fn matches(self, entry: u32) -> u32 {
        let same = (self | Self::splat(DIRTY)).simd_eq(Self::splat(entry | DIRTY));
        same.to_bitmask()
    }

    #[inline(always)]
    fn step_back(self, before: u32, moved: Self) -> [u32; 4] {
        let first = Self::new([u32::MAX, 0, 0, 0]);
        let behind = self.shuffle(Self::new([0, 0, 1, 2]));
        let behind = first.select(Self::splat(before), behind);
        moved.select(behind, self).to_array()
    }
}

impl Lanes<8> for u32x8 {
    #[inline(always)]
    fn load(lanes: &[u32; 8]) -> Self {
        Self::new(*lanes)
    }

    #[inline(always)]
    fn matches(self, entry: u32) -> u32 {
        let same = (self | Self::splat(DIRTY)).simd_eq(Self::splat(entry | DIRTY));
        same.to_bitmask()
    }

    #[inline(always)]
    fn step_back(self, before: u32, moved: Self) -> [u32; 8] {
        let first = Self::new([u32::MAX, 0, 0, 0, 0, 0, 0, 0]);
        let behind = self.shuffle(Self::new([0, 0, 1, 2, 3, 4, 5, 6]));
        let behind = first.select(Self::splat(before), behind);
        moved.select(behind, self).to_array()
    }
}
