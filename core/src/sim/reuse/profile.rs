//! What a run's reuse distances were, and the miss-ratio curve that follows.

use serde::{Deserialize, Serialize};

use super::bins;
use crate::machine::{Inclusion, Machine};

/// Reuse distances of a run, as a histogram.
///
/// The reuse distance of an access is the number of distinct lines used since the last use of its
/// line: 0 for the same line again. A fully associative cache of `C` lines with least-recently-used
/// replacement hits exactly where the distance is below `C` (Mattson et al., *Evaluation techniques
/// for storage hierarchies*, IBM Systems Journal 9, 1970), so one histogram holds the miss ratios of
/// all sizes.
///
/// Distances below 128 have bins of their own, larger ones 64 bins an octave. The curve is exact
/// where bins meet: at every size of up to seven significant binary digits, such as 48 KiB or
/// 1.25 MiB. Between, it is right for a size at most 1/64 off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Line size, bytes.
    pub line: u64,
    /// Accesses, each straddled line counted; all of them, also where only some were sampled.
    pub accesses: u64,
    /// First uses of a line (compulsory misses); estimated where sampled.
    pub cold: f64,
    /// Distinct lines; estimated where sampled.
    pub lines: f64,
    /// The other accesses by distance, rising; empty bins are left out.
    pub bins: Vec<Bin>,
    /// How the run was sampled; nothing where every access was looked at.
    pub sampling: Option<Sampling>,
}

/// Accesses whose distances lie in `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Smallest distance, lines.
    pub from: u64,
    /// First distance beyond, lines.
    pub to: u64,
    /// Accesses.
    pub count: f64,
}

/// How a run was sampled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// Share of lines that were watched (at the end, where it was lowered on the way).
    pub rate: f64,
    /// Accesses to them.
    pub sampled: u64,
    /// Lines watched (at the end).
    pub lines: u64,
    /// Error to expect of the miss-ratio curve: the absolute difference from the true curve, on
    /// average over all sizes up to that of the data. Nineteen runs in twenty stay below.
    pub error: f64,
    /// Where method and error come from, in words.
    pub source: String,
}

/// How soon data is used again, measured against a machine's caches (claim P2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Temperature {
    /// While it lies in the first cache.
    Hot,
    /// While it lies in a cache further out.
    Warm,
    /// Never, or after it left the last cache.
    Cold,
}

/// The accesses whose data one place holds, where caches are fully associative and replace the line
/// least recently used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The place: name of a cache, or `memory`.
    pub name: String,
    /// What such data is called.
    pub temperature: Temperature,
    /// Smallest distance, lines.
    pub from: u64,
    /// First distance beyond, lines; nothing for memory, which holds first uses as well.
    pub to: Option<u64>,
    /// Share of all accesses.
    pub share: f64,
}

/// Points of a curve that does not fall are this factor apart: sixteen an octave.
const APART: f64 = 1.044_273_782_427_413_8;
/// How far a curve may fall from one point to the next, unless it falls at once.
const FALL: f64 = 1.0 / 128.0;

impl Profile {
    /// Miss ratio of a fully associative cache of so many lines, least recently used.
    ///
    /// 0 without accesses. Where `lines` lies inside a bin, the bin's accesses are taken as evenly
    /// spread over it.
    pub fn miss_ratio(&self, lines: u64) -> f64 {
        if self.accesses == 0 {
            return 0.0;
        }
        let beyond = |bin: &Bin| {
            let width = bin.to.saturating_sub(bin.from).max(1);
            let left = bin.to.saturating_sub(lines).min(width);
            bin.count * (left as f64 / width as f64)
        };
        let misses = self.cold + self.bins.iter().map(beyond).sum::<f64>();
        (misses / self.accesses as f64).clamp(0.0, 1.0)
    }

    /// The miss-ratio curve: (capacity in bytes, miss ratio), capacities rising from one line until
    /// only first uses miss. Empty without accesses.
    ///
    /// Some hundred points; straight lines between them are within 1/128 of
    /// [`miss_ratio`](Self::miss_ratio).
    pub fn curve(&self) -> Vec<(f64, f64)> {
        if self.accesses == 0 {
            return Vec::new();
        }
        let mut points = vec![(1, self.miss_ratio(1))];
        let mut skipped = points[0];
        let mut add = |point: (u64, f64)| {
            let last = points[points.len() - 1];
            let far = point.0 as f64 >= last.0 as f64 * APART;
            if last.1 - point.1 >= FALL {
                // What was skipped is where the fall begins.
                if skipped.0 > last.0 {
                    points.push(skipped);
                }
                points.push(point);
            } else if far {
                points.push(point);
            }
            skipped = point;
        };
        let total = self.accesses as f64;
        let mut misses = self.cold + self.bins.iter().map(|bin| bin.count).sum::<f64>();
        let ratio = |misses: f64| (misses / total).clamp(0.0, 1.0);
        let mut reached = 1;
        for bin in &self.bins {
            if bin.from > reached {
                add((bin.from, ratio(misses)));
            }
            misses -= bin.count;
            if bin.to > reached {
                add((bin.to, ratio(misses)));
            }
            reached = reached.max(bin.to);
        }
        let end = reached.max(self.lines.ceil() as u64);
        if points[points.len() - 1].0 < end {
            points.push((end, ratio(self.cold)));
        }
        let bytes = |lines: u64| lines as f64 * self.line as f64;
        points
            .into_iter()
            .map(|(lines, ratio)| (bytes(lines), ratio))
            .collect()
    }

    /// Shares of accesses by the innermost cache of `machine` that would hold the line still:
    /// *hot*, *warm* (a band for each further cache) and *cold* data (claim P2). They add up to 1
    /// where there are accesses.
    ///
    /// A cache counts with its bytes, in lines of this profile; an exclusive one with those of the
    /// caches inside it as well. One that holds no more than those inside it has a band of none.
    pub fn bands(&self, machine: &Machine) -> Vec<Band> {
        let mut bands = Vec::with_capacity(machine.caches.len() + 1);
        let (mut from, mut missing) = (0, if self.accesses == 0 { 0.0 } else { 1.0 });
        for (index, cache) in machine.caches.iter().enumerate() {
            let own = cache.size / self.line.max(1);
            let to = match cache.inclusion {
                Inclusion::Exclusive => from + own,
                Inclusion::Nine | Inclusion::Inclusive => from.max(own),
            };
            let beyond = self.miss_ratio(to);
            bands.push(Band {
                name: cache.name.clone(),
                temperature: if index == 0 {
                    Temperature::Hot
                } else {
                    Temperature::Warm
                },
                from,
                to: Some(to),
                share: missing - beyond,
            });
            (from, missing) = (to, beyond);
        }
        bands.push(Band {
            name: "memory".to_owned(),
            temperature: Temperature::Cold,
            from,
            to: None,
            share: missing,
        });
        bands
    }

    /// The bins that are not empty, of counts by [`bins::index`].
    pub(super) fn bins_of(counts: impl IntoIterator<Item = f64>) -> Vec<Bin> {
        let counts = counts.into_iter().enumerate();
        counts
            .filter(|&(_, count)| count > 0.0)
            .map(|(index, count)| {
                let range = bins::range(index);
                Bin {
                    from: range.start,
                    to: range.end,
                    count,
                }
            })
            .collect()
    }
}
