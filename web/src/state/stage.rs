//! Where a stage stands: its step, its bookmarks and its pace, in the address below the name of a view.

use super::situation::Situation;

/// The key of one of a stage's choices, of the stage of that name.
pub fn key(stage: &str, name: &str) -> String {
    format!("{stage}.{name}")
}

/// The event that is looked at.
pub fn step(situation: &Situation, stage: &str) -> u64 {
    situation
        .number(&key(stage, "step"))
        .map_or(0, |step| step.max(0.0) as u64)
}

/// The bookmarked events, rising.
pub fn marks(situation: &Situation, stage: &str) -> Vec<u64> {
    let list = situation.list(&key(stage, "marks"));
    let mut marks: Vec<u64> = list.iter().filter_map(|mark| mark.parse().ok()).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

/// With a bookmark, or without it if it was there.
pub fn toggle_mark(situation: &Situation, stage: &str, at: u64) -> Situation {
    let mut marks = marks(situation, stage);
    match marks.binary_search(&at) {
        Ok(found) => {
            marks.remove(found);
        }
        Err(place) => marks.insert(place, at),
    }
    let words: Vec<String> = marks.iter().map(u64::to_string).collect();
    situation.with(&key(stage, "marks"), Some(words.join(";")))
}

/// How fast a run plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Time to read what is said of each event.
    Slow,
    /// Some events a second.
    Normal,
    /// To see patterns move.
    Fast,
}

impl Pace {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Slow, Self::Normal, Self::Fast];

    /// Its value in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Normal => "normal",
            Self::Fast => "fast",
        }
    }

    /// What it is called: how many events a second.
    pub fn words(self) -> &'static str {
        match self {
            Self::Slow => "1 a second",
            Self::Normal => "8 a second",
            Self::Fast => "25 a second",
        }
    }

    /// The one chosen. Nothing moves faster than asked for where the system is set to reduce motion.
    pub fn of(situation: &Situation, stage: &str, reduced_motion: bool) -> Self {
        let word = situation.get(&key(stage, "pace")).unwrap_or_default();
        let chosen = Self::ALL.into_iter().find(|pace| pace.name() == word);
        chosen.unwrap_or(if reduced_motion {
            Self::Slow
        } else {
            Self::Normal
        })
    }

    /// Milliseconds from one event to the next.
    pub fn interval(self) -> u32 {
        match self {
            Self::Slow => 1000,
            Self::Normal => 125,
            Self::Fast => 40,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_chosen_holds_and_none_is_slow_where_motion_is_reduced() {
        let pace = |query: &str, reduced| Pace::of(&Situation::parse(query), "cache", reduced);
        assert_eq!(pace("", false), Pace::Normal);
        assert_eq!(pace("", true), Pace::Slow);
        assert_eq!(pace("cache.pace=fast", true), Pace::Fast);
        assert_eq!(pace("cache.pace=sideways", false), Pace::Normal);
        assert_eq!(pace("other.pace=fast", false), Pace::Normal);
    }

    #[test]
    fn a_pace_is_what_it_is_called() {
        for pace in Pace::ALL {
            let per_second = 1000 / pace.interval();
            assert!(pace.words().starts_with(&format!("{per_second} ")));
        }
    }

    #[test]
    fn bookmarks_come_and_go() {
        let toggle = |situation: &Situation, at| toggle_mark(situation, "cache", at);
        let situation = toggle(&toggle(&Situation::default(), 9), 4);
        assert_eq!(marks(&situation, "cache"), [4, 9]);
        assert_eq!(marks(&toggle(&situation, 9), "cache"), [4]);
        assert!(marks(&situation, "other").is_empty());
    }
}
