//! Reuse distances against what they are not: traces worked by hand, a naive stack, closed forms,
//! and the caches of the simulator.

use lab_core::{
    machine::{Cache, Machine},
    sim::{
        Hierarchy,
        reuse::{Distances, Profile, Sampled, Temperature},
    },
    trace::{Access, Kind, Probe},
};
use proptest::prelude::*;

/// Mattson's stack as it is told: lines in the order of their last use, searched from the top.
#[derive(Default)]
struct Stack(Vec<u64>);

impl Stack {
    fn access(&mut self, line: u64) -> Option<u64> {
        let depth = self.0.iter().rev().position(|&other| other == line);
        if let Some(depth) = depth {
            self.0.remove(self.0.len() - 1 - depth);
        }
        self.0.push(line);
        depth.map(|depth| depth as u64)
    }
}

/// The run of these lines, in lines of one byte.
fn run(lines: &[u64]) -> Distances {
    let mut run = Distances::new(1);
    for &line in lines {
        run.access(Access::load(line, 1));
    }
    run
}

/// Silberschatz, Galvin and Gagne's reference string. Worked by hand, the lines used since:
///
/// | use | 7 0 1 2 | 0 | 3 | 0 | 4 | 2 | 3 | 0 | 3 | 2 | 1 | 2 | 0 | 1 | 7 | 0 | 1 |
/// |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|
/// | since | | 1 2 | | 3 | | 0 3 4 | 0 2 4 | 2 3 4 | 0 | 0 3 | 0 2 3 4 | 1 | 1 2 3 | 0 2 | 0 1 2 3 4 | 1 7 | 0 7 |
/// | distance | – | 2 | – | 1 | – | 3 | 3 | 3 | 1 | 2 | 4 | 1 | 3 | 2 | 5 | 2 | 2 |
///
/// So three frames fault 6 + 4 + 1 + 1 = 12 times, as the book says, and two, four, five 17, 8, 7.
#[test]
fn the_reference_string_of_the_textbook() {
    let string = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1];
    let expected = [
        None,
        None,
        None,
        None,
        Some(2),
        None,
        Some(1),
        None,
        Some(3),
        Some(3),
        Some(3),
        Some(1),
        Some(2),
        Some(4),
        Some(1),
        Some(3),
        Some(2),
        Some(5),
        Some(2),
        Some(2),
    ];
    let mut distances = Distances::new(1);
    assert_eq!(string.map(|line| distances.access_line(line)), expected);
    let misses = [0, 1, 2, 3, 4, 5, 6, 100].map(|frames| distances.misses(frames));
    assert_eq!(misses, [20, 20, 17, 12, 8, 7, 6, 6]);
    let profile = distances.profile();
    assert_eq!(
        (profile.accesses, profile.cold, profile.lines),
        (20, 6.0, 6.0)
    );
    let bins: Vec<_> = profile
        .bins
        .iter()
        .map(|bin| (bin.from, bin.count))
        .collect();
    assert_eq!(bins, [(1, 3.0), (2, 5.0), (3, 4.0), (4, 1.0), (5, 1.0)]);
    let curve = [1.0, 0.85, 0.6, 0.4, 0.35, 0.3];
    let expected: Vec<_> = (1..).map(f64::from).zip(curve).collect();
    assert_eq!(profile.curve(), expected);
}

/// Lines used in a circle: after the first round each comes again after all others.
#[test]
fn a_circle_of_lines_has_one_distance() {
    for lines in [2_u64, 100, 511, 512, 513, 5000, 70_000] {
        let mut distances = Distances::new(64);
        for step in 0..4 * lines {
            let distance = distances.access_line(step % lines);
            assert_eq!(
                distance,
                (step >= lines).then_some(lines - 1),
                "{lines} lines"
            );
        }
        assert_eq!(distances.misses(lines), lines);
        assert_eq!(distances.misses(lines - 1), 4 * lines);
    }
}

