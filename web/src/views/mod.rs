//! The views: what draws each. What they are called, and where they stand, says [`lab_core::views`],
//! which the router, the menu, the lessons and the tests read.

use lab_core::views::View;
use yew::prelude::*;

mod cache;
mod compare;
mod experiments;
mod home;
mod kernels;
pub mod lesson;
mod machine;
pub mod not_found;
mod replay;
mod reuse;

/// Draws a view.
pub fn render(view: View) -> Html {
    match view {
        View::Home => html! { <home::Home /> },
        View::Cache => html! { <cache::CacheView /> },
        View::Reuse => html! { <reuse::ReuseView /> },
        View::Machine => html! { <machine::MachineView /> },
        View::Experiments => html! { <experiments::ExperimentsView /> },
        View::Kernels => html! { <kernels::KernelsView /> },
        View::Replay => html! { <replay::Replay /> },
    }
}
