//! One line's state in every private cache.

use serde::{Deserialize, Serialize};

use super::{MOST_CORES, State};

/// The states that mean a line is there.
const VALID: [State; State::COUNT - 1] = [State::M, State::E, State::S];

/// A line's state in the cache of each core: a set of cores for each state but I.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct States([u64; VALID.len()]);

impl States {
    /// The state in the cache of a core.
    pub fn of(&self, core: u16) -> State {
        let has = |state: &State| self.0[*state as usize] >> core & 1 == 1;
        VALID.into_iter().find(has).unwrap_or(State::I)
    }

    /// The cores whose caches have the line in that state, a bit for each.
    pub fn cores(&self, state: State) -> u64 {
        match self.0.get(state as usize) {
            Some(cores) => *cores,
            None => !self.holders(),
        }
    }

    /// The cores whose caches have the line, a bit for each.
    pub fn holders(&self) -> u64 {
        self.0.iter().fold(0, |all, cores| all | cores)
    }

    /// Puts these cores' caches into that state.
    pub(super) fn set(&mut self, cores: u64, state: State) {
        for (of, held) in VALID.into_iter().zip(&mut self.0) {
            *held &= !cores;
            if of == state {
                *held |= cores;
            }
        }
    }

    /// A letter for each of the first `cores` cores.
    pub fn letters(&self, cores: u16) -> String {
        let cores = 0..cores.min(MOST_CORES);
        cores.map(|core| self.of(core).letter()).collect()
    }
}
