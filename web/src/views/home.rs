//! The start: what this is, a live plot, the course, what was measured.

use lab_core::views::View;
use lab_lessons::{Control, Figure, Scale, Target};
use yew::prelude::*;

use crate::{
    chart::words::moment,
    parts::{course::chapters, figure::FigureView, measure::run_now, shell::whose},
    routes::Route,
    state::session::{Handle, use_session},
};

/// The plot that greets: the whole idea in one picture.
static HERO: Figure = Figure {
    id: "start",
    study: "latency-ladder",
    machine: "small-laptop",
    caption: "Time of a load whose address depends on the load before, as the data outgrows one \
              cache after another. Move the slider: the steps move with it.",
    variants: &[],
    set: &[("reach", 2.0)],
    controls: &[Control {
        target: Target::Machine("l2.size"),
        label: "Size of the L2 cache",
        min: 65_536.0,
        max: 1_048_576.0,
        scale: Scale::Powers,
    }],
};

/// The first page.
#[component]
pub fn Home() -> Html {
    let session = use_session();
    let lessons = chapters()
        .into_iter()
        .flat_map(|(_, lessons)| lessons)
        .map(|lesson| {
            let route = Route::Lesson {
                id: lesson.id.to_owned(),
            };
            let stage = session.progress.stage(lesson.id);
            html! {
                <li>
                    <a href={route.href(&session.situation)}>{ lesson.title }</a>
                    <p>{ lesson.summary }</p>
                    <small>{ format!(
                        "{} · {} minutes · {}", lesson.chapter, lesson.minutes, stage.words()
                    ) }</small>
                </li>
            }
        });
    html! {
        <article class="page home">
            <header>
                <h1>{ "One kernel, " }<span>{ "three readings" }</span></h1>
                <p class="lead">
                    { "A hands-on lab for memory performance. The same piece of code is predicted by \
                       a formula, simulated access by access, and measured on a real machine; all \
                       three stand on one plot, and where they part there is something to learn." }
                </p>
                <dl class="readings">
                    <div class="reading-predicted">
                        <dt>{ "Predicted" }</dt>
                        <dd>{ "A closed form: what theory says, in a line of algebra." }</dd>
                    </div>
                    <div class="reading-simulated">
                        <dt>{ "Simulated" }</dt>
                        <dd>{ "The kernel's own addresses, one by one, through model caches." }</dd>
                    </div>
                    <div class="reading-measured">
                        <dt>{ "Measured" }</dt>
                        <dd>{ "The same kernel timed on hardware, with its spread." }</dd>
                    </div>
                </dl>
            </header>
            <FigureView figure={&HERO} prefer_this={true} />
            <section aria-labelledby="lessons">
                <h2 id="lessons">{ "The course" }</h2>
                <ol class="lessons">{ for lessons }</ol>
            </section>
            <section aria-labelledby="measured">
                <h2 id="measured">{ "Measured here" }</h2>
                { measured(&session) }
            </section>
        </article>
    }
}

fn measured(session: &Handle) -> Html {
    let Some(report) = &session.report else {
        return html! {
            <>
                <p>{ "Nothing yet. Every curve you see is predicted or simulated on a described machine." }</p>
                { run_now(session, &[], "Measure this machine") }
            </>
        };
    };
    let names: Vec<&str> = report
        .experiments
        .iter()
        .map(|e| e.title.as_str())
        .collect();
    html! {
        <>
            <p>
                { format!("{} ({}), on {}: {}.", report.machine.name, whose(session),
                    moment(&report.created), names.join(", ")) }
            </p>
            <p><a href={Route::View(View::Machine).href(&session.situation)}>{ "See the machine and its plots" }</a></p>
        </>
    }
}
