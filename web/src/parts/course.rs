//! The course: chapters, lessons, how far the reader is.

use lab_lessons::{OUTLINE, Outline};
use yew::prelude::*;

use crate::{
    routes::Route,
    state::{
        progress::{Progress, Stage},
        session::Handle,
    },
};

/// Lessons by chapter, in the order of the course.
pub fn chapters() -> Vec<(&'static str, Vec<&'static Outline>)> {
    let mut chapters: Vec<(&str, Vec<&Outline>)> = Vec::new();
    for lesson in OUTLINE {
        match chapters
            .last_mut()
            .filter(|(chapter, _)| *chapter == lesson.chapter)
        {
            Some((_, lessons)) => lessons.push(lesson),
            None => chapters.push((lesson.chapter, vec![lesson])),
        }
    }
    chapters
}

/// How many lessons are done, of how many.
pub fn done(progress: &Progress) -> (usize, usize) {
    let done = OUTLINE
        .iter()
        .filter(|lesson| progress.stage(lesson.id) == Stage::Done);
    (done.count(), OUTLINE.len())
}

/// The course as a list of links, on the page of `route`.
pub fn course(session: &Handle, shown: &Route) -> Html {
    let (done, all) = done(&session.progress);
    let lesson = |lesson: &&'static Outline| {
        let route = Route::Lesson {
            id: lesson.id.to_owned(),
        };
        let stage = session.progress.stage(lesson.id);
        let current = (route == *shown).then_some("page");
        html! {
            <li>
                <a href={route.href(&session.situation)} aria-current={current}>
                    <span class={classes!("stage", format!("{stage:?}").to_lowercase())}
                        aria-hidden="true"></span>
                    <span>{ lesson.title }</span>
                    <span class="visually-hidden">{ format!(", {}", stage.words()) }</span>
                </a>
            </li>
        }
    };
    html! {
        <>
            { for chapters().iter().map(|(chapter, lessons)| html! {
                <>
                    <h2>{ *chapter }</h2>
                    <ol>{ for lessons.iter().map(lesson) }</ol>
                </>
            }) }
            <p class="tally">{ format!("{done} of {all} lessons done") }</p>
        </>
    }
}
