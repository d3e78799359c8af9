//! The views: what draws each, in a part of the program of its own that is fetched when the view is first
//! opened. What they are called, and where they stand, says [`lab_core::views`], which the router, the
//! menu, the lessons and the tests read.

use lab_core::views::View;
use lab_lessons::Outline;
use wasm_split_helpers::wasm_split;
use yew::prelude::*;

use crate::parts::later::{Fetched, later};

mod cache;
mod coherence;
mod compare;
mod experiments;
mod get;
mod home;
mod kernels;
mod lesson;
mod machine;
pub mod not_found;
mod replay;
mod reuse;
mod swap;
mod teach;

/// The component of each view, and the part it stands in: `view_` and the first word of its route, by
/// which `boot.js` knows what to fetch before anything is drawn.
macro_rules! views {
    ($($view:ident: $module:ident::$component:ident in $part:ident,)*) => {
        $(
            #[wasm_split($part, fallible)]
            fn $part() -> Fetched<()> {
                Ok(|()| html! { <$module::$component /> })
            }
        )*

        /// Draws a view.
        pub fn render(view: View) -> Html {
            match view {
                $(View::$view => later(stringify!($part), || Box::pin($part()), ()),)*
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
    Teach: teach::Teach in view_teach,
    Get: get::Get in view_get,
}

#[wasm_split(view_lesson, fallible)]
fn view_lesson() -> Fetched<&'static Outline> {
    Ok(|lesson| html! { <lesson::LessonView key={lesson.id} lesson={*lesson} /> })
}

/// Draws a lesson.
pub fn render_lesson(lesson: &'static Outline) -> Html {
    later("view_lesson", || Box::pin(view_lesson()), lesson)
}
