//! What the picture of a run's reuse distances shows, and where: pure.

use lab_core::{
    machine::Machine,
    sim::reuse::{Band, Profile, Temperature},
    units::format_bytes,
};

use crate::{
    chart::{
        Landmark,
        layout::Frame,
        scale::{Scale, ShareScale},
    },
    order::ordered,
};

/// The accesses whose distances lie in one octave: a bar of the histogram, a row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Octave {
    /// Smallest distance, lines.
    pub from: u64,
    /// First distance beyond, lines; a fully associative cache of so many lines holds them all.
    pub to: u64,
    /// Accesses.
    pub count: f64,
    /// Share of all accesses.
    pub share: f64,
    /// Miss ratio of that cache.
    pub miss_ratio: f64,
}

/// Lines that a sample can tell apart: shorter distances above 0 are guesses between the two.
pub fn resolution(profile: &Profile) -> u64 {
    let sampling = profile.sampling.as_ref();
    sampling.map_or(1, |sampling| {
        ((1.0 / sampling.rate).ceil() as u64).next_power_of_two()
    })
}

/// All octaves up to the largest distance, empty ones as well; one bar of several where a sample
/// cannot tell them apart.
pub fn octaves(profile: &Profile) -> Vec<Octave> {
    let end = profile.bins.last().map_or(0, |bin| bin.to);
    let mut octaves = Vec::new();
    let mut from = 0;
    let mut bins = profile.bins.iter().peekable();
    while from < end {
        let to = match from {
            0 => 1,
            1 => resolution(profile).max(2),
            _ => from * 2,
        };
        let mut count = 0.0;
        // No bin reaches over the end of an octave.
        while let Some(bin) = bins.next_if(|bin| bin.to <= to) {
            count += bin.count;
        }
        octaves.push(Octave {
            from,
            to,
            count,
            share: count / profile.accesses.max(1) as f64,
            miss_ratio: profile.miss_ratio(to),
        });
        from = to;
    }
    octaves
}

/// Share of accesses that use a line for the first time.
pub fn first_uses(profile: &Profile) -> f64 {
    profile.cold / profile.accesses.max(1) as f64
}

/// The word for a band.
pub fn word(temperature: Temperature) -> &'static str {
    match temperature {
        Temperature::Hot => "hot",
        Temperature::Warm => "warm",
        Temperature::Cold => "cold",
    }
}

/// Where everything stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The histogram's part.
    pub upper: Frame,
    /// The curve's part.
    pub lower: Frame,
    /// Cache sizes of both, bytes.
    pub x: Scale,
    /// Shares of accesses, of the histogram.
    pub shares: ShareScale,
    /// Miss ratios, of the curve.
    pub ratios: ShareScale,
    /// Left and right edge of the bar of first uses, which lies beyond all sizes.
    pub beyond: (f64, f64),
}

impl Picture {
    /// The picture of a profile on a machine, so wide.
    pub fn new(profile: &Profile, octaves: &[Octave], machine: &Machine, width: f64) -> Self {
        let frame = Frame::new(width, 0);
        let slot = if frame.labels_curves() { 64.0 } else { 40.0 };
        let right = frame.width - slot;
        // Over the histogram: what it shows, the caches' names, the bands' names.
        let (left, top) = (frame.left, frame.top + 22.0);
        let (high, gap) = if frame.labels_curves() {
            (190.0, 48.0)
        } else {
            (140.0, 46.0)
        };
        let upper = Frame {
            right,
            top,
            bottom: top + high,
            ..frame
        };
        let lower = Frame {
            top: upper.bottom + gap,
            bottom: upper.bottom + gap + high,
            height: upper.bottom + gap + high + 46.0,
            ..upper
        };
        let line = profile.line as f64;
        let furthest = octaves
            .last()
            .map_or(line, |octave| octave.to as f64 * line);
        let furthest = machine
            .caches
            .iter()
            .fold(furthest, |most, cache| most.max(cache.size as f64));
        let highest = octaves
            .iter()
            .fold(first_uses(profile), |most, octave| most.max(octave.share));
        Self {
            x: Scale::log((line / 2.0, furthest * 1.6), (left, right)),
            shares: ShareScale::reaching(highest, (upper.bottom, upper.top)),
            ratios: ShareScale::reaching(profile.miss_ratio(1), (lower.bottom, lower.top)),
            beyond: (right + 0.12 * slot, right + 0.88 * slot),
            upper,
            lower,
        }
    }

