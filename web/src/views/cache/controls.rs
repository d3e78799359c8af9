//! Which program, which values, which caches.

use lab_core::{
    machine::{Machine, Replacement},
    parameters::Values,
    trace::program::Param,
    units::{Unit, format_bytes},
};
use lab_lessons::Scale;
use yew::prelude::*;

use crate::{
    parts::{
        form::{Choice, Number, choice, number},
        shell::whose,
        slider::grouped,
    },
    state::{
        cache::{Config, FALLBACK, key},
        session::Handle,
        setup::{self, Slider},
        situation::THIS,
    },
};

/// Positions for a parameter: powers of two where only they make sense, or where there would be too
/// many steps.
fn positions(param: &Param) -> Slider {
    let (min, max) = (param.min as f64, param.max as f64);
    if param.doubling && min >= 1.0 {
        return Slider::new((min, max), Scale::Powers);
    }
    let span = (max - min).max(1.0);
    let step = if span <= 1000.0 {
        1.0
    } else {
        (span / 500.0).ceil()
    };
    Slider::new((min, max), Scale::Linear(step))
}

/// A slider for each parameter.
pub fn params(session: &Handle, params: &[Param], values: &[(String, i64)]) -> Html {
    let knobs = params.iter().map(|param| {
        let chosen = values.iter().find(|(name, _)| *name == param.name);
        let value = chosen.map_or(param.default, |(_, value)| *value);
        number(
            session,
            Number {
                key: key(&format!("param.{}", param.name)),
                name: param.name.clone(),
                label: if param.note.is_empty() {
                    param.name.clone()
                } else {
                    format!("{}: {}", param.name, param.note)
                },
                values: Values {
                    unit: Unit::Count,
                    min: param.min as f64,
                    max: param.max as f64,
                },
                value: value as f64,
                slider: positions(param),
                stops_only: param.doubling,
            },
        )
    });
    html! { <>{ for knobs }</> }
}

/// The caches: a machine, and its first cache changed.
pub fn caches(session: &Handle, prefix: &str, machine_key: &str, config: &Config) -> Html {
    let this = session.report.as_ref().map(|report| &report.machine);
    let chosen = session.situation.get(machine_key);
    let (described, _) = setup::machine(chosen, FALLBACK, this);
    let words = |value: String| (value.clone(), value);
    let mut machines: Vec<_> = Machine::preset_names()
        .map(|name| words(name.to_owned()))
        .collect();
    machines.extend(this.map(|this| {
        let name = format!("{}: {}", whose(session), this.name);
        (THIS.to_owned(), name)
    }));
    // A link may name a machine that is not here.
    if let Some(unknown) = chosen.filter(|name| machines.iter().all(|(known, _)| known != name)) {
        let name = format!("“{unknown}” is not here: {}", described.name);
        machines.push((unknown.to_owned(), name));
    }
    let Some(first) = described.caches.first() else {
        return Html::default();
    };
    let own = |value: String| (String::new(), format!("{value} (its own)"));
    let mut sizes = vec![own(format_bytes(first.size as f64))];
    for factor in [0.25, 0.5, 2.0, 4.0] {
        let size = (first.size as f64 * factor) as u64;
        if size >= first.line * first.ways {
            sizes.push((size.to_string(), format_bytes(size as f64)));
        }
    }
    let current = &config.machine.caches[0];
    let lines = current.size / current.line.max(1);
    let mut ways = vec![own(first.ways.to_string())];
    for count in [1, 2, 4, 8, 16] {
        if count != first.ways && count < lines {
            let mut option = words(count.to_string());
            if count == 1 {
                option.1.push_str(" (direct-mapped)");
            }
            ways.push(option);
        }
    }
    if lines <= 64 && lines != first.ways {
        ways.push((lines.to_string(), format!("{lines} (fully associative)")));
    }
    let mut policies = vec![own(first.replacement.name().to_owned())];
    let others = Replacement::ALL
        .iter()
        .filter(|policy| **policy != first.replacement);
    policies.extend(others.map(|policy| words(policy.name().to_owned())));
    let one = |key: String, label: String, options, chosen: &str| {
        let hook = key.replace('.', "-");
        let chosen = chosen.to_owned();
        choice(
            session,
            Choice {
                key,
                hook,
                label,
                options,
                chosen,
                pick: None,
            },
        )
    };
    let of_cache = |name: &str, options| {
        let key = format!("{prefix}.l1.{name}");
        let said = session.situation.get(&key).unwrap_or_default();
        one(key.clone(), format!("{} {name}", first.name), options, said)
    };
    let machine = chosen.unwrap_or(FALLBACK);
    html! {
        <>
            { one(machine_key.to_owned(), "Machine".to_owned(), machines, machine) }
            { of_cache("size", sizes) }
            { of_cache("ways", ways) }
            { of_cache("policy", policies) }
            if let Some(problem) = &config.problem {
                <p class="problem" role="alert">{ problem }</p>
            }
        </>
    }
}

/// How much is recorded of how much, and whether that is not all.
pub fn extent_words(
    extent: lab_core::trace::program::Extent,
    limit: u64,
    sampled: bool,
) -> (String, bool) {
    use lab_core::trace::{REACH, SLICES, program::Extent};
    let (count, words) = match extent {
        Extent::Exact(count) => (count, grouped(count)),
        Extent::AtMost(count) => (count, format!("at most {}", grouped(count))),
    };
    if count > limit {
        let recorded = if sampled {
            let of = if count > REACH {
                format!("the first {}", grouped(REACH))
            } else {
                "all of them".to_owned()
            };
            format!(
                "{SLICES} slices of {}, evenly spread over {of}, are recorded. In between the caches \
                 stand still: a slice begins with what the last one left in them.",
                grouped(limit / SLICES)
            )
        } else {
            format!("the first {} are recorded.", grouped(limit))
        };
        (
            format!("The program makes {words} accesses; {recorded}"),
            true,
        )
    } else {
        (format!("The program makes {words} accesses."), false)
    }
}
