//! Exact reuse distances.

use super::{super::lines::LineTable, bins, for_lines, marks::Marks, profile::Profile};
use crate::trace::{Access, Probe};

/// Measures the reuse distance of every access.
///
/// Every line has a mark at the time of its last use, so the distance is the number of marks since
/// (Bennett and Kruskal, *LRU stack processing*, 1975; Almási, Caşcaval and Padua, *Calculating stack
/// distances efficiently*, 2002): O(log n) an access for n distinct lines, and some 13 bytes of memory
/// a line where lines lie together.
///
/// Streaming accesses count like any other; instruction fetches do not count.
///
/// ```
/// use lab_core::{sim::reuse::Distances, trace::{Access, Probe}};
/// let mut run = Distances::new(64);
/// for address in [0, 64, 128, 0, 8] {
///     run.access(Access::load(address, 8));
/// }
/// assert_eq!(run.misses(2), 4); // 0 comes again after two other lines
/// assert_eq!(run.misses(3), 3); // and is still there in a cache of three
/// ```
#[derive(Clone, Debug)]
pub struct Distances {
    /// log2 of the line size.
    shift: u32,
    /// Time of each line's last use; 0 for none.
    times: LineTable,
    marks: Marks,
    /// The line used last.
    newest: Option<u64>,
    /// Accesses at distance 0.
    repeats: u64,
    /// Accesses at every other distance.
    counts: Vec<u64>,
}

impl Distances {
    /// Nothing used so far; lines of `line` bytes.
    ///
    /// # Panics
    /// When `line` is no power of two.
    pub fn new(line: u64) -> Self {
        assert!(line.is_power_of_two(), "lines of {line} bytes");
        Self {
            shift: line.trailing_zeros(),
            times: LineTable::new(),
            marks: Marks::new(),
            newest: None,
            repeats: 0,
            counts: Vec::new(),
        }
    }

    /// Uses line number `line`, and gives the distance; nothing if it is new.
    ///
    /// # Panics
    /// With more than four billion distinct lines.
    #[inline(always)]
    pub fn access_line(&mut self, line: u64) -> Option<u64> {
        if self.newest == Some(line) {
            self.repeats += 1;
            return Some(0);
        }
        self.newest = Some(line);
        self.change_line(line)
    }

    /// Uses a line that is not the one used last.
    fn change_line(&mut self, line: u64) -> Option<u64> {
        if self.marks.is_full() {
            self.marks.compact(self.times.values().iter_mut());
        }
        let time = self.times.slot(line);
        if *time == 0 {
            *time = self.marks.set();
            return None;
        }
        let distance = self.marks.after(*time);
        self.marks.clear(*time);
        *time = self.marks.set();
        match self.counts.get_mut(distance as usize) {
            Some(count) => *count += 1,
            None => {
                let lines = (distance + 1).next_power_of_two();
                self.counts.resize(lines as usize, 0);
                self.counts[distance as usize] += 1;
            }
        }
        Some(distance)
    }

    /// Distinct lines so far.
    pub fn lines(&self) -> u64 {
        self.marks.len()
    }

    /// Accesses so far, each straddled line counted.
    pub fn accesses(&self) -> u64 {
        self.lines() + self.repeats + self.counts.iter().sum::<u64>()
    }

    /// Misses, exactly, of a fully associative cache of so many lines that replaces the line least
    /// recently used: accesses at this distance or farther, and first uses.
    pub fn misses(&self, lines: u64) -> u64 {
        let near = usize::try_from(lines).unwrap_or(usize::MAX);
        let far = self.counts.get(near..).unwrap_or_default();
        let repeats = if lines == 0 { self.repeats } else { 0 };
        self.lines() + repeats + far.iter().sum::<u64>()
    }

    /// The run so far as a histogram.
    pub fn profile(&self) -> Profile {
        let mut binned = vec![0.0; bins::index(self.counts.len() as u64) + 1];
        binned[0] = self.repeats as f64;
        for (distance, &count) in self.counts.iter().enumerate() {
            binned[bins::index(distance as u64)] += count as f64;
        }
        Profile {
            line: 1 << self.shift,
            accesses: self.accesses(),
            cold: self.lines() as f64,
            lines: self.lines() as f64,
            bins: Profile::bins_of(binned),
            sampling: None,
        }
    }
}

impl Probe for Distances {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        for_lines(access, self.shift, |line| {
            self.access_line(line);
        });
    }
}
