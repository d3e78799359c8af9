//! Reuse distances of some of the lines, which stand for all.

use std::{
    collections::{BinaryHeap, HashMap},
    hash::{BuildHasherDefault, Hasher},
};

use super::{
    bins, for_lines,
    marks::Marks,
    profile::{Profile, Sampling},
};
use crate::trace::{Access, Probe};

/// Measures the reuse distances of those lines whose hash falls below a threshold: SHARDS
/// (Waldspurger, Park, Garthwaite and Ahmad, *Efficient MRC construction with SHARDS*, FAST '15).
///
/// With a share R of the lines watched, the distinct watched lines between two uses are R times all
/// of them in expectation, and each access seen stands for 1/R accesses. What the watched lines make
/// too few or too many accesses is added to, or taken from, the shortest distances (the paper's
/// SHARDS-adj): it is the lines used most, and soonest again, that make the difference.
///
/// One thing is known of every access at no cost, and not sampled: whether it uses the line of the
/// access before. So the distance 0 is counted exactly, and the sample stands for the others.
///
/// Streaming accesses count like any other; instruction fetches do not count.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// log2 of the line size.
    shift: u32,
    /// Lines are watched whose hash is below.
    threshold: u64,
    /// Watch no more lines than that, and lower the threshold instead.
    most: usize,
    watched: HashMap<u64, Uses, BuildHasherDefault<Hashed>>,
    /// The watched lines' hashes, where their number is bounded: the largest go first.
    largest: BinaryHeap<(u64, u64)>,
    marks: Marks,
    newest: Option<u64>,
    /// Accesses to the line used last.
    repeats: u64,
    /// All others.
    changes: u64,
    /// Those of them to watched lines, each standing for 1/rate, by distance.
    counts: Vec<f64>,
    /// First uses, likewise.
    cold: f64,
    /// Accesses to watched lines.
    sampled: u64,
    /// Draws where a distance lies between those that the sample can tell apart.
    random: fastrand::Rng,
}

/// What is kept of a watched line.
#[derive(Clone, Copy, Debug)]
struct Uses {
    /// Time of the last one.
    time: u32,
    /// How many.
    count: u64,
    /// Sum of their distances, lines; first uses left out.
    distances: f64,
}

/// As many hashes as there are: 2^64.
const HASHES: f64 = 18_446_744_073_709_551_616.0;

const SOURCE: &str = "SHARDS with adjusted counts (Waldspurger et al., Efficient MRC construction with \
    SHARDS, FAST '15, who find 0.01 on average with some thousand lines watched); error estimated \
    from this sample: two standard errors of counts and of distances, added";

impl Sampled {
    /// Watches a share `rate` of all lines of `line` bytes. Memory grows with the lines watched.
    ///
    /// # Panics
    /// When `line` is no power of two, or `rate` not above 0 and at most 1.
    pub fn new(line: u64, rate: f64) -> Self {
        Self::with(line, rate, usize::MAX)
    }

    /// Watches as many lines as there are, but at most `most`: the rate is lowered on the way, and
    /// memory stays constant however long the run. The paper watches 8192.
    ///
    /// # Panics
    /// When `line` is no power of two, or `most` is 0.
    pub fn bounded(line: u64, most: usize) -> Self {
        assert!(most > 0, "a sample of no lines");
        Self::with(line, 1.0, most)
    }

    fn with(line: u64, rate: f64, most: usize) -> Self {
        assert!(line.is_power_of_two(), "lines of {line} bytes");
        assert!(rate > 0.0 && rate <= 1.0, "a sampling rate of {rate}");
        Self {
            shift: line.trailing_zeros(),
            // The conversion saturates: at a rate of 1, only the very last hash is not watched.
            threshold: ((rate * HASHES) as u64).max(1),
            most,
            watched: HashMap::default(),
            largest: BinaryHeap::new(),
            marks: Marks::new(),
            newest: None,
            repeats: 0,
            changes: 0,
            counts: Vec::new(),
            cold: 0.0,
            sampled: 0,
            random: fastrand::Rng::with_seed(1),
        }
    }

    /// Uses line number `line`.
    #[inline(always)]
    pub fn access_line(&mut self, line: u64) {
        if self.newest == Some(line) {
            self.repeats += 1;
            return;
        }
        self.newest = Some(line);
        self.changes += 1;
        if hash(line) < self.threshold {
            self.sample(line);
        }
    }

