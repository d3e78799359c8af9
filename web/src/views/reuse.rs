//! Reuse: how soon a kernel comes back to its data, and what that means for caches of every size.

use lab_core::{
    kernels::Kernel,
    machine::Machine,
    parameters::Values,
    sim::reuse::{Locality, Profile, Temperature},
    units::{Unit, format_bytes, format_number},
};
use yew::prelude::*;

use crate::{
    chart::{LocalityPlot, band_word, words::percent},
    parts::{
        figure::machine_words,
        form::{Choice, Number, choice as choose, number},
        levels::level_table,
        slider::{grouped, status},
    },
    simulation::{jobs::reuse::Reuse, use_job},
    state::{
        reuse::{Choice as Chosen, DISTANCES, FALLBACK, key, range, size, sizes},
        session::{Handle, use_session},
        setup,
        situation::Situation,
    },
};

/// A kernel's reuse distances on the chosen machine.
#[component]
pub fn ReuseView() -> Html {
    let session = use_session();
    let this = session.report.as_ref().map(|report| &report.machine);
    let choice = Chosen::of(session.machine_choice(), &session.situation, this);
    // The last sound one stays on the plot while the sliders describe the impossible.
    let last = use_mut_ref(|| None::<Chosen>);
    let problem = choice.as_ref().err().cloned();
    let plain = || Chosen::of(None, &Situation::default(), None);
    let choice = match choice.or_else(|_| last.borrow().clone().map_or_else(plain, Ok)) {
        Ok(choice) => choice,
        Err(problem) => return html! { <p role="alert">{ problem }</p> },
    };
    *last.borrow_mut() = Some(choice.clone());
    let asked = use_memo(choice.reuse.clone(), Reuse::clone);
    let simulated = use_job(Some(asked), None);
    let found = simulated.shown.as_deref().cloned();
    let kernel = choice.reuse.kernel;
    html! {
        <article class="page reuse">
            <header>
                <p class="kicker">{ "Simulated" }</p>
                <h1>{ "Reuse distance" }</h1>
                <p class="lead">
                    { "How many distinct lines does a loop use before it comes back to one? That number \
                       is the reuse distance of the access: 0 when a line is used twice in a row. A cache \
                       without sets (fully associative) that has more lines than that still holds the \
                       line. So one picture of all distances tells the misses of every cache size." }
                </p>
            </header>
            <figure class="figure" id="reuse">
                <div class="figure-head">
                    <p class="figure-title">{ format!("Reuse distances of {}", kernel.name()) }</p>
                    <p>{ "simulated on " }<strong>{ machine_words(
                        &session, &choice.reuse.machine, choice.this_machine, choice.machine_changed
                    ) }</strong></p>
                </div>
                { kernel_controls(&session, &choice) }
                { for choice.notes.iter().map(|note| html! { <p class="hint">{ note }</p> }) }
                if let Some((asked, found)) = &found {
                    <LocalityPlot asked={asked.clone()} found={found.clone()}
                        title={format!("{} on {}", asked.kernel.name(), asked.machine.name)} />
                }
                if let Some(problem) = problem {
                    <p class="problem" role="alert">{ problem }</p>
                }
                { status(&simulated) }
                { cache_controls(&session, &choice) }
            </figure>
            if let Some((asked, found)) = found {
                { run_facts(&asked, &found) }
                { bands(&asked, &found.profile) }
                { levels(&asked, &found) }
            }
        </article>
    }
}

