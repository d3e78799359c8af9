//! TLB reach: time of a dependent load, by number of pages (claims H1, H3).
//!
//! Kernel: the permutation chase, one node in each 4 KiB page, every node one line further into its
//! page than the one before: few lines, spread evenly over the sets of the caches, in many pages.

use super::{chase_lap, cyclic_served, definition::*};
use crate::{
    kernels::{PAGE, SEED},
    machine::{Machine, Tlb},
    model::{hierarchy::mean_latency, patterns::random_miss_ratio},
    parameters::{Arguments, Parameter},
    sim::{HUGE_PAGE, Hierarchy, time},
    units::Unit,
};

pub(super) struct TlbReach;

/// All memory in base pages.
pub const BASE_PAGES: Variant = Variant::new("4 KiB pages");
/// All memory in pages of 2 MiB.
pub const HUGE_PAGES: Variant = Variant::new("huge pages");

/// The largest number of pages.
pub const PAGES: Parameter = Parameter {
    name: "pages",
    meaning: "largest number of 4 KiB pages visited",
    unit: Unit::Count,
    default: 16_384.0,
    min: 16.0,
    max: 262_144.0,
};

/// Points for each doubling of the pages: fewer, and the steps of caches and TLBs run into each other.
const STEPS: f64 = 4.0;

pub(super) static INFO: Info = Info {
    name: "tlb-reach",
    title: "The reach of the TLB",
    about: "What does a load cost, as the data lies in more and more pages?",
    claims: &["H1", "H3"],
    group: Group::Memory,
    first_look: false,
    x: Dimension::new("4 KiB pages visited", Unit::Count),
    y: Dimension::TIME_PER_LOAD,
    variants: &[BASE_PAGES, HUGE_PAGES],
    measured_variants: &[BASE_PAGES, HUGE_PAGES],
    telling_x: None,
    parameters: &[PAGES, SEED],
    simulation: Ok(&TlbReach),
    landmarks: nowhere,
};

/// Bytes from one node to the next: a page and a line.
pub fn pitch(machine: &Machine) -> u64 {
    PAGE + machine.line().max(size_of::<u64>() as u64)
}

impl Definition for TlbReach {
    fn xs(&self, _: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        let (first, last) = (8.0_f64, arguments.get(&PAGES));
        let count = ((last / first).log2() * STEPS + 1e-9).floor() as u32;
        let mut xs: Vec<f64> = (0..=count)
            .map(|step| (first * (f64::from(step) / STEPS).exp2()).round())
            .collect();
        xs.dedup();
        xs
    }

    fn predict(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let nodes = asked.x as u64;
        let served = cyclic_served(machine, nodes, pitch(machine) / machine.line());
        let translation = if asked.variant == HUGE_PAGES {
            huge_walks_ns(machine, nodes)
        } else {
            base_walks_ns(machine, nodes)
        };
        Value {
            y: mean_latency(&served, &machine.latencies_ns()) + translation,
            served,
            simulated_accesses: 0,
        }
    }
}

impl Simulation for TlbReach {
    fn simulate(&self, asked: Asked<'_>) -> Value {
        let machine = asked.machine;
        let page = if asked.variant == HUGE_PAGES {
            HUGE_PAGE
        } else {
            PAGE
        };
        let paged = Machine {
            page,
            ..machine.clone()
        };
        let mut caches = Hierarchy::new(&paged).expect("only the page size is another");
        let nodes = asked.x as usize;
        let counts = chase_lap(
            &mut caches,
            nodes,
            pitch(machine),
            asked.arguments.get(&SEED),
        );
        let time = time(&counts, machine);
        Value {
            y: time.amat_ns + time.translation_ns,
            served: counts.served(),
            simulated_accesses: 2 * nodes as u64,
        }
    }

    fn accesses(&self, _: &Machine, _: &Arguments, x: f64) -> f64 {
        2.0 * x
    }
}

impl Measured for TlbReach {
    const PARTING: Parting = Parting::Either {
        above: "Nobody reports this machine's TLB, or its levels end earlier than reported: what \
                is above the form is the time of translation.",
        below: "Walks of the page table go on beside one another, and their tables lie in the \
                caches.",
    };
}

/// What translation adds to a load on average, when each of the pages is visited once a lap.
///
/// As in a cache that is visited in cycles ([`cyclic_hit_ratio`](crate::model::patterns)), a set asked
/// for more pages than it has ways loses each before it comes round again; the next buffer sees the
/// pages of such sets only.
fn base_walks_ns(machine: &Machine, nodes: u64) -> f64 {
    let pitch = pitch(machine);
    let mut asked: Vec<u64> = (0..nodes).map(|node| node * pitch / PAGE).collect();
    let mut added = 0.0;
    for tlb in &machine.tlbs {
        asked = missing(&asked, tlb);
        added += asked.len() as f64 * tlb.miss_ns.value;
    }
    added / nodes as f64
}

