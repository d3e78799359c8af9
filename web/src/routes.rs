//! Addresses: which view stands behind which hash route, and the situation behind it.

use std::collections::HashMap;

use gloo::{events::EventListener, timers::callback::Timeout};
use lab_core::views::View;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;
use yew_router::{prelude::*, query::Raw};

use crate::state::{
    session::{Action, Handle},
    situation::Situation,
};

/// Where one can be: a view, a lesson, nowhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// A view.
    View(View),
    /// One lesson.
    Lesson {
        /// Its id.
        id: String,
    },
    /// Anything else.
    NotFound,
}

/// What stands before a lesson's id.
const LESSON: &str = "/lesson/";

/// Not derived: the routes of views are data of the core, which lessons and tests read too.
impl Routable for Route {
    fn from_path(path: &str, params: &HashMap<&str, &str>) -> Option<Self> {
        let found = Self::recognize(path)?;
        params.is_empty().then_some(found)
    }

    fn to_path(&self) -> String {
        match self {
            Route::View(view) => view.info().route.to_owned(),
            Route::Lesson { id } => format!("{LESSON}{id}"),
            Route::NotFound => "/not-found".to_owned(),
        }
    }

    fn routes() -> Vec<&'static str> {
        View::ALL.iter().map(|view| view.info().route).collect()
    }

    fn not_found_route() -> Option<Self> {
        Some(Route::NotFound)
    }

    fn recognize(path: &str) -> Option<Self> {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let lesson = path.strip_prefix(LESSON).filter(|id| !id.contains('/'));
        let lesson = lesson.map(|id| Route::Lesson { id: id.to_owned() });
        let found = View::at(path).map(Route::View).or(lesson);
        found.or_else(Self::not_found_route)
    }
}

impl Route {
    /// The title of its page, before the name of the lab.
    pub fn title(&self) -> &'static str {
        match self {
            Route::View(view) => view.info().title,
            Route::Lesson { id } => {
                lab_lessons::outline(id).map_or("No such lesson", |lesson| lesson.title)
            }
            Route::NotFound => "No such page",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_leads_back_to_its_place() {
        let views = View::ALL.iter().copied().map(Route::View);
        let lesson = Route::Lesson {
            id: "strides".to_owned(),
        };
        for route in views.chain([lesson]) {
            assert_eq!(Route::recognize(&route.to_path()), Some(route));
        }
        assert_eq!(Route::recognize(""), Some(Route::View(View::Home)));
        assert_eq!(Route::recognize("/cache/"), Some(Route::View(View::Cache)));
        for nowhere in ["/cache/step", "/lesson", "/lesson/strides/more", "/Cache"] {
            assert_eq!(
                Route::recognize(nowhere),
                Some(Route::NotFound),
                "{nowhere}"
            );
        }
    }
}
