//! A machine in full: its parts, its levels with the evidence of every figure, the conditions.

use lab_core::{
    evidence::Evidence,
    machine::{Figure, Machine},
    report::Environment,
    topology::Object,
    units::{Unit, format_bytes, format_number},
};
use yew::prelude::*;

use super::topology::Topology;

/// Parts and levels; the parts are drawn from the description when nobody looked at them.
pub fn machine_sheet(machine: &Machine, topology: Option<&Object>) -> Html {
    let root = topology
        .cloned()
        .unwrap_or_else(|| Object::from_machine(machine));
    let caches = machine.caches.iter().map(|cache| {
        html! {
            <tr>
                <th scope="row">{ &cache.name }</th>
                <td>{ format_bytes(cache.size as f64) }{ evidence(cache.geometry, "") }</td>
                <td>{ cache.line }{ " B" }</td>
                <td>{ cache.ways }</td>
                <td>{ cache.sets() }</td>
                <td>{ cache.shared_by }</td>
                { figure(&cache.latency_ns, Unit::Nanoseconds) }
                { figure(&cache.bandwidth_gbs, Unit::GigabytesPerSecond) }
            </tr>
        }
    });
    let memory = &machine.memory;
    html! {
        <>
            <p class="lead">{ &machine.description }</p>
            <Topology {root} />
            <div class="scroll" role="region" aria-label="Levels of the memory hierarchy" tabindex="0">
                <table class="levels">
                    <caption>
                        { "Levels, innermost first. " }
                        if let Some(clock) = &machine.clock_ghz {
                            { format!("Core clock {} GHz", format_number(clock.value)) }
                            { evidence(clock.evidence, &clock.source) }
                        } else {
                            { "The core clock is not known, so no cycles are shown." }
                        }
                    </caption>
                    <thead><tr>
                        { for ["level", "capacity", "line", "ways", "sets", "cores sharing",
                            "load-to-use", "read, one core"].map(|name| html! {
                            <th scope="col">{ name }</th>
                        }) }
                    </tr></thead>
                    <tbody>
                        { for caches }
                        <tr>
                            <th scope="row">{ "memory" }</th>
                            <td>{ format_bytes(memory.size as f64) }</td>
                            <td>{ "–" }</td><td>{ "–" }</td><td>{ "–" }</td>
                            <td>{ machine.cores }</td>
                            { figure(&memory.latency_ns, Unit::Nanoseconds) }
                            { figure(&memory.bandwidth_gbs, Unit::GigabytesPerSecond) }
                        </tr>
                    </tbody>
                </table>
            </div>
            { sources(machine) }
        </>
    }
}

fn figure(figure: &Figure, unit: Unit) -> Html {
    html! { <td>{ unit.format(figure.value) }{ evidence(figure.evidence, &figure.source) }</td> }
}

/// What kind of knowledge a figure is, as a small word behind it.
pub fn evidence(evidence: Evidence, source: &str) -> Html {
    let title = (!source.is_empty()).then(|| source.to_owned());
    html! { <small class="evidence" {title}>{ evidence.to_string() }</small> }
}

/// Where the figures come from: each source once, with the figures it gave.
fn sources(machine: &Machine) -> Html {
    let caches = machine.caches.iter().flat_map(|cache| {
        [
            (format!("{} latency", cache.name), &cache.latency_ns),
            (format!("{} bandwidth", cache.name), &cache.bandwidth_gbs),
        ]
    });
    let all = caches
        .chain([
            ("memory latency".to_owned(), &machine.memory.latency_ns),
            ("memory bandwidth".to_owned(), &machine.memory.bandwidth_gbs),
        ])
        .chain(
            machine
                .clock_ghz
                .iter()
                .map(|clock| ("clock".to_owned(), clock)),
        );
    let mut origins: Vec<((Evidence, &str), Vec<String>)> = Vec::new();
    for (name, figure) in all {
        let key = (figure.evidence, figure.source.as_str());
        match origins.iter_mut().find(|(known, _)| *known == key) {
            Some((_, names)) => names.push(name),
            None => origins.push((key, vec![name])),
        }
    }
    html! {
        <details class="sources">
            <summary>{ "Where these figures come from" }</summary>
            <ul>
                { for origins.into_iter().map(|((evidence, source), names)| {
                    let source = if source.is_empty() { "no source is given" } else { source };
                    html! {
                        <li><strong>{ evidence.to_string() }</strong>{ format!(
                            " ({}): {source}", names.join(", ")
                        ) }</li>
                    }
                }) }
            </ul>
        </details>
    }
}

/// The conditions of a run: facts, and what could not be had.
pub fn conditions(environment: &Environment) -> Html {
    let Environment { facts, unavailable } = environment;
    html! {
        <>
            <dl class="facts">
                { for facts.iter().map(|fact| html! {
                    <div><dt>{ &fact.name }</dt><dd>{ &fact.value }</dd></div>
                }) }
            </dl>
            if !unavailable.is_empty() {
                <h3>{ "Not available here, and why" }</h3>
                <ul class="unavailable" data-testid="unavailable">
                    { for unavailable.iter().map(|missing| html! {
                        <li>{ missing.sentence() }{ "." }</li>
                    }) }
                </ul>
            }
        </>
    }
}
