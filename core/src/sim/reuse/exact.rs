//! Exact reuse distances.

use super::{super::lines::LineTable, bins, for_lines, marks::Marks, profile::Profile};
use crate::trace::{Access, Probe};

/// Uses dealt with at a time.
const BATCH: usize = 32;

/// Measures the reuse distance of every access.
///
/// Every line has a mark at the time of its last use, so the distance is the number of marks since
/// (Bennett and Kruskal, *LRU stack processing*, 1975; Almási, Caşcaval and Padua, *Calculating stack
/// distances efficiently*, 2002): O(log n) an access for n distinct lines, and some 15 to 25 bytes of memory
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
    /// Uses that are not dealt with yet: the first so many.
    waiting: [u64; BATCH],
    waiters: usize,
    /// Accesses at distance 0.
    repeats: u64,
    /// Accesses at every other distance.
    counts: Counters,
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
            waiting: [0; BATCH],
            waiters: 0,
            repeats: 0,
            counts: Counters::default(),
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
        self.settle();
        self.change_line(line)
    }

    /// Uses line number `line`, sooner or later.
    #[inline(always)]
    fn queue_line(&mut self, line: u64) {
        if self.newest == Some(line) {
            self.repeats += 1;
            return;
        }
        self.newest = Some(line);
        self.waiting[self.waiters] = line;
        self.waiters += 1;
        if self.waiters == BATCH {
            self.settle();
        }
    }

    /// Deals with the uses that wait.
    ///
    /// What has to be read for each lies scattered over megabytes. So it is read for all of them
    /// first, in loops without dependences, where the processor waits for many at a time: twice as
    /// fast as one by one for random uses of a million lines.
    fn settle(&mut self) {
        let count = std::mem::take(&mut self.waiters);
        let waiting = self.waiting;
        let mut times = [0; BATCH];
        for (time, &line) in times.iter_mut().zip(&waiting[..count]) {
            *time = *self.times.slot(line);
        }
        self.marks.look_at(&times[..count]);
        for &line in &waiting[..count] {
            self.change_line(line);
        }
    }

    /// Uses a line that is not the one used last.
    #[inline(always)]
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
        self.counts.add(distance as usize);
        Some(distance)
    }

    /// Distinct lines so far.
    pub fn lines(&mut self) -> u64 {
        self.settle();
        self.marks.len()
    }

    /// Accesses so far, each straddled line counted.
    pub fn accesses(&mut self) -> u64 {
        self.settle();
        self.lines() + self.repeats + self.counts.from(0)
    }

    /// Misses, exactly, of a fully associative cache of so many lines that replaces the line least
    /// recently used: accesses at this distance or farther, and first uses.
    pub fn misses(&mut self, lines: u64) -> u64 {
        self.settle();
        let near = usize::try_from(lines).unwrap_or(usize::MAX);
        let repeats = if lines == 0 { self.repeats } else { 0 };
        self.lines() + repeats + self.counts.from(near)
    }

    /// The run so far as a histogram.
    pub fn profile(&mut self) -> Profile {
        self.settle();
        let mut binned = vec![0.0; bins::index(self.counts.low.len() as u64) + 1];
        binned[0] = self.repeats as f64;
        for (distance, count) in self.counts.all(0).enumerate() {
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
            self.queue_line(line);
        });
    }
}

/// A counter for each distance: the last byte of it here, the rest there. What is in use of them then
/// stays near the processor: random uses of a million lines hit a million of them.
#[derive(Clone, Debug, Default)]
struct Counters {
    low: Vec<u8>,
    high: Vec<u64>,
}

impl Counters {
    #[inline(always)]
    fn add(&mut self, distance: usize) {
        if distance >= self.low.len() {
            self.grow(distance);
        }
        let low = &mut self.low[distance];
        *low = low.wrapping_add(1);
        if *low == 0 {
            self.high[distance] += 1 << 8;
        }
    }

    #[cold]
    fn grow(&mut self, distance: usize) {
        let length = (distance + 1).next_power_of_two();
        self.low.resize(length, 0);
        self.high.resize(length, 0);
    }

    /// The counts from a distance on.
    fn all(&self, distance: usize) -> impl Iterator<Item = u64> {
        let low = self.low.get(distance..).unwrap_or_default();
        let high = self.high.get(distance..).unwrap_or_default();
        low.iter()
            .zip(high)
            .map(|(&low, high)| high + u64::from(low))
    }

    /// Their sum.
    fn from(&self, distance: usize) -> u64 {
        self.all(distance).sum()
    }
}
