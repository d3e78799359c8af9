//! What the reuse view asks for: which kernel, how long, on which machine, how exactly.

use lab_core::{
    kernels::{Kernel, PASSES},
    machine::{Machine, Setting},
    parameters::{Arguments, Parameter},
    units::Unit,
};
use lab_lessons::Scale;

use super::{
    setup::{self, Slider},
    situation::Situation,
};
use crate::{parts::slider::grouped, simulation::jobs::reuse::Reuse};

/// The machine when none was chosen: one whose caches all see some of the default kernel.
pub const FALLBACK: &str = "small-laptop";

/// The kernel when none was chosen: its distances reach from zero to all of its data.
const KERNEL: Kernel = Kernel::RandomGather;

/// The most accesses a page simulates at once.
pub const MOST: u64 = 20_000_000;

/// Runs of up to so many accesses have all of their distances watched, unless told otherwise.
pub const EXACT: u64 = 4_000_000;

/// Share of lines watched in longer runs.
pub const RATE: f64 = 1.0 / 128.0;

/// How the distances are found, by the word in the URL, with its name for people.
pub const DISTANCES: [(&str, &str); 3] = [
    ("", "exact if short"),
    ("exact", "exact"),
    ("sampled", "sampled, one line in 128"),
];

/// All choices of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What the worker is to do.
    pub reuse: Reuse,
    /// Accesses it will take.
    pub accesses: u64,
    /// Whether this is the machine of the report.
    pub this_machine: bool,
    /// Whether a slider moved the machine away from its description.
    pub machine_changed: bool,
    /// What was asked for and cannot be done in a page; sentences.
    pub notes: Vec<String>,
}

/// The key of one of the view's choices in the URL.
pub fn key(name: &str) -> String {
    format!("reuse.{name}")
}

/// A parameter's slider in the page, where it begins and ends, and where it stands at first.
pub fn range(parameter: &Parameter) -> (Slider, (f64, f64), f64) {
    const KIB: f64 = 1024.0;
    let (min, max, scale, first) = match parameter.name {
        "array" => (64.0, 65_536.0 * KIB, Scale::Powers, KIB * KIB),
        "stride" => (8.0, 64.0 * KIB, Scale::Powers, 64.0),
        "accesses" => (KIB, 4096.0 * KIB, Scale::Powers, 128.0 * KIB),
        "passes" => (1.0, 16.0, Scale::Linear(1.0), 2.0),
        "seed" => (0.0, 15.0, Scale::Linear(1.0), parameter.default),
        _ if parameter.unit == Unit::Bytes => (
            parameter.min.max(1.0),
            parameter.max.min(65_536.0 * KIB),
            Scale::Powers,
            parameter.default,
        ),
        _ if parameter.min >= 1.0 && parameter.max > 256.0 => (
            parameter.min,
            parameter.max,
            Scale::Powers,
            parameter.default,
        ),
        _ => (
            parameter.min,
            parameter.max.min(parameter.min + 255.0),
            Scale::Linear(1.0),
            parameter.default,
        ),
    };
    (Slider::new((min, max), scale), (min, max), first)
}

/// The size of a cache, as it is set.
pub fn size(level: usize) -> Setting {
    Setting::of_level(level, "size").expect("caches have a size")
}

/// The sizes a cache of a machine can be given: its own times powers of two, which leaves its ways
/// and lines as they are.
pub fn sizes(described: &Machine, level: usize) -> Slider {
    let cache = &described.caches[level];
    let halvings = cache.sets().trailing_zeros().min(4);
    let own = cache.size as f64;
    let range = (own / f64::from(1 << halvings), own * 4.0);
    Slider::new(range, Scale::Powers)
}

impl Choice {
    /// What the situation says.
    ///
    /// # Errors
    /// A sentence, when the sliders describe a machine that cannot be.
    pub fn of(
        choice: Option<&str>,
        situation: &Situation,
        this: Option<&Machine>,
    ) -> Result<Self, String> {
        let kernel = situation.get(&key("kernel")).and_then(Kernel::from_name);
        let kernel = kernel.unwrap_or(KERNEL);
        let known: Vec<&str> = Kernel::ALL.iter().map(|kernel| kernel.name()).collect();
        let ways = DISTANCES.map(|(way, _)| way);
        let refused = [
            situation.unknown(&key("kernel"), &known),
            situation.unknown(&key("distances"), &ways[1..]),
        ];
        let mut refused: Vec<String> = refused.into_iter().flatten().collect();
        let mut arguments = Arguments::default();
        for parameter in kernel.parameters() {
            let (_, (min, max), first) = range(parameter);
            refused.extend(situation.beyond(&key(parameter.name), (min, max), parameter.unit));
            let value = situation.number(&key(parameter.name));
            let value = value.map_or(first, |value| value.clamp(min, max));
            let value = if parameter.values().whole() {
                value.round()
            } else {
                value
            };
            set(&mut arguments, kernel, parameter.name, value)?;
        }
        let notes = refused
            .into_iter()
            .chain(shorten(kernel, &mut arguments)?)
            .collect();
        let accesses = kernel.accesses(&arguments);

        let (described, this_machine) = setup::machine(choice, FALLBACK, this);
        let mut machine = described.clone();
        for level in 0..described.caches.len() {
            let setting = size(level);
            if let Some(value) = situation.number(&key(&setting.to_string())) {
                let value = sizes(&described, level).hold(value);
                let set = setting.set(&mut machine, &value.to_string());
                set.map_err(|error| format!("{error}."))?;
            }
        }
        setup::check(&machine)?;
        let sampled = match situation.get(&key("distances")) {
            Some("exact") => false,
            Some("sampled") => true,
            _ => accesses > EXACT,
        };
        Ok(Self {
            machine_changed: machine != described,
            reuse: Reuse {
                kernel,
                arguments,
                machine,
                rate: sampled.then_some(RATE),
            },
            accesses,
            this_machine,
            notes,
        })
    }
}

