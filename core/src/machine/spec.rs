//! Caches written in a line: `L1: size=32KiB line=64 ways=8 policy=lru write=back,allocate`.
//!
//! The same names set one property at a time, as a [`Setting`](super::Setting) says: `l1.size`.

use super::{
    Cache, Figure, Inclusion, Machine, Memory, Prefetcher, Replacement, WritePolicy,
    describe_errors,
};
use crate::{
    evidence::Evidence,
    units::{format_bytes, parse_bytes},
};

/// The properties, with what may be written for each.
pub const PROPERTIES: &[(&str, &str)] = &[
    ("size", "bytes, such as 32KiB"),
    ("line", "bytes of a line, a power of two; 64 if not given"),
    ("ways", "lines of a set, or `full`; 8 if not given"),
    (
        "policy",
        "replacement: lru, fifo, random, …; lru if not given",
    ),
    (
        "write",
        "back or through, and allocate or no-allocate; back,allocate if not given",
    ),
    (
        "inclusion",
        "nine, inclusive or exclusive; nine if not given",
    ),
    (
        "victim",
        "lines of the victim cache behind it; 0 if not given",
    ),
    (
        "prefetch",
        "none, or some of next-line, adjacent-pair, stride, stream",
    ),
    ("shared", "cores that share it; 1 if not given"),
    ("latency", "load-to-use time in ns"),
    ("bandwidth", "GB/s that one core reads from it"),
];

/// What is wrong with a description of a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SpecError(pub(super) String);

pub(super) fn wrong<T>(problem: impl Into<String>) -> Result<T, SpecError> {
    Err(SpecError(problem.into()))
}

impl Cache {
    /// Sets one property from text.
    ///
    /// # Errors
    /// When there is no such property, or it cannot have that value. Whether the cache makes sense
    /// as a whole is for [`Machine::check`].
    pub fn set(&mut self, property: &str, value: &str) -> Result<(), SpecError> {
        match property {
            "size" => self.size = bytes(value)?,
            "line" => self.line = bytes(value)?,
            "ways" => {
                self.ways = match value {
                    "full" => match self.size.checked_div(self.line) {
                        Some(lines) => lines,
                        None => return wrong("`line=0`: a line has at least one byte"),
                    },
                    _ => number(value)?,
                }
            }
            "policy" => self.replacement = policy(value)?,
            "write" => {
                for word in value.split(',') {
                    match word {
                        "back" => self.write = WritePolicy::Back,
                        "through" => self.write = WritePolicy::Through,
                        "allocate" => self.write_allocate = true,
                        "no-allocate" => self.write_allocate = false,
                        _ => {
                            return wrong(format!(
                                "`{word}` is no way to write: choose from back, through, allocate, \
                                 no-allocate"
                            ));
                        }
                    }
                }
            }
            "inclusion" => {
                self.inclusion = match value {
                    "nine" => Inclusion::Nine,
                    "inclusive" => Inclusion::Inclusive,
                    "exclusive" => Inclusion::Exclusive,
                    _ => {
                        return wrong(format!(
                            "`{value}` is no inclusion: choose from nine, inclusive, exclusive"
                        ));
                    }
                }
            }
            "victim" => self.victim_lines = number(value)?,
            "prefetch" => self.prefetchers = prefetchers(value)?,
            "shared" => {
                self.shared_by = u32::try_from(number(value)?)
                    .or_else(|_| wrong(format!("`{value}` cores are too many")))?;
            }
            "latency" => self.latency_ns = given(value, "ns")?,
            "bandwidth" => self.bandwidth_gbs = given(value, "GB/s")?,
            _ => return Err(no_property(property)),
        }
        Ok(())
    }
}

