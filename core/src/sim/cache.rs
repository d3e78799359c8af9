//! One set-associative cache with least-recently-used replacement.

/// A cache of tags: each set is a row of lines, most recently used first.
///
/// A line is kept as `line number << 1 | dirty`, and [`EMPTY`] marks a free way.
#[derive(Clone, Debug)]
pub(super) struct Tags {
    rows: Vec<u64>,
    ways: usize,
    sets: u64,
    /// `sets - 1` where the number of sets is a power of two.
    mask: Option<u64>,
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
        Self {
            rows: vec![EMPTY; (sets * ways) as usize],
            ways: ways as usize,
            sets,
            mask: sets.is_power_of_two().then(|| sets - 1),
        }
    }

    #[inline(always)]
    fn row(&mut self, line: u64) -> &mut [u64] {
        let set = match self.mask {
            Some(mask) => line & mask,
            None => line % self.sets,
        };
        let start = set as usize * self.ways;
        &mut self.rows[start..start + self.ways]
    }

    /// Uses `line`: it becomes the most recently used of its set, and dirty if written. Where it was
    /// absent, the least recently used line of the set makes room.
    #[inline(always)]
    pub fn touch(&mut self, line: u64, write: bool) -> Outcome {
        let row = self.row(line);
        let dirty = u64::from(write);
        // Most hits are to the line used last: no search, no move.
        if row[0] >> 1 == line {
            row[0] |= dirty;
            return Outcome::Hit;
        }
        let entry = line << 1 | dirty;
        // Usual associativities get code of their own, with loops of known length.
        match row.len() {
            4 => touch_row::<4>(row, entry),
            8 => touch_row::<8>(row, entry),
            12 => touch_row::<12>(row, entry),
            16 => touch_row::<16>(row, entry),
            _ => touch_any_row(row, entry),
        }
    }

    /// Every line with its set and whether it is dirty; of each set the least recently used first.
    pub fn oldest_first(&self) -> impl Iterator<Item = (usize, u64, bool)> + '_ {
        let rows = self.rows.chunks(self.ways).enumerate();
        rows.flat_map(|(set, row)| {
            let lines = row.iter().rev().filter(|entry| **entry != EMPTY);
            lines.map(move |entry| (set, entry >> 1, entry & DIRTY != 0))
        })
    }

    /// Marks `line` dirty where it lies, without making it recent. False if it is absent.
    #[inline(always)]
    pub fn write_back(&mut self, line: u64) -> bool {
        let row = self.row(line);
        match row.iter_mut().find(|entry| **entry >> 1 == line) {
            Some(entry) => {
                *entry |= DIRTY;
                true
            }
            None => false,
        }
    }
}

/// As [`touch_any_row`], for a row of exactly `WAYS` lines: searches all of it at once, then moves
/// it as one block.
#[inline(always)]
fn touch_row<const WAYS: usize>(row: &mut [u64], entry: u64) -> Outcome {
    let row: &mut [u64; WAYS] = row.try_into().expect("a row of that many ways");
    let same = |other: u64| (other ^ entry) >> 1 == 0;
    if !row.iter().fold(false, |found, &other| found | same(other)) {
        let last = row[WAYS - 1];
        row.copy_within(..WAYS - 1, 1);
        row[0] = entry;
        return missed(last);
    }
    touch_any_row(row, entry)
}

/// Moves `entry` to the front of its row. One pass searches and moves: everything ahead of it steps
/// back by one way, and what falls out at the end is the victim.
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
