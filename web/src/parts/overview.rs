//! All experiments of a report on one page: what holds each back, its widest ratio, its samples.

use lab_core::{
    report::{Experiment, Report},
    units::format_number,
};
use yew::prelude::*;

/// One row an experiment, which leads to it.
pub fn overview(report: &Report) -> Html {
    if report.experiments.len() < 2 {
        return Html::default();
    }
    html! {
        <table class="overview" data-testid="overview">
            <caption>{ "What each experiment found. Plots, evidence and conditions follow below." }</caption>
            <thead><tr>
                { for HEAD.map(|name| html! { <th scope="col">{ name }</th> }) }
            </tr></thead>
            <tbody>{ for report.experiments.iter().map(row) }</tbody>
        </table>
    }
}

const HEAD: [&str; 4] = [
    "experiment",
    "limited by",
    "widest ratio",
    "disturbed samples",
];

fn row(experiment: &Experiment) -> Html {
    let seen = experiment.conditions();
    let samples = match seen.samples {
        0 => "–".to_owned(),
        samples => format!("{} of {samples}", seen.disturbed),
    };
    let ratio = experiment.widest_ratio().map(|ratio| {
        html! {
            <>
                <strong>{ format_number(ratio.median) }</strong>
                { format!(
                    " [{}–{}]", format_number(ratio.spread.low), format_number(ratio.spread.high)
                ) }
                <small>{ format!(
                    "{} over {}: {}", ratio.of, ratio.to, ratio.finding(experiment.y.unit)
                ) }</small>
            </>
        }
    });
    let cells = [
        held_back(experiment).into(),
        ratio.unwrap_or_else(|| "–".into()),
        samples.into(),
    ];
    html! {
        <tr>
            <th scope="row">
                <a href={format!("#{}", experiment.name)}>{ &experiment.title }</a>
            </th>
            { for cells.into_iter().zip(&HEAD[1..]).map(|(cell, name): (Html, _)| html! {
                <td data-label={*name}>{ cell }</td>
            }) }
        </tr>
    }
}

/// The causes, each with how many variants it holds back where there are several causes.
fn held_back(experiment: &Experiment) -> String {
    let mut causes: Vec<(&str, usize)> = Vec::new();
    for alike in experiment.held_back() {
        let name = alike.bottleneck.name();
        match causes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += alike.variants.len(),
            None => causes.push((name, alike.variants.len())),
        }
    }
    match causes.as_slice() {
        [] => "–".to_owned(),
        [(name, _)] => (*name).to_owned(),
        several => {
            let words = several
                .iter()
                .map(|(name, count)| format!("{name} ({count})"));
            words.collect::<Vec<_>>().join(", ")
        }
    }
}
