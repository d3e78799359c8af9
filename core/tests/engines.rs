//! The batch engine against the step engine: the same counts, and the same lines left behind.

use lab_core::{
    machine::{Cache, Machine},
    sim::{Engine, Hierarchy, Options},
    trace::{Access, Kind, Probe},
};
use proptest::prelude::*;

/// Up to three levels of (sets, ways, line), lines that do not shrink outwards; four cores, of which
/// two share the second level.
fn machines() -> impl Strategy<Value = Machine> {
    prop::collection::vec((1_u64..9, 1_u64..18, 0_u32..2), 1..4).prop_map(|levels| {
        let mut machine = Machine::preset("teaching").unwrap();
        let template = machine.caches[0].clone();
        let mut shift = 3;
        machine.cores = 4;
        machine.caches = levels
            .into_iter()
            .zip([1, 2, 4])
            .map(|((sets, ways, more), shared_by)| {
                shift += more;
                Cache {
                    size: (sets * ways) << shift,
                    line: 1 << shift,
                    ways,
                    shared_by,
                    ..template.clone()
                }
            })
            .collect();
        machine
    })
}

fn accesses(rare: u32) -> impl Strategy<Value = Vec<Access>> {
    let kind = prop_oneof![
        60 => Just(Kind::Load),
        40 => Just(Kind::Store),
        2 => Just(Kind::Fetch),
        rare => Just(Kind::StreamLoad),
        rare => Just(Kind::StreamStore),
    ];
    let core = prop_oneof![100 => Just(0_u16), rare => 0_u16..4];
    let access = (0_u64..2048, 1_u32..20, kind, core);
    let access = access.prop_map(|(address, bytes, kind, core)| Access {
        core,
        ..Access::new(kind, address, bytes)
    });
    prop::collection::vec(access, 0..500)
}

proptest! {
    #[test]
    fn they_count_the_same(
        machine in machines(),
        // Mostly what the batch engine knows; sometimes what makes it hand over.
        trace in prop_oneof![accesses(0), accesses(1)],
        classify: bool,
        reset in 0_usize..600,
    ) {
        let options = Options { classify, ..Options::default() };
        let mut step = Engine::new(&machine, options.clone()).unwrap();
        let mut batch = Hierarchy::with(&machine, options).unwrap();
        for (at, access) in trace.into_iter().enumerate() {
            if at == reset {
                step.reset_counts();
                batch.reset_counts();
            }
            step.access(access);
            batch.access(access);
            prop_assert_eq!(step.counts(), batch.counts(), "after access {}", at);
        }
    }
}