impl Cache {
    /// A property as [`Cache::set`] reads it.
    ///
    /// # Errors
    /// When there is no such property.
    pub fn get(&self, property: &str) -> Result<String, SpecError> {
        Ok(match property {
            "size" => format_bytes(self.size as f64).replace(' ', ""),
            "line" => format_bytes(self.line as f64).replace(' ', ""),
            "ways" => self.ways.to_string(),
            "policy" => self.replacement.name().to_owned(),
            "write" => {
                let back = match self.write {
                    WritePolicy::Back => "back",
                    WritePolicy::Through => "through",
                };
                let allocate = if self.write_allocate { "" } else { "no-" };
                format!("{back},{allocate}allocate")
            }
            "inclusion" => match self.inclusion {
                Inclusion::Nine => "nine",
                Inclusion::Inclusive => "inclusive",
                Inclusion::Exclusive => "exclusive",
            }
            .to_owned(),
            "victim" => self.victim_lines.to_string(),
            "prefetch" => {
                let words: Vec<&str> = self.prefetchers.iter().map(|it| it.name()).collect();
                if words.is_empty() {
                    "none".to_owned()
                } else {
                    words.join(",")
                }
            }
            "shared" => self.shared_by.to_string(),
            "latency" => format!("{}ns", self.latency_ns.value),
            "bandwidth" => format!("{}GB/s", self.bandwidth_gbs.value),
            _ => return Err(no_property(property)),
        })
    }
}

pub(super) fn no_property(property: &str) -> SpecError {
    let names: Vec<_> = PROPERTIES.iter().map(|(name, _)| *name).collect();
    SpecError(format!(
        "a cache has no `{property}`: choose from {}",
        names.join(", ")
    ))
}

pub(super) fn bytes(value: &str) -> Result<u64, SpecError> {
    parse_bytes(value).or_else(|error| wrong(error.to_string()))
}

pub(super) fn number(value: &str) -> Result<u64, SpecError> {
    value
        .parse()
        .or_else(|_| wrong(format!("`{value}` is no whole number")))
}

fn policy(value: &str) -> Result<Replacement, SpecError> {
    let found = Replacement::ALL
        .iter()
        .find(|policy| policy.name() == value);
    match found {
        Some(policy) => Ok(*policy),
        None => {
            let names: Vec<_> = Replacement::ALL
                .iter()
                .map(|policy| policy.name())
                .collect();
            wrong(format!(
                "`{value}` is no replacement policy: choose from {}",
                names.join(", ")
            ))
        }
    }
}

fn prefetchers(value: &str) -> Result<Vec<Prefetcher>, SpecError> {
    if value == "none" {
        return Ok(Vec::new());
    }
    value
        .split(',')
        .map(|word| {
            let mut all = Prefetcher::ALL.into_iter();
            let found = all.find(|prefetcher| prefetcher.name() == word);
            found.ok_or_else(|| {
                let names = Prefetcher::ALL.map(Prefetcher::name).join(", ");
                SpecError(format!("`{word}` is no prefetcher: choose from {names}"))
            })
        })
        .collect()
}

fn given(value: &str, unit: &str) -> Result<Figure, SpecError> {
    let number = value.strip_suffix(unit).unwrap_or(value).trim_end();
    match number.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => {
            Ok(Figure::new(number, Evidence::Assumed, "as given"))
        }
        _ => wrong(format!("`{value}` is no number of {unit} above zero")),
    }
}

/// What a level has where its description is silent: the figures of a notebook's, by depth.
fn usual(name: &str, depth: usize) -> Cache {
    let laptop = Machine::preset("laptop").expect("a preset");
    let depth = depth.min(laptop.caches.len() - 1);
    let like = laptop.caches.into_iter().nth(depth).expect("a level");
    let assumed = |figure: Figure| {
        Figure::new(
            figure.value,
            Evidence::Assumed,
            "not given: that of a notebook's cache at this depth",
        )
    };
    Cache::new(
        name,
        (0, 64, 8),
        Evidence::Assumed,
        assumed(like.latency_ns),
        assumed(like.bandwidth_gbs),
    )
}

/// One level: a name, a colon, and properties as `name=value`, separated by blanks.
fn level(text: &str, depth: usize) -> Result<Cache, SpecError> {
    let Some((name, properties)) = text.split_once(':') else {
        return wrong(format!(
            "`{text}` names no level: write it as `L1: size=32KiB line=64 ways=8`"
        ));
    };
    let name = name.trim();
    if name.is_empty() || name.len() > 16 {
        return wrong(format!("`{text}`: give the level a short name"));
    }
    let mut cache = usual(name, depth);
    let mut full = false;
    for property in properties.split_whitespace() {
        let Some((key, value)) = property.split_once('=') else {
            return wrong(format!("{name}: `{property}` is no `name=value`"));
        };
        if (key, value) == ("ways", "full") {
            // Known only when size and line are, which may be written later.
            full = true;
        } else if let Err(SpecError(problem)) = cache.set(key, value) {
            return wrong(format!("{name}: {problem}"));
        }
    }
    if cache.size == 0 {
        return wrong(format!("{name}: say how large it is, such as `size=32KiB`"));
    }
    if full {
        cache.set("ways", "full")?;
    }
    Ok(cache)
}

