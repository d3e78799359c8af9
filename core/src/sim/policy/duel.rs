//! Set dueling: which of two policies misses less, found out while running.
//!
//! M. K. Qureshi, A. Jaleel, Y. N. Patt, S. C. Steely Jr., J. Emer, "Adaptive insertion policies for
//! high performance caching", ISCA 2007. Some sets (*leaders*) always follow the first policy, as many
//! others always the second. A counter, PSEL, grows with every miss of the program in a leader of the
//! first and falls with every miss in a leader of the second, within its bounds. All other sets follow
//! the first policy while PSEL's top bit is 0, else the second.
//!
//! Choices:
//! - PSEL has 10 bits, as in the papers, and starts at 511, the last value that means the first policy:
//!   one miss more in its leaders turns the others over.
//! - 32 leaders of each policy, but at most a quarter of the sets. The sets are parted into as many
//!   ranges of an even number of sets as there are leaders of a policy; in range `k` of size `c`, set
//!   `k mod c` leads for the first policy and set `c − 1 − k mod c` for the second (the paper's
//!   complement-select: with 1024 sets its very choice). What the ranges leave over only follows.
//! - A cache of fewer than four sets has no room for a duel: nobody leads, and all follow the first
//!   policy.
//! - Only look-ups of the program that miss are votes, not prefetches and write-backs. The vote of a
//!   miss counts before its own line is filled.

/// Leaders of each policy in a large cache.
pub const LEADERS: usize = 32;
/// Where PSEL's top bit is the only one set: from here on the second policy is followed.
pub const TURN: u16 = 512;
/// The greatest value of PSEL.
pub const MOST: u16 = 1023;

/// A duel between two policies over the sets of one cache.
#[derive(Clone, Debug)]
pub struct Duel {
    leaders: usize,
    /// Sets in a range; 0 without leaders.
    range: usize,
    psel: u16,
}

/// What a set does in a duel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Always the first policy.
    First,
    /// Always the second policy.
    Second,
    /// The policy that misses less.
    Follower,
}

impl Duel {
    pub fn new(sets: usize) -> Self {
        let leaders = LEADERS.min(sets / 4);
        let range = sets.checked_div(leaders).map_or(0, |range| range & !1);
        Self {
            leaders,
            range,
            psel: TURN - 1,
        }
    }

    #[inline(always)]
    pub fn role(&self, set: usize) -> Role {
        let Some(of) = set.checked_div(self.range) else {
            return Role::Follower;
        };
        let (lead, at) = (of % self.range, set % self.range);
        if of >= self.leaders {
            Role::Follower
        } else if at == lead {
            Role::First
        } else if at == self.range - 1 - lead {
            Role::Second
        } else {
            Role::Follower
        }
    }

    /// A look-up of the program missed in `set`.
    #[inline(always)]
    pub fn miss(&mut self, set: usize) {
        match self.role(set) {
            Role::First => self.psel = (self.psel + 1).min(MOST),
            Role::Second => self.psel = self.psel.saturating_sub(1),
            Role::Follower => {}
        }
    }

    /// Whether `set` follows the second policy now.
    #[inline(always)]
    pub fn second(&self, set: usize) -> bool {
        match self.role(set) {
            Role::First => false,
            Role::Second => true,
            Role::Follower => self.psel >= TURN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(sets: usize) -> String {
        let duel = Duel::new(sets);
        let letter = |set| match duel.role(set) {
            Role::First => '1',
            Role::Second => '2',
            Role::Follower => '-',
        };
        (0..sets).map(letter).collect()
    }

    #[test]
    fn leaders_of_small_caches() {
        assert_eq!(roles(1), "-");
        assert_eq!(roles(3), "---");
        assert_eq!(roles(4), "1--2");
        assert_eq!(roles(7), "1----2-");
        assert_eq!(roles(8), "1--2-12-");
        assert_eq!(roles(13), "1--2-12--21--");
    }

    #[test]
    fn as_many_leaders_of_each_and_at_least_as_many_followers() {
        for sets in 4..5000 {
            let roles = roles(sets);
            let count = |letter| roles.matches(letter).count();
            assert_eq!(count('1'), 32.min(sets / 4), "{sets} sets");
            assert_eq!(count('2'), count('1'), "{sets} sets");
            assert!(count('-') >= 2 * count('1'), "{sets} sets");
        }
    }

    #[test]
    fn with_1024_sets_the_papers_leaders() {
        // The upper five bits of the set's number equal the lower five, or are their complement.
        let duel = Duel::new(1024);
        for set in 0..1024 {
            let (upper, lower) = (set >> 5, set & 31);
            assert_eq!(duel.role(set) == Role::First, upper == lower);
            assert_eq!(duel.role(set) == Role::Second, upper == !lower & 31);
        }
    }

    #[test]
    fn followers_turn_with_the_top_bit() {
        let mut duel = Duel::new(4);
        assert!(!duel.second(1) && !duel.second(0) && duel.second(3));
        duel.miss(0);
        assert!(duel.second(1) && duel.second(2) && !duel.second(0));
        duel.miss(1);
        duel.miss(3);
        assert!(!duel.second(1) && duel.second(3));
        for _ in 0..3000 {
            duel.miss(3);
        }
        assert_eq!(duel.psel, 0);
        for _ in 0..3000 {
            duel.miss(0);
        }
        assert_eq!(duel.psel, MOST);
    }
}
