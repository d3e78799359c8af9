//! The fully associative twin of a cache, which tells why a look-up missed.

use super::{event::Cause, lines::LineTable};

/// A fully associative cache of so many lines, least recently used: a list in order of use, and a
/// hash table of its nodes. What it takes grows with the cache, not with the program, but for a bit
/// for every line ever looked up.
#[derive(Clone, Debug)]
pub(super) struct Twin {
    /// First node of each chain, by the hash of its lines.
    heads: Vec<u32>,
    nodes: Vec<Node>,
    capacity: usize,
    newest: u32,
    oldest: u32,
    /// A bit for each line, 32 to a value.
    seen: LineTable,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    line: u64,
    newer: u32,
    older: u32,
    /// The next node of the chain.
    chain: u32,
}

const NONE: u32 = u32::MAX;

/// What the twin makes of a look-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It holds the line.
    Held,
    /// It has lost it.
    Lost,
    /// It never heard of it.
    Never,
}

impl Seen {
    /// Why the real cache missed.
    #[inline(always)]
    pub fn cause(self) -> Cause {
        match self {
            Seen::Never => Cause::Compulsory,
            Seen::Lost => Cause::Capacity,
            Seen::Held => Cause::Conflict,
        }
    }
}

impl Twin {
    pub fn new(lines: u64) -> Self {
        let capacity = lines as usize;
        Self {
            heads: vec![NONE; (2 * capacity).next_power_of_two()],
            nodes: Vec::new(),
            capacity,
            newest: NONE,
            oldest: NONE,
            seen: LineTable::new(),
        }
    }

    /// A look-up: the line is the newest afterwards.
    #[inline(always)]
    pub fn look_up(&mut self, line: u64) -> Seen {
        if let Some(node) = self.find(line) {
            self.renew(node);
            return Seen::Held;
        }
        self.enter(line);
        let bits = self.seen.slot(line >> 5);
        let bit = 1 << (line & 31);
        let seen = *bits & bit != 0;
        *bits |= bit;
        if seen { Seen::Lost } else { Seen::Never }
    }

    /// A write-back arrives: a line that is there stays where it is, unless it counts as a use.
    pub fn write_back(&mut self, line: u64, refreshes: bool) {
        if refreshes || self.find(line).is_none() {
            self.look_up(line);
        }
    }

    /// About how many bytes its copy takes.
    pub fn footprint(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
            + self.heads.len() * size_of::<u32>()
            + self.seen.footprint()
    }

    /// The chain of a line. Neighbours have neighbouring chains, so that walks stay near; strides by
    /// powers of two are spread by what lies above.
    #[inline(always)]
    fn chain(&self, line: u64) -> usize {
        let mask = self.heads.len() as u64 - 1;
        let above = line >> mask.count_ones();
        let spread = above.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (line.wrapping_add(spread) & mask) as usize
    }

    #[inline(always)]
    fn find(&self, line: u64) -> Option<u32> {
        let mut node = self.heads[self.chain(line)];
        while node != NONE {
            let here = &self.nodes[node as usize];
            if here.line == line {
                return Some(node);
            }
            node = here.chain;
        }
        None
    }

    /// Makes a node the newest.
    #[inline(always)]
    fn renew(&mut self, node: u32) {
        if node == self.newest {
            return;
        }
        let Node { newer, older, .. } = self.nodes[node as usize];
        self.nodes[newer as usize].older = older;
        if older == NONE {
            self.oldest = newer;
        } else {
            self.nodes[older as usize].newer = newer;
        }
        self.link(node);
    }

    /// Puts a line that is absent into a fresh node, or into the oldest.
    #[inline(always)]
    fn enter(&mut self, line: u64) {
        let chain = self.chain(line);
        if self.nodes.len() < self.capacity {
            let node = self.nodes.len() as u32;
            self.nodes.push(Node {
                line,
                newer: NONE,
                older: NONE,
                chain: self.heads[chain],
            });
            self.heads[chain] = node;
            if self.oldest == NONE {
                self.oldest = node;
            }
            self.link(node);
            return;
        }
        let node = self.oldest;
        let newer = self.nodes[node as usize].newer;
        self.leave_chain(node);
        let place = &mut self.nodes[node as usize];
        place.line = line;
        place.chain = self.heads[chain];
        self.heads[chain] = node;
        // In a cache of one line the oldest is the newest, and stays it.
        if newer != NONE {
            self.oldest = newer;
            self.nodes[newer as usize].older = NONE;
            self.link(node);
        }
    }

    /// Takes a node out of its chain.
    #[inline(always)]
    fn leave_chain(&mut self, node: u32) {
        let Node { line, chain, .. } = self.nodes[node as usize];
        let head = self.chain(line);
        let mut at = self.heads[head];
        if at == node {
            self.heads[head] = chain;
            return;
        }
        while self.nodes[at as usize].chain != node {
            at = self.nodes[at as usize].chain;
        }
        self.nodes[at as usize].chain = chain;
    }

    #[inline(always)]
    fn link(&mut self, node: u32) {
        let place = &mut self.nodes[node as usize];
        (place.newer, place.older) = (NONE, self.newest);
        if self.newest != NONE {
            self.nodes[self.newest as usize].newer = node;
        }
        self.newest = node;
    }
}
