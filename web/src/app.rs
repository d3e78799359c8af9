//! The root of the page: session around router around shell around the view.

use yew::prelude::*;
use yew_router::prelude::*;

use crate::{
    parts::shell::Shell,
    routes::{self, Route, use_situation_in_url},
    simulation,
    state::session::{Handle, use_new_session},
    views::{Drawn, Part, not_found::not_found},
};

/// Starts the page in the element `app`, and its worker.
pub fn start() {
    routes::guard_fragments();
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    if let Some(root) = root {
        root.set_inner_html("");
        yew::Renderer::<App>::with_root(root).render();
        // The page is there before its worker is asked for, and does not wait for it.
        simulation::client::start();
    }
}

#[component]
fn App() -> Html {
    let session = use_new_session();
    html! {
        <ContextProvider<Handle> context={session}>
            <HashRouter>
                <Page />
            </HashRouter>
        </ContextProvider<Handle>>
    }
}

#[component]
fn Page() -> Html {
    let session = crate::state::session::use_session();
    use_situation_in_url(&session);
    let route = use_route::<Route>().unwrap_or(Route::NotFound);
    let first = use_mut_ref(|| true);
    use_effect_with(route.clone(), move |route| {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&format!("{} · Locality Lab", route.title()));
        }
        // Who followed a link is taken to its page; who just arrived starts at the top.
        if !first.replace(false) {
            routes::focus("main");
            if let Some(window) = web_sys::window() {
                window.scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    });
    let view = match &route {
        Route::View(view) => html! { <Part drawn={Drawn::View(*view)} /> },
        Route::Lesson { id } => match lab_lessons::outline(id) {
            Some(lesson) => html! { <Part drawn={Drawn::Lesson(lesson)} /> },
            None => not_found(&session, &format!("lesson called “{id}”")),
        },
        Route::NotFound => not_found(&session, "page at this address"),
    };
    let fallback = html! { <p class="fetching" role="status">{ "Loading …" }</p> };
    html! { <Shell {route}><Suspense {fallback}>{ view }</Suspense></Shell> }
}
