//! One set-associative cache with least-recently-used replacement: tags in order of use.

use wide::u64x4;

/// A cache of tags: each set is a row of lines, most recently used first.
///
/// A line is kept as `line number << 1 | dirty`, and [`EMPTY`] marks a free way. Usual
/// associativities get rows of their own, compared and moved as vectors.
#[derive(Clone, Debug)]
pub(super) struct Tags {
    rows: Rows,
    sets: u64,
    /// `sets - 1` where the number of sets is a power of two; else 0.
    mask: u64,
}

#[derive(Clone, Debug)]
enum Rows {
    Four(Vec<[u64; 4]>),
    Eight(Vec<[u64; 8]>),
    Twelve(Vec<[u64; 12]>),
    Sixteen(Vec<[u64; 16]>),
    Any(Vec<u64>, usize),
}

const EMPTY: u64 = u64::MAX;
const DIRTY: u64 = 1;

/// What became of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Hit,
    /// The line was absent and is there now.
    Miss(Option<Victim>),
}

/// A line that had to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Victim {
    pub line: u64,
    pub dirty: bool,
}

impl Tags {
    pub fn new(sets: u64, ways: u64) -> Self {
        let count = sets as usize;
        let rows = match ways {
            4 => Rows::Four(vec![[EMPTY; 4]; count]),
            8 => Rows::Eight(vec![[EMPTY; 8]; count]),
            12 => Rows::Twelve(vec![[EMPTY; 12]; count]),
            16 => Rows::Sixteen(vec![[EMPTY; 16]; count]),
            _ => Rows::Any(vec![EMPTY; count * ways as usize], ways as usize),
        };
        let power = sets.is_power_of_two();
        let mask = if power { sets - 1 } else { 0 };
        Self { rows, sets, mask }
    }

    #[inline(always)]
    fn set(&self, line: u64) -> usize {
        if self.mask != 0 {
            (line & self.mask) as usize
        } else {
            (line % self.sets) as usize
        }
    }

    /// Uses `line`: it becomes the most recently used of its set, and dirty if written. Where it was
    /// absent, the least recently used line of the set makes room.
    #[inline(always)]
    pub fn touch(&mut self, line: u64, write: bool) -> Outcome {
        let set = self.set(line);
        let entry = line << 1 | u64::from(write);
        match &mut self.rows {
            Rows::Four(rows) => touch_row(&mut rows[set], entry),
            Rows::Eight(rows) => touch_row(&mut rows[set], entry),
            Rows::Twelve(rows) => touch_row(&mut rows[set], entry),
            Rows::Sixteen(rows) => touch_row(&mut rows[set], entry),
            Rows::Any(rows, ways) => touch_any_row(&mut rows[set * *ways..][..*ways], entry),
        }
    }

    /// A set, most recently used first.
    #[inline(always)]
    fn row(&mut self, set: usize) -> &mut [u64] {
        match &mut self.rows {
            Rows::Four(rows) => &mut rows[set],
            Rows::Eight(rows) => &mut rows[set],
            Rows::Twelve(rows) => &mut rows[set],
            Rows::Sixteen(rows) => &mut rows[set],
            Rows::Any(rows, ways) => &mut rows[set * *ways..][..*ways],
        }
    }

    /// Every line with its set and whether it is dirty; of each set the least recently used first.
    pub fn oldest_first(&mut self) -> Vec<(usize, u64, bool)> {
        let mut lines = Vec::new();
        for set in 0..self.sets as usize {
            let row = self.row(set).iter().rev();
            let held = row.filter(|entry| **entry != EMPTY);
            lines.extend(held.map(|entry| (set, entry >> 1, entry & DIRTY != 0)));
        }
        lines
    }

    /// Marks `line` dirty where it lies, without making it recent. False if it is absent.
    #[inline(always)]
    pub fn write_back(&mut self, line: u64) -> bool {
        let set = self.set(line);
        match self.row(set).iter_mut().find(|entry| **entry >> 1 == line) {
            Some(entry) => {
                *entry |= DIRTY;
                true
            }
            None => false,
        }
    }
}

/// Moves `entry` to the front of its row: everything ahead of it steps back by one way, and where it
/// was absent, what falls out at the end is the victim.
#[inline(always)]
fn touch_row<const WAYS: usize>(row: &mut [u64; WAYS], entry: u64) -> Outcome {
    // Most hits are to the line used last: no search, no move.
    if row[0] >> 1 == entry >> 1 {
        row[0] |= entry & DIRTY;
        return Outcome::Hit;
    }
    // Told by all four-tags at once whether any is the line; where, only if so.
    let wanted = u64x4::splat(entry | DIRTY);
    let mut same = u64x4::splat(0);
    for four in row.chunks_exact(4) {
        let four = u64x4::new([four[0], four[1], four[2], four[3]]);
        same |= (four | u64x4::splat(DIRTY)).simd_eq(wanted);
    }
    if same.any() {
        return touch_any_row(row, entry);
    }
    let out = row[WAYS - 1];
    // By four, from the end: each copy is one load and one store.
    for start in (4..WAYS).step_by(4).rev() {
        row.copy_within(start - 1..start + 3, start);
    }
    row.copy_within(0..3, 1);
    row[0] = entry;
    missed(out)
}

/// As [`touch_row`], for any number of ways.
fn touch_any_row(row: &mut [u64], entry: u64) -> Outcome {
    let mut carried = entry;
    for way in 0..row.len() {
        std::mem::swap(&mut row[way], &mut carried);
        if carried >> 1 == entry >> 1 {
            row[0] |= carried & DIRTY;
            return Outcome::Hit;
        }
    }
    missed(carried)
}

#[inline(always)]
fn missed(out: u64) -> Outcome {
    Outcome::Miss((out != EMPTY).then_some(Victim {
        line: out >> 1,
        dirty: out & DIRTY != 0,
    }))
}