fn set(arguments: &mut Arguments, kernel: Kernel, name: &str, value: f64) -> Result<(), String> {
    let set = arguments.set(kernel.parameters(), name, value);
    set.map_err(|error| format!("{error}."))
}

/// Takes passes, then data away until a page can simulate the run, and says so.
fn shorten(kernel: Kernel, arguments: &mut Arguments) -> Result<Vec<String>, String> {
    let mut notes = Vec::new();
    let most = || {
        format!(
            "a page simulates at most {} million accesses",
            MOST / 1_000_000
        )
    };
    let repeats = kernel.parameters().contains(&PASSES);
    let asked = arguments.get(&PASSES);
    if repeats {
        set(arguments, kernel, PASSES.name, 1.0)?;
    }
    // What sets the size comes first among a kernel's parameters.
    for size in kernel.parameters() {
        let wish = arguments.get(size);
        while kernel.accesses(arguments) > MOST && arguments.get(size) / 2.0 >= size.min {
            let half = (arguments.get(size) / 2.0).floor();
            set(arguments, kernel, size.name, half)?;
        }
        let left = arguments.get(size);
        if left < wish {
            let left = match size.unit {
                Unit::Count => grouped(left as u64),
                unit => unit.format(left),
            };
            notes.push(match size.name {
                "array" => format!("The array is {left} here: {}.", most()),
                name => format!("`{name}` is {left} here: {}.", most()),
            });
        }
    }
    let fit = (MOST / kernel.accesses(arguments).max(1)).max(1) as f64;
    if repeats {
        set(arguments, kernel, PASSES.name, asked.min(fit))?;
        if fit < asked {
            notes.push(format!("Only {fit} passes are simulated: {}.", most()));
        }
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn choice(query: &str) -> Choice {
        Choice::of(None, &Situation::parse(query), None).unwrap()
    }

    #[test]
    fn the_plain_view_is_short_exact_and_on_the_fallback() {
        let plain = choice("");
        assert_eq!(plain.reuse.machine.name, FALLBACK);
        assert_eq!(plain.accesses, 4 * 128 * 1024);
        assert!(!plain.machine_changed && plain.notes.is_empty());
        assert_eq!(plain.reuse.rate, None);
    }

    #[test]
    fn the_address_sets_kernel_parameters_caches_and_exactness() {
        let it = choice(
            "reuse.kernel=strided-walk&reuse.stride=256&reuse.passes=3&reuse.l1.size=8192&reuse.distances=sampled",
        );
        assert_eq!(it.reuse.kernel, Kernel::StridedWalk);
        assert_eq!(it.accesses, 3 * (1 << 20) / 256);
        assert_eq!(it.reuse.machine.caches[0].size, 8192);
        assert!(it.machine_changed);
        assert_eq!(it.reuse.rate, Some(RATE));
    }

    #[test]
    fn long_runs_are_cut_and_sampled_and_say_so() {
        let long = choice("reuse.kernel=triad&reuse.array=67108864&reuse.passes=16");
        assert!(long.accesses <= MOST);
        assert_eq!(long.notes.len(), 2, "{:?}", long.notes);
        assert_eq!(long.reuse.rate, Some(RATE));
    }

    #[test]
    fn every_preset_offers_sizes_that_can_be_built() {
        for name in Machine::preset_names() {
            let machine = Machine::preset(name).unwrap();
            for level in 0..machine.caches.len() {
                let slider = sizes(&machine, level);
                let own = machine.caches[level].size as f64;
                assert_eq!(slider.value(slider.position(own)), own, "{name} {level}");
                for position in 0..=slider.last {
                    let mut changed = machine.clone();
                    let value = slider.value(position);
                    size(level).set(&mut changed, &value.to_string()).unwrap();
                    changed.check().unwrap();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_address_asks_for_more_than_a_page_can_do(
            kernel in 0..Kernel::ALL.len(),
            numbers in prop::collection::vec(prop::num::f64::ANY, 12),
        ) {
            let names = ["array", "stride", "passes", "accesses", "seed", "n", "hot", "cold",
                "rounds", "l1.size", "l2.size", "l3.size"];
            let mut situation = Situation::default()
                .with(&key("kernel"), Some(Kernel::ALL[kernel].name().to_owned()));
            for (name, number) in names.into_iter().zip(numbers) {
                situation = situation.with(&key(name), Some(number.to_string()));
            }
            let choice = Choice::of(None, &situation, None).unwrap();
            prop_assert!((1..=MOST).contains(&choice.accesses));
        }
    }
}
