//! A number for every line ever seen: a table that grows with the pages touched.

/// Lines that lie in one chunk of the table, side by side as their addresses do.
const CHUNK: usize = 512;
const CHUNK_SHIFT: u32 = CHUNK.trailing_zeros();

const FREE: u64 = u64::MAX;

/// From line number to a `u32` that starts as 0.
///
/// Chunks of neighbouring lines lie together and are found through a hash of their number: walks
/// stay in one chunk for a while, the chunks of a large array are few enough for their table to be near,
/// and scattered lines cost 2 KiB each at most.
#[derive(Clone, Debug)]
pub(super) struct LineTable {
    /// Open addressing: chunk numbers, and where each lies in `values`.
    keys: Vec<u64>,
    places: Vec<u32>,
    values: Vec<u32>,
    /// The chunk used last.
    last: (u64, u32),
}

impl LineTable {
    pub fn new() -> Self {
        Self {
            keys: vec![FREE; 64],
            places: vec![0; 64],
            values: Vec::new(),
            last: (FREE, 0),
        }
    }

    /// The value of `line`, to be read or written.
    #[inline(always)]
    pub fn slot(&mut self, line: u64) -> &mut u32 {
        let chunk = line >> CHUNK_SHIFT;
        let place = if self.last.0 == chunk {
            self.last.1
        } else {
            self.find(chunk)
        };
        &mut self.values[place as usize * CHUNK + (line as usize & (CHUNK - 1))]
    }

    /// The values of all lines in chunks that exist, zeros among them.
    pub fn values(&mut self) -> &mut [u32] {
        &mut self.values
    }

    /// About how many bytes its copy takes.
    pub fn footprint(&self) -> usize {
        let entry = size_of::<u64>() + size_of::<u32>();
        self.keys.len() * entry + self.values.len() * size_of::<u32>()
    }

    #[inline(always)]
    fn find(&mut self, chunk: u64) -> u32 {
        let mut at = self.home(chunk);
        let place = loop {
            if self.keys[at] == chunk {
                break self.places[at];
            }
            if self.keys[at] == FREE {
                break self.add(chunk);
            }
            at = (at + 1) & (self.keys.len() - 1);
        };
        self.last = (chunk, place);
        place
    }

    #[inline(always)]
    fn home(&self, chunk: u64) -> usize {
        let bits = self.keys.len().trailing_zeros();
        (chunk.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits)) as usize
    }

    #[cold]
    fn add(&mut self, chunk: u64) -> u32 {
        let place = (self.values.len() / CHUNK) as u32;
        self.values.resize(self.values.len() + CHUNK, 0);
        if 2 * (place as usize + 1) > self.keys.len() {
            let size = 2 * self.keys.len();
            let keys = std::mem::replace(&mut self.keys, vec![FREE; size]);
            let places = std::mem::replace(&mut self.places, vec![0; size]);
            for (key, place) in keys.into_iter().zip(places) {
                if key != FREE {
                    self.put(key, place);
                }
            }
        }
        self.put(chunk, place);
        place
    }

    fn put(&mut self, chunk: u64, place: u32) {
        let mut at = self.home(chunk);
        while self.keys[at] != FREE {
            at = (at + 1) & (self.keys.len() - 1);
        }
        (self.keys[at], self.places[at]) = (chunk, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_value_of_its_own() {
        let mut table = LineTable::new();
        let lines = (0..5000_u64).map(|n| n.wrapping_mul(0x1234_5678_9ABC_DEF1) >> (n % 60));
        let mut expected = std::collections::BTreeMap::new();
        for (line, value) in lines.zip(1..) {
            *table.slot(line) = value;
            expected.insert(line, value);
        }
        for (line, value) in expected {
            assert_eq!(*table.slot(line), value);
        }
        assert_eq!(*table.slot(u64::MAX >> 1), 0);
    }
}
