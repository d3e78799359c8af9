//! A mark at the time of every line's last use, and how many marks lie after a given time.

/// Times in a block: those of one 64-byte line of memory.
const BLOCK: u32 = 512;
const WORDS: usize = BLOCK as usize / 64;
/// Fewest times to have before marks are moved together.
const FEWEST: u32 = 1 << 14;
/// As many times to each mark when they have been moved together.
const ROOM: u32 = 4;

/// Marks on a line of times, which only the newest end of grows.
///
/// A time is a bit. Blocks of bits that are past are counted in a Fenwick tree (Fenwick, *A new data
/// structure for cumulative frequency tables*, 1994), which is small: for a million lines 32 KiB. The
/// block being filled is in no count yet, so that setting a mark is setting a bit.
///
/// Time 0 never happens.
#[derive(Clone, Debug)]
pub struct Marks {
    words: Vec<u64>,
    /// `tree[i]`: marks in the blocks `i - lowest bit of i .. i`.
    tree: Vec<u32>,
    /// Blocks in the tree.
    closed: u32,
    /// Time of the next mark.
    now: u32,
    /// How many there are.
    marks: u32,
}

impl Marks {
    pub fn new() -> Self {
        let mut marks = Self {
            words: Vec::new(),
            tree: Vec::new(),
            closed: 0,
            now: 1,
            marks: 0,
        };
        marks.make_room();
        marks
    }

    /// How many marks there are.
    pub fn len(&self) -> u64 {
        self.marks.into()
    }

    /// Whether there is no time left, and marks have to [move together](Self::compact) first.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.now as usize == self.words.len() * 64
    }

    /// Sets a mark now, and gives the time.
    #[inline(always)]
    pub fn set(&mut self) -> u32 {
        let time = self.now;
        self.words[(time / 64) as usize] |= 1 << (time % 64);
        self.now += 1;
        self.marks += 1;
        if self.now.is_multiple_of(BLOCK) {
            self.close();
        }
        time
    }

    /// Takes the mark at `time` away.
    #[inline(always)]
    pub fn clear(&mut self, time: u32) {
        self.words[(time / 64) as usize] &= !(1 << (time % 64));
        self.marks -= 1;
        let mut node = time / BLOCK + 1;
        while node <= self.closed {
            self.tree[node as usize] -= 1;
            node += lowest_bit(node);
        }
    }

    /// Reads what will be asked about these times soon.
    #[inline(always)]
    pub fn look_at(&self, times: &[u32]) {
        let seen = times.iter().map(|&time| self.words[(time / 64) as usize]);
        std::hint::black_box(seen.fold(0, |seen, word| seen | word));
    }

    /// Marks later than `time`.
    #[inline(always)]
    pub fn after(&self, time: u32) -> u64 {
        let (from, to) = ((time / 64) as usize, (self.now / 64) as usize);
        let count = if to - from < WORDS {
            // Used a short while ago: fewer words lie between than there may be in a block.
            let first = (self.words[from] >> (time % 64) >> 1).count_ones();
            first + ones(self.words.get(from + 1..=to).unwrap_or_default())
        } else {
            self.marks - self.until(time)
        };
        count.into()
    }

    /// Marks up to `time`, its own included.
    #[inline(always)]
    fn until(&self, time: u32) -> u32 {
        let mut node = time / BLOCK;
        let mut count = 0;
        while node > 0 {
            count += self.tree[node as usize];
            node -= lowest_bit(node);
        }
        count + self.inside(time)
    }

    /// Marks up to `time` in its block.
    #[inline(always)]
    fn inside(&self, time: u32) -> u32 {
        let block = (time / BLOCK) as usize * WORDS;
        let words: &[u64; WORDS] = self.words[block..block + WORDS]
            .try_into()
            .expect("a block");
        let last = time / 64 % WORDS as u32;
        // All words are counted, for the sake of a loop of known length.
        (0_u32..).zip(words).fold(0, |count, (at, word)| {
            let shift = if at == last { 63 - time % 64 } else { 0 };
            count
                + if at <= last {
                    (word << shift).count_ones()
                } else {
                    0
                }
        })
    }

    /// Counts the block that is full now.
    #[inline(never)]
    fn close(&mut self) {
        let start = self.closed as usize * WORDS;
        let mut count = ones(&self.words[start..start + WORDS]);
        self.closed += 1;
        // The nodes below it are complete.
        let (mut node, end) = (self.closed - 1, self.closed - lowest_bit(self.closed));
        while node > end {
            count += self.tree[node as usize];
            node -= lowest_bit(node);
        }
        self.tree[self.closed as usize] = count;
    }

    /// Moves the marks together, in their order, so that there is time again. All of them must be
    /// among `times`, which become the new ones; zeros stay.
    pub fn compact<'a>(&mut self, times: impl Iterator<Item = &'a mut u32>) {
        // The tree's room serves for the marks before each block.
        let mut before = 0;
        for (block, words) in self.words.chunks_exact(WORDS).enumerate() {
            self.tree[block] = before;
            before += ones(words);
        }
        for time in times.filter(|time| **time != 0) {
            *time = self.tree[(*time / BLOCK) as usize] + self.inside(*time);
        }
        self.make_room();
    }

    /// Lays the marks out anew, from time 1 on, with room for more.
    #[inline(never)]
    fn make_room(&mut self) {
        let marks = self.marks;
        let times = marks.saturating_mul(ROOM).max(FEWEST);
        // The last block may not reach beyond what a time can say.
        let blocks = (times / BLOCK).min(u32::MAX / BLOCK - 1);
        assert!(
            marks < blocks * BLOCK - 1,
            "more than four billion distinct lines"
        );
        self.words.clear();
        self.words.resize(blocks as usize * WORDS, 0);
        self.tree.clear();
        self.tree.resize(blocks as usize + 1, 0);
        (self.closed, self.now, self.marks) = (0, 1, 0);
        for _ in 0..marks {
            self.set();
        }
    }
}

#[inline(always)]
fn lowest_bit(number: u32) -> u32 {
    number & number.wrapping_neg()
}

#[inline(always)]
fn ones(words: &[u64]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}