impl Machine {
    /// A machine of the levels given, innermost first; one whose name ends with `i` (`L1i`) is the
    /// instruction cache. What the lines do not say is assumed.
    ///
    /// # Errors
    /// The first thing that cannot be read, or all that is wrong with what was.
    pub fn from_levels<T: AsRef<str>>(levels: &[T]) -> Result<Self, SpecError> {
        let mut caches = Vec::new();
        let mut instructions = None;
        for text in levels {
            let text = text.as_ref();
            if text
                .split(':')
                .next()
                .is_some_and(|name| name.trim().ends_with('i'))
            {
                instructions = Some(level(text, 0)?);
            } else {
                caches.push(level(text, caches.len())?);
            }
        }
        let memory = Machine::preset("laptop").expect("a preset").memory;
        let memory = Memory {
            latency_ns: Figure::new(memory.latency_ns.value, Evidence::Assumed, "a notebook's"),
            bandwidth_gbs: Figure::new(
                memory.bandwidth_gbs.value,
                Evidence::Assumed,
                "a notebook's",
            ),
            ..memory
        };
        let cores = caches.iter().map(|cache| cache.shared_by).max();
        let machine = Self {
            description: "As described by --level.".into(),
            cores: cores.unwrap_or(1).max(1),
            instruction_cache: instructions,
            ..Self::new("described", caches, memory)
        };
        match machine.check() {
            Ok(()) => Ok(machine),
            Err(errors) => wrong(describe_errors(&errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(level: &str) -> String {
        Machine::from_levels(&[level]).unwrap_err().to_string()
    }

    #[test]
    fn a_line_describes_a_cache() {
        let machine = Machine::from_levels(&[
            "L1: size=32KiB line=32 ways=4 policy=fifo write=through,no-allocate prefetch=stride,stream",
            "L2: ways=full size=1KiB victim=4 inclusion=inclusive latency=5ns shared=2",
            "L1i: size=16KiB",
        ])
        .unwrap();
        let [l1, l2] = machine.caches.as_slice() else {
            panic!("two levels")
        };
        assert_eq!((l1.size, l1.line, l1.ways), (32 << 10, 32, 4));
        assert_eq!(l1.replacement, Replacement::Fifo);
        assert_eq!((l1.write, l1.write_allocate), (WritePolicy::Through, false));
        assert_eq!(l1.prefetchers, [Prefetcher::Stride, Prefetcher::Stream]);
        assert_eq!((l2.ways, l2.victim_lines, l2.shared_by), (16, 4, 2));
        assert_eq!(l2.inclusion, Inclusion::Inclusive);
        assert_eq!(l2.latency_ns.value, 5.0);
        assert_eq!(machine.instruction_cache.unwrap().name, "L1i");
    }

    #[test]
    fn what_a_property_reads_can_be_written_again() {
        let odd = "L1: size=3KiB line=32 ways=3 policy=fifo write=through,no-allocate victim=2 \
                   inclusion=exclusive prefetch=stride,stream shared=2 latency=1.5ns bandwidth=9GB/s";
        for line in ["L1: size=1MiB", odd] {
            let first = level(line, 0).unwrap();
            let mut again = level("L1: size=64", 0).unwrap();
            for (property, _) in PROPERTIES {
                let value = first.get(property).unwrap();
                again.set(property, &value).unwrap();
                assert_eq!(again.get(property).unwrap(), value);
            }
            assert_eq!(again.prefetchers, first.prefetchers);
            assert_eq!((again.size, again.write), (first.size, first.write));
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        assert!(errors("size=1KiB").contains("names no level"));
        assert!(errors("L1:").contains("say how large"));
        assert!(errors("L1: size=1KiB wais=2").contains("no `wais`: choose from size, line"));
        assert!(errors("L1: size=1KiB policy=best").contains("choose from lru, fifo"));
        assert!(errors("L1: size=1000").contains("no whole number of sets"));
        assert!(errors("L1: size=1KiB write=never").contains("`never` is no way to write"));
        assert!(errors("L1: size=1KiB latency=fast").contains("no number of ns"));
        assert!(errors("L1: size=1KiB line=0 ways=full").contains("at least one byte"));
    }
}
