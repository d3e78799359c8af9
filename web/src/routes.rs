//! Addresses: which view stands behind which hash route, and the situation behind it.

use gloo::{events::EventListener, timers::callback::Timeout};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;
use yew_router::{prelude::*, query::Raw};

use crate::state::{
    session::{Action, Handle},
    situation::Situation,
};

/// The views, by route.
#[derive(Clone, Debug, PartialEq, Routable)]
pub enum Route {
    /// What this is.
    #[at("/")]
    Home,
    /// One lesson.
    #[at("/lesson/:id")]
    Lesson {
        /// Its id.
        id: String,
    },
    /// A loop nest, and what every cache does with it.
    #[at("/cache")]
    Cache,
    /// How soon a kernel comes back to its data.
    #[at("/reuse")]
    Reuse,
    /// A machine and what was measured on it.
    #[at("/machine")]
    Machine,
    /// Any one study.
    #[at("/experiments")]
    Experiments,
    /// What a loader's kernels reach.
    #[at("/kernels")]
    Kernels,
    /// Reports from elsewhere.
    #[at("/replay")]
    Replay,
    /// Anything else.
    #[not_found]
    #[at("/not-found")]
    NotFound,
}

impl Route {
    /// The title of its page, before the name of the lab.
    pub fn title(&self) -> String {
        match self {
            Route::Home => "One kernel, three readings".to_owned(),
            Route::Lesson { id } => lab_lessons::lesson(id)
                .map_or("No such lesson", |lesson| lesson.title)
                .to_owned(),
            Route::Cache => "Cache".to_owned(),
            Route::Reuse => "Reuse distance".to_owned(),
            Route::Machine => "Machine".to_owned(),
            Route::Experiments => "Experiments".to_owned(),
            Route::Kernels => "Kernels".to_owned(),
            Route::Replay => "Replay".to_owned(),
            Route::NotFound => "No such page".to_owned(),
        }
    }

    /// Its address, with what is carried along from the situation.
    pub fn href(&self, situation: &Situation) -> String {
        let query = situation.carried().to_query();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("#{}{mark}{query}", self.to_path())
    }
}

/// How long after the last change the URL is written: browsers refuse a stream of them.
const WRITE_AFTER: u32 = 250;

/// Keeps situation and URL the same: a link sets the choices, choices set the URL.
#[hook]
pub fn use_situation_in_url(session: &Handle) {
    let location = use_location();
    let navigator = use_navigator();
    let route = use_route::<Route>().unwrap_or(Route::NotFound);
    let written = use_mut_ref(|| None::<(Route, String)>);
    let query = location
        .map(|location| location.query_str().to_owned())
        .unwrap_or_default();

    {
        let (session, written, route) = (session.clone(), written.clone(), route.clone());
        use_effect_with((route, query), move |(route, query)| {
            let said = Situation::parse(query);
            let ours = (route.clone(), said.to_query());
            if written.borrow().as_ref() != Some(&ours) {
                // The machine stays chosen on the way through the course, unless a link says which.
                let kept = session
                    .machine_choice()
                    .filter(|_| said.get("machine").is_none());
                let situation = match kept {
                    Some(machine) => said.with("machine", Some(machine.to_owned())),
                    None => said,
                };
                *written.borrow_mut() = Some(ours);
                session.dispatch(Action::Situation(situation));
            }
        });
    }
    use_effect_with(
        (route, session.situation.to_query()),
        move |(route, query)| {
            let now = (route.clone(), query.clone());
            let stale = written.borrow().as_ref() != Some(&now);
            let late = stale.then(|| {
                Timeout::new(WRITE_AFTER, move || {
                    if let Some(navigator) = navigator {
                        *written.borrow_mut() = Some(now.clone());
                        let (route, query) = now;
                        if query.is_empty() {
                            navigator.replace(&route);
                        } else {
                            let Ok(()) = navigator.replace_with_query(&route, Raw(query));
                        }
                    }
                })
            });
            move || drop(late)
        },
    );
}

/// Sends links into the page itself (`#heading`) where they point, before the router, which knows
/// only routes, sees them. To be called before the router listens.
pub fn guard_fragments() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let mut last = "#/".to_owned();
    let listener = EventListener::new(&window.clone(), "popstate", move |event| {
        let hash = window.location().hash().unwrap_or_default();
        if hash.starts_with("#/") {
            last = hash;
            return;
        }
        event.stop_immediate_propagation();
        if let Ok(history) = window.history() {
            let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&last));
        }
        focus(hash.trim_start_matches('#'));
    });
    listener.forget();
}

/// Moves focus to the element with this id, and so scrolls to it.
pub fn focus(id: &str) {
    let element = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id))
        .and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        if !element.has_attribute("tabindex") {
            let _ = element.set_attribute("tabindex", "-1");
        }
        let _ = element.focus();
        element.scroll_into_view();
    }
}