/// There and back: a line `k` before the turn comes again after `k` others.
#[test]
fn a_walk_there_and_back_has_every_distance() {
    let lines = 20_000;
    let mut distances = Distances::new(64);
    for line in 0..lines {
        assert_eq!(distances.access_line(line), None);
    }
    for line in (0..lines).rev() {
        assert_eq!(distances.access_line(line), Some(lines - 1 - line));
    }
}

/// Eight words to a line: seven of eight accesses are to the line before.
#[test]
fn words_of_a_line_are_repeats() {
    let mut distances = Distances::new(64);
    for round in 0..3 {
        for word in 0..1000 {
            distances.access(Access::load(word * 8, 8));
        }
        assert_eq!(distances.accesses(), 1000 * (round + 1));
    }
    assert_eq!(distances.lines(), 125);
    assert_eq!(distances.misses(1), 375);
    assert_eq!(distances.misses(0), 3000);
}

#[test]
fn straddled_lines_count_each_and_instructions_do_not() {
    let mut distances = Distances::new(16);
    distances.access(Access::load(12, 8));
    distances.access(Access::new(Kind::Fetch, 100, 4));
    distances.access(Access::new(Kind::StreamStore, 0, 0));
    distances.access(Access::store(u64::MAX, 8));
    assert_eq!((distances.accesses(), distances.lines()), (4, 3));
    assert_eq!(distances.misses(2), 3);
}

#[test]
fn a_run_of_nothing_has_no_curve() {
    let profile = Distances::new(64).profile();
    assert_eq!((profile.accesses, profile.miss_ratio(1)), (0, 0.0));
    assert_eq!(profile.curve(), []);
    let machine = Machine::preset("laptop").unwrap();
    assert!(profile.bands(&machine).iter().all(|band| band.share == 0.0));
}

/// A fully associative cache of `size` lines.
fn fully_associative(size: u64, line: u64) -> Hierarchy {
    let mut machine = Machine::preset("teaching").unwrap();
    let template = machine.caches[0].clone();
    machine.caches = vec![Cache {
        size: size * line,
        line,
        ways: size,
        ..template
    }];
    Hierarchy::new(&machine).unwrap()
}

/// Where bins meet, the curve is the exact miss ratio; elsewhere that of a size at most 1/64 off.
fn curve_is_within_its_bound(distances: &mut Distances, profile: &Profile) {
    let total = profile.accesses as f64;
    let mut exact = |size: u64| distances.misses(size) as f64 / total;
    let most = profile.bins.last().map_or(1, |bin| bin.to);
    for size in (0..300).chain((0..200).map(|step| 1 + most * step / 150)) {
        let ratio = profile.miss_ratio(size);
        let off = if size < 128 { 0 } else { size / 64 };
        assert!(ratio <= exact(size - off) + 1e-9, "{size} of {most}");
        assert!(ratio >= exact(size + off) - 1e-9, "{size} of {most}");
        if size.checked_shr(size.trailing_zeros()).unwrap_or(0) < 128 {
            assert!((ratio - exact(size)).abs() < 1e-9, "{size} of {most}");
        }
    }
    let curve = profile.curve();
    assert!(curve.len() < 900, "{} points", curve.len());
    assert!(
        curve.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1),
        "{curve:?}"
    );
    for pair in curve.windows(2) {
        let lines = |bytes: f64| (bytes / profile.line as f64) as u64;
        let (from, to) = (lines(pair[0].0), lines(pair[1].0));
        assert_eq!(pair[0].1, profile.miss_ratio(from));
        let half = from.midpoint(to);
        let share = (half - from) as f64 / (to - from) as f64;
        let straight = pair[0].1 + share * (pair[1].1 - pair[0].1);
        assert!((straight - profile.miss_ratio(half)).abs() <= 1.0 / 128.0 + 1e-9);
    }
    let last = curve.last().unwrap();
    assert!((last.1 - profile.cold / total).abs() < 1e-9);
}

