//! What an experiment found beside its curves: at once what holds it back, its widest ratio and how
//! clean its samples are; folded away the evidence, all ratios, what was counted, the conditions.

use std::rc::Rc;

use lab_core::{
    report::{Count, Counted, Counter, Experiment, Metric, Point, Ratio, Unavailable, Verdict},
    units::format_number,
};
use yew::prelude::*;

use super::{fold::use_fold, machine::evidence};

/// Each thing that is seen at once, with its name.
pub fn at_once(experiment: &Experiment) -> Html {
    let judged = experiment.verdicts.len();
    let verdicts = experiment.held_back().into_iter().map(|alike| {
        html! {
            <dd>
                <strong>{ alike.bottleneck.name() }</strong>
                { format!(" at {}", experiment.x.place(alike.x)) }
                if !alike.which(judged).is_empty() { { format!(" ({})", alike.which(judged)) } }
                <small>{ alike.bottleneck.means() }</small>
            </dd>
        }
    });
    let ratio = experiment.widest_ratio().map(|ratio| {
        let name = match experiment.ratios.len() {
            1 => "Ratio".to_owned(),
            all => format!("Widest of {all} ratios"),
        };
        let says = ratio.plainly(&experiment.x, experiment.y.unit);
        html! { <div><dt>{ name }</dt><dd>{ says }</dd></div> }
    });
    let conditions = experiment.conditions();
    html! {
        <dl class="found" data-testid="found">
            if judged > 0 { <div data-testid="verdict"><dt>{ "What limits it" }</dt>{ for verdicts }</div> }
            { for ratio }
            if let Some(summary) = conditions.summary() {
                <div><dt>{ "Samples" }</dt><dd>{ summary }</dd></div>
            }
        </dl>
    }
}

/// What is folded away.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Evidence,
    Ratios,
    Counted,
    Conditions,
}

/// What the foldings of an experiment are of.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The experiment.
    pub experiment: Rc<Experiment>,
    /// Bytes of a line of its machine.
    pub line: u64,
    /// What its run could not give.
    pub unavailable: Rc<[Unavailable]>,
}

