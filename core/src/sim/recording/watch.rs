//! Who listens to the engine of a recording: one type, so that snapshots can change hands.

use super::{seek::Search, tally::Tally};
use crate::sim::event::{Event, Observer};

/// What is done with events.
#[derive(Clone, Debug, Default)]
pub(super) enum Watch {
    /// Nothing.
    #[default]
    Idle,
    /// They are added up.
    Tally(Box<Tally>),
    /// They are kept.
    Log(Vec<Event>),
    /// They are searched.
    Search(Search),
}

impl Watch {
    /// The sums of the run's front.
    pub fn tally(&self) -> &Tally {
        match self {
            Watch::Tally(tally) => tally,
            _ => unreachable!("the front of a recording adds up"),
        }
    }
}

impl Observer for Watch {
    #[inline(always)]
    fn event(&mut self, event: Event) {
        match self {
            Watch::Idle => {}
            Watch::Tally(tally) => tally.event(event),
            Watch::Log(events) => events.push(event),
            Watch::Search(search) => search.event(event),
        }
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        if let Watch::Tally(tally) = self {
            tally.array(name, base, bytes);
        }
    }
}