/// Independent uses of n lines, all equally likely: the line used next lies at each place of the stack
/// with the same chance, so that a cache of C lines misses with chance 1 − C/n.
#[test]
fn uniform_random_uses_have_a_straight_curve() {
    let (lines, rounds) = (3000_u64, 200);
    let mut random = fastrand::Rng::with_seed(7);
    let mut distances = Distances::new(64);
    for line in 0..lines {
        distances.access_line(line);
    }
    let uses = lines * rounds;
    for _ in 0..uses {
        distances.access_line(random.u64(0..lines));
    }
    for size in (0..=lines).step_by(250) {
        let misses = (distances.misses(size) - lines) as f64;
        let chance = 1.0 - size as f64 / lines as f64;
        let spread = (uses as f64 * chance * (1.0 - chance)).sqrt();
        let off = (misses - uses as f64 * chance).abs();
        assert!(
            off <= 4.0 * spread + 1e-9,
            "{size}: off by {off}, spread {spread}"
        );
    }
    let profile = distances.profile();
    curve_is_within_its_bound(&mut distances, &profile);
}

/// Long enough, over enough lines, to move marks together several times, with lines near and far.
#[test]
fn long_runs_agree_with_the_caches() {
    let sizes = [1_u64, 2, 64, 500, 513, 3000, 20_000];
    let mut caches: Vec<_> = sizes.map(|size| fully_associative(size, 64)).into();
    let mut distances = Distances::new(64);
    let mut random = fastrand::Rng::with_seed(11);
    for step in 0..150_000_u64 {
        let address = match random.u8(0..4) {
            0 => random.u64(0..100) * 64,
            1 => (1 << 40) + step * 24,
            2 => (3 << 50) + random.u64(0..1000) * 4096,
            _ => (5 << 60) + random.u64(0..(1 << 20)),
        };
        let access = Access::load(address, 8);
        distances.access(access);
        // The large ones are slow: a fully associative cache is searched.
        for (cache, &size) in caches.iter_mut().zip(&sizes) {
            if size < 1000 || step < 40_000 {
                cache.access(access);
            }
        }
        if step == 40_000 - 1 || step == 150_000 - 1 {
            for (cache, &size) in caches.iter_mut().zip(&sizes) {
                if size < 1000 || step < 40_000 {
                    let level = &cache.counts().levels[0];
                    assert_eq!(distances.misses(size), level.misses, "{size} lines");
                    assert_eq!(distances.accesses(), level.accesses);
                }
            }
        }
    }
    let profile = distances.profile();
    curve_is_within_its_bound(&mut distances, &profile);
}

#[test]
fn bands_are_what_the_caches_hold() {
    let machine = Machine::preset("laptop").unwrap();
    let line = machine.line();
    let holds: Vec<u64> = machine
        .caches
        .iter()
        .map(|cache| cache.size / line)
        .collect();
    // A circle that fits each cache in turn, and one that fits none.
    let circles = holds.iter().copied().chain([holds.last().unwrap() + 1]);
    for (place, lines) in circles.enumerate() {
        let mut distances = Distances::new(line);
        for step in 0..4 * lines {
            distances.access_line(step % lines);
        }
        let bands = distances.profile().bands(&machine);
        assert_eq!(bands.len(), machine.caches.len() + 1);
        let names: Vec<_> = bands.iter().map(|band| band.name.clone()).collect();
        assert_eq!(names, machine.level_names());
        assert_eq!(bands[0].temperature, Temperature::Hot);
        assert_eq!(bands.last().unwrap().temperature, Temperature::Cold);
        for (at, band) in bands.iter().enumerate() {
            let uses = if at == place { 0.75 } else { 0.0 };
            let first_uses = if at == holds.len() { 0.25 } else { 0.0 };
            assert!((band.share - uses - first_uses).abs() < 1e-9, "{band:?}");
        }
    }
}

