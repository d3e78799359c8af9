//! For teachers: every lesson and exercise, what each is for, how to hand in and grade, how to link.

use lab_core::views::View;
use lab_lessons::{
    OUTLINE, Outline,
    exercise::{EXERCISES, Exercise},
};
use serde::Deserialize;
use yew::prelude::*;

use crate::{
    parts::{course::chapters, slider::grouped},
    routes::Route,
    state::session::{Handle, use_session},
};

/// What the settings of an exercise say of how it is graded; each kind has some of them.
#[derive(Deserialize)]
struct Graded {
    machine: String,
    #[serde(default)]
    cache: String,
    ramp: Option<Ramp>,
    #[serde(default)]
    accesses: Vec<String>,
    #[serde(default)]
    varies: bool,
}

#[derive(Deserialize)]
struct Ramp {
    full: u64,
    none: u64,
}

impl Graded {
    fn of(exercise: &Exercise) -> Option<Self> {
        serde_json::from_str(exercise.settings).ok()
    }

    /// What earns the points.
    fn words(&self) -> String {
        match &self.ramp {
            Some(ramp) => format!(
                "100 points for at most {} simulated misses in the {} of {}, none from {} on, a straight line between",
                grouped(ramp.full),
                self.cache,
                self.machine,
                grouped(ramp.none)
            ),
            None => format!(
                "{} accesses, hit or miss in the first cache of {}: all of them right",
                self.accesses.len(),
                self.machine
            ),
        }
    }
}

/// What is handed in.
fn form(kind: &str) -> &'static str {
    match kind {
        "predict" => "letters H and M",
        "program" => "a loop program",
        _ => "Rust, built on the student's machine",
    }
}

/// The page.
#[component]
pub fn Teach() -> Html {
    let session = use_session();
    let lessons: u32 = OUTLINE.iter().map(|lesson| lesson.minutes).sum();
    let exercises: u32 = EXERCISES.iter().map(|exercise| exercise.minutes).sum();
    html! {
        <article class="page teach">
            <header>
                <h1>{ "For teachers" }</h1>
                <p class="lead">
                    { OUTLINE.len() }{ " lessons of " }{ lessons }{ "\u{a0}minutes together, and " }
                    { EXERCISES.len() }{ " exercises of " }{ exercises }{ "\u{a0}minutes, each graded by a \
                    simulator: the same answer gets the same points on every machine. Students need a \
                    browser; nothing has to be installed but for exercises in Rust." }
                </p>
            </header>
            <section aria-labelledby="lessons">
                <h2 id="lessons">{ "Lessons" }</h2>
                { for chapters().into_iter().map(|(chapter, lessons)| html! {
                    <>
                        <h3>{ chapter }</h3>
                        <ul class="outline">{ for lessons.into_iter().map(|it| lesson(&session, it)) }</ul>
                    </>
                }) }
            </section>
            <section aria-labelledby="exercises">
                <h2 id="exercises">{ "Exercises" }</h2>
                { table(&session) }
            </section>
            { grading(&session) }
            { linking(&session) }
        </article>
    }
}

fn link(session: &Handle, lesson: &Outline) -> String {
    let id = lesson.id.to_owned();
    Route::Lesson { id }.href(&session.situation)
}

fn lesson(session: &Handle, lesson: &'static Outline) -> Html {
    html! {
        <li data-lesson={lesson.id}>
            <a href={link(session, lesson)}>{ lesson.title }</a>{ ", " }{ lesson.minutes }{ "\u{a0}minutes" }
            <p>{ lesson.summary }</p>
            <p>{ "After it, a student can:" }</p>
            <ul class="goals">{ for lesson.goals.iter().map(|goal| html! { <li>{ *goal }</li> }) }</ul>
            <p class="hint">{ "Sentences of textbooks that it tests (claims): " }{ lesson.claims.join(", ") }</p>
        </li>
    }
}

