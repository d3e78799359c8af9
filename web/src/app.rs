//! The root of the page: session around shell around the view.

use yew::prelude::*;

use crate::{
    parts::shell::Shell,
    routes::{self, Route, use_route},
    scroll, simulation,
    state::session::{Handle, use_new_session},
    views::{self, not_found::not_found},
};

/// Starts the page in the element `app`, and its worker.
pub fn start() {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id("app"));
    scroll::begin();
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
            <Page />
        </ContextProvider<Handle>>
    }
}

#[component]
fn Page() -> Html {
    let session = crate::state::session::use_session();
    let route = use_route(&session);
    let first = use_mut_ref(|| true);
    use_effect_with(route.clone(), move |route| {
        if let Some(document) = web_sys::window().and_then(|window| window.document()) {
            document.set_title(&format!("{} · Locality Lab", route.title()));
        }
        // Who followed a link is taken to the top of its page, who goes back to where they were.
        if !first.replace(false) && !scroll::back() {
            routes::focus("main");
            if let Some(window) = web_sys::window() {
                window.scroll_to_with_x_and_y(0.0, 0.0);
            }
        }
    });
    let view = match &route {
        Route::View(view) => views::render(*view),
        Route::Lesson { id } => match lab_lessons::outline(id) {
            Some(lesson) => views::render_lesson(lesson),
            None => not_found(&session, &format!("lesson called “{id}”")),
        },
        Route::NotFound(path) => not_found(&session, &format!("page at the address “#{path}”")),
    };
    html! { <Shell {route}>{ view }</Shell> }
}
