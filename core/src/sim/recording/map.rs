//! Where the lines of the arrays lie.

use serde::{Deserialize, Serialize};

use super::{Listeners, Recording};
use crate::{
    sim::{Array, Engine},
    trace::Source,
};

/// Where the lines of an array lie, in cells of neighbouring lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArrayMap {
    /// The array.
    pub array: Array,
    /// Bytes of a line: of the first level.
    pub line_bytes: u64,
    /// Lines of the array, from the one its first byte lies in.
    pub lines: u64,
    /// Lines of a cell; the last cell may have fewer.
    pub lines_per_cell: u64,
    /// For each level, innermost first: how many lines of each cell lie there and not nearer.
    pub held: Vec<Vec<u32>>,
}

/// No level holds it.
const NOWHERE: u8 = u8::MAX;

impl<S: Source> Recording<S> {
    /// Where the lines of every array lie after the first `accesses` accesses, each array in `cells`
    /// cells at most.
    pub fn map(&mut self, accesses: u64, cells: u64) -> Vec<ArrayMap> {
        let arrays: Vec<Array> = self.tally.arrays().cloned().collect();
        map(&self.replay.at(accesses).simulator, arrays, cells)
    }
}

/// Where the lines of these arrays lie, each array in `cells` cells at most.
pub(super) fn map(engine: &Engine<Listeners>, arrays: Vec<Array>, cells: u64) -> Vec<ArrayMap> {
    let line_bytes = engine.line(0);
    let mut nearest: Vec<Vec<u8>> = arrays
        .iter()
        .map(|array| vec![NOWHERE; lines_of(array, line_bytes) as usize])
        .collect();
    let mut caches: Vec<_> = engine
        .caches()
        .enumerate()
        .map(|(at, (_, depth))| (depth, at))
        .collect();
    // From outside inwards: the nearest has the last word.
    caches.sort_unstable_by_key(|&(depth, _)| std::cmp::Reverse(depth));
    for (depth, at) in caches.iter().copied() {
        let size = engine.line(at);
        for (line, _) in engine.lines(at, 0..engine.sets(at)) {
            let start = line * size;
            let end = start.saturating_add(size);
            let around = arrays.iter().zip(&mut nearest).filter(|(array, _)| {
                start < array.base.saturating_add(array.bytes) && array.base < end
            });
            for (array, nearest) in around {
                let first = array.base / line_bytes;
                let from = (start / line_bytes).saturating_sub(first) as usize;
                let to = (end / line_bytes - first).min(nearest.len() as u64) as usize;
                nearest[from..to].fill(depth as u8);
            }
        }
    }
    let levels = caches.iter().map(|(depth, _)| depth + 1).max().unwrap_or(0);
    arrays
        .into_iter()
        .zip(nearest)
        .map(|(array, nearest)| {
            let lines = nearest.len() as u64;
            let lines_per_cell = lines.div_ceil(cells.max(1)).max(1);
            let cells = lines.div_ceil(lines_per_cell) as usize;
            let mut held = vec![vec![0; cells]; levels];
            for (line, &depth) in nearest.iter().enumerate() {
                if depth != NOWHERE {
                    held[usize::from(depth)][line / lines_per_cell as usize] += 1;
                }
            }
            ArrayMap {
                array,
                line_bytes,
                lines,
                lines_per_cell,
                held,
            }
        })
        .collect()
}

/// How many lines an array touches.
fn lines_of(array: &Array, line_bytes: u64) -> u64 {
    let last = array.base.saturating_add(array.bytes.max(1) - 1);
    last / line_bytes - array.base / line_bytes + 1
}
