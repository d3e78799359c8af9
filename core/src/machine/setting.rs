//! One property of a machine: `l1.size`, `tlb.entries`, `page`.

use std::{fmt, str::FromStr};

use super::{
    Cache, Figure, Machine, PROPERTIES, SpecError, Tlb,
    spec::{bytes, no_property, number, wrong},
};
use crate::{
    evidence::Evidence,
    units::{Unit, format_bytes},
};

/// The properties of a TLB, with what may be written for each.
pub const TLB_PROPERTIES: &[(&str, &str)] = &[
    ("entries", "translations that it holds; 0 for no such TLB"),
    ("ways", "translations of a set, or `full`"),
];

/// Most TLBs of a machine that can be set.
const MOST_TLBS: usize = 2;

/// A property of one level of a machine, `l1.size`, of a TLB of its, `tlb.entries` or `tlb2.entries`, or
/// of all: `line`, that of all its caches, and `page`.
///
/// The one way in which sweeps, the controls of lessons and the addresses of the page say what they
/// change. A level is meant by its name, in any case, or else by its place: `l2` is the second cache
/// from the core.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    of: Of,
    property: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Of {
    All,
    Level(String),
    /// By its place, from 0.
    Tlb(usize),
}

/// The place of a TLB, if that is meant.
fn tlb(level: &str) -> Option<usize> {
    match level {
        "tlb" | "tlb1" => Some(0),
        "tlb2" => Some(1),
        _ => None,
    }
}

impl FromStr for Setting {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let known = |list: &'static [(&'static str, &str)], property: &str| {
            let found = list.iter().find(|(name, _)| *name == property);
            found.map(|(name, _)| *name)
        };
        let Some((level, property)) = text.split_once('.') else {
            let property = match text {
                "line" => "line",
                "page" => "page",
                _ => {
                    return wrong(format!(
                        "`{text}` names nothing of a machine: write it as l1.size, tlb.entries, line or page"
                    ));
                }
            };
            return Ok(Self {
                of: Of::All,
                property,
            });
        };
        let level = level.to_ascii_lowercase();
        if let Some(place) = tlb(&level) {
            let property = known(TLB_PROPERTIES, property).ok_or_else(|| {
                SpecError(format!(
                    "a TLB has no `{property}`: choose from entries, ways"
                ))
            })?;
            return Ok(Self {
                of: Of::Tlb(place),
                property,
            });
        }
        let property = known(PROPERTIES, property).ok_or_else(|| no_property(property))?;
        Ok(Self {
            of: Of::Level(level),
            property,
        })
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.of {
            Of::All => f.write_str(self.property),
            Of::Level(level) => write!(f, "{level}.{}", self.property),
            Of::Tlb(0) => write!(f, "tlb.{}", self.property),
            Of::Tlb(place) => write!(f, "tlb{}.{}", place + 1, self.property),
        }
    }
}

impl Setting {
    /// The setting of the cache at a depth; the first is at 0.
    ///
    /// # Errors
    /// When caches have no such property.
    pub fn of_level(depth: usize, property: &str) -> Result<Self, SpecError> {
        format!("l{}.{property}", depth + 1).parse()
    }

    /// Changes a machine, by text as in a description of its level. A TLB that is not there comes with its
    /// entries, fully associative, and goes with none.
    ///
    /// # Errors
    /// When the machine has no such level, or its property cannot have that value. Whether the machine
    /// makes sense as a whole is for [`Machine::check`].
    pub fn set(&self, machine: &mut Machine, value: &str) -> Result<(), SpecError> {
        match &self.of {
            Of::All if self.property == "page" => {
                machine.page = bytes(value)?;
                Ok(())
            }
            Of::All => {
                let mut caches = machine.caches.iter_mut();
                caches.try_for_each(|cache| cache.set(self.property, value))
            }
            Of::Tlb(place) => self.set_tlb(machine, *place, value),
            Of::Level(level) => {
                let place = place(machine, level).ok_or_else(|| {
                    let names: Vec<&str> =
                        levels(machine).map(|cache| cache.name.as_str()).collect();
                    SpecError(format!(
                        "there is no level `{level}`: choose from {}",
                        names.join(", ")
                    ))
                })?;
                let instructions = machine.instruction_cache.iter_mut();
                let mut levels = instructions.chain(&mut machine.caches);
                let cache = levels.nth(place).expect("a place is one of the levels");
                cache.set(self.property, value)
            }
        }
    }

    fn set_tlb(&self, machine: &mut Machine, place: usize, value: &str) -> Result<(), SpecError> {
        let there = machine.tlbs.len();
        if place > there || (place == there && self.property != "entries") {
            return wrong(format!(
                "the machine has {there} TLBs: give the next one its entries first"
            ));
        }
        if self.property == "ways" {
            let tlb = &mut machine.tlbs[place];
            tlb.ways = if value == "full" {
                tlb.entries
            } else {
                number(value)?
            };
            return Ok(());
        }
        let entries = number(value)?;
        if entries == 0 {
            machine.tlbs.truncate(place);
            return Ok(());
        }
        if place == there {
            let time = [5.0, 20.0][place.min(MOST_TLBS - 1)];
            machine.tlbs.push(Tlb {
                name: ["dTLB", "STLB"][place.min(MOST_TLBS - 1)].to_owned(),
                entries,
                ways: entries,
                huge_entries: entries,
                huge_ways: entries,
                miss_ns: Figure::new(time, Evidence::Assumed, "not given"),
            });
        }
        let tlb = &mut machine.tlbs[place];
        // One that was fully associative stays so.
        if tlb.ways == tlb.entries {
            tlb.ways = entries;
        }
        tlb.entries = entries;
        Ok(())
    }

