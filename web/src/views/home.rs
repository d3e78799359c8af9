//! The start: what this is, a loop to swap, ways in, the course, what was measured.

use lab_core::views::View;
use lab_lessons::OUTLINE;
use yew::prelude::*;

use super::swap::Swap;
use crate::{
    chart::words::moment,
    parts::{course::chapters, keep::save_report, measure::run_now, shell::whose},
    routes::Route,
    state::{
        progress::Stage,
        session::{Handle, use_session},
    },
};

/// The first page.
#[component]
pub fn Home() -> Html {
    let session = use_session();
    let lessons = chapters()
        .into_iter()
        .flat_map(|(_, lessons)| lessons)
        .map(|lesson| {
            let stage = session.progress.stage(lesson.id);
            html! {
                <li>
                    <a href={lesson_link(&session, lesson.id)}>{ lesson.title }</a>
                    <p>{ lesson.summary }</p>
                    <small>{ lesson.chapter }{ " · " }{ lesson.minutes }{ "\u{a0}minutes · " }{ stage.words() }</small>
                </li>
            }
        });
    html! {
        <article class="page home">
            <header>
                <h1>{ "One loop, " }<span>{ "three readings" }</span></h1>
                <p class="lead">
                    { "A lab that shows why the same code runs fast on one order of data and slow on \
                       another: you predict it, simulate it access by access, and measure it on a real \
                       machine." }
                </p>
                { begin(&session) }
            </header>
            <Swap />
            <section aria-labelledby="readings">
                <h2 id="readings">{ "The three readings" }</h2>
                <p>{ "Every plot of the lab shows the same code three times. Where they disagree, there is \
                    something to learn." }</p>
                <dl class="readings">
                    <div class="reading-predicted">
                        <dt>{ "Predicted" }</dt>
                        <dd>{ "By a formula: what theory says, in a line of algebra." }</dd>
                    </div>
                    <div class="reading-simulated">
                        <dt>{ "Simulated" }</dt>
                        <dd>{ "The addresses of the code, one by one, through model caches." }</dd>
                    </div>
                    <div class="reading-measured">
                        <dt>{ "Measured" }</dt>
                        <dd>{ "The same code timed on a real machine, with its spread." }</dd>
                    </div>
                </dl>
            </section>
            <section aria-labelledby="ways">
                <h2 id="ways">{ "You are …" }</h2>
                { ways(&session) }
            </section>
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

fn lesson_link(session: &Handle, id: &str) -> String {
    let id = id.to_owned();
    Route::Lesson { id }.href(&session.situation)
}

/// The lesson to begin with, or to go on with.
fn begin(session: &Handle) -> Html {
    let stage = |id: &str| session.progress.stage(id);
    let open = OUTLINE
        .iter()
        .position(|lesson| stage(lesson.id) != Stage::Done);
    let at = open.unwrap_or(0);
    let Some(lesson) = OUTLINE.get(at) else {
        return Html::default();
    };
    let begun = OUTLINE
        .iter()
        .any(|lesson| !matches!(stage(lesson.id), Stage::New));
    let words = if begun {
        "Go on with lesson "
    } else {
        "Begin with lesson "
    };
    html! {
        <p class="begin">
            <a class="button run" href={lesson_link(session, lesson.id)} data-testid="begin">{ words }{ at + 1 }</a>
            <span>{ lesson.title }{ ", " }{ lesson.minutes }{ "\u{a0}minutes" }</span>
        </p>
    }
}

/// One way in for each kind of reader.
fn ways(session: &Handle) -> Html {
    let to = |view: View| Route::View(view).href(&session.situation);
    html! {
        <ul class="ways">
            <li>
                <h3>{ "a student" }</h3>
                <p>{ "Guess, look, and find out why. Each lesson has a plot that you can move, and \
                    exercises that are checked here." }</p>
                <p><a href={to(View::Cache)}>{ "Type a loop and watch the cache" }</a></p>
            </li>
            <li>
                <h3>{ "a teacher" }</h3>
                <p>{ "All lessons and exercises on one page: goals, minutes, what each assesses, and how \
                    to grade and link them." }</p>
                <p><a href={to(View::Teach)}>{ "See the page for teachers" }</a></p>
            </li>
            <li>
                <h3>{ "an engineer" }</h3>
                <p>{ "Find out what your own machine does: its caches, its bandwidth, and where the \
                    formulas fail on it." }</p>
                <p><a href={to(View::Get)}>{ "Get the lab and measure" }</a></p>
            </li>
        </ul>
    }
}

fn measured(session: &Handle) -> Html {
    let Some(report) = &session.report else {
        return html! {
            <>
                <p>{ "Nothing yet. Every curve you see is predicted, or simulated on a described machine." }</p>
                { run_now(session, &[], "Measure this machine") }
            </>
        };
    };
    let all = report.experiments.len();
    html! {
        <>
            <p>
                { &report.machine.name }{ " (" }{ whose(session) }{ "), on " }{ moment(&report.created) }
                { ": " }{ all }{ if all == 1 { " experiment." } else { " experiments." } }
            </p>
            <p class="begin">
                <a href={Route::View(View::Machine).href(&session.situation)}>{ "See the machine and its plots" }</a>
                { save_report(session) }
            </p>
        </>
    }
}
