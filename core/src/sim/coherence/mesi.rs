//! MESI, the protocol of four states that invalidates.
//!
//! Caches send lines that memory has no good copy of, and no others. A modified line that another
//! core reads goes to memory too; one that another core writes goes over as it is, since it will be
//! written again. After Culler, Singh and Gupta, *Parallel Computer Architecture*, 5.3.2, without
//! transfers of clean lines from cache to cache, and with the upgrade of 5.3.1.

use super::protocol::{
    Bus::{Read, ReadExclusive, Upgrade},
    Move, Protocol, Reaction, Row,
    State::{E, I, M, S},
};

/// The protocol as a table.
pub const MESI: Protocol = Protocol {
    name: "MESI",
    rows: [
        Row {
            state: M,
            load: Move::silent(M),
            store: Move::silent(M),
            snoops: [
                Some(Reaction::to(S).supplying().writing_back()),
                Some(Reaction::to(I).supplying()),
                None,
            ],
        },
        Row {
            state: E,
            load: Move::silent(E),
            store: Move::silent(M),
            snoops: [Some(Reaction::to(S)), Some(Reaction::to(I)), None],
        },
        Row {
            state: S,
            load: Move::silent(S),
            store: Move::asking(Upgrade, M, M),
            snoops: [
                Some(Reaction::to(S)),
                Some(Reaction::to(I)),
                Some(Reaction::to(I)),
            ],
        },
        Row {
            state: I,
            load: Move::asking(Read, E, S),
            store: Move::asking(ReadExclusive, M, M),
            snoops: [Some(Reaction::to(I)); 3],
        },
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::coherence::{Bus, State};

    /// Stallings, *Computer Organization and Architecture*, 17.3, "The MESI protocol" and figure
    /// 17.7, row by row: a read miss that finds an unmodified copy reads memory, and both end shared;
    /// one that finds a modified copy is sent it, memory stores it too, and both end shared; a write
    /// hit of a shared line makes the others drop theirs. For a write miss on a modified line (there
    /// it goes by way of memory) Chaudhuri's lectures after Culler and Singh (NPTEL 106105024,
    /// lecture 12): "on BusRdX the line transitions from M to I and this time memory does not need to
    /// pick up the line from bus", and for clean lines (lecture 18): "P1 generates BusRd, memory
    /// provides line, P1 puts line in cache in S state, P0 transitions to S state (no cache-to-cache
    /// sharing)".
    ///
    /// State, load, store; what BusRd, BusRdX and BusUpgr of others do. `!` sends the line, `+` puts
    /// it into memory, `-` cannot happen.
    const PUBLISHED: &str = "
        M  M             M           S!+  I!  -
        E  E             M           S    I   -
        S  S             M:BusUpgr   S    I   I
        I  E/S:BusRd     M:BusRdX    I    I   I";

    fn access(step: Move) -> String {
        let mut text = step.alone.letter().to_string();
        if step.shared != step.alone {
            text.extend(['/', step.shared.letter()]);
        }
        text + &step.bus.map_or(String::new(), |bus| format!(":{}", bus.name()))
    }

    fn reaction(reaction: Option<Reaction>) -> String {
        let Some(reaction) = reaction else {
            return "-".to_owned();
        };
        let sends = if reaction.supplies { "!" } else { "" };
        let back = if reaction.writes_back { "+" } else { "" };
        format!("{}{sends}{back}", reaction.next.letter())
    }

    #[test]
    fn the_table_is_the_published_one() {
        let published: Vec<Vec<&str>> = PUBLISHED
            .lines()
            .map(|line| line.split_whitespace().collect())
            .filter(|line: &Vec<_>| !line.is_empty())
            .collect();
        let table: Vec<Vec<String>> = MESI
            .rows
            .iter()
            .map(|row| {
                let first = [row.state.letter().to_string()];
                let own = [row.load, row.store].map(access);
                let others = row.snoops.map(reaction);
                first.into_iter().chain(own).chain(others).collect()
            })
            .collect();
        assert_eq!(table, published);
    }

    #[test]
    fn rows_stand_in_the_order_of_states_and_snoops_in_that_of_the_bus() {
        for state in [State::M, State::E, State::S, State::I] {
            assert_eq!(MESI.row(state).state, state);
        }
        for (place, bus) in Bus::ALL.into_iter().enumerate() {
            assert_eq!(bus as usize, place);
        }
    }
}
