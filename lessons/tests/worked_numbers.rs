//! The numbers the lessons quote, worked out again from the lab's models and simulator.
//!
//! Each test computes a value and looks for the sentence that quotes it: change a machine or a
//! lesson, and the other has to follow.

use lab_core::{
    kernels::gather::{random_gather, random_indices},
    machine::Machine,
    model::{
        hierarchy::{amat_extra, amat_whole, effective_bandwidth, mean_latency},
        lines::lines_touched,
        patterns::{
            cyclic_hit_ratio, random_miss_ratio, sequential_miss_ratio, sets_touched,
            strided_miss_ratio,
        },
    },
    parameters::Arguments,
    sim::Hierarchy,
    study::{Study, Value, Variant, stride_sweep::POWERS},
    trace::Buffer,
};

const LADDER: &str = include_str!("../course/memory-ladder.md");
const STRIDES: &str = include_str!("../course/strides.md");

fn machine() -> Machine {
    Machine::preset("small-laptop").unwrap()
}

/// Fails unless the lesson says so, whatever its line breaks.
#[track_caller]
fn says(lesson: &str, words: &str) {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat(lesson).contains(&flat(words)), "not said: {words}");
}

/// A reading that prediction and simulation agree on.
#[track_caller]
fn both(study: Study, reach: f64, variant: &str, x: f64) -> Value {
    let mut arguments = Arguments::default();
    arguments
        .set(study.info().parameters, "reach", reach)
        .unwrap();
    let variant = study.variant(variant).unwrap();
    let predicted = study.predict(&machine(), &arguments, variant, x);
    let simulated = study.simulate(&machine(), &arguments, variant, x).unwrap();
    assert!(
        (predicted.y / simulated.y - 1.0).abs() < 1e-6,
        "{predicted:?} against {simulated:?}"
    );
    simulated
}

fn ladder(kib: u32) -> Value {
    both(Study::LatencyLadder, 2.0, "", f64::from(kib) * 1024.0)
}

fn stride(bytes: u32) -> f64 {
    let variant = if bytes.is_power_of_two() {
        "2ᵏ bytes"
    } else {
        "2ᵏ bytes + one line"
    };
    both(Study::StrideSweep, 2.0, variant, f64::from(bytes)).y
}

#[test]
fn the_steps_of_the_ladder() {
    let times = [24, 32, 64, 256, 512, 2048, 4096].map(|kib| ladder(kib).y);
    assert_eq!(times, [2.0, 2.0, 6.0, 6.0, 22.0, 22.0, 90.0]);
    says(
        LADDER,
        "2 ns up to 32 KiB, 6 ns up to 256 KiB, 22 ns up to 2 MiB, 90 ns beyond",
    );
    says(LADDER, &format!("text = \"{} times\"", times[6] / times[0]));
    says(LADDER, &format!("$90 / 2 = {}$", times[6] / times[0]));
    says(LADDER, &format!("{} times, as the list", 4096 / 24));
    let clock = machine().clock_ghz.unwrap().value;
    for (level, time) in machine().level_names().iter().zip(machine().latencies_ns()) {
        let cycles = time * clock;
        says(LADDER, &format!("| {cycles} | {time} ns |"));
        says(LADDER, &format!("| {level} |"));
    }
}

#[test]
fn the_point_between_two_steps() {
    let l1 = &machine().caches[0];
    says(
        LADDER,
        &format!("$32768 / (64 \\cdot 8) = {}$ sets", l1.sets()),
    );
    for (kib, lines, hits) in [(34, 544, 256), (33, 528, 384)] {
        assert_eq!(kib * 1024 / 64, lines);
        let share = f64::from(hits) / f64::from(lines);
        assert_eq!(cyclic_hit_ratio(lines as u64, 1, l1.sets(), l1.ways), share);
        assert!((ladder(kib as u32).served[0] - share).abs() < 1e-12);
        says(LADDER, &format!("${hits} / {lines} \\approx {share:.3}$"));
        says(LADDER, &format!("\\approx {:.2}", ladder(kib as u32).y));
    }
    assert_eq!(ladder(36).served[0], 0.0);
    says(LADDER, "From 36 KiB on");
}

