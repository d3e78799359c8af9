//! The policies once more, from their definitions: lists, trees and sets instead of packed arrays.

use std::collections::BTreeMap;

use lab_core::machine::Replacement;

/// A policy for all sets of a cache.
pub struct Naive {
    name: &'static str,
    ways: usize,
    sets: Vec<Set>,
    rng: fastrand::Rng,
    duel: Duel,
}

/// All that any of them remembers of a set.
struct Set {
    /// Ways that hold lines, in the order of the list-keeping policies: the last leaves.
    order: Vec<usize>,
    /// Uses of the line in each way.
    uses: BTreeMap<usize, u64>,
    /// One bit a way, by the policy's meaning.
    bits: Vec<bool>,
    /// Predictions of each way.
    rrpv: Vec<u32>,
    /// Next use of the line in each way.
    next: Vec<u64>,
    tree: Tree,
}

enum Tree {
    Leaf,
    Node {
        left_leaves: usize,
        seek_right: bool,
        left: Box<Tree>,
        right: Box<Tree>,
    },
}

impl Tree {
    fn of(leaves: usize) -> Self {
        if leaves <= 1 {
            return Tree::Leaf;
        }
        let left_leaves = leaves - leaves / 2;
        Tree::Node {
            left_leaves,
            seek_right: false,
            left: Box::new(Tree::of(left_leaves)),
            right: Box::new(Tree::of(leaves - left_leaves)),
        }
    }

    /// Points every bit on a leaf's path to it, or away from it.
    fn point(&mut self, leaf: usize, to: bool) {
        if let Tree::Node {
            left_leaves,
            seek_right,
            left,
            right,
        } = self
        {
            let is_right = leaf >= *left_leaves;
            *seek_right = is_right == to;
            if is_right {
                right.point(leaf - *left_leaves, to);
            } else {
                left.point(leaf, to);
            }
        }
    }

    fn seek(&self) -> usize {
        match self {
            Tree::Leaf => 0,
            Tree::Node {
                left_leaves,
                seek_right: true,
                right,
                ..
            } => left_leaves + right.seek(),
            Tree::Node { left, .. } => left.seek(),
        }
    }
}

/// Which sets lead, and who is ahead.
struct Duel {
    first: Vec<usize>,
    second: Vec<usize>,
    psel: i32,
}

impl Duel {
    fn of(sets: usize) -> Self {
        let leaders = 32.min(sets / 4);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        // Ranges of an even number of sets, one for each pair of leaders.
        if let Some(size) = sets.checked_div(leaders).map(|size| size / 2 * 2) {
            for range in 0..leaders {
                first.push(range * size + range % size);
                second.push(range * size + size - 1 - range % size);
            }
        }
        Self {
            first,
            second,
            psel: 511,
        }
    }

    fn second_in(&self, set: usize) -> bool {
        if self.first.contains(&set) {
            false
        } else if self.second.contains(&set) {
            true
        } else {
            self.psel > 511
        }
    }
}

impl Naive {
    pub fn new(which: Replacement, sets: usize, ways: usize, seed: u64) -> Self {
        let name = which.name();
        let set = || Set {
            order: Vec::new(),
            uses: BTreeMap::new(),
            // Set means idle for NRU, used for bit-PLRU.
            bits: vec![name == "nru"; ways],
            rrpv: vec![3; ways],
            next: vec![u64::MAX; ways],
            tree: Tree::of(ways),
        };
        Self {
            name,
            ways,
            sets: (0..sets).map(|_| set()).collect(),
            rng: fastrand::Rng::with_seed(seed),
            duel: Duel::of(sets),
        }
    }

    pub fn hit(&mut self, set: usize, way: usize) {
        let name = self.name;
        let set = &mut self.sets[set];
        if name != "fifo" {
            set.front(way);
        }
        *set.uses.entry(way).or_default() += 1;
        set.mark(name, way);
        set.rrpv[way] = 0;
        set.tree.point(way, false);
    }

    pub fn miss(&mut self, set: usize) {
        if self.duel.first.contains(&set) {
            self.duel.psel = (self.duel.psel + 1).min(1023);
        } else if self.duel.second.contains(&set) {
            self.duel.psel = (self.duel.psel - 1).max(0);
        }
    }

    pub fn victim(&mut self, set: usize) -> usize {
        let ways = self.ways;
        let set = &mut self.sets[set];
        match self.name {
            "lru" | "fifo" | "lip" | "bip" | "dip" => *set.order.last().unwrap(),
            "lfu" => {
                let fewest = *set.uses.values().min().unwrap();
                let last = set.order.iter().rev();
                *last
                    .into_iter()
                    .find(|way| set.uses[way] == fewest)
                    .unwrap()
            }
            "random" => self.rng.u32(0..ways as u32) as usize,
            "nru" => {
                if !set.bits.contains(&true) {
                    set.bits = vec![true; ways];
                }
                set.bits.iter().position(|&idle| idle).unwrap()
            }
            "bit-plru" => set.bits.iter().position(|&used| !used).unwrap_or(0),
            "tree-plru" => set.tree.seek(),
            "srrip" | "brrip" | "drrip" => loop {
                if let Some(way) = set.rrpv.iter().position(|&rrpv| rrpv == 3) {
                    break way;
                }
                set.rrpv.iter_mut().for_each(|rrpv| *rrpv += 1);
            },
            "opt" => {
                let furthest = *set.next.iter().max().unwrap();
                set.next.iter().position(|&next| next == furthest).unwrap()
            }
            name => panic!("the reference does not know {name}"),
        }
    }

    pub fn fill(&mut self, index: usize, way: usize) {
        let bimodal = match self.name {
            "bip" | "brrip" => true,
            "dip" | "drrip" => self.duel.second_in(index),
            _ => false,
        };
        let favoured = bimodal && self.rng.u32(0..32) == 0;
        let name = self.name;
        let set = &mut self.sets[index];
        set.front(way);
        let last = name == "lip" || (bimodal && !favoured);
        if last {
            set.back(way);
        }
        set.uses.insert(way, 1);
        set.mark(name, way);
        set.rrpv[way] = if bimodal && !favoured { 3 } else { 2 };
        set.next[way] = u64::MAX;
        set.tree.point(way, false);
    }

    pub fn demote(&mut self, set: usize, way: usize) {
        let set = &mut self.sets[set];
        set.back(way);
        set.uses.insert(way, 0);
        set.bits[way] = self.name == "nru";
        set.rrpv[way] = 3;
        set.next[way] = u64::MAX;
        set.tree.point(way, true);
    }

    /// The line was taken out: its way is free.
    pub fn taken_out(&mut self, set: usize, way: usize) {
        let set = &mut self.sets[set];
        set.order.retain(|&other| other != way);
        set.uses.remove(&way);
        set.bits[way] = self.name == "nru";
        set.rrpv[way] = 3;
    }

    pub fn foretell(&mut self, set: usize, way: usize, next: u64) {
        self.sets[set].next[way] = next;
    }
}

impl Set {
    fn front(&mut self, way: usize) {
        self.order.retain(|&other| other != way);
        self.order.insert(0, way);
    }

    fn back(&mut self, way: usize) {
        self.order.retain(|&other| other != way);
        self.order.push(way);
    }

    fn mark(&mut self, name: &str, way: usize) {
        if name == "nru" {
            self.bits[way] = false;
        } else if !self.bits[way] {
            self.bits[way] = true;
            if !self.bits.contains(&false) {
                self.bits.fill(false);
                self.bits[way] = true;
            }
        }
    }
}