    /// What a machine has there, as [`Setting::set`] reads it; nothing where it has no such level.
    pub fn get(&self, machine: &Machine) -> Option<String> {
        match &self.of {
            Of::All if self.property == "page" => {
                Some(format_bytes(machine.page as f64).replace(' ', ""))
            }
            Of::Tlb(_) => self.number(machine).map(|number| number.to_string()),
            _ => self.cache(machine)?.get(self.property).ok(),
        }
    }

    /// What a machine has there, where that is a number: sizes, lines and pages in bytes, ways in lines.
    pub fn number(&self, machine: &Machine) -> Option<f64> {
        let number = match (&self.of, self.property) {
            (Of::All, "page") => machine.page,
            (Of::Tlb(place), "entries") => machine.tlbs.get(*place).map_or(0, |tlb| tlb.entries),
            (Of::Tlb(place), _) => machine.tlbs.get(*place)?.ways,
            (_, "size") => self.cache(machine)?.size,
            (_, "line") => self.cache(machine)?.line,
            (_, "ways") => self.cache(machine)?.ways,
            _ => return None,
        };
        Some(number as f64)
    }

    /// What that number counts.
    pub fn unit(&self) -> Unit {
        match self.property {
            "size" | "line" | "page" => Unit::Bytes,
            _ => Unit::Count,
        }
    }

    /// The cache that is meant; the first where all are.
    fn cache<'a>(&self, machine: &'a Machine) -> Option<&'a Cache> {
        match &self.of {
            Of::Level(level) => levels(machine).nth(place(machine, level)?),
            _ => machine.caches.first(),
        }
    }
}

/// Which of the [`levels`] is meant.
fn place(machine: &Machine, level: &str) -> Option<usize> {
    let named = levels(machine).position(|cache| cache.name.eq_ignore_ascii_case(level));
    named.or_else(|| {
        let depth = level.strip_prefix('l')?.parse::<usize>().ok()?;
        let depth = depth.checked_sub(1)?;
        let first = usize::from(machine.instruction_cache.is_some());
        (depth < machine.caches.len()).then_some(first + depth)
    })
}

/// All caches of a machine, that of instructions first.
fn levels(machine: &Machine) -> impl Iterator<Item = &Cache> {
    machine.instruction_cache.iter().chain(&machine.caches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_one_spelling_and_changes_what_it_names() {
        let mut machine = Machine::preset("laptop").unwrap();
        let setting: Setting = "L2.ways".parse().unwrap();
        assert_eq!(setting.to_string(), "l2.ways");
        assert_eq!(setting, Setting::of_level(1, "ways").unwrap());
        setting.set(&mut machine, "4").unwrap();
        assert_eq!(machine.caches[1].ways, 4);
        assert_eq!(setting.number(&machine), Some(4.0));
        machine.caches[1].name = "middle".into();
        assert_eq!(setting.number(&machine), Some(4.0), "by its place");
        let line: Setting = "line".parse().unwrap();
        line.set(&mut machine, "128").unwrap();
        assert!(machine.caches.iter().all(|cache| cache.line == 128));
        assert_eq!(line.to_string(), "line");
    }

    #[test]
    fn a_setting_of_nothing_is_refused() {
        let said = |text: &str| {
            let mut machine = Machine::preset("teaching").unwrap();
            let setting = text.parse::<Setting>();
            setting
                .and_then(|it| it.set(&mut machine, "many"))
                .unwrap_err()
                .to_string()
        };
        assert!(said("size").contains("write it as l1.size"));
        assert!(said("l1.wais").contains("no `wais`: choose from size"));
        assert!(said("l9.size").contains("no level `l9`: choose from L1"));
        assert!(said("l0.size").contains("no level `l0`"));
        assert!(said("l1.ways").contains("`many` is no whole number"));
    }

    #[test]
    fn a_tlb_comes_changes_and_goes() {
        let mut machine = Machine::preset("teaching").unwrap();
        let mut set = |text: &str, value: &str| {
            text.parse::<Setting>()
                .and_then(|setting| setting.set(&mut machine, value))
                .map(|()| machine.tlbs.clone())
                .map_err(|error| error.to_string())
        };
        assert!(set("tlb.ways", "2").unwrap_err().contains("entries first"));
        assert!(
            set("tlb.size", "2")
                .unwrap_err()
                .contains("choose from entries, ways")
        );
        let tlbs = set("tlb.entries", "4").unwrap();
        assert_eq!((tlbs[0].entries, tlbs[0].ways), (4, 4));
        assert_eq!(set("TLB.ways", "2").unwrap()[0].ways, 2);
        let tlbs = set("tlb.entries", "16").unwrap();
        assert_eq!((tlbs[0].entries, tlbs[0].ways), (16, 2));
        assert_eq!(set("tlb.ways", "full").unwrap()[0].ways, 16);
        assert_eq!(set("tlb2.entries", "64").unwrap().len(), 2);
        assert!(set("tlb.entries", "0").unwrap().is_empty());
        let page: Setting = "page".parse().unwrap();
        assert_eq!(page.get(&machine).as_deref(), Some("4KiB"));
        page.set(&mut machine, "64").unwrap();
        assert_eq!((machine.page, page.to_string().as_str()), (64, "page"));
        let entries: Setting = "tlb2.entries".parse().unwrap();
        assert_eq!(entries.to_string(), "tlb2.entries");
        assert_eq!(entries.number(&machine), Some(0.0));
        assert!(machine.check().is_ok());
    }
}