    /// The part that both panels, what lies between them and the bands' names take.
    pub fn whole(&self) -> Frame {
        Frame {
            top: self.upper.top - 12.0,
            bottom: self.lower.bottom,
            ..self.upper
        }
    }

    /// Left and right edge of an octave's bar. Its right edge is the cache that holds its lines, so
    /// a bar left of a cache's mark fits into that cache; distance 0 gets half an octave's room.
    pub fn bar(&self, octave: &Octave, line: u64) -> (f64, f64) {
        let at = |lines: f64| self.x.position(lines * line as f64);
        (at((octave.from as f64).max(0.5)), at(octave.to as f64))
    }

    /// Left and right edge of each band: from cache to cache, the last to the picture's end.
    pub fn bands(&self, bands: &[Band], line: u64) -> Vec<(f64, f64)> {
        let at = |lines: u64| {
            let bytes = (lines * line) as f64;
            self.x
                .position(bytes)
                .clamp(self.upper.left, self.upper.right)
        };
        let mut left = self.upper.left;
        let edges = bands.iter().map(|band| {
            let right = band.to.map_or(self.upper.width, at);
            (std::mem::replace(&mut left, right), right)
        });
        edges.collect()
    }

    /// The caches' names over their sizes, with the sizes where there is room; names that would
    /// stand on each other stand together.
    pub fn landmarks(&self, machine: &Machine) -> Vec<Landmark> {
        let caches = &machine.caches;
        let rising = ordered(caches.len(), &|a, b| caches[a].size.cmp(&caches[b].size));
        let mut marks: Vec<Landmark> = rising
            .into_iter()
            .map(|index| Landmark {
                x: caches[index].size as f64,
                label: caches[index].name.clone(),
            })
            .collect();
        let apart = |a: &Landmark, b: &Landmark| self.x.position(b.x) - self.x.position(a.x);
        if marks
            .windows(2)
            .all(|pair| apart(&pair[0], &pair[1]) > 84.0)
        {
            for mark in &mut marks {
                mark.label = format!("{} {}", mark.label, format_bytes(mark.x));
            }
            return marks;
        }
        for index in 1..marks.len() {
            if apart(&marks[index - 1], &marks[index]) < 24.0 {
                let before = std::mem::take(&mut marks[index - 1].label);
                marks[index].label = format!("{before} {}", marks[index].label);
            }
        }
        marks
    }

    /// The SVG paths of the curve: what is known, drawn on to the right edge as more cache does not
    /// help any more, and the bridge over the sizes that a sample cannot tell apart.
    pub fn curve(&self, profile: &Profile) -> (String, String) {
        let at = |(bytes, ratio): (f64, f64)| {
            let (x, y) = (self.x.position(bytes), self.ratios.position(ratio));
            format!("{x:.1} {y:.1}")
        };
        let line = profile.line as f64;
        let known = match resolution(profile) {
            1 => 1,
            coarse => {
                // A run of few lines ends before the sample sees anything.
                let end = profile.bins.last().map_or(1, |bin| bin.to);
                coarse.min(end)
            }
        };
        let edge = |lines: u64| (lines as f64 * line, profile.miss_ratio(lines));
        let mut bridge = String::new();
        if known > 1 {
            bridge = format!("M{}L{}", at(edge(1)), at(edge(known)));
        }
        let mut path = format!("M{}", at(edge(known)));
        let beyond = |(bytes, _): &(f64, f64)| *bytes > known as f64 * line;
        for point in profile.curve().into_iter().filter(beyond) {
            path.push('L');
            path.push_str(&at(point));
        }
        path.push_str(&format!("H{:.1}", self.upper.right));
        (path, bridge)
    }
}

#[cfg(test)]
mod tests {
    use lab_core::{
        kernels::Kernel,
        parameters::Arguments,
        sim::reuse::{Distances, Sampled},
        trace::{Access, Probe},
    };

    use super::*;

    fn profile(kernel: Kernel, words: &[&str]) -> Profile {
        let arguments = Arguments::parse(kernel.parameters(), words).unwrap();
        let mut distances = Distances::new(64);
        kernel.run(&arguments, &mut distances);
        distances.profile()
    }

