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

    /// Looks `line` up. On a hit it becomes the most recently used of its set, and dirty if written.
    #[inline(always)]
    pub fn lookup(&mut self, line: u64, write: bool) -> bool {
        let row = self.row(line);
        let dirty = u64::from(write);
        // Most hits are to the line used last: no search, no move.
        if row[0] >> 1 == line {
            row[0] |= dirty;
            return true;
        }
        for way in 1..row.len() {
            if row[way] >> 1 == line {
                let entry = row[way] | dirty;
                row.copy_within(..way, 1);
                row[0] = entry;
                return true;
            }
        }
        false
    }

    /// Puts `line`, known to be absent, first in its set; the last of the set has to leave.
    #[inline(always)]
    pub fn fill(&mut self, line: u64, dirty: bool) -> Option<Victim> {
        let row = self.row(line);
        let last = row[row.len() - 1];
        row.copy_within(..row.len() - 1, 1);
        row[0] = line << 1 | u64::from(dirty);
        (last != EMPTY).then_some(Victim {
            line: last >> 1,
            dirty: last & DIRTY != 0,
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
