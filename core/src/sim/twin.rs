//! The fully associative twin of a cache, which tells why a look-up missed.

use super::{event::Cause, lines::LineTable};

/// A fully associative cache of so many lines, least recently used, as a linked list.
///
/// The table gives every line the node that it was put into last, from 1 on; 0 is a line never looked
/// up. A node that holds another line by now has lost it.
#[derive(Clone, Debug)]
pub(super) struct Twin {
    lines: LineTable,
    nodes: Vec<Node>,
    capacity: usize,
    newest: u32,
    oldest: u32,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    line: u64,
    newer: u32,
    older: u32,
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
        Self {
            lines: LineTable::new(),
            nodes: Vec::new(),
            capacity: lines as usize,
            newest: NONE,
            oldest: NONE,
        }
    }

    /// A look-up: the line is the newest afterwards.
    #[inline(always)]
    pub fn look_up(&mut self, line: u64) -> Seen {
        let slot = self.lines.slot(line);
        let number = *slot;
        if let Some(node) = number.checked_sub(1)
            && self.nodes[node as usize].line == line
        {
            self.renew(node);
            return Seen::Held;
        }
        let node = if self.nodes.len() < self.capacity {
            self.nodes.len() as u32
        } else {
            self.oldest
        };
        *slot = node + 1;
        self.enter(node, line);
        if number == 0 { Seen::Never } else { Seen::Lost }
    }

    /// About how many bytes its copy takes.
    pub fn footprint(&self) -> usize {
        self.nodes.len() * size_of::<Node>() + self.lines.footprint()
    }

    /// A write-back arrives: a line that is there stays where it is, unless it counts as a use.
    pub fn write_back(&mut self, line: u64, refreshes: bool) {
        let node = self.lines.slot(line).checked_sub(1);
        let held = node.is_some_and(|node| self.nodes[node as usize].line == line);
        if refreshes || !held {
            self.look_up(line);
        }
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

    /// Puts a line into a node: a fresh one, or the oldest.
    #[inline(always)]
    fn enter(&mut self, node: u32, line: u64) {
        if node as usize == self.nodes.len() {
            self.nodes.push(Node {
                line,
                newer: NONE,
                older: NONE,
            });
            if self.oldest == NONE {
                self.oldest = node;
            }
        } else {
            let oldest = &mut self.nodes[node as usize];
            oldest.line = line;
            let newer = oldest.newer;
            if newer == NONE {
                return; // a cache of one line
            }
            self.oldest = newer;
            self.nodes[newer as usize].older = NONE;
        }
        self.link(node);
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