    #[test]
    fn octaves_hold_all_accesses_once_and_end_where_only_first_uses_miss() {
        let gather = ["array=64KiB", "accesses=20000", "passes=2"];
        let profile = profile(Kernel::RandomGather, &gather);
        let octaves = octaves(&profile);
        let all: f64 = octaves.iter().map(|octave| octave.count).sum();
        assert_eq!(all + profile.cold, profile.accesses as f64);
        let mut missing = 1.0;
        for octave in &octaves {
            missing -= octave.share;
            assert!((octave.miss_ratio - missing).abs() < 1e-9, "{octave:?}");
        }
        assert!((missing - first_uses(&profile)).abs() < 1e-9);
        assert!(octaves.windows(2).all(|pair| pair[0].to == pair[1].from));
    }

    #[test]
    fn a_sample_has_one_bar_and_a_bridge_where_it_sees_nothing() {
        let words = ["array=1MiB", "accesses=200000"];
        let arguments = Arguments::parse(Kernel::RandomGather.parameters(), words).unwrap();
        let mut distances = Sampled::new(64, 1.0 / 128.0);
        Kernel::RandomGather.run(&arguments, &mut distances);
        let profile = distances.profile();
        let octaves = octaves(&profile);
        let edges: Vec<u64> = octaves[..4].iter().map(|octave| octave.to).collect();
        assert_eq!(edges, [1, 128, 256, 512]);
        let all: f64 = octaves.iter().map(|octave| octave.share).sum();
        assert!((all + first_uses(&profile) - 1.0).abs() < 1e-9);
        let machine = Machine::preset("small-laptop").unwrap();
        let picture = Picture::new(&profile, &octaves, &machine, 900.0);
        let (known, bridge) = picture.curve(&profile);
        let meet = format!("{:.1} ", picture.x.position(128.0 * 64.0));
        assert!(known.starts_with(&format!("M{meet}")), "{known}");
        assert!(bridge.contains(&format!("L{meet}")), "{bridge}");
    }

    #[test]
    fn a_loop_over_a_kibibyte_stands_in_the_bar_that_a_cache_of_a_kibibyte_holds() {
        // 16 lines in turn: 15 others lie between two uses.
        let profile = profile(Kernel::SequentialSum, &["array=1KiB", "passes=3"]);
        let octaves = octaves(&profile);
        let last = octaves.last().unwrap();
        assert_eq!((last.from, last.to, last.count), (8, 16, 32.0));
        let machine = Machine::preset("small-laptop").unwrap();
        let picture = Picture::new(&profile, &octaves, &machine, 900.0);
        let (_, right) = picture.bar(last, profile.line);
        assert_eq!(right, picture.x.position(1024.0));
    }

    #[test]
    fn bars_bands_and_marks_stay_inside_at_every_width() {
        let profile = profile(Kernel::Triad, &["array=1MiB", "passes=2"]);
        let octaves = octaves(&profile);
        for machine in Machine::preset_names().filter_map(Machine::preset) {
            for width in [300.0, 360.0, 700.0, 1200.0] {
                let picture = Picture::new(&profile, &octaves, &machine, width);
                let inside = picture.upper.left..=picture.upper.right;
                for octave in &octaves {
                    let (left, right) = picture.bar(octave, profile.line);
                    assert!(inside.contains(&left) && inside.contains(&right));
                    assert!(picture.shares.position(octave.share) >= picture.upper.top);
                }
                let bands = picture.bands(&profile.bands(&machine), profile.line);
                assert_eq!(bands[0].0, picture.upper.left);
                assert_eq!(bands.last().unwrap().1, width);
                assert!(bands.windows(2).all(|pair| pair[0].1 == pair[1].0));
                let marks = picture.landmarks(&machine);
                assert_eq!(marks.len(), machine.caches.len());
                assert!(marks.iter().all(|mark| picture.x.contains(mark.x)));
            }
        }
    }

    #[test]
    fn names_of_caches_of_one_size_stand_together() {
        let mut machine = Machine::preset("small-laptop").unwrap();
        machine.caches[1].size = machine.caches[0].size;
        let mut distances = Distances::new(64);
        distances.access(Access::load(0, 8));
        let profile = distances.profile();
        let picture = Picture::new(&profile, &octaves(&profile), &machine, 800.0);
        let labels: Vec<String> = picture
            .landmarks(&machine)
            .into_iter()
            .map(|m| m.label)
            .collect();
        assert_eq!(labels, ["", "L1 L2", "L3"]);
    }
}
