//! When each line was used last.

/// Lines in a chunk. One byte more or less of address space in use costs at most a chunk; large
/// enough that the directory of a million lines stays in a second-level cache.
const CHUNK: usize = 64;
const SHIFT: u32 = CHUNK.ilog2();
/// Number of no chunk: line numbers have fewer bits.
const NONE: u64 = u64::MAX;

/// A time for each line that was used; 0 for none.
///
/// Times lie in chunks of neighbouring lines, which are found by hashing (open addressing, at most
/// half full).
#[derive(Clone, Debug)]
pub struct Table {
    directory: Vec<Entry>,
    chunks: Vec<[u32; CHUNK]>,
    /// The chunk used last: most lines lie near the one before.
    last: Entry,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Number of the chunk: that of its lines without the last bits.
    number: u64,
    /// Where it lies.
    place: u32,
}

const FREE: Entry = Entry {
    number: NONE,
    place: 0,
};

impl Table {
    pub fn new() -> Self {
        Self {
            directory: vec![FREE; 64],
            chunks: Vec::new(),
            last: FREE,
        }
    }

    /// The time of a line.
    #[inline(always)]
    pub fn time(&mut self, line: u64) -> &mut u32 {
        let number = line >> SHIFT;
        if number != self.last.number {
            self.last = self.find(number);
        }
        &mut self.chunks[self.last.place as usize][line as usize % CHUNK]
    }

    /// All times, also zeros.
    pub fn times(&mut self) -> impl Iterator<Item = &mut u32> {
        self.chunks.iter_mut().flatten()
    }

    #[inline(always)]
    fn find(&mut self, number: u64) -> Entry {
        let mut at = self.start(number);
        loop {
            let entry = self.directory[at];
            if entry.number == number {
                return entry;
            }
            if entry.number == NONE {
                return self.insert(number);
            }
            at = (at + 1) % self.directory.len();
        }
    }

    /// Where the search for a chunk starts: the upper bits of a multiple of its number (Knuth, *The
    /// Art of Computer Programming* 3, 6.4), which spread runs of numbers evenly.
    #[inline(always)]
    fn start(&self, number: u64) -> usize {
        let bits = self.directory.len().ilog2();
        (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - bits)) as usize
    }

    #[inline(never)]
    fn insert(&mut self, number: u64) -> Entry {
        if self.chunks.len() * 2 >= self.directory.len() {
            let wider = vec![FREE; self.directory.len() * 2];
            let entries = std::mem::replace(&mut self.directory, wider);
            for entry in entries.into_iter().filter(|entry| entry.number != NONE) {
                self.put(entry);
            }
        }
        let place = self.chunks.len() as u32;
        let entry = Entry { number, place };
        self.chunks.push([0; CHUNK]);
        self.put(entry);
        entry
    }

    fn put(&mut self, entry: Entry) {
        let mut at = self.start(entry.number);
        while self.directory[at].number != NONE {
            at = (at + 1) % self.directory.len();
        }
        self.directory[at] = entry;
    }
}
