//! What leaves for memory without a line: stores, gathered in the write-combining buffer.

use std::collections::VecDeque;

/// The write-combining buffer, and what it wrote.
#[derive(Clone, Debug)]
pub(super) struct Combiner {
    line_shift: u32,
    capacity: usize,
    /// Lines being gathered, oldest first: number of the line, one bit a byte.
    gathered: VecDeque<(u64, Vec<u64>)>,
    pub bytes: u64,
    pub writes: u64,
}

impl Combiner {
    pub fn new(line: u64, lines: u64) -> Self {
        Self {
            line_shift: line.trailing_zeros(),
            capacity: lines as usize,
            gathered: VecDeque::new(),
            bytes: 0,
            writes: 0,
        }
    }

    /// A store of `bytes` bytes, inside one line.
    pub fn store(&mut self, address: u64, bytes: u64) {
        if self.capacity == 0 {
            self.bytes += bytes;
            self.writes += 1;
            return;
        }
        let line = address >> self.line_shift;
        let at = self.gathered.iter().position(|(other, _)| *other == line);
        let at = at.unwrap_or_else(|| {
            if self.gathered.len() == self.capacity
                && let Some((_, mask)) = self.gathered.pop_front()
            {
                self.bytes += count(&mask);
                self.writes += 1;
            }
            let words = (1_usize << self.line_shift).div_ceil(64);
            self.gathered.push_back((line, vec![0; words]));
            self.gathered.len() - 1
        });
        let mask = &mut self.gathered[at].1;
        let inside = (address & ((1 << self.line_shift) - 1)) as usize;
        for byte in inside..inside + bytes as usize {
            mask[byte / 64] |= 1 << (byte % 64);
        }
    }

    /// Bytes written and writes so far, what is still gathered among them.
    pub fn totals(&self) -> (u64, u64) {
        let waiting: u64 = self.gathered.iter().map(|(_, mask)| count(mask)).sum();
        (
            self.bytes + waiting,
            self.writes + self.gathered.len() as u64,
        )
    }
}

fn count(mask: &[u64]) -> u64 {
    mask.iter().map(|word| u64::from(word.count_ones())).sum()
}
