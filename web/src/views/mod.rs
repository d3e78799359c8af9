//! The views: what draws each, in a part of the program of its own that is fetched when the view is first
//! opened. What they are called, and where they stand, says [`lab_core::views`], which the router, the
//! menu, the lessons and the tests read.

use lab_core::views::View;
use lab_lessons::Outline;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use yew::{prelude::*, suspense::use_future_with};

mod cache;
mod coherence;
mod compare;
mod experiments;
mod home;
mod kernels;
mod lesson;
mod machine;
pub mod not_found;
mod replay;
mod reuse;

type Fetched = Result<Html, SplitLoaderError>;

/// The component of each view, and the part it stands in: `view_` and the first word of its route, by
/// which `boot.js` knows what to fetch before anything is drawn.
macro_rules! views {
    ($($view:ident: $module:ident::$component:ident in $part:ident,)*) => {
        $(
            #[wasm_split($part, fallible)]
            fn $part() -> Fetched {
                Ok(html! { <$module::$component /> })
            }
        )*

        async fn fetch_view(view: View) -> Fetched {
            match view {
                $(View::$view => $part().await,)*
            }
        }
    };
}

views! {
    Home: home::Home in view_,
    Cache: cache::CacheView in view_cache,
    Coherence: coherence::CoherenceView in view_coherence,
    Reuse: reuse::ReuseView in view_reuse,
    Machine: machine::MachineView in view_machine,
    Experiments: experiments::ExperimentsView in view_experiments,
    Kernels: kernels::KernelsView in view_kernels,
    Replay: replay::Replay in view_replay,
}

#[wasm_split(view_lesson, fallible)]
fn view_lesson(lesson: &'static Outline) -> Fetched {
    Ok(html! { <lesson::LessonView key={lesson.id} {lesson} /> })
}

/// What is drawn below the menu.
#[derive(Clone, Copy, PartialEq)]
pub enum Drawn {
    View(View),
    Lesson(&'static Outline),
}

/// Properties of [`Part`].
#[derive(PartialEq, Properties)]
pub struct Props {
    pub drawn: Drawn,
}

/// A view or a lesson, once it is fetched.
#[component]
pub fn Part(props: &Props) -> HtmlResult {
    let attempt = use_state(|| 0);
    let fetched = use_future_with((props.drawn, *attempt), async |asked| match asked.0 {
        Drawn::View(view) => fetch_view(view).await,
        Drawn::Lesson(lesson) => view_lesson(lesson).await,
    })?;
    let again = Callback::from(move |_| attempt.set(*attempt + 1));
    Ok(match &*fetched {
        Ok(view) => view.clone(),
        Err(_) => html! {
            <article class="page" role="alert">
                <h1>{ "This part is missing" }</h1>
                <p>{ "This view could not be fetched. Is there a network? What was open before is kept." }</p>
                <p><button type="button" onclick={again}>{ "Try again" }</button></p>
            </article>
        },
    })
}
