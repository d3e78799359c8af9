//! A lesson: text, predictions, live figures.

use std::collections::BTreeSet;

use gloo::timers::callback::Timeout;
use lab_core::views::View;
use lab_lessons::{Block, OUTLINE, Outline};
use wasm_split_helpers::wasm_split;
use yew::prelude::*;

use crate::{
    parts::{
        exercise::ExerciseView,
        figure::FigureView,
        later::{Fetched, later},
        quiz::QuizView,
    },
    routes::{Route, focus},
    state::{
        lessons::{Text, use_text},
        progress::{Stage, Step},
        session::{Action, Handle, use_session},
    },
};

/// The key of a heading of the lesson.
const AT: &str = "at";

/// Which lesson.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// What it is.
    pub lesson: &'static Outline,
}

/// A lesson from top to bottom.
#[component]
pub fn LessonView(props: &Props) -> Html {
    let session = use_session();
    let lesson = props.lesson;
    {
        let session = session.clone();
        use_effect_with(lesson.id, move |id| {
            session.dispatch(Action::Did(Step::Opened((*id).to_owned())));
        });
    }
    let (text, again) = use_text(lesson.id);
    let body = match text {
        Text::Here(blocks) => html! { <Blocks id={lesson.id} {blocks} /> },
        Text::Coming => {
            html! { <p role="status" data-testid="coming">{ "Loading the text …" }</p> }
        }
        Text::Failed(why) => html! {
            <div role="alert">
                <p>{ format!("The text of this lesson could not be fetched. {why}") }</p>
                <button type="button" class="run" data-testid="try-again" onclick={again}>{ "Try again" }</button>
            </div>
        },
    };
    html! {
        <article class="page lesson">
            <header>
                <p class="kicker">{ lesson.chapter }</p>
                <h1>{ lesson.title }</h1>
                <p class="lead">{ lesson.summary }</p>
                <p class="hint">
                    { "about " }{ lesson.minutes }{ "\u{a0}minutes · tests these claims (sentences of textbooks): " }
                    { lesson.claims.join(", ") }
                </p>
            </header>
            { body }
            { ending(&session, lesson) }
        </article>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct BlocksProps {
    id: &'static str,
    blocks: &'static [Block],
}

#[wasm_split(exercise, fallible)]
fn exercise() -> Fetched<&'static str> {
    Ok(|name| html! { <ExerciseView name={*name} /> })
}

/// What a lesson consists of.
#[component]
fn Blocks(props: &BlocksProps) -> Html {
    let session = use_session();
    let shown = use_state_eq(BTreeSet::<&'static str>::new);
    {
        // A link to a heading leads there once the text stands, behind what takes a new page to its top.
        let at = session.situation.get(AT).map(str::to_owned);
        use_effect_with((props.id, at), |(_, at)| {
            let later = at.clone().map(|at| Timeout::new(0, move || focus(&at)));
            move || drop(later)
        });
    }
    let mut asked = None;
    let block = |block: &'static Block| match block {
        Block::Html(html) => html! {
            <div class="prose">{ Html::from_html_unchecked((*html).into()) }</div>
        },
        Block::Quiz(quiz) => {
            asked = Some(quiz.id);
            html! { <QuizView lesson={props.id} {quiz} /> }
        }
        Block::Exercise(name) => later("exercise", || Box::pin(exercise()), *name),
        Block::Figure(figure) => {
            // The figure after a question is its answer.
            let open = asked.take().is_none_or(|quiz| {
                session.progress.prediction(props.id, quiz).is_some() || shown.contains(figure.id)
            });
            if open {
                html! { <FigureView {figure} /> }
            } else {
                let onclick = {
                    let shown = shown.clone();
                    Callback::from(move |_: MouseEvent| {
                        let mut all = (*shown).clone();
                        all.insert(figure.id);
                        shown.set(all);
                    })
                };
                html! {
                    <div class="veil" id={figure.id}>
                        <p>{ "The plot with the answer appears when you have made a prediction." }</p>
                        <button type="button" class="quiet" data-testid="show-me" {onclick}>
                            { "Show me now" }
                        </button>
                    </div>
                }
            }
        }
    };
    html! { <>{ for props.blocks.iter().map(block) }</> }
}

/// Done or not, and where to go on.
fn ending(session: &Handle, lesson: &Outline) -> Html {
    let id = lesson.id;
    let done = session.progress.stage(id) == Stage::Done;
    let toggle = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| {
            session.dispatch(Action::Did(Step::Done(id.to_owned(), !done)));
        })
    };
    let at = OUTLINE.iter().position(|lesson| lesson.id == id);
    let next = at.and_then(|at| OUTLINE.get(at + 1));
    html! {
        <footer class="ending">
            <button type="button" class={if done { "quiet" } else { "run" }}
                aria-pressed={done.to_string()} onclick={toggle}>
                { if done { "Done ✓" } else { "Mark as done" } }
            </button>
            if let Some(next) = next {
                <a href={Route::Lesson { id: next.id.to_owned() }.href(&session.situation)}>
                    <small>{ "Next" }</small>{ next.title }
                </a>
            } else {
                <a href={Route::View(View::Machine).href(&session.situation)}>
                    <small>{ "Next" }</small>{ "What all this looks like on a real machine" }
                </a>
            }
        </footer>
    }
}