/// Which kernel, its parameters, and how exactly.
fn kernel_controls(session: &Handle, choice: &Chosen) -> Html {
    let Reuse {
        kernel, arguments, ..
    } = &choice.reuse;
    let words = |(value, name): (&str, &str)| (value.to_owned(), name.to_owned());
    let one = |name: &str, label: &str, options, chosen: &str| {
        choose(
            session,
            Choice {
                key: key(name),
                hook: format!("control-{name}"),
                label: label.to_owned(),
                options,
                chosen: chosen.to_owned(),
                pick: None,
            },
        )
    };
    let kernels = Kernel::ALL
        .iter()
        .map(|kernel| words((kernel.name(), kernel.name())));
    let ways = session.situation.get(&key("distances")).unwrap_or_default();
    let parameters = kernel.parameters().iter().map(|parameter| {
        let (slider, (min, max), _) = range(parameter);
        number(
            session,
            Number {
                key: key(parameter.name),
                name: parameter.name.to_owned(),
                label: parameter.meaning.to_owned(),
                values: Values {
                    min,
                    max,
                    ..parameter.values()
                },
                value: arguments.get(parameter),
                slider,
                stops_only: false,
            },
        )
    });
    html! {
        <div class="controls">
            { one("kernel", "Loop (kernel)", kernels.collect(), kernel.name()) }
            { for parameters }
            { one("distances", "Distances", DISTANCES.map(words).into(), ways) }
            <p class="hint">{ format!("{} {}.", kernel.name(), kernel.about()) }</p>
        </div>
    }
}

/// The sizes of the caches.
fn cache_controls(session: &Handle, choice: &Chosen) -> Html {
    let this = session.report.as_ref().map(|report| &report.machine);
    let (described, _) = setup::machine(session.machine_choice(), FALLBACK, this);
    let caches = choice.reuse.machine.caches.iter().enumerate();
    let caches = caches.zip(&described.caches).map(|((level, cache), _)| {
        let (slider, value) = (sizes(&described, level), cache.size as f64);
        let name = size(level).to_string();
        number(
            session,
            Number {
                key: key(&name),
                name,
                label: format!("size of {}", cache.name),
                values: Values {
                    unit: Unit::Bytes,
                    min: slider.value(0),
                    max: slider.value(slider.last),
                },
                value,
                slider,
                stops_only: true,
            },
        )
    });
    let reset = {
        let (session, levels) = (session.clone(), described.caches.len());
        Callback::from(move |_: MouseEvent| {
            for level in 0..levels {
                session.choose(&key(&size(level).to_string()), None);
            }
        })
    };
    html! {
        <div class="controls">
            { for caches }
            <button type="button" class="quiet" disabled={!choice.machine_changed} onclick={reset}>
                { "Reset" }
            </button>
        </div>
    }
}

/// What was run, and how its distances were found.
fn run_facts(asked: &Reuse, found: &Locality) -> Html {
    let profile = &found.profile;
    let about = if profile.sampling.is_some() {
        "about "
    } else {
        ""
    };
    let fact = |name: &str, meaning: &str, value: String| {
        html! {
            <div>
                <dt>{ name }<small>{ meaning }</small></dt>
                <dd>{ value }</dd>
            </div>
        }
    };
    let lines = format!(
        "{about}{} ({})",
        grouped(profile.lines.round() as u64),
        format_bytes((profile.lines * profile.line as f64).round())
    );
    html! {
        <section aria-labelledby="run">
            <h2 id="run">{ "The run" }</h2>
            <dl class="facts" data-testid="run-facts">
                { fact("kernel", "the code that was run", asked.kernel.name().to_owned()) }
                { fact("accesses, simulated", "loads and stores; each line touched counts", grouped(profile.accesses)) }
                { fact("line", "what a cache moves at once", format!("{} B", profile.line)) }
                { fact("distinct lines used", "what a cache would need to hold all of it", lines) }
                { fact("distances", "how they were found", match &profile.sampling {
                    None => "exact: every access was looked at".to_owned(),
                    Some(sampling) => format!(
                        "sampled: 1 line in {}, {} accesses looked at",
                        format_number((1.0 / sampling.rate).round()), grouped(sampling.sampled)
                    ),
                }) }
                if let Some(sampling) = &profile.sampling {
                    { fact("error of the curve", "to expect on average over all sizes", format!("± {}", percent(sampling.error))) }
                }
            </dl>
            if let Some(sampling) = &profile.sampling {
                <p class="hint">{ format!(
                    "A sample of one line in {} cannot tell apart distances of 1 to {} lines: they \
                     stand in one bar, and the curve is dotted there. Small caches are better judged \
                     by exact distances. {}",
                    format_number((1.0 / sampling.rate).round()),
                    format_number((1.0 / sampling.rate).round() - 1.0),
                    sentence(&sampling.source),
                ) }</p>
            }
        </section>
    }
}

