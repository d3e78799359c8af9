//! Two reports side by side: measured curves on one plot, differences of the machines in a table, then
//! each with its conditions, what was inferred, and its experiments.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    machine::Machine,
    report::{Experiment, Report, Series},
    study::Study,
    units::{Unit, format_bytes, format_number},
};
use yew::prelude::*;

use crate::{
    chart::{Landmark, ThreeReadings},
    parts::{
        experiments::Experiments,
        findings::{inferred, notes},
        machine::conditions,
    },
};

/// The two reports.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The first.
    pub a: Rc<Report>,
    /// The second.
    pub b: Rc<Report>,
}

/// Both reports, compared and then each in full.
#[component]
pub fn Compare(props: &Props) -> Html {
    let Props { a, b } = props;
    let both = use_memo((a.clone(), b.clone()), |(a, b)| {
        let shared = a.experiments.iter().filter_map(|one| {
            let other = b.experiment(&one.name)?;
            Some((
                one.clone(),
                measured(one, other),
                marks(one, &a.machine, &b.machine),
            ))
        });
        shared.collect::<Vec<_>>()
    });
    html! {
        <>
            <h2>{ "The machines" }</h2>
            { machines(a, b) }
            <h2>{ "Measured, A and B" }</h2>
            if both.is_empty() {
                <p>{ "The two reports have no experiment in common." }</p>
            }
            { for both.iter().map(|(experiment, series, marks)| html! {
                <section class="experiment" data-study={experiment.name.clone()}>
                    <h3>{ &experiment.title }</h3>
                    <ThreeReadings title={format!("{}, A and B", experiment.title)}
                        x={experiment.x.clone()} y={experiment.y.clone()}
                        series={series.clone()} landmarks={marks.clone()} />
                </section>
            }) }
            <div class="side-by-side">
                { for [("A", a), ("B", b)].into_iter().map(|(name, report)| html! {
                    <section aria-label={format!("Report {name} in full")}>
                        <h2>{ format!("{name}: {}", report.machine.name) }</h2>
                        { notes(&report.notes) }
                        <h3>{ format!("Conditions of the run, {name}") }</h3>
                        { conditions(&report.environment) }
                        { inferred(&report.inferred, Some(name)) }
                        <Experiments report={report.clone()} of={name} />
                    </section>
                }) }
            </div>
        </>
    }
}

/// The measured curves of both, A's variants before B's.
fn measured(a: &Experiment, b: &Experiment) -> Rc<[Series]> {
    let of = |name: &'static str, experiment: &Experiment| {
        let measured = experiment
            .series
            .iter()
            .filter(|s| s.reading == Reading::Measured);
        measured
            .cloned()
            .map(|mut series| {
                series.variant = match series.variant.as_str() {
                    "" => name.to_owned(),
                    variant => format!("{name}, {variant}"),
                };
                series
            })
            .collect::<Vec<_>>()
    };
    let mut all = of("A", a);
    all.extend(of("B", b));
    all.into()
}

fn marks(experiment: &Experiment, a: &Machine, b: &Machine) -> Rc<[Landmark]> {
    let Some(study) = Study::from_name(&experiment.name) else {
        return Rc::default();
    };
    let (a, b) = (study.landmarks(a), study.landmarks(b));
    if a == b {
        return a.into();
    }
    let named = |name: &'static str| {
        move |mark: Landmark| Landmark {
            label: format!("{name} {}", mark.label),
            ..mark
        }
    };
    a.into_iter()
        .map(named("A"))
        .chain(b.into_iter().map(named("B")))
        .collect()
}

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    name: String,
    a: String,
    b: String,
}

fn machines(a: &Report, b: &Report) -> Html {
    let rows = rows(a, b);
    let alike = rows.iter().filter(|row| row.a == row.b).count();
    html! {
        <div class="scroll" role="region" aria-label="Differences of the machines" tabindex="0">
            <table class="differences">
                <caption>{ format!(
                    "{} of {} figures differ; those are marked.", rows.len() - alike, rows.len()
                ) }</caption>
                <thead><tr>
                    <th scope="col">{ "figure" }</th>
                    <th scope="col">{ "A" }</th>
                    <th scope="col">{ "B" }</th>
                </tr></thead>
                <tbody>
                    { for rows.into_iter().map(|row| {
                        let differs = row.a != row.b;
                        html! {
                            <tr class={differs.then_some("differs")}>
                                <th scope="row">
                                    { row.name }
                                    if differs { <span class="mark">{ " ≠" }</span> }
                                </th>
                                <td>{ row.a }</td>
                                <td>{ row.b }</td>
                            </tr>
                        }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Figures by name: machines first, then conditions.
fn rows(a: &Report, b: &Report) -> Vec<Row> {
    let (left, right) = (facts(a), facts(b));
    let look = |facts: &[(String, String)], name: &str| {
        let found = facts.iter().find(|(known, _)| known == name);
        found.map_or_else(|| "–".to_owned(), |(_, value)| value.clone())
    };
    let only_b = right
        .iter()
        .filter(|(name, _)| !left.iter().any(|(known, _)| known == name));
    left.iter()
        .chain(only_b)
        .map(|(name, _)| Row {
            name: name.clone(),
            a: look(&left, name),
            b: look(&right, name),
        })
        .collect()
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let machine = &report.machine;
    let mut facts = vec![
        ("machine".to_owned(), machine.name.clone()),
        ("cores".to_owned(), machine.cores.to_string()),
        ("nodes".to_owned(), machine.nodes.len().to_string()),
    ];
    if let Some(clock) = &machine.clock_ghz {
        facts.push((
            "core clock".into(),
            format!("{} GHz", format_number(clock.value)),
        ));
    }
    for cache in &machine.caches {
        let name = |what: &str| format!("{} {what}", cache.name);
        let shape = format!("{}, {} ways", format_bytes(cache.size as f64), cache.ways);
        facts.push((name("cache"), shape));
        facts.push((
            name("latency"),
            Unit::Nanoseconds.format(cache.latency_ns.value),
        ));
        facts.push((
            name("bandwidth"),
            Unit::GigabytesPerSecond.format(cache.bandwidth_gbs.value),
        ));
    }
    let memory = &machine.memory;
    facts.push(("memory".into(), format_bytes(memory.size as f64)));
    facts.push((
        "memory latency".into(),
        Unit::Nanoseconds.format(memory.latency_ns.value),
    ));
    facts.push((
        "memory bandwidth".into(),
        Unit::GigabytesPerSecond.format(memory.bandwidth_gbs.value),
    ));
    let conditions = report.environment.facts.iter();
    facts.extend(conditions.map(|fact| (fact.name.clone(), fact.value.clone())));
    facts
}

#[cfg(test)]
mod tests {
    use lab_core::report::SCHEMA;

    use super::*;
    use crate::state::setup::preset;

    fn report(machine: Machine) -> Report {
        Report {
            schema: SCHEMA,
            generator: String::new(),
            created: String::new(),
            machine,
            topology: None,
            environment: Default::default(),
            experiments: Vec::new(),
            inferred: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn figures_of_either_machine_are_listed() {
        let rows = rows(&report(preset("teaching")), &report(preset("laptop")));
        let row = |name: &str| rows.iter().find(|row| row.name == name).unwrap();
        assert_eq!(
            (row("L1 cache").a.as_str(), row("L1 cache").b.as_str()),
            ("128 B, 2 ways", "32 KiB, 8 ways")
        );
        assert_eq!(
            (row("L3 latency").a.as_str(), row("L3 latency").b.as_str()),
            ("–", "14 ns")
        );
        assert_eq!(row("nodes").a, row("nodes").b);
    }
}