#[test]
fn both_forms_of_the_average() {
    let served = [0.9, 0.1 * 0.7, 0.1 * 0.3 * 0.8, 0.1 * 0.3 * 0.2];
    let times = machine().latencies_ns();
    let mean = mean_latency(&served, &times);
    says(LADDER, &format!("| {mean:.3} ns |"));
    let nested = amat_extra(2.0, 0.1, amat_extra(4.0, 0.3, amat_extra(16.0, 0.2, 68.0)));
    assert!((nested - mean).abs() < 1e-12);
    says(LADDER, &format!("= {nested:.3}\\,\\text{{ns}}"));
    for (share, time) in served.iter().zip(&times) {
        says(
            LADDER,
            &format!(
                "| {} | {time} ns | {} ns |",
                round(*share),
                round(share * time)
            ),
        );
    }
    let sixth = served[3] * times[3] / mean;
    assert!((sixth - 1.0 / 6.0).abs() < 0.01, "{sixth}");

    assert_eq!(
        (amat_whole(2.0, 0.5, 6.0), amat_extra(2.0, 0.5, 4.0)),
        (4.0, 4.0)
    );
    assert_eq!(
        (amat_whole(2.0, 0.5, 4.0), amat_extra(2.0, 0.5, 6.0)),
        (3.0, 5.0)
    );
    says(LADDER, "**4 ns**, right | 3 ns, a quarter short");
    says(LADDER, "5 ns, a quarter too long | **4 ns**, right");
    for (value, words) in [
        (
            amat_whole(2.0, 0.2, 6.0),
            r"$0.8 \cdot 2 + 0.2 \cdot 6 = 2.8$",
        ),
        (amat_extra(2.0, 0.2, 4.0), r"$2 + 0.2 \cdot 4 = 2.8$"),
        (amat_extra(2.0, 0.2, 6.0), r"$2 + 0.2 \cdot 6 = 3.2$"),
        (
            amat_whole(2.0, 0.2, 4.0),
            r"$0.8 \cdot 2 + 0.2 \cdot 4 = 2.4$",
        ),
    ] {
        says(LADDER, words);
        assert!(
            words.ends_with(&format!("= {}$", round(value))),
            "{value} in {words}"
        );
    }
    says(LADDER, &format!("$256 \\cdot 90 = {}$", 256 * 90));
}

/// Without the noise of binary fractions.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[test]
fn strides_below_a_line() {
    for (bytes, used) in [(8, 64), (16, 32), (32, 16)] {
        let misses = strided_miss_ratio(f64::from(bytes), 64.0);
        says(
            STRIDES,
            &format!(
                "| {bytes} B | {misses} | {used} of 64 B | {} ns |",
                stride(bytes)
            ),
        );
        let served = both(Study::StrideSweep, 2.0, "2ᵏ bytes", f64::from(bytes)).served;
        assert_eq!(served[3], misses);
    }
    assert_eq!(sequential_miss_ratio(8.0, 64.0), 0.125);
    says(
        STRIDES,
        &format!("One over the line size, {:.4}", 1.0 / 64.0),
    );
    assert_eq!(lines_touched(0, 4 << 20, 64), 65_536);
    assert_eq!((4 << 20) / 8, 524_288);
    says(STRIDES, "65 536 against 524 288");
    assert_eq!(lines_touched(60, 100, 64), 3);
    says(STRIDES, "100 bytes from address 60 on touch 3 lines");
}

#[test]
fn powers_of_two_against_one_line_more() {
    for power in 6..=13 {
        assert!((stride(1 << power) - 5.0).abs() < 1e-12);
    }
    for (bytes, time) in [(576, "1.78"), (192, "1.78"), (4160, "1.10"), (8256, "0.30")] {
        assert_eq!(format!("{:.2}", stride(bytes)), time);
    }
    says(STRIDES, "drop to 1.78, 1.10 and 0.3 ns");
    says(
        STRIDES,
        &format!("a factor of {:.0}", stride(8192) / stride(8256)),
    );
    let walk = |bytes: usize| lab_core::kernels::stride::walk_length(524_288, bytes / 8);
    says(
        STRIDES,
        &format!("{} of them in the same 4 MiB", walk(8256)),
    );
    says(
        STRIDES,
        &format!("At 4160 bytes there are {} lines", walk(4160)),
    );
    says(STRIDES, &format!("At 576 bytes there are {}", walk(576)));
    says(STRIDES, &format!("128 bytes: {} lines in", walk(128)));
    says(
        STRIDES,
        &format!("192 bytes: {} lines in all 2048 sets", walk(192)),
    );
    assert_eq!(walk(192).div_ceil(2048), 11);
    assert_eq!(format!("{:.2}", walk(8256) as f64 / 64.0), "7.95");
    for cache in &machine().caches {
        let touched = sets_touched(cache.sets(), 8192, 64);
        let plural = if touched * cache.ways == 1 {
            "line"
        } else {
            "lines"
        };
        says(
            STRIDES,
            &format!(
                "| {} | {} | {} | {} / {} = {touched} | {} {plural} | 512 lines |",
                cache.name,
                cache.sets(),
                cache.ways,
                cache.sets(),
                cache.sets() / touched,
                touched * cache.ways,
            ),
        );
    }
    assert_eq!(sets_touched(64, 4096, 64), 1);
    assert_eq!(sets_touched(64, 4160, 64), 64);
}