/// With a full stop.
fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// Hot, warm and cold data as a table with bars.
fn bands(asked: &Reuse, profile: &Profile) -> Html {
    let rows = profile.bands(&asked.machine).into_iter().map(|band| {
        let bytes = |lines: u64| format_bytes((lines * profile.line) as f64);
        let distances = match (band.from, band.to) {
            (0, Some(to)) => format!("below {to} lines ({})", bytes(to)),
            (from, Some(to)) => format!("{from} to {} lines ({})", to.max(1) - 1, bytes(to)),
            (from, None) => format!("{from} lines or more, and first uses"),
        };
        let word = band_word(band.temperature);
        let place = match band.temperature {
            Temperature::Cold => "fits no cache".to_owned(),
            _ => format!("fits {}", band.name),
        };
        html! {
            <tr class={format!("band {word}")} data-band={band.name.clone()}>
                <th scope="row">{ word }<small>{ place }</small></th>
                <td>{ percent(band.share) }</td>
                <td class="share"><svg width="100%" height="14" aria-hidden="true">
                    <rect width={format!("{:.2}%", band.share * 100.0)} height="14" />
                </svg></td>
                <td>{ distances }</td>
            </tr>
        }
    });
    html! {
        <section aria-labelledby="bands">
            <h2 id="bands">{ "Hot, warm, cold" }</h2>
            <p class="hint">
                { "An access is hot when its distance fits the first cache, warm when it fits one \
                   further out, cold when it fits none or uses its line for the first time. Caches \
                   count as fully associative here." }
            </p>
            <div class="scroll" role="region" aria-label="Hot, warm and cold accesses" tabindex="0">
                <table class="bands" data-testid="bands">
                    <caption>{ "Share of accesses by the innermost cache that still holds the line, simulated" }</caption>
                    <thead><tr>
                        <th scope="col">{ "band" }</th>
                        <th scope="col" colspan="2">{ "share of accesses" }</th>
                        <th scope="col">{ "reuse distance" }</th>
                    </tr></thead>
                    <tbody>{ for rows }</tbody>
                </table>
            </div>
        </section>
    }
}

/// The caches' own counts, and why they are not the curve's.
fn levels(asked: &Reuse, found: &Locality) -> Html {
    let first = asked.machine.caches.first().map_or("", |cache| &cache.name);
    html! {
        <section aria-labelledby="levels">
            <h2 id="levels">{ "What the caches themselves count" }</h2>
            { level_table(asked, found) }
            <p class="hint">{ format!(
                "The curve knows neither sets nor levels. {first} sees every access, as the curve's \
                 cache does: they differ by the conflict misses that its sets cause, less the lucky \
                 hits{}. A cache further out sees only what the one before it missed: data used all \
                 the time in {first} looks old to it, and its own least recently used line is not \
                 the program's.",
                if found.profile.sampling.is_some() {
                    ", and by the error of the sample"
                } else {
                    ""
                }
            ) }</p>
            if !one_line(&asked.machine) {
                <p class="hint">{ format!(
                    "The curve counts lines of {} B; a cache with other lines fetches more or less \
                     at once, which it does not know.", found.profile.line
                ) }</p>
            }
        </section>
    }
}

fn one_line(machine: &Machine) -> bool {
    machine
        .caches
        .iter()
        .all(|cache| cache.line == machine.line())
}