#[test]
fn a_profile_reads_back_as_it_was_written() {
    let profile = run(&[1, 2, 3, 1, 1, 2, 900, 3]).profile();
    let text = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&text).unwrap(), profile);
}

/// Absolute difference of two curves, in the mean over all sizes up to the exact run's lines.
fn difference(exact: &Profile, sampled: &Profile) -> f64 {
    let points = 1000;
    let sizes = (1..=points).map(|step| (exact.lines * f64::from(step) / f64::from(points)) as u64);
    let apart = sizes.map(|size| (exact.miss_ratio(size) - sampled.miss_ratio(size)).abs());
    apart.sum::<f64>() / f64::from(points)
}

/// Workloads by name; their lines depend on the seed in content or in place.
fn workloads(seed: u64) -> Vec<(&'static str, Vec<u64>)> {
    let mut random = fastrand::Rng::with_seed(seed);
    let base = random.u64(..) >> 8;
    let (lines, uses) = (40_000_u64, 300_000_u64);
    let uniform = (0..uses).map(|_| base + random.u64(0..lines)).collect();
    // Ranks by Zipf's law with exponent 1, near enough: their logarithms are evenly spread.
    let zipf = |random: &mut fastrand::Rng| ((lines as f64).powf(random.f64()) as u64) * 7 + base;
    let ranks = (0..uses).map(|_| zipf(&mut random)).collect();
    let circle = (0..uses).map(|step| base + step % lines).collect();
    let mixture = (0..uses)
        .map(|step| match random.u8(0..4) {
            0 => base + step,
            1 => base.wrapping_mul(3) + step % 3000,
            2 => zipf(&mut random),
            _ => random.u64(0..200),
        })
        .collect();
    vec![
        ("uniform", uniform),
        ("Zipf", ranks),
        ("circle", circle),
        ("mixture", mixture),
    ]
}

/// Nineteen in twenty are promised; and a promise of nothing much is none.
#[test]
fn sampled_curves_are_as_close_as_they_say() {
    let mut kept = [0; 3];
    let mut most_stated = [0.0_f64; 3];
    let seeds = 8;
    for seed in 0..seeds {
        for (name, trace) in workloads(seed) {
            let mut exact = Distances::new(64);
            let mut samples = [
                Sampled::new(64, 1.0 / 16.0),
                Sampled::new(64, 1.0 / 128.0),
                Sampled::bounded(64, 2048),
            ];
            for &line in &trace {
                exact.access_line(line);
                samples
                    .iter_mut()
                    .for_each(|sample| sample.access_line(line));
            }
            let exact = exact.profile();
            for (at, sample) in samples.iter().enumerate() {
                let profile = sample.profile();
                let sampling = profile.sampling.clone().expect("it was sampled");
                let apart = difference(&exact, &profile);
                println!("{name} {at}: {apart:.4} of {:.4}", sampling.error);
                kept[at] += u32::from(apart <= sampling.error);
                most_stated[at] = most_stated[at].max(sampling.error);
                assert!(
                    apart <= 2.0 * sampling.error,
                    "{name}, {sampling:?}: {apart}"
                );
                assert_eq!(profile.accesses, exact.accesses);
                let counted = profile.cold + profile.bins.iter().map(|bin| bin.count).sum::<f64>();
                assert!((counted / exact.accesses as f64 - 1.0).abs() < 1e-9);
            }
        }
    }
    let runs = 4 * seeds as u32;
    for (at, kept) in kept.into_iter().enumerate() {
        assert!(kept * 20 >= runs * 19, "sample {at}: {kept} of {runs}");
    }
    // As the square root of the number of lines watched: some 2500, 300, 2048.
    for (stated, bound) in most_stated.into_iter().zip([0.15, 0.45, 0.15]) {
        assert!(
            stated < bound,
            "{stated} is stated where {bound} can be had"
        );
    }
}

