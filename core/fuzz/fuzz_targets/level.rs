//! Any text describes caches or is refused; what was read can be simulated.
#![no_main]

use lab_core::{
    machine::Machine,
    sim::Hierarchy,
    trace::{Access, Probe},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let levels: Vec<&str> = text.lines().collect();
    if let Ok(machine) = Machine::from_levels(&levels) {
        let bytes: u64 = machine.caches.iter().map(|cache| cache.size).sum();
        // Larger ones are sound too, but slow to make.
        if bytes < 1 << 20
            && let Ok(mut caches) = Hierarchy::new(&machine)
        {
            for address in [0, 1, 4095, u64::MAX] {
                caches.access(Access::store(address, 64));
            }
            caches.counts();
        }
    }
});
