//! Page faults: time of touching a page for the first time, by size of the mapping (claims V1, V2).
//!
//! A fresh mapping has addresses and no memory. The first touch of each page traps into the kernel,
//! which finds a page, clears it and enters it: a minor fault, with no disk in it. Huge pages divide
//! the number of faults by the ratio of the sizes, and each clears so much more.

use super::{Definition, Info, Value};
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    units::Unit,
};

pub(super) struct PageFaults;

/// First touch of a fresh mapping in base pages.
pub const BASE: &str = "first touch, base pages";
/// First touch of a fresh mapping in transparent huge pages.
pub const TRANSPARENT: &str = "first touch, transparent huge pages";
/// Touch of pages that are there.
pub const AGAIN: &str = "touched again";
/// First touch of a fresh mapping in huge pages that were reserved.
pub const RESERVED: &str = "first touch, reserved huge pages";
/// The kernel enters all pages in the call that maps them; then they are touched.
pub const POPULATED: &str = "populated up front";
/// First touch of a mapped file that is not in memory: major faults.
pub const MAJOR: &str = "file not in memory";

/// Bytes of a base page.
pub const BASE_PAGE: u64 = 4096;
/// Bytes of a huge page.
pub const HUGE_PAGE: u64 = 2 << 20;

const fn time(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Nanoseconds,
        default,
        min: 0.01,
        max: 1e7,
    }
}

/// Mapping, whatever the size.
pub const MAP: Parameter = time("map", "time of mapping, untouched", 2000.0);
/// A minor fault of a base page.
pub const FAULT: Parameter = time("fault", "time of a minor fault of a base page", 250.0);
/// A minor fault of a huge page.
pub const HUGE_FAULT: Parameter = time("huge-fault", "time of a minor fault of a huge page", 1e5);
/// A touch without a fault.
pub const TOUCH: Parameter = time("touch", "time of touching a page that is there", 1.0);

static INFO: Info = Info {
    name: "page-faults",
    title: "Page faults",
    about: "What does the first touch of a page cost, and what does a larger page save?",
    claims: &["V1", "V2"],
    x: ("size of the mapping", Unit::Bytes),
    y: ("time per 4 KiB touched", Unit::Nanoseconds),
    variants: &[BASE, TRANSPARENT, AGAIN],
    measured_variants: &[BASE, TRANSPARENT, AGAIN, RESERVED, POPULATED, MAJOR],
    parameters: &[MAP, FAULT, HUGE_FAULT, TOUCH],
};

impl Definition for PageFaults {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn xs(&self, _: &Machine, _: &Arguments, variant: &str) -> Vec<f64> {
        let least = if [TRANSPARENT, RESERVED].contains(&variant) {
            HUGE_PAGE
        } else {
            0
        };
        (16..=26)
            .step_by(2)
            .map(|power| 1_u64 << power)
            .filter(|bytes| *bytes >= least)
            .map(|bytes| bytes as f64)
            .collect()
    }

    /// Each touch takes its time, each page one fault, and the mapping is made once.
    fn predict(&self, _: &Machine, arguments: &Arguments, variant: &str, x: f64) -> Value {
        let touches = x / BASE_PAGE as f64;
        let made = match variant {
            BASE => arguments.get(&MAP) + touches * arguments.get(&FAULT),
            TRANSPARENT => arguments.get(&MAP) + x / HUGE_PAGE as f64 * arguments.get(&HUGE_FAULT),
            _ => 0.0,
        };
        Value {
            y: made / touches + arguments.get(&TOUCH),
            served: Vec::new(),
            simulated_accesses: 0,
        }
    }

    fn unsimulated(&self) -> Option<&'static str> {
        Some("the simulator knows caches and TLBs, and no operating system that hands out pages")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;

    #[test]
    fn a_page_costs_its_fault_its_touch_and_its_share_of_the_mapping() {
        let machine = Machine::preset("laptop").unwrap();
        let words = ["map=1600", "fault=200", "huge-fault=51200", "touch=2"];
        let arguments = Arguments::parse(INFO.parameters, words).unwrap();
        let ns = |variant, bytes: u64| {
            Study::PageFaults
                .predict(&machine, &arguments, variant, bytes as f64)
                .y
        };
        // 16 pages share 1600 ns.
        assert_eq!(ns(BASE, 64 << 10), 302.0);
        // 1024 pages, two faults of huge ones.
        assert_eq!(ns(TRANSPARENT, 4 << 20), 1600.0 / 1024.0 + 100.0 + 2.0);
        assert_eq!(ns(AGAIN, 64 << 10), 2.0);
    }
}
