//! Two reports: what differs first, by how much, and whether by more than noise; then the curves of both on
//! one plot; folded away what is alike, and each report in full.

use std::rc::Rc;

use lab_core::{
    evidence::Reading,
    machine::Machine,
    report::{Compared, Difference, Experiment, Report, Series, compare},
    study::Study,
    units::{Unit, format_bytes, format_number},
};
use yew::prelude::*;

use crate::{
    chart::{Landmark, ThreeReadings},
    parts::{
        experiments::Experiments,
        findings::{inferred, notes},
        fold::use_fold,
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

/// One experiment that both reports have.
struct Shared {
    experiment: Experiment,
    curves: Rc<[Series]>,
    marks: Rc<[Landmark]>,
    difference: Option<Difference>,
}

impl Shared {
    fn differs(&self) -> bool {
        let difference = self.difference.as_ref();
        difference.is_some_and(Difference::is_beyond_noise)
    }

    /// How far apart the two are, to begin with what differs most.
    fn distance(&self) -> f64 {
        let widest = self.difference.as_ref().and_then(|it| it.widest.as_ref());
        widest.map_or(0.0, Compared::distance)
    }

    /// The id of its plot.
    fn id(&self) -> String {
        format!("both-{}", self.experiment.name)
    }
}

/// What differs first; what is alike, and each report in full, folded.
#[component]
pub fn CompareView(props: &Props) -> Html {
    let Props { a, b } = props;
    let (alike_opened, alike) = use_fold();
    let (full_opened, full) = use_fold();
    let shared = use_memo((a.clone(), b.clone()), |(a, b)| {
        let shared = a.experiments.iter().filter_map(|one| {
            let other = b.experiment(&one.name)?;
            Some(Shared {
                experiment: one.clone(),
                curves: measured(one, other),
                marks: marks(one, &a.machine, &b.machine),
                difference: Difference::of(&compare(one, other)),
            })
        });
        let mut shared: Vec<Shared> = shared.collect();
        shared.sort_by(|a, b| b.distance().total_cmp(&a.distance()));
        shared
    });
    let (differ, same): (Vec<&Shared>, Vec<&Shared>) = shared.iter().partition(|it| it.differs());
    html! {
        <>
            <section aria-labelledby="differs" data-testid="differs">
                <h2 id="differs">{ "What differs" }</h2>
                if shared.is_empty() {
                    <p>{ "The two reports have no experiment in common." }</p>
                } else if differ.is_empty() {
                    <p>{ "Nothing that both measured differs by more than noise." }</p>
                } else {
                    { differences(&differ) }
                }
                { machines(a, b) }
            </section>
            { for differ.iter().map(|shared| plot(shared)) }
            if !same.is_empty() {
                <details class="data" data-testid="alike" ontoggle={alike}>
                    <summary>{ same.len() }{ " of " }{ shared.len() }
                        { " experiments do not differ by more than noise" }</summary>
                    if alike_opened { { for same.iter().map(|shared| plot(shared)) } }
                </details>
            }
            <details class="data" data-testid="in-full" ontoggle={full}>
                <summary>{ "Both reports in full, side by side" }</summary>
                if full_opened { { in_full(a, b) } }
            </details>
        </>
    }
}

/// A row for each experiment that differs, the widest difference first.
fn differences(differ: &[&Shared]) -> Html {
    let row = |shared: &&Shared| {
        let experiment = &shared.experiment;
        let difference = shared.difference.as_ref();
        let widest = difference.and_then(|it| it.widest.as_ref());
        html! {
            <tr>
                <th scope="row"><a href={format!("#{}", shared.id())}>{ &experiment.title }</a></th>
                <td>{ difference.and_then(|it| it.median).map_or_else(|| "–".to_owned(), format_number) }</td>
                <td>{ widest.map(|it| it.plainly(&experiment.x, experiment.y.unit)) }</td>
                <td>{ difference.map(|it| format!("{} of {} points", it.apart, it.points)) }</td>
            </tr>
        }
    };
    html! {
        <div class="scroll" role="region" aria-label="What differs between the measurements" tabindex="0">
            <table class="differences">
                <caption>{ "What both measured. Beyond noise: the intervals of the two do not overlap." }</caption>
                <thead><tr>
                    <th scope="col">{ "experiment" }</th>
                    <th scope="col">{ "median of B / A" }</th>
                    <th scope="col">{ "widest" }</th>
                    <th scope="col">{ "beyond noise" }</th>
                </tr></thead>
                <tbody>{ for differ.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn plot(shared: &Shared) -> Html {
    let experiment = &shared.experiment;
    let difference = shared.difference.as_ref();
    let widest = difference.and_then(|it| it.widest.as_ref());
    html! {
        <section class="experiment" id={shared.id()} data-study={experiment.name.clone()}
            key={experiment.name.clone()}>
            <h3>{ &experiment.title }</h3>
            if let Some(widest) = widest.filter(|_| shared.differs()) {
                <p>{ "At most: " }{ widest.plainly(&experiment.x, experiment.y.unit) }{ "." }</p>
            }
            <ThreeReadings title={format!("{}, A and B", experiment.title)}
                x={experiment.x.clone()} y={experiment.y.clone()}
                series={shared.curves.clone()} landmarks={shared.marks.clone()} />
        </section>
    }
}

fn in_full(a: &Rc<Report>, b: &Rc<Report>) -> Html {
    html! {
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

/// The figures that differ; those that are the same folded.
fn machines(a: &Report, b: &Report) -> Html {
    let rows = rows(a, b);
    let all = rows.len();
    let (same, differ): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.a == row.b);
    let table = |label: &'static str, caption: String, rows: Vec<Row>| {
        html! {
            <div class="scroll" role="region" aria-label={label} tabindex="0">
                <table class="differences">
                    <caption>{ caption }</caption>
                    <thead><tr>
                        <th scope="col">{ "figure" }</th>
                        <th scope="col">{ "A" }</th>
                        <th scope="col">{ "B" }</th>
                    </tr></thead>
                    <tbody>
                        { for rows.into_iter().map(|row| html! {
                            <tr><th scope="row">{ row.name }</th><td>{ row.a }</td><td>{ row.b }</td></tr>
                        }) }
                    </tbody>
                </table>
            </div>
        }
    };
    html! {
        <>
            <h3>{ "The machines" }</h3>
            if differ.is_empty() {
                <p>{ "The two machines, and the conditions of the runs, are described alike." }</p>
            } else {
                { table("Differences of the machines",
                    format!("{} of {all} figures of machines and conditions differ.", differ.len()), differ) }
            }
            if !same.is_empty() {
                <details class="data">
                    <summary>{ same.len() }{ " figures are the same" }</summary>
                    { table("What the machines have in common", "The same in both.".to_owned(), same) }
                </details>
            }
        </>
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
