//! Reading a file: rate of reading, mapping and going past the cache, by size of a request (claims
//! V1, V2).
//!
//! The requests go to the file in random order, as a loader's do that shuffles its samples. A read
//! costs a call and a copy; a mapping costs no copy, and a fault for each stretch of pages that the
//! kernel enters at once; and what is not in memory costs the device's latency, over and over.

use super::definition::*;
use crate::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    units::Unit,
};

pub(super) struct FileReading;

/// Read from the page cache into a buffer.
pub const READ: Variant = Variant::new("read, in memory");
/// A fresh mapping of a file in the page cache.
pub const MAP: Variant = Variant::new("mapped, in memory");
/// The same, all pages entered by the call that maps.
pub const POPULATED: Variant = Variant::new("mapped and populated, in memory");
/// Read a file that is not in the page cache.
pub const COLD_READ: Variant = Variant::new("read, not in memory");
/// A mapping of a file that is not in the page cache.
pub const COLD_MAP: Variant = Variant::new("mapped, not in memory");
/// The same, advised that it is used in order.
pub const COLD_SEQUENTIAL: Variant = Variant::new("mapped, advised sequential, not in memory");
/// The same, advised that it is used in no order.
pub const COLD_RANDOM: Variant = Variant::new("mapped, advised random, not in memory");
/// Read past the page cache.
pub const DIRECT: Variant = Variant::new("O_DIRECT");

/// Bytes of a page.
pub const PAGE: f64 = 4096.0;
/// Bytes that one fault enters at most where the file is in memory: `fault_around_bytes` of the
/// Linux kernel (mm/memory.c).
pub const FAULT_AROUND: f64 = 65536.0;

const fn time(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::Nanoseconds,
        default,
        min: 1.0,
        max: 1e9,
    }
}

const fn rate(name: &'static str, meaning: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning,
        unit: Unit::GigabytesPerSecond,
        default,
        min: 1e-4,
        max: 1e3,
    }
}

/// A read of next to nothing.
pub const CALL: Parameter = time("call", "time of a read of a few bytes in memory", 300.0);
/// Copying to a buffer and adding up there.
pub const COPY: Parameter = rate("copy", "rate of copying from the page cache", 8.0);
/// Adding up what is mapped.
pub const SUM: Parameter = rate("sum", "rate of adding up pages that are mapped", 12.0);
/// A fault that finds its page in memory.
pub const FAULT: Parameter = time("fault", "time of a fault on a file in memory", 1500.0);
/// The device's answer to a request of no size.
pub const LATENCY: Parameter = time("latency", "latency of the device", 1e5);
/// The device's rate, past its latency.
pub const DEVICE: Parameter = rate("device", "rate of the device past its latency", 1.0);
/// What the kernel reads around a fault.
pub const READAHEAD: Parameter = Parameter {
    name: "readahead",
    meaning: "bytes that the kernel reads around a fault",
    unit: Unit::Bytes,
    default: 131_072.0,
    min: PAGE,
    max: 67_108_864.0,
};

pub(super) static INFO: Info = Info {
    name: "file-reading",
    title: "Reading a file",
    about: "When does mapping a file pay, and when reading it, or going past the page cache?",
    claims: &["V1", "V2"],
    group: Group::System,
    first_look: false,
    x: Dimension::new("size of a request", Unit::Bytes),
    y: Dimension::new("rate", Unit::GigabytesPerSecond),
    variants: &[READ, MAP, COLD_READ, COLD_MAP, COLD_RANDOM, DIRECT],
    measured_variants: &[
        READ,
        MAP,
        POPULATED,
        COLD_READ,
        COLD_MAP,
        COLD_SEQUENTIAL,
        COLD_RANDOM,
        DIRECT,
    ],
    telling_x: None,
    parameters: &[CALL, COPY, SUM, FAULT, LATENCY, DEVICE, READAHEAD],
    simulation: Err(
        "the simulator knows caches and TLBs, and neither files nor a device that holds them",
    ),
    landmarks: nowhere,
};

