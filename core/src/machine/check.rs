//! What can be wrong with a machine's description.

use super::{Cache, Inclusion, MAX_CACHE_BYTES, Machine, MachineError, Tlb, WritePolicy};

/// Complaints, gathered.
struct Complaints(Vec<MachineError>);

impl Complaints {
    fn add(&mut self, place: String, problem: impl Into<String>) {
        let problem = problem.into();
        self.0.push(MachineError { place, problem });
    }
}

impl Machine {
    /// Checks the description as a whole.
    ///
    /// # Errors
    /// Everything that is wrong with it, not only the first thing.
    pub fn check(&self) -> Result<(), Vec<MachineError>> {
        let mut errors = Complaints(Vec::new());
        if self.caches.is_empty() {
            errors.add("caches".into(), "describe at least one cache");
        }
        if self.caches.len() > 8 {
            errors.add("caches".into(), "describe at most eight levels");
        }
        if self.cores > 1 << 16 {
            errors.add("cores".into(), "describe at most 65536 cores");
        }
        for (index, cache) in self.caches.iter().enumerate() {
            let place = format!("caches[{index}]");
            geometry(&place, cache, &mut errors);
            if let Some(inner) = index.checked_sub(1).map(|inner| &self.caches[inner]) {
                against_inner(&place, cache, inner, &mut errors);
            }
        }
        if let Some(cache) = &self.instruction_cache {
            geometry("instruction_cache", cache, &mut errors);
            if cache.replacement.needs_future() {
                errors.add("instruction_cache.replacement".into(), OPT);
            }
            if let Some(outer) = self.caches.get(1) {
                against_inner("caches[1]", outer, cache, &mut errors);
            }
        }
        for (index, tlb) in self.tlbs.iter().enumerate() {
            translation(&format!("tlbs[{index}]"), tlb, &mut errors);
        }
        if !self.page.is_power_of_two() || !(64..=1 << 30).contains(&self.page) {
            errors.add(
                "page".into(),
                format!("{} is no power of two between 64 B and 1 GiB", self.page),
            );
        }
        if self.write_combining_lines > MOST_BUFFERED {
            errors.add("write_combining_lines".into(), buffered());
        }
        for (place, value) in self.figures() {
            if !(value.is_finite() && value > 0.0) {
                errors.add(place, format!("{value} is not above zero"));
            }
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if node.distances.len() != self.nodes.len() {
                errors.add(
                    format!("nodes[{index}].distances"),
                    format!(
                        "{} distances are given for {} nodes",
                        node.distances.len(),
                        self.nodes.len()
                    ),
                );
            }
        }
        if errors.0.is_empty() {
            Ok(())
        } else {
            Err(errors.0)
        }
    }

    /// Every figure that has to be above zero, with its place.
    fn figures(&self) -> Vec<(String, f64)> {
        let caches = self.caches.iter().enumerate();
        let mut figures: Vec<_> = caches
            .flat_map(|(index, cache)| {
                [
                    (
                        format!("caches[{index}].latency_ns"),
                        cache.latency_ns.value,
                    ),
                    (
                        format!("caches[{index}].bandwidth_gbs"),
                        cache.bandwidth_gbs.value,
                    ),
                ]
            })
            .collect();
        figures.push(("memory.latency_ns".into(), self.memory.latency_ns.value));
        figures.push((
            "memory.bandwidth_gbs".into(),
            self.memory.bandwidth_gbs.value,
        ));
        for (index, tlb) in self.tlbs.iter().enumerate() {
            figures.push((format!("tlbs[{index}].miss_ns"), tlb.miss_ns.value));
        }
        let others = [
            ("clock_ghz", &self.clock_ghz),
            ("fill_buffers", &self.fill_buffers),
        ];
        for (name, figure) in others {
            figures.extend(figure.iter().map(|figure| (name.to_owned(), figure.value)));
        }
        figures
    }
}

/// Lines a victim cache or a write-combining buffer may hold: each is searched line by line.
const MOST_BUFFERED: u64 = 1024;

fn buffered() -> String {
    format!("at most {MOST_BUFFERED} lines can be held")
}

const OPT: &str = "opt needs the future of what a cache is asked for, which is known of the first data cache only";

/// One cache by itself.
fn geometry(place: &str, cache: &Cache, errors: &mut Complaints) {
    if !cache.line.is_power_of_two() || !(1..=4096).contains(&cache.line) {
        errors.add(
            format!("{place}.line"),
            format!("{} is no power of two between 1 and 4096", cache.line),
        );
    } else if cache.ways == 0 {
        errors.add(format!("{place}.ways"), "a set has at least one way");
    } else if cache.size == 0 || cache.size > MAX_CACHE_BYTES {
        errors.add(
            format!("{place}.size"),
            format!("{} is not between one line and 4 GiB", cache.size),
        );
    } else if cache
        .line
        .checked_mul(cache.ways)
        .is_none_or(|set| !cache.size.is_multiple_of(set))
    {
        errors.add(
            format!("{place}.size"),
            format!(
                "{} bytes are no whole number of sets of {} ways of {} bytes",
                cache.size, cache.ways, cache.line
            ),
        );
    }
    if cache.victim_lines > MOST_BUFFERED {
        errors.add(format!("{place}.victim_lines"), buffered());
    }
}

/// A cache and the one inside it.
fn against_inner(place: &str, cache: &Cache, inner: &Cache, errors: &mut Complaints) {
    if cache.line < inner.line {
        errors.add(
            format!("{place}.line"),
            format!(
                "{} bytes are less than the {} of {}: lines may not shrink outwards",
                cache.line, inner.line, inner.name
            ),
        );
    }
    if cache.inclusion == Inclusion::Exclusive {
        if cache.line != inner.line {
            errors.add(
                format!("{place}.inclusion"),
                format!(
                    "an exclusive cache has lines of the same size as {}, {} bytes",
                    inner.name, inner.line
                ),
            );
        }
        if inner.write == WritePolicy::Through {
            errors.add(
                format!("{place}.inclusion"),
                format!(
                    "{} writes through, so its lines would lie here too: not exclusive",
                    inner.name
                ),
            );
        }
    }
    if cache.replacement.needs_future() {
        errors.add(format!("{place}.replacement"), OPT);
    }
}

fn translation(place: &str, tlb: &Tlb, errors: &mut Complaints) {
    let pairs = [
        ("entries", "ways", tlb.entries, tlb.ways),
        ("huge_entries", "huge_ways", tlb.huge_entries, tlb.huge_ways),
    ];
    for (name, of, entries, ways) in pairs {
        if entries > 0 && (ways == 0 || entries > 1 << 20 || !entries.is_multiple_of(ways)) {
            errors.add(
                format!("{place}.{name}"),
                format!("{entries} entries are no whole number of sets of {ways} {of}"),
            );
        }
    }
}