fn table(session: &Handle) -> Html {
    let row = |exercise: &'static Exercise| {
        let name = exercise.name;
        let lesson = OUTLINE
            .iter()
            .find(|lesson| lesson.exercises.contains(&name));
        let graded = Graded::of(exercise);
        html! {
            <tr data-exercise={name}>
                <th scope="row">
                    if let Some(lesson) = lesson {
                        <a href={link(session, lesson)}>{ exercise.title }</a>
                        <small>{ "in " }{ lesson.title }</small>
                    } else {
                        { exercise.title }
                    }
                    <small><code>{ name }</code></small>
                </th>
                <td>{ exercise.minutes }</td>
                <td>{ exercise.assesses }</td>
                <td>{ form(exercise.kind) }
                    if graded.as_ref().is_some_and(|it| it.varies) {
                        <small>{ "each student can have another order" }</small>
                    }
                </td>
                <td>{ graded.map(|it| it.words()) }</td>
            </tr>
        }
    };
    html! {
        <div class="scroll" role="region" aria-label="Table of the exercises" tabindex="0">
            <table>
                <thead><tr>
                    <th scope="col">{ "exercise" }</th>
                    <th scope="col">{ "minutes" }</th>
                    <th scope="col">{ "assesses whether a student is able" }</th>
                    <th scope="col">{ "handed in" }</th>
                    <th scope="col">{ "points" }</th>
                </tr></thead>
                <tbody>{ for EXERCISES.iter().map(row) }</tbody>
            </table>
        </div>
    }
}

fn command(text: &'static str) -> Html {
    html! { <pre tabindex="0"><code>{ text }</code></pre> }
}

fn grading(session: &Handle) -> Html {
    html! {
        <section aria-labelledby="grading">
            <h2 id="grading">{ "Hand in and grade" }</h2>
            <ol class="steps">
                <li>
                    <p>{ "In the page, a student writes the answer below its task and is told the points at \
                        once. Answers stay in the student's browser. The page sends nothing, so a student \
                        hands in a file." }</p>
                </li>
                <li>
                    <p>{ "On the command line, this writes the task and a file to start from:" }</p>
                    { command("lab exercise list\nlab exercise start NAME") }
                    <p>{ "Where each student can have another order, give a name, and the same name again \
                        when you grade:" }</p>
                    { command("lab exercise start hits-and-misses --variant ada") }
                </li>
                <li>
                    <p>{ "This grades a file that was handed in:" }</p>
                    { command("lab exercise check NAME FILE --json") }
                    <p>{ "It prints points and remarks, and ends with 0 if the answer passes, 3 if it does \
                        not, 2 if the command was typed wrongly, and 1 if the answer could not be checked. \
                        That is what an autograder needs." }</p>
                </li>
                <li>
                    <p>{ "An answer in Rust is a program, and it is run. Grade the programs of others where \
                        they can do no harm: in a container, say." }</p>
                </li>
            </ol>
            <p>{ "The commands come with the lab: " }
                <a href={Route::View(View::Get).href(&session.situation)}>{ "get the lab" }</a>{ "." }</p>
        </section>
    }
}

fn linking(session: &Handle) -> Html {
    // Each shows a link as it is, so that its parts can be read and changed.
    let example = |words: &'static str, link: &'static str| {
        html! { <li><p>{ words }</p><p><a href={link}><code>{ link }</code></a></p></li> }
    };
    html! {
        <section aria-labelledby="linking">
            <h2 id="linking">{ "Link to what you see" }</h2>
            <p>{ "Every choice stands in the address: the program, the step, the machine, the sliders, the \
                curves that are hidden. Set up what you want to show, then press “Copy link” at the top of \
                the page. Whoever opens the link sees the same." }</p>
            <ul class="steps">
                { example("A moment of a program, on the machine that is small enough to draw:",
                    "#/cache?example=columns&machine=teaching&cache.step=9") }
                { example("The same program on a cache that you changed:",
                    "#/cache?example=columns&machine=teaching&cache.l1.ways=1") }
                { example("One experiment on one machine:",
                    "#/experiments?study=stride-sweep&machine=small-laptop") }
                { example("A report that lies beside the page, or at another address:",
                    "#/replay?url=report.json") }
            </ul>
            <p>{ "A challenge: open the " }
                <a href={Route::View(View::Cache).href(&session.situation)}>{ "Cache view" }</a>
                { " with your program, begin to predict the next access there, and copy the link." }</p>
        </section>
    }
}