#[test]
fn a_sample_of_all_lines_is_exact() {
    for (name, trace) in workloads(3) {
        let mut exact = Distances::new(64);
        let mut samples = [Sampled::new(64, 1.0), Sampled::bounded(64, 1 << 20)];
        for &line in &trace {
            let access = Access::load(line << 6, 8);
            exact.access(access);
            samples.iter_mut().for_each(|sample| sample.access(access));
        }
        let exact = exact.profile();
        for sample in samples {
            let profile = sample.profile();
            let sampling = profile.sampling.clone().expect("it was sampled");
            assert_eq!((sampling.rate, sampling.error), (1.0, 0.0), "{name}");
            assert_eq!(
                Profile {
                    sampling: None,
                    ..profile
                },
                exact,
                "{name}"
            );
        }
    }
}

#[test]
fn a_bounded_sample_watches_no_more_lines_than_it_may() {
    let mut sample = Sampled::bounded(64, 100);
    for line in 0..200_000 {
        sample.access_line(line % 100_000);
    }
    let profile = sample.profile();
    let sampling = profile.sampling.expect("it was sampled");
    assert_eq!(sampling.lines, 100);
    // A hundred of a hundred thousand, give or take three tenths.
    assert!(
        (0.0007..0.0013).contains(&sampling.rate),
        "{}",
        sampling.rate
    );
    assert!((7e4..1.3e5).contains(&profile.lines), "{}", profile.lines);
}

#[test]
fn a_sample_that_met_nothing_says_so() {
    let mut sample = Sampled::new(64, 1e-12);
    for line in [1, 2, 2, 1] {
        sample.access_line(line);
    }
    let profile = sample.profile();
    assert_eq!((profile.accesses, profile.cold), (4, 0.0));
    assert_eq!(profile.sampling.expect("it was sampled").error, 1.0);
}

/// Runs of neighbours, repeats and far jumps, as programs make them.
fn traces() -> impl Strategy<Value = Vec<u64>> {
    let piece = prop_oneof![
        (0_u64..40, 1_u64..20).prop_map(|(start, length)| (start..start + length).collect()),
        (0_u64..60, 1_usize..4).prop_map(|(line, times)| vec![line; times]),
        (0_u32..64).prop_map(|bit| vec![u64::MAX >> bit]),
        prop::collection::vec(0_u64..500, 1..30),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces: Vec<Vec<u64>>| pieces.concat())
}

proptest! {
    #[test]
    fn distances_are_those_of_the_stack(trace in traces()) {
        let mut distances = Distances::new(1);
        let mut stack = Stack::default();
        for &line in &trace {
            prop_assert_eq!(distances.access_line(line), stack.access(line));
        }
        prop_assert_eq!(distances.accesses(), trace.len() as u64);
        prop_assert_eq!(distances.lines(), stack.0.len() as u64);
    }

    #[test]
    fn misses_are_those_of_the_fully_associative_cache(
        trace in prop::collection::vec((0_u64..1200, 1_u32..40), 0..400),
        size in 1_u64..90,
        line in (2_u32..7).prop_map(|shift| 1_u64 << shift),
    ) {
        let mut distances = Distances::new(line);
        let mut cache = fully_associative(size, line);
        for &(address, bytes) in &trace {
            distances.access(Access::load(address, bytes));
            cache.access(Access::load(address, bytes));
        }
        let counts = cache.counts();
        prop_assert_eq!(distances.misses(size), counts.levels[0].misses);
        let profile = distances.profile();
        prop_assert_eq!(profile.accesses, counts.accesses);
        if counts.accesses > 0 {
            let ratio = profile.miss_ratio(size);
            prop_assert!((ratio - counts.levels[0].miss_ratio).abs() < 1e-12);
            curve_is_within_its_bound(&mut distances, &profile);
        }
    }
}