    #[inline(never)]
    fn sample(&mut self, line: u64) {
        if self.marks.is_full() {
            let times = self.watched.values_mut().map(|uses| &mut uses.time);
            self.marks.compact(times);
        }
        self.sampled += 1;
        let rate = self.rate();
        let Some(uses) = self.watched.get_mut(&line) else {
            let (time, count) = (self.marks.set(), 1);
            let distances = 0.0;
            let uses = Uses {
                time,
                count,
                distances,
            };
            self.watched.insert(line, uses);
            self.cold += 1.0 / rate;
            if self.most < usize::MAX {
                self.largest.push((hash(line), line));
                if self.watched.len() > self.most {
                    self.lower();
                }
            }
            return;
        };
        let between = self.marks.after(uses.time);
        self.marks.clear(uses.time);
        uses.time = self.marks.set();
        uses.count += 1;
        uses.distances += between as f64 / rate;
        let distance = scaled(between, rate, &mut self.random);
        let bin = bins::index(distance);
        if bin >= self.counts.len() {
            self.counts.resize(bin + 1, 0.0);
        }
        self.counts[bin] += 1.0 / rate;
    }

    /// Watches no longer the line with the largest hash.
    fn lower(&mut self) {
        let Some((hash, line)) = self.largest.pop() else {
            return;
        };
        self.threshold = hash;
        if let Some(uses) = self.watched.remove(&line) {
            self.marks.clear(uses.time);
        }
    }

    /// The share of lines that are watched.
    pub fn rate(&self) -> f64 {
        (self.threshold as f64 / HASHES).min(1.0)
    }

    /// Accesses so far, watched or not, each straddled line counted.
    pub fn accesses(&self) -> u64 {
        self.repeats + self.changes
    }

    /// The run so far as a histogram.
    pub fn profile(&self) -> Profile {
        let mut counts = self.counts.clone();
        counts.resize(counts.len().max(2), 0.0);
        counts[0] = self.repeats as f64;
        let mut cold = self.cold;
        let seen = cold + counts[1..].iter().sum::<f64>();
        let mut excess = seen - self.changes as f64;
        // Too few: the lines used most were not watched. Too many: take them from where those are.
        counts[1] += (-excess).max(0.0);
        for count in counts[1..].iter_mut().chain([&mut cold]) {
            let taken = excess.clamp(0.0, *count);
            *count -= taken;
            excess -= taken;
        }
        Profile {
            line: 1 << self.shift,
            accesses: self.accesses(),
            cold,
            lines: cold,
            sampling: Some(Sampling {
                rate: self.rate(),
                sampled: self.sampled,
                lines: self.watched.len() as u64,
                error: self.error(&counts, cold),
                source: SOURCE.to_owned(),
            }),
            bins: Profile::bins_of(counts),
        }
    }

    /// Two standard errors of the curve, in the mean over all sizes up to `lines`.
    ///
    /// *Counts.* At size C the misses are estimated as Σ m(C)/R over the watched lines, where m(C) are
    /// the misses of one. Lines are watched independently of each other, so the variance is at most
    /// (1−R)/R² · Σ m(C)². In the mean over C, m² is at most n·Σ min(d, W)/W for a line with n
    /// accesses at distances d, W being all lines; a first use has the distance W.
    ///
    /// *Distances.* A distance d is known with the standard error √(d·R·(1−R))/R of the number of
    /// watched lines in between, and within 1/R, which moves an access along the curve by that
    /// much. It is not assumed that these errors cancel: in a loop all accesses share one.
    fn error(&self, counts: &[f64], lines: f64) -> f64 {
        if self.watched.is_empty() {
            return 1.0;
        }
        let (rate, total) = (self.rate(), self.accesses() as f64);
        let squares: f64 = self
            .watched
            .values()
            .map(|uses| {
                let count = uses.count as f64;
                count * (1.0 + uses.distances / lines).min(count)
            })
            .sum();
        let of_counts = ((1.0 - rate) * squares).sqrt() / rate / total;
        let moved = counts.iter().enumerate().skip(1).map(|(bin, count)| {
            let between = bins::range(bin).start as f64 * rate;
            count * (((between + 1.0) * (1.0 - rate)).sqrt() / rate).min(lines)
        });
        let of_distances = moved.sum::<f64>() / lines / total;
        (2.0 * (of_counts + of_distances)).min(1.0)
    }
}

impl Probe for Sampled {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        for_lines(access, self.shift, |line| self.access_line(line));
    }
}

/// The distance that so many watched lines in between stand for.
///
/// Watched lines tell distances apart in steps of 1/rate; which one in the step is drawn, lest small
/// caches get a staircase for a curve.
fn scaled(between: u64, rate: f64, random: &mut fastrand::Rng) -> u64 {
    let step = 1.0 / rate;
    let middle = (step - 1.0) / 2.0;
    let distance = (between as f64 + random.f64()) * step - middle;
    distance.max(1.0) as u64
}

/// Spreads line numbers evenly and without pattern: the finaliser of MurmurHash3 (Appleby), which is
/// a bijection.
#[inline(always)]
fn hash(line: u64) -> u64 {
    let mut bits = line ^ line >> 33;
    bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ bits >> 33
}

/// Hashes line numbers for the map of the watched ones: otherwise than for watching, since all of
/// those have small hashes.
#[derive(Clone, Copy, Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(byte.into());
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = hash(self.0 ^ !number);
    }
}
