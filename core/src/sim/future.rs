//! The first of the two passes of Bélády's policy: when is each line used next?

use std::sync::Arc;

use crate::{
    machine::Machine,
    trace::{Access, Kind, Probe},
};

/// Keeps the lines that the first data cache is asked for: eight bytes a look-up.
#[derive(Clone, Debug)]
pub struct Future {
    line_shift: u32,
    cores: u32,
    /// How many cores, from the first on, look up in that cache.
    sharers: u32,
    lines: Vec<u64>,
}

impl Future {
    /// For the first data cache of a machine's first core, with all cores that share it.
    pub fn new(machine: &Machine) -> Self {
        Self {
            line_shift: machine.line().trailing_zeros(),
            cores: machine.cores.max(1),
            sharers: machine
                .caches
                .first()
                .map_or(1, |cache| cache.shared_by.max(1)),
            lines: Vec::new(),
        }
    }

    /// For each look-up the number of the next one of the same line; `u64::MAX` for never.
    pub fn next_uses(mut self) -> Arc<[u64]> {
        let mut coming = std::collections::HashMap::new();
        for (at, line) in self.lines.iter_mut().enumerate().rev() {
            *line = coming.insert(*line, at as u64).unwrap_or(u64::MAX);
        }
        self.lines.into()
    }
}

impl Probe for Future {
    fn access(&mut self, access: Access) {
        if matches!(access.kind, Kind::Fetch | Kind::StreamStore)
            || u32::from(access.core) % self.cores >= self.sharers
        {
            return;
        }
        let last = access
            .address
            .saturating_add(u64::from(access.bytes.max(1)) - 1);
        self.lines
            .extend(access.address >> self.line_shift..=last >> self.line_shift);
    }
}
