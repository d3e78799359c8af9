//! What a coherence protocol is: for each state a line can have in a private cache, what the core's
//! own accesses do, and what the transactions of others on the bus do.

use serde::{Deserialize, Serialize};

/// A line's state in one private cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Modified: the only copy, and memory's is old.
    M,
    /// Exclusive: the only copy, and memory's is as good.
    E,
    /// Shared: others may have copies; memory's is as good.
    S,
    /// Invalid: not here.
    I,
}

impl State {
    /// How many there are.
    pub const COUNT: usize = 4;

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            State::M => 'M',
            State::E => 'E',
            State::S => 'S',
            State::I => 'I',
        }
    }
}

/// A transaction on the bus: one core asks, all others hear it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bus {
    /// Asks for a line to read it.
    Read,
    /// Asks for a line to write it: no other copy remains.
    ReadExclusive,
    /// Tells that a line that is here will be written: no other copy remains.
    Upgrade,
}

impl Bus {
    /// All, in the order of [`Row::snoops`].
    pub const ALL: [Bus; 3] = [Bus::Read, Bus::ReadExclusive, Bus::Upgrade];

    /// What the literature calls it.
    pub fn name(self) -> &'static str {
        match self {
            Bus::Read => "BusRd",
            Bus::ReadExclusive => "BusRdX",
            Bus::Upgrade => "BusUpgr",
        }
    }
}

/// What an access of the core itself does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// What it puts on the bus, if it must.
    pub bus: Option<Bus>,
    /// The state after it where no other cache has the line.
    pub alone: State,
    /// The state after it where another has.
    pub shared: State,
}

impl Move {
    /// Without the bus.
    pub const fn silent(next: State) -> Self {
        Self {
            bus: None,
            alone: next,
            shared: next,
        }
    }

    /// Through the bus.
    pub const fn asking(bus: Bus, alone: State, shared: State) -> Self {
        Self {
            bus: Some(bus),
            alone,
            shared,
        }
    }
}

/// What a cache does as it hears a transaction of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The state after it.
    pub next: State,
    /// Whether it sends the line, in memory's place.
    pub supplies: bool,
    /// Whether memory takes the line from the bus.
    pub writes_back: bool,
}

impl Reaction {
    /// Nothing but the state.
    pub const fn to(next: State) -> Self {
        Self {
            next,
            supplies: false,
            writes_back: false,
        }
    }

    /// Sends the line.
    pub const fn supplying(self) -> Self {
        Self {
            supplies: true,
            ..self
        }
    }

    /// Memory takes it.
    pub const fn writing_back(self) -> Self {
        Self {
            writes_back: true,
            ..self
        }
    }
}

/// What happens to a line in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// In this state.
    pub state: State,
    /// A load of the core.
    pub load: Move,
    /// A store of the core, or an atomic update: it asks for the line once, to write it.
    pub store: Move,
    /// Transactions of others, in the order of [`Bus::ALL`]; nothing where the state rules them out.
    pub snoops: [Option<Reaction>; Bus::ALL.len()],
}

/// A protocol: one table, which runs, and can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name.
    pub name: &'static str,
    /// A row for each state, in the order of [`State`].
    pub rows: [Row; State::COUNT],
}

impl Protocol {
    /// What happens to a line in a state.
    pub fn row(&self, state: State) -> &Row {
        &self.rows[state as usize]
    }
}