#[test]
fn what_the_lesson_asks_to_try_happens() {
    // The array at one L3 size: the plateau falls to 1.78 ns as a whole.
    for power in 6..=13 {
        let y = both(Study::StrideSweep, 1.0, "2ᵏ bytes", f64::from(1 << power)).y;
        assert_eq!(format!("{y:.2}"), "1.78");
    }
    // More ways at the same size change no power of two.
    for ways in [4, 8, 32] {
        let mut machine = machine();
        machine.caches[2].ways = ways;
        let arguments = Arguments::default();
        for x in [64.0, 512.0, 8192.0] {
            let y = Study::StrideSweep
                .simulate(&machine, &arguments, POWERS, x)
                .unwrap()
                .y;
            assert!((y - 5.0).abs() < 1e-12, "{ways} ways at {x}: {y}");
        }
    }
    // L1 doubled: the first step moves, no height changes.
    let mut doubled = machine();
    doubled.caches[0].size *= 2;
    let at = |kib: f64| {
        Study::LatencyLadder
            .simulate(&doubled, &Arguments::default(), Variant::ONLY, kib * 1024.0)
            .unwrap()
            .y
    };
    assert_eq!((at(64.0), at(96.0), at(512.0)), (2.0, 6.0, 22.0));
}

#[test]
fn random_accesses_over_more_than_the_cache() {
    assert_eq!(random_miss_ratio(2.0, 4.0), 0.5);
    says(
        STRIDES,
        &format!("about {:.2} for 64 MiB", random_miss_ratio(2.0, 64.0)),
    );
    // The simulator, with one cache of 2 MiB.
    let mut machine = machine();
    machine.caches.drain(..2);
    let mut caches = Hierarchy::new(&machine).unwrap();
    let data = vec![0_u64; (4 << 20) / 8];
    let data = Buffer::new(&data, 0);
    for (pass, seed) in [(0, 1), (1, 2)] {
        let indices = random_indices(400_000, data.len(), seed);
        if pass == 1 {
            caches.reset_counts();
        }
        for chunk in indices.chunks(1) {
            // Every index at the same address: a stream of them would take room in the cache.
            random_gather(data, Buffer::new(chunk, 1 << 30), &mut caches);
        }
    }
    // Half of the accesses are to the one line of indices, which always hits.
    let misses = 2.0 * caches.counts().levels[0].miss_ratio;
    assert!((misses - 0.5).abs() < 0.01, "{misses}");
}

#[test]
fn useful_and_transferred_bytes() {
    let peak = machine().memory.bandwidth_gbs.value;
    let read = both(Study::Bandwidth, 2.0, "read", 4_194_432.0).y;
    let triad = both(Study::Bandwidth, 2.0, "triad", 4_194_432.0).y;
    assert!(
        (read - peak).abs() < 1e-9 && (triad - effective_bandwidth(peak, 24.0, 32.0)).abs() < 1e-9
    );
    says(
        STRIDES,
        &format!("from memory {triad:.1} against {read} GB/s"),
    );
    says(
        STRIDES,
        &format!(
            "\\frac{{8}}{{64}} = {:.1}",
            effective_bandwidth(peak, 8.0, 64.0)
        ),
    );
    says(
        STRIDES,
        &format!(
            "16 / 24 ≈ {:.2} GB/s",
            effective_bandwidth(peak, 16.0, 24.0)
        ),
    );
    says(
        STRIDES,
        &format!(
            "12.8 / 3 \\approx {:.2}$",
            effective_bandwidth(peak, 4.0, 12.0)
        ),
    );
}
