//! Two loops to swap: the same sum by columns and by rows, and which of its accesses miss.

use std::rc::Rc;

use lab_core::{sim::Event, trace::program::Example, views::View};
use yew::prelude::*;

use crate::{
    parts::slider::status,
    routes::Route,
    simulation::{
        Known,
        jobs::record::{Look, Record, Seen},
        use_job,
    },
    state::{
        cache::{Config, example},
        session::use_session,
        situation::Situation,
    },
};

/// The choice in the address: by rows once the loops are swapped.
const KEY: &str = "start.loops";
const ROWS: &str = "rows";

/// Rows and columns of the matrix.
const SIDE: u64 = 16;

/// Bytes of a number.
const NUMBER: u64 = 8;

/// A cache that holds eight lines of eight numbers: a column of the matrix touches twice as many.
const CACHE: [(&str, &str); 4] = [
    ("cache.l1.line", "64"),
    ("cache.l1.size", "512"),
    ("cache.l2.line", "64"),
    ("cache.l2.size", "4096"),
];

/// The side of a cell and the step to the next, in the picture's units.
const CELL: u64 = 13;
const STEP: u64 = 15;

/// What the Cache view opens with, for the same program on the same cache.
fn there(example: &Example) -> Situation {
    let said = [
        ("machine", "teaching"),
        ("example", example.name),
        ("cache.param.N", "16"),
    ];
    let all = said.into_iter().chain(CACHE);
    all.fold(Situation::default(), |situation, (key, value)| {
        situation.with(key, Some(value.to_owned()))
    })
}

/// An access: the element, and whether it hit.
type Visit = (u64, bool);

/// The accesses of a run in their order.
fn visits(known: &Known<Record>) -> Option<Vec<Visit>> {
    let (_, Seen::Step(moment)) = known.seen.as_ref()? else {
        return None;
    };
    let missed = |event: &Event| matches!(event, Event::Miss { depth: 0, .. });
    let first = (moment.step.access, !moment.step.events.iter().any(missed));
    let all = || std::iter::once(&first).chain(&moment.ahead);
    let base = all().map(|(access, _)| access.address).min()?;
    let visits = all().map(|(access, hit)| ((access.address - base) / NUMBER, *hit));
    Some(visits.collect()).filter(|visits: &Vec<Visit>| visits.len() as u64 == SIDE * SIDE)
}

fn misses(visits: &[Visit]) -> usize {
    visits.iter().filter(|(_, hit)| !hit).count()
}

#[hook]
fn use_visits(name: &'static str) -> (Known<Record>, Option<Vec<Visit>>) {
    let record = use_memo((), |()| {
        let example = example(name).expect("both orders are examples");
        let machine = Config::of(Some("teaching"), "cache", &there(example), None).machine;
        Record {
            program: example.source.to_owned(),
            values: vec![("N".to_owned(), SIDE as i64)],
            machine,
            limit: SIDE * SIDE,
            sample: false,
        }
    });
    let look = Look::Step {
        at: 0,
        cells: 1,
        ahead: SIDE * SIDE - 1,
        hand: Vec::new(),
    };
    let asked = use_job(Some(Rc::clone(&record)), Some(look));
    let visits = visits(&asked);
    ((*asked).clone(), visits)
}