impl Definition for FileReading {
    fn xs(&self, _: &Machine, _: &Arguments, _: Variant) -> Vec<f64> {
        (12..=22)
            .step_by(2)
            .map(|power| f64::from(1_u32 << power))
            .collect()
    }

    /// Nothing overlaps: one request after the other, and within one the device, the fault or the
    /// call, and the bytes. Every byte is used once, so what one fault brings is not brought again.
    fn predict(&self, asked: Asked<'_>) -> Value {
        let x = asked.x;
        let get = |parameter| asked.arguments.get(parameter);
        let device = |bytes: f64| get(&LATENCY) + bytes / get(&DEVICE);
        let read = get(&CALL) + x / get(&COPY);
        let sum = x / get(&SUM);
        // Time of what comes `unit` bytes at a time, whatever the request.
        let by = |unit: f64, time: f64| x / unit * time;
        let time = match asked.variant {
            READ => read,
            COLD_READ => read + device(x),
            COLD_MAP => {
                let around = get(&READAHEAD);
                sum + by(FAULT_AROUND.min(around), get(&FAULT)) + by(around, device(around))
            }
            COLD_RANDOM => sum + by(PAGE, get(&FAULT) + device(PAGE)),
            // The device writes to the buffer itself; then it is added up there.
            DIRECT => get(&CALL) + device(x) + sum,
            _ => sum + by(FAULT_AROUND, get(&FAULT)),
        };
        Value::of(x / time)
    }
}

impl Measured for FileReading {
    const PARTING: Parting = Parting::Notes;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Study;
    use proptest::prelude::*;

    fn rate(words: &[&str], variant: Variant, x: f64) -> f64 {
        let machine = Machine::preset("laptop").unwrap();
        let arguments = Arguments::parse(INFO.parameters, words).unwrap();
        Study::FileReading
            .predict(&machine, &arguments, variant, x)
            .y
    }

    #[test]
    fn the_times_of_a_request_add_up() {
        let words = [
            "call=1000",
            "copy=4.096",
            "sum=8.192",
            "fault=2000",
            "latency=100000",
            "device=1.024",
            "readahead=128KiB",
        ];
        let is = |variant, x: f64, ns: f64| {
            let y = rate(&words, variant, x);
            assert!((y - x / ns).abs() < 1e-9 * y, "{variant}: {y}, {}", x / ns);
        };
        is(READ, 4096.0, 1000.0 + 1000.0);
        is(READ, 40960.0, 1000.0 + 10_000.0);
        is(MAP, 65536.0, 8000.0 + 2000.0);
        is(COLD_READ, 4096.0, 2000.0 + 104_000.0);
        is(DIRECT, 8192.0, 1000.0 + 108_000.0 + 1000.0);
        is(COLD_MAP, 131_072.0, 16_000.0 + 4000.0 + 228_000.0);
        is(COLD_RANDOM, 8192.0, 1000.0 + 2.0 * 106_000.0);
    }

    proptest! {
        /// Larger requests share their latency among more bytes, and a mapping's faults do not ask
        /// how large a request was.
        #[test]
        fn larger_requests_help_reads_and_not_mappings(
            call in 1.0..1e5_f64,
            latency in 1.0..1e8_f64,
            power in 12..22_u32,
        ) {
            let words = [format!("call={call}"), format!("latency={latency}")];
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let x = f64::from(1 << power);
            for variant in [READ, COLD_READ, DIRECT] {
                let (small, large) = (rate(&words, variant, x), rate(&words, variant, 2.0 * x));
                prop_assert!(large > small, "{variant}");
            }
            for variant in [MAP, COLD_MAP, COLD_RANDOM] {
                let (small, large) = (rate(&words, variant, x), rate(&words, variant, 2.0 * x));
                prop_assert!((large / small - 1.0).abs() < 1e-9, "{variant}");
            }
            prop_assert!(rate(&words, COLD_READ, x) < rate(&words, READ, x));
            prop_assert!(rate(&words, COLD_RANDOM, x) < rate(&words, MAP, x));
        }
    }
}
