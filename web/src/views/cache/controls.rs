//! Which program, which values, which caches.

use lab_core::{
    machine::{Machine, Replacement},
    trace::program::{EXAMPLES, Example, Param},
    units::format_bytes,
};
use lab_lessons::Scale;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::{
    parts::slider::{Knob, grouped, slider},
    state::{
        cache::{Config, FALLBACK, key, with_example},
        session::{Action, Handle},
        setup::{self, Slider},
    },
};

/// The examples menu.
pub fn examples(session: &Handle, chosen: Option<&'static Example>) -> Html {
    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let name = event.target_unchecked_into::<HtmlSelectElement>().value();
            session.dispatch(Action::Situation(with_example(&session.situation, &name)));
        })
    };
    html! {
        <div class="control">
            <label for="example">{ "Example" }</label>
            <select id="example" data-testid="example" {onchange}>
                if chosen.is_none() {
                    <option value="" selected=true disabled=true>{ "your own program" }</option>
                }
                { for EXAMPLES.iter().map(|example| html! {
                    <option value={example.name} selected={chosen.is_some_and(|it| it.name == example.name)}>
                        { example.title }
                    </option>
                }) }
            </select>
        </div>
    }
}

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
        slider(Knob {
            id: format!("param-{}", param.name),
            name: param.name.clone(),
            label: if param.note.is_empty() {
                param.name.clone()
            } else {
                format!("{}: {}", param.name, param.note)
            },
            words: value.to_string(),
            value: value as f64,
            slider: positions(param),
            set: session.setter(key(&format!("param.{}", param.name))),
        })
    });
    html! { <>{ for knobs }</> }
}

/// A choice among words.
pub fn select(
    session: &Handle,
    key: String,
    label: String,
    options: Vec<(String, String, bool)>,
) -> Html {
    let id = key.replace('.', "-");
    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            session.choose(&key, Some(chosen));
        })
    };
    html! {
        <div class="control">
            <label for={id.clone()}>{ label }</label>
            <select id={id.clone()} data-testid={id} {onchange}>
                { for options.into_iter().map(|(value, name, selected)| html! {
                    <option {value} {selected}>{ name }</option>
                }) }
            </select>
        </div>
    }
}

/// The caches: a machine, and its first cache changed.
pub fn caches(session: &Handle, prefix: &str, machine_key: &str, config: &Config) -> Html {
    let this = session.report.as_ref().map(|report| &report.machine);
    let chosen = session.situation.get(machine_key);
    let (described, _) = setup::machine(chosen, FALLBACK, this);
    let said = |name: &str| {
        let said = session.situation.get(&format!("{prefix}.{name}"));
        said.unwrap_or_default().to_owned()
    };
    let machines = Machine::preset_names().map(|name| {
        let selected = chosen.unwrap_or(FALLBACK) == name;
        (name.to_owned(), name.to_owned(), selected)
    });
    let Some(first) = described.caches.first() else {
        return Html::default();
    };
    let own = |value: String| format!("{value} (its own)");
    let mut sizes = vec![(
        String::new(),
        own(format_bytes(first.size as f64)),
        said("size").is_empty(),
    )];
    for factor in [0.25, 0.5, 2.0, 4.0] {
        let size = (first.size as f64 * factor) as u64;
        if size >= first.line * first.ways {
            let value = size.to_string();
            let selected = said("size") == value;
            sizes.push((value, format_bytes(size as f64), selected));
        }
    }
    let current = &config.machine.caches[0];
    let lines = current.size / current.line.max(1);
    let mut ways = vec![(
        String::new(),
        own(first.ways.to_string()),
        said("ways").is_empty(),
    )];
    for count in [1, 2, 4, 8, 16] {
        if count != first.ways && count < lines {
            let value = count.to_string();
            let name = if count == 1 {
                "1 (direct-mapped)".to_owned()
            } else {
                value.clone()
            };
            ways.push((value.clone(), name, said("ways") == value));
        }
    }
    if lines <= 64 && lines != first.ways {
        let value = lines.to_string();
        let selected = said("ways") == value;
        ways.push((value, format!("{lines} (fully associative)"), selected));
    }
    let mut policies = vec![(
        String::new(),
        own(first.replacement.name().to_owned()),
        said("policy").is_empty(),
    )];
    for policy in Replacement::ALL {
        if *policy != first.replacement {
            let name = policy.name().to_owned();
            policies.push((name.clone(), name, said("policy") == policy.name()));
        }
    }
    let choice = |name: &str, label: &str, options| {
        select(
            session,
            format!("{prefix}.{name}"),
            format!("{} {label}", first.name),
            options,
        )
    };
    html! {
        <>
            { select(session, machine_key.to_owned(), "Machine".to_owned(), machines.collect()) }
            { choice("size", "size", sizes) }
            { choice("ways", "ways", ways) }
            { choice("policy", "policy", policies) }
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