/// The pages that a buffer never holds when it is asked for these over and over.
fn missing(pages: &[u64], tlb: &Tlb) -> Vec<u64> {
    if tlb.entries == 0 {
        return pages.to_vec();
    }
    let sets = tlb.entries / tlb.ways;
    let mut asked = vec![0_u64; sets as usize];
    for page in pages {
        asked[(page % sets) as usize] += 1;
    }
    let full = |page: &u64| asked[(page % sets) as usize] > tlb.ways;
    pages.iter().copied().filter(full).collect()
}

/// The same for huge pages, each of which holds hundreds of nodes, visited in random order: a buffer
/// misses as often as what it holds falls short of them (P5).
fn huge_walks_ns(machine: &Machine, nodes: u64) -> f64 {
    let pages = (nodes * pitch(machine)).div_ceil(HUGE_PAGE) as f64;
    let misses = |tlb: &Tlb| random_miss_ratio(tlb.huge_entries as f64, pages);
    let mut asked = 1.0_f64;
    let added = machine.tlbs.iter().map(|tlb| {
        asked = asked.min(misses(tlb));
        asked * tlb.miss_ns.value
    });
    added.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{evidence::Evidence, machine::Figure, study::Study};
    use proptest::prelude::*;

    fn tlb((entries, ways): (u64, u64), huge_entries: u64, ns: f64) -> Tlb {
        Tlb {
            name: format!("{entries}"),
            entries,
            ways,
            huge_entries,
            huge_ways: huge_entries.max(1),
            miss_ns: Figure::new(ns, Evidence::Assumed, "a test"),
        }
    }

    fn laptop(tlbs: Vec<Tlb>) -> Machine {
        Machine {
            tlbs,
            ..Machine::preset("laptop").unwrap()
        }
    }

    fn both(machine: &Machine, variant: Variant, x: f64) -> (Value, Value) {
        let arguments = Arguments::default();
        let study = Study::TlbReach;
        (
            study.predict(machine, &arguments, variant, x),
            study.simulate(machine, &arguments, variant, x).unwrap(),
        )
    }

    #[test]
    fn each_page_holds_one_node() {
        let pitch = pitch(&laptop(Vec::new()));
        let mut pages: Vec<u64> = (0..1000).map(|node| node * pitch / PAGE).collect();
        pages.dedup();
        assert_eq!(pages.len(), 1000);
    }

    #[test]
    fn a_buffer_adds_its_time_beyond_its_entries() {
        // 64 entries, fully associative: 64 pages of 64 lines cost an L1 hit, 90 pages 3 ns more.
        let machine = laptop(vec![tlb((64, 64), 0, 3.0)]);
        assert_eq!(both(&machine, BASE_PAGES, 64.0).0.y, 1.2);
        assert!((both(&machine, BASE_PAGES, 90.0).0.y - 4.2).abs() < 1e-9);
        // Entries for huge pages there are none: each load pays.
        assert!((both(&machine, HUGE_PAGES, 64.0).0.y - 4.2).abs() < 1e-9);
    }

    #[test]
    fn without_buffers_only_the_caches_count() {
        let machine = laptop(Vec::new());
        for x in [64.0, 4096.0] {
            let (base, simulated) = both(&machine, BASE_PAGES, x);
            assert!((base.y - simulated.y).abs() < 1e-9);
            assert_eq!(base, both(&machine, HUGE_PAGES, x).0);
        }
    }

    #[test]
    fn few_huge_pages_are_missed_as_often_as_the_form_says() {
        let machine = laptop(vec![tlb((64, 4), 8, 3.0), tlb((1536, 12), 16, 20.0)]);
        for x in [1024.0, 8192.0, 16_384.0] {
            let (predicted, simulated) = both(&machine, HUGE_PAGES, x);
            let ratio = simulated.y / predicted.y;
            assert!((0.93..1.07).contains(&ratio), "{x}: {ratio}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_simulator_confirms_base_pages(
            (sets, ways) in (1_u64..20, 1_u64..9), (more, far) in (1_u64..9, 1_u64..13), x in 1_u64..3000,
        ) {
            let machine = laptop(vec![
                tlb((sets * ways, ways), 0, 3.0),
                tlb((sets * more * far, far), 0, 20.0),
            ]);
            let (predicted, simulated) = both(&machine, BASE_PAGES, x as f64);
            prop_assert!((predicted.y - simulated.y).abs() < 1e-9, "{predicted:?} {simulated:?}");
        }
    }
}
