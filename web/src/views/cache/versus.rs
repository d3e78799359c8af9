//! The same program on other caches, side by side.

use std::rc::Rc;

use lab_core::{
    sim::{LevelCounts, recording::Summary},
    trace::program::PlacedArray,
};
use yew::prelude::*;

use super::{caches, words};
use crate::{
    parts::table::{Cell, Row, Table},
    simulation::{
        jobs::record::{Look, Record, Seen},
        use_job,
    },
    state::{cache::by_hand, session::use_session},
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
    let session = use_session();
    let look = Look::Step {
        at: props.at,
        cells: 64,
        ahead: 0,
        hand: by_hand(&session.situation, props.at),
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
    let count = first
        .1
        .counts
        .levels
        .len()
        .max(second.1.counts.levels.len());
    let rows = (0..count).map(|level| {
        let [a, b] = [first, second].map(|side| side.1.counts.levels.get(level));
        let count = |value: fn(&LevelCounts) -> u64| {
            [a, b].map(|level| level.map_or_else(Cell::default, |it| Cell::count(value(it))))
        };
        let misses = count(|level| level.misses);
        let conflicts = count(|level| level.misses_by_cause.unwrap_or_default().conflict);
        let name = a.or(b).map_or_else(String::new, |level| level.name.clone());
        Row::new(name, misses.into_iter().chain(conflicts).collect())
    });
    let titles = [
        "cache",
        "misses here",
        "misses there",
        "conflicts here",
        "conflicts there",
    ];
    html! {
        <Table hook="versus-sums" label="Both side by side" titles={titles.map(str::to_owned).to_vec()}
            caption={format!("{} and {}, simulated", describe(&first.0), describe(&second.0))}
            rows={rows.collect::<Vec<_>>()} />
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
