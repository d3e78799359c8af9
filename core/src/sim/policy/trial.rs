//! A cache of letters, to try a policy on a string of references by hand.

use super::Policy;

/// Sets of ways that hold letters; letter `a` belongs to set 0, `b` to set 1, and so on around.
pub struct Trial<P> {
    pub policy: P,
    sets: usize,
    ways: usize,
    lines: Vec<Option<char>>,
}

impl<P: Policy> Trial<P> {
    /// One empty set.
    pub fn new(ways: usize) -> Self {
        Self::with_sets(1, ways)
    }

    pub fn with_sets(sets: usize, ways: usize) -> Self {
        Self {
            policy: P::new(sets, ways, 7),
            sets,
            ways,
            lines: vec![None; sets * ways],
        }
    }

    /// Looks every letter up. For each, tells `+` of a hit, `.` of a free way that it filled, else
    /// the letter that had to leave. The future is known to the end of the string.
    pub fn run(&mut self, string: &str) -> String {
        let letters: Vec<char> = string.chars().collect();
        let mut told = String::new();
        for (at, &letter) in letters.iter().enumerate() {
            let later = letters[at + 1..].iter().position(|&other| other == letter);
            let next = later.map_or(u64::MAX, |after| (at + 1 + after) as u64);
            let set = (letter as usize).wrapping_sub('a' as usize) % self.sets;
            told.push(self.look_up(set, letter, next));
        }
        told
    }

    fn look_up(&mut self, set: usize, letter: char, next: u64) -> char {
        let row = &mut self.lines[set * self.ways..][..self.ways];
        if let Some(way) = row.iter().position(|&line| line == Some(letter)) {
            self.policy.hit(set, way);
            self.policy.foresee(set, way, next);
            return '+';
        }
        self.policy.miss(set);
        let free = row.iter().position(Option::is_none);
        let way = free.unwrap_or_else(|| self.policy.victim(set));
        let left = row[way].replace(letter);
        self.policy.fill(set, way);
        self.policy.foresee(set, way, next);
        left.unwrap_or('.')
    }

    /// Takes a letter out.
    pub fn take(&mut self, letter: char) {
        let at = self.lines.iter().position(|&line| line == Some(letter));
        let at = at.expect("the letter is held");
        self.lines[at] = None;
        self.policy.invalidate(at / self.ways, at % self.ways);
    }
}
