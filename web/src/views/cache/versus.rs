//! The same program on other caches, side by side.

use std::rc::Rc;

use lab_core::{sim::recording::Summary, trace::program::PlacedArray};
use yew::prelude::*;

use super::{caches, words};
use crate::{
    parts::slider::grouped,
    simulation::{
        jobs::record::{Look, Record, Seen},
        use_job,
    },
};

/// What is compared.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The program on the other caches.
    pub record: Rc<Record>,
    /// The run on the first ones.
    pub first: Option<Rc<(Rc<Record>, Summary)>>,
    /// The access that is shown of both.
    pub at: u64,
    /// The arrays, for names.
    pub arrays: Rc<[PlacedArray]>,
}

/// The other side.
#[component]
pub fn Versus(props: &Props) -> Html {
    let look = Look::Step {
        at: props.at,
        cells: 64,
        ahead: 0,
    };
    let other = use_job(Some(props.record.clone()), Some(look));
    let both = props.first.as_ref().zip(other.shown.as_ref());
    html! {
        <div class="versus" data-testid="versus">
            if let Some((first, second)) = both {
                { sums(first, second) }
            }
            if let Some((_, Seen::Step(moment))) = &other.seen {
                { outcome(&moment.step, &props.arrays) }
                { caches::caches(&named_apart(&moment.step), &props.arrays,
                    other.shown.as_ref().map_or(&[], |summary| &summary.1.set_misses)) }
            }
            if let Some(why) = &other.stopped { <p class="problem" role="alert">{ why }</p> }
        </div>
    }
}

/// The same step with names that tell these caches from those beside them.
fn named_apart(step: &lab_core::sim::recording::Step) -> lab_core::sim::recording::Step {
    let mut step = step.clone();
    for cache in &mut step.caches {
        cache.name.push_str(", compared");
    }
    step
}

fn outcome(step: &lab_core::sim::recording::Step, arrays: &[PlacedArray]) -> Html {
    let (word, class) = words::outcome(step);
    html! {
        <p class="told"><span class={classes!("badge", class)}>{ word }</span>
            { format!(" {}", words::story(step, arrays).join(" ")) }</p>
    }
}

/// Misses of both, level by level.
fn sums(first: &(Rc<Record>, Summary), second: &(Rc<Record>, Summary)) -> Html {
    let rows = (0..first.1.counts.levels.len().max(second.1.counts.levels.len())).map(|level| {
        let of = |side: &(Rc<Record>, Summary)| {
            side.1.counts.levels.get(level).map_or_else(
                || ["–".to_owned(), "–".to_owned()],
                |level| {
                    let conflicts = level.misses_by_cause.unwrap_or_default().conflict;
                    [grouped(level.misses), grouped(conflicts)]
                },
            )
        };
        let name = |side: &(Rc<Record>, Summary)| {
            let level = side.1.counts.levels.get(level);
            level.map(|level| level.name.clone())
        };
        let ([a, ac], [b, bc]) = (of(first), of(second));
        html! {
            <tr>
                <th scope="row">{ name(first).or_else(|| name(second)).unwrap_or_default() }</th>
                <td>{ a }</td><td>{ b }</td><td>{ ac }</td><td>{ bc }</td>
            </tr>
        }
    });
    html! {
        <div class="scroll" role="region" aria-label="Both side by side" tabindex="0">
            <table data-testid="versus-sums">
                <caption>{ format!("{} and {}, simulated", describe(&first.0), describe(&second.0)) }</caption>
                <thead><tr>
                    <th scope="col">{ "cache" }</th>
                    <th scope="col">{ "misses here" }</th><th scope="col">{ "misses there" }</th>
                    <th scope="col">{ "conflicts here" }</th><th scope="col">{ "conflicts there" }</th>
                </tr></thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}

/// A machine and its first cache in words.
fn describe(record: &Record) -> String {
    let machine = &record.machine;
    machine.caches.first().map_or_else(String::new, |cache| {
        format!(
            "{} with {} of {}, {} ways, {}",
            machine.name,
            cache.name,
            lab_core::units::format_bytes(cache.size as f64),
            cache.ways,
            cache.replacement.name()
        )
    })
}
