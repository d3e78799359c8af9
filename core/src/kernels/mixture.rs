//! A hot table and a cold scan: who evicts whose lines (claims P2, P6).

use super::{Arrays, Runnable};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{BufferMut, Probe},
    units::Unit,
};

/// Adds 1 to each element of `table`, then writes the next `cold` elements of `log`; over and over
/// until the log is full. Every element of the table comes back each round, none of the log does.
///
/// With `STREAMING` the probe is told that the log's stores are non-temporal. The native store is an
/// ordinary one: stable Rust has none that is portable.
#[inline]
pub fn hot_and_cold<const STREAMING: bool, P: Probe>(
    mut table: BufferMut<'_, u64>,
    mut log: BufferMut<'_, u64>,
    cold: usize,
    probe: &mut P,
) {
    let mut next = 0;
    while next < log.len() {
        for h in 0..table.len() {
            let count = table.get(h, probe);
            table.set(h, count.wrapping_add(1), probe);
        }
        for c in next..(next + cold.max(1)).min(log.len()) {
            if STREAMING {
                log.stream(c, 0, probe);
            } else {
                log.set(c, 0, probe);
            }
        }
        next += cold.max(1);
    }
}

const HOT: Parameter = Parameter {
    name: "hot",
    meaning: "elements of the table, 8 bytes each",
    unit: Unit::Count,
    default: 1024.0,
    min: 1.0,
    max: 1_048_576.0,
};
const COLD: Parameter = Parameter {
    name: "cold",
    meaning: "elements of the log written between two uses of the table",
    unit: Unit::Count,
    default: 4096.0,
    min: 1.0,
    max: 1_048_576.0,
};
const ROUNDS: Parameter = Parameter {
    name: "rounds",
    meaning: "uses of the whole table",
    unit: Unit::Count,
    default: 64.0,
    min: 1.0,
    max: 1024.0,
};

/// With ordinary or with non-temporal stores.
pub(super) struct HotCold<const STREAMING: bool>;

impl<const STREAMING: bool> Runnable for HotCold<STREAMING> {
    const NAME: &'static str = if STREAMING {
        "hot-cold-streaming"
    } else {
        "hot-cold"
    };
    const ABOUT: &'static str = if STREAMING {
        "uses a table between pieces of a log whose stores go past the caches"
    } else {
        "uses a table between pieces of a log that is written once"
    };
    const SOURCE: (&'static str, &'static str) = ("mixture.rs", include_str!("mixture.rs"));
    const PARAMETERS: &'static [Parameter] = &[HOT, COLD, ROUNDS];

    fn accesses(arguments: &Arguments) -> u64 {
        let [hot, cold, rounds] = [HOT, COLD, ROUNDS].map(|p| arguments.get(&p) as u64);
        rounds * (2 * hot + cold)
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let [hot, cold, rounds] = [HOT, COLD, ROUNDS].map(|p| arguments.get(&p) as usize);
        let mut arrays = Arrays::default();
        let at_table = arrays.place::<u64, P>("table", hot, probe);
        let at_log = arrays.place::<u64, P>("log", rounds * cold, probe);
        let (mut table, mut log) = (vec![0; hot], vec![1; rounds * cold]);
        hot_and_cold::<STREAMING, P>(
            BufferMut::new(&mut table, at_table),
            BufferMut::new(&mut log, at_log),
            cold,
            probe,
        );
        table.iter().sum()
    }
}