/// Everything behind what is seen at once.
#[component]
pub fn Found(props: &Props) -> Html {
    let experiment = &props.experiment;
    let few = |count: usize, one: &str, many: &str| match count {
        1 => one.to_owned(),
        _ => format!("{count} {many}"),
    };
    let samples = experiment.conditions().samples;
    let counted = !experiment.counted.is_empty() || lacking(&props.unavailable).next().is_some();
    let parts = [
        (
            Part::Evidence,
            !experiment.verdicts.is_empty(),
            format!(
                "Evidence for {}",
                few(experiment.verdicts.len(), "the verdict", "verdicts")
            ),
        ),
        (
            Part::Ratios,
            !experiment.ratios.is_empty(),
            few(experiment.ratios.len(), "The ratio", "ratios of variants"),
        ),
        (
            Part::Counted,
            counted && samples > 0,
            "Counters and what follows from them".to_owned(),
        ),
        (
            Part::Conditions,
            samples > 0,
            format!("Conditions of {}", few(samples, "the sample", "samples")),
        ),
    ];
    html! {
        <div class="foldings">
            { for parts.into_iter().filter(|(_, there, _)| *there).map(|(part, _, summary)| html! {
                <Fold {part} {summary} of={props.clone()} />
            }) }
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct FoldProps {
    part: Part,
    summary: String,
    of: Props,
}

/// One part behind a disclosure. It is made when it is first opened: the tables of all experiments
/// together would be many thousands of cells.
#[component]
fn Fold(props: &FoldProps) -> Html {
    let (opened, ontoggle) = use_fold();
    let Props {
        experiment,
        line,
        unavailable,
    } = &props.of;
    let content = || match props.part {
        Part::Evidence => clues(experiment),
        Part::Ratios => ratios(experiment),
        Part::Counted => counters(experiment, *line as f64, unavailable),
        Part::Conditions => conditions(experiment),
    };
    html! {
        <details class="data" {ontoggle}>
            <summary>
                { &props.summary }
                <span class="visually-hidden">{ format!(": {}", experiment.title) }</span>
            </summary>
            if opened { { content() } }
        </details>
    }
}

/// A table that scrolls in its own box.
fn table(class: &'static str, label: String, head: Vec<String>, rows: Html) -> Html {
    html! {
        <div class="scroll" role="region" aria-label={label} tabindex="0">
            <table {class}>
                <thead><tr>
                    { for head.into_iter().map(|name| html! { <th scope="col">{ name }</th> }) }
                </tr></thead>
                <tbody>{ rows }</tbody>
            </table>
        </div>
    }
}

/// Every verdict with its evidence, piece by piece.
fn clues(experiment: &Experiment) -> Html {
    let verdict = |verdict: &Verdict| {
        let clues = verdict
            .clues
            .iter()
            .map(|clue| html! { <li>{ &clue.says }{ " " }{ evidence(clue.evidence, "") }</li> });
        html! {
            <li>
                <strong>{ verdict.bottleneck.name() }</strong>
                { format!(", {}", verdict.place(&experiment.x)) }
                <ul>{ for clues }</ul>
            </li>
        }
    };
    html! {
        <div class="scroll" role="region" aria-label={format!("Evidence: {}", experiment.title)}
            tabindex="0">
            <ul class="notes clues" data-testid="clues">
                { for experiment.verdicts.iter().map(verdict) }
            </ul>
        </div>
    }
}

/// Every ratio with its interval, and what follows from it.
fn ratios(experiment: &Experiment) -> Html {
    let row = |ratio: &Ratio| {
        let finding = ratio.finding(experiment.y.unit);
        let small = match (ratio.is_inconclusive(), ratio.dirty) {
            (true, true) => "the interval holds 1; mostly disturbed samples",
            (true, false) => "the interval holds 1",
            (false, true) => "mostly disturbed samples",
            (false, false) => "",
        };
        let [median, low, high] =
            [ratio.median, ratio.spread.low, ratio.spread.high].map(format_number);
        html! {
            <tr>
                <th scope="row">{ &ratio.of }<small>{ "over " }{ &ratio.to }</small></th>
                <td>{ experiment.x.unit.format(ratio.x) }</td>
                <td>{ median }</td>
                <td>
                    { format!("{low} to {high}") }
                    <small>{ format!(
                        "{:.0} %, {} pairs", 100.0 * ratio.spread.confidence, ratio.pairs
                    ) }</small>
                </td>
                <td>
                    { finding }
                    if !small.is_empty() { <small>{ small }</small> }
                </td>
            </tr>
        }
    };
    let head = [
        "variant",
        &experiment.x.label,
        "ratio",
        "interval",
        "result",
    ];
    html! {
        <div data-testid="ratios">
            <p class="hint">{ format!(
                "Medians of the ratios of {} in samples of the same round, so that a drift of the \
                 machine cancels.", experiment.y.label
            ) }</p>
            { table(
                "ratios",
                format!("Ratios: {}", experiment.title),
                head.map(str::to_owned).into(),
                experiment.ratios.iter().map(row).collect(),
            ) }
        </div>
    }
}

/// The counters that a run could not read.
fn lacking(unavailable: &[Unavailable]) -> impl Iterator<Item = &Unavailable> {
    let counters = |it: &&Unavailable| it.what.contains("counters");
    unavailable.iter().filter(counters)
}

/// What was counted, what follows from it, and what could not be counted.
fn counters(experiment: &Experiment, line: f64, unavailable: &[Unavailable]) -> Html {
    let missing = lacking(unavailable).map(|missing| {
        html! { <li>{ "Not available here: " }{ missing.sentence() }{ "." }</li> }
    });
    html! {
        <div data-testid="counted">
            <ul class="notes">{ for missing }</ul>
            if experiment.counted.is_empty() {
                <p class="hint">{ "Nothing was counted beside the timing of this experiment." }</p>
            } else {
                <p class="hint">{ "Counted in a separate run, for each unit of work. Where no counter can \
                    tell, the number comes from the simulator or the formula, and says so." }</p>
                { count_table(experiment, line) }
            }
        </div>
    }
}

fn count_table(experiment: &Experiment, line: f64) -> Html {
    let rows: Vec<(&Counted, Vec<Metric>)> = experiment
        .counted
        .iter()
        .map(|counted| (counted, experiment.metrics(counted, line)))
        .collect();
    let mut counters: Vec<Counter> = Vec::new();
    let mut metrics: Vec<&'static str> = Vec::new();
    for (counted, derived) in &rows {
        for Count { what, .. } in &counted.counts {
            if !counters.contains(what) {
                counters.push(*what);
            }
        }
        for Metric { name, .. } in derived {
            if !metrics.contains(name) {
                metrics.push(name);
            }
        }
    }
    let named = rows.iter().any(|(counted, _)| !counted.variant.is_empty());
    let mut head: Vec<String> = named.then(|| "variant".to_owned()).into_iter().collect();
    head.extend([experiment.x.label.clone(), "time, ns".to_owned()]);
    head.extend(metrics.iter().map(|name| (*name).to_owned()));
    head.extend(counters.iter().map(|counter| match counter {
        Counter::TaskClock => format!("{}, ns", counter.name()),
        _ => counter.name().to_owned(),
    }));
    let rows = rows.iter().map(|(counted, derived)| {
        let metric = |name: &&str| match derived.iter().find(|metric| metric.name == *name) {
            Some(metric) => html! {
                <td>{ metric.unit.format(metric.value) }<small>{ metric.evidence.to_string() }</small></td>
            },
            None => html! { <td>{ "–" }</td> },
        };
        let count = |counter: &Counter| {
            let count = counted.count(*counter);
            html! { <td>{ count.map_or_else(|| "–".to_owned(), format_number) }</td> }
        };
        html! {
            <tr>
                if named { <th scope="row">{ &counted.variant }</th> }
                <td>{ experiment.x.unit.format(counted.x) }</td>
                <td>{ format_number(counted.nanoseconds) }</td>
                { for metrics.iter().map(metric) }
                { for counters.iter().map(count) }
            </tr>
        }
    });
    let label = format!("Counters: {}", experiment.title);
    table("counters", label, head, rows.collect())
}

/// How the samples fared: how many were disturbed, what was watched, and where.
fn conditions(experiment: &Experiment) -> Html {
    let seen = experiment.conditions();
    let fact = |name: &str, value: String| html! { <div><dt>{ name }</dt><dd>{ value }</dd></div> };
    let clean = seen.samples - seen.disturbed;
    let again = match seen.again {
        Some(again) => again.to_string(),
        None => "not written down".to_owned(),
    };
    let reasons = seen.reasons.iter();
    let disturbed = experiment.series.iter().flat_map(|series| {
        let points = series.points.iter();
        points
            .filter(|point| point.samples.iter().any(|sample| sample.dirty))
            .map(|point| disturbed_row(experiment, &series.variant, point))
    });
    let rows: Html = disturbed.collect();
    html! {
        <div data-testid="conditions">
            <dl class="facts">
                { fact("clean", format!("{clean} of {}", seen.samples)) }
                { fact("disturbed", seen.disturbed.to_string()) }
                { for reasons.map(|(reason, count)| fact(
                    &format!("of these, {}", reason.phrase()), count.to_string()
                )) }
                { fact("measured again", again) }
                { fact("outliers (far from the others, kept)", seen.outliers.to_string()) }
                { for seen.watched().map(|(name, words)| fact(name, words)) }
            </dl>
            if seen.disturbed > 0 {
                <p class="hint">{ "Points with disturbed samples. Where at least five clean samples are \
                    left, the median is taken from these alone." }</p>
                { table(
                    "disturbed",
                    format!("Disturbed samples: {}", experiment.title),
                    ["curve", &experiment.x.label, "disturbed", "by"].map(str::to_owned).into(),
                    rows,
                ) }
            }
        </div>
    }
}

fn disturbed_row(experiment: &Experiment, variant: &str, point: &Point) -> Html {
    let seen = lab_core::report::Conditions::of([point]);
    let reasons = match seen.reasons() {
        none if none.is_empty() => "the report does not say".to_owned(),
        reasons => reasons,
    };
    html! {
        <tr>
            <th scope="row">{ if variant.is_empty() { "measured" } else { variant } }</th>
            <td>{ experiment.x.unit.format(point.x) }</td>
            <td>{ format!("{} of {}", seen.disturbed, seen.samples) }</td>
            <td>{ reasons }</td>
        </tr>
    }
}