/// The loop, what it misses, and the button that swaps.
#[component]
pub fn Swap() -> Html {
    let session = use_session();
    let columns = use_visits("columns");
    let rows = use_visits("rows");
    let swapped = session.situation.get(KEY) == Some(ROWS);
    let ((known, shown), other) = if swapped {
        (rows, columns.1)
    } else {
        (columns, rows.1)
    };
    let swap = {
        let session = session.clone();
        let wanted = (!swapped).then(|| ROWS.to_owned());
        Callback::from(move |_: MouseEvent| session.choose(KEY, wanted.clone()))
    };
    let name = if swapped { ROWS } else { "columns" };
    let Some(example) = example(name) else {
        return Html::default();
    };
    // The text without its comment and its parameter, which the words above say.
    let code = example.source.lines();
    let code = code.filter(|line| !line.starts_with("//") && !line.starts_with("param"));
    let code = code.map(|line| html! {
        <span class={line.trim_start().starts_with("for ").then_some("loop")}>{ line }{ "\n" }</span>
    });
    html! {
        <section class="swap" aria-labelledby="swap" data-testid="swap">
            <div>
                <h2 id="swap">{ "Try it" }</h2>
                <p>{ "This loop adds up a matrix of 16\u{a0}×\u{a0}16 numbers. The cache holds 8 lines; a line is 8 \
                    numbers that lie side by side in a row." }</p>
                <pre tabindex="0" aria-label="The loop"><code>{ for code }</code></pre>
                <p><button type="button" data-testid="swap-loops" onclick={swap}>
                    { if swapped { "Swap them back" } else { "Swap the two loops" } }
                </button></p>
                <div aria-live="polite" data-testid="swap-verdict">
                    { verdict(shown.as_deref(), other.as_deref().filter(|_| swapped)) }
                </div>
                <p class="hint"><a href={Route::View(View::Cache).link(&there(example))}>
                    { "Watch this loop access by access" }
                </a></p>
            </div>
            <figure>
                { picture(shown.as_deref().unwrap_or_default()) }
                <figcaption>
                    <span class="key missed">{ "miss: the line has to come" }</span>
                    <span class="key hit">{ "hit: the line is there" }</span>
                    <span>{ "1, 2, 3: the first accesses" }</span>
                    { status(&known) }
                </figcaption>
            </figure>
        </section>
    }
}

/// How many miss; after a swap, how many fewer.
fn verdict(shown: Option<&[Visit]>, before: Option<&[Visit]>) -> Html {
    let Some(shown) = shown else {
        return html! { <p>{ "Simulating …" }</p> };
    };
    let (all, now) = (shown.len(), misses(shown));
    let times = before.map(misses).filter(|before| *before > now && now > 0);
    html! {
        <p>
            if let Some(before) = times {
                <strong>{ times_words(before, now) }</strong>{ " " }
            }
            { now }{ " of " }{ all }{ " accesses miss" }
            if times.is_some() { { ". It is the same sum of the same numbers." } } else { { "." } }
        </p>
    }
}

/// `8 times fewer misses.`
fn times_words(before: usize, now: usize) -> String {
    let tenths = (before * 10 + now / 2) / now;
    match tenths % 10 {
        0 => format!("{} times fewer misses.", tenths / 10),
        rest => format!("{}.{rest} times fewer misses.", tenths / 10),
    }
}

/// The matrix: a filled cell for each miss, an empty one for each hit.
fn picture(visits: &[Visit]) -> Html {
    let place = |element: u64| (element % SIDE * STEP + 1, element / SIDE * STEP + 1);
    let cells = |hits: bool| {
        let mut path = String::new();
        for (element, _) in visits.iter().filter(|(_, hit)| *hit == hits) {
            let (x, y) = place(*element);
            path.push_str(&format!("M{x} {y}h{CELL}v{CELL}h-{CELL}z"));
        }
        path
    };
    let numbers = visits
        .iter()
        .take(3)
        .enumerate()
        .map(|(at, (element, hit))| {
            let (x, y) = place(*element);
            html! {
                <text x={(x + CELL / 2).to_string()} y={(y + CELL - 3).to_string()}
                    class={if *hit { "on-hit" } else { "on-miss" }}>{ at + 1 }</text>
            }
        });
    let size = SIDE * STEP;
    let words = match misses(visits) {
        0 => "The matrix.".to_owned(),
        all if all == visits.len() => "The matrix: every access misses.".to_owned(),
        some => format!(
            "The matrix: {some} accesses miss, the first to each line; the other {} hit.",
            visits.len() - some
        ),
    };
    html! {
        <svg viewBox={format!("0 0 {size} {size}")} role="img" aria-label={words}>
            <path class="hit" d={cells(true)} />
            <path class="missed" d={cells(false)} />
            { for numbers }
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_can_be_built_and_the_program_is_there() {
        for name in ["columns", ROWS] {
            // As it comes out of a link.
            let there = Situation::parse(&there(example(name).unwrap()).to_query());
            let config = Config::of(Some("teaching"), "cache", &there, None);
            assert_eq!(config.machine.caches[0].line, 64);
            assert!(
                config.changed && config.problem.is_none(),
                "{:?}",
                config.problem
            );
        }
    }

    #[test]
    fn ratios_are_said_with_a_digit_where_they_need_one() {
        assert_eq!(times_words(256, 32), "8 times fewer misses.");
        assert_eq!(times_words(100, 40), "2.5 times fewer misses.");
    }
}
