//! Addresses: which view stands behind which hash route, and the situation behind it.

use gloo::{events::EventListener, timers::callback::Timeout};
use lab_core::views::View;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::{
    scroll,
    state::{
        session::{Action, Handle},
        situation::Situation,
    },
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
    /// Anything else: the path that was asked for.
    NotFound(String),
}

/// What stands before a lesson's id.
const LESSON: &str = "/lesson/";

impl Route {
    /// What stands at a path.
    fn at(path: &str) -> Self {
        let path = match path.trim_end_matches('/') {
            "" => "/",
            path => path,
        };
        let lesson = path.strip_prefix(LESSON).filter(|id| !id.contains('/'));
        let lesson = lesson.map(|id| Route::Lesson { id: id.to_owned() });
        let found = View::at(path).map(Route::View).or(lesson);
        found.unwrap_or_else(|| Route::NotFound(path.to_owned()))
    }

    fn path(&self) -> String {
        match self {
            Route::View(view) => view.info().route.to_owned(),
            Route::Lesson { id } => format!("{LESSON}{id}"),
            Route::NotFound(path) => path.clone(),
        }
    }

    /// The title of its page, before the name of the lab.
    pub fn title(&self) -> &'static str {
        match self {
            Route::View(view) => view.info().title,
            Route::Lesson { id } => {
                lab_lessons::outline(id).map_or("No such lesson", |lesson| lesson.title)
            }
            Route::NotFound(_) => "No such page",
        }
    }

    /// Its address, with what is carried along from the situation.
    pub fn href(&self, situation: &Situation) -> String {
        self.hash(&situation.carried().to_query())
    }

    /// Its address, with all of a situation.
    pub fn link(&self, situation: &Situation) -> String {
        self.hash(&situation.to_query())
    }

    /// Its address with a query.
    fn hash(&self, query: &str) -> String {
        let mark = if query.is_empty() { "" } else { "?" };
        format!("#{}{mark}{query}", self.path())
    }
}

/// How long after the last change the URL is written: browsers refuse a stream of them.
const WRITE_AFTER: u32 = 250;

/// The route in the URL, and the query behind it; nothing for a link into the page (`#heading`).
fn here() -> Option<(Route, String)> {
    let hash = web_sys::window()?.location().hash().ok()?;
    let address = match hash.as_str() {
        "" => "/",
        hash => hash.strip_prefix('#').filter(|at| at.starts_with('/'))?,
    };
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    Some((Route::at(path), query.to_owned()))
}

/// Where the reader is. Keeps situation and URL the same: a link sets the choices, choices set the URL.
#[hook]
pub fn use_route(session: &Handle) -> Route {
    let address = use_state_eq(|| here().unwrap_or((Route::View(View::Home), String::new())));
    // As a listener sees it that was made with the first address.
    let now = use_mut_ref(|| (*address).clone());
    *now.borrow_mut() = (*address).clone();
    {
        let set = address.setter();
        use_effect_with((), move |()| {
            let window = web_sys::window().expect("a page stands in a window");
            let listener = EventListener::new(&window.clone(), "popstate", move |_| match here() {
                Some(address) => {
                    scroll::turn();
                    set.set(address);
                }
                // Within the page: the address stays, and what is meant is shown.
                None => {
                    let hash = window.location().hash().unwrap_or_default();
                    let (route, query) = &*now.borrow();
                    scroll::rename(&route.hash(query));
                    focus(hash.trim_start_matches('#'));
                }
            });
            move || drop(listener)
        });
    }

    let written = use_mut_ref(|| None::<(Route, String)>);
    {
        let (session, written) = (session.clone(), written.clone());
        use_effect_with((*address).clone(), move |(route, query)| {
            let said = Situation::parse(query);
            let ours = (route.clone(), said.to_query());
            if written.borrow().as_ref() != Some(&ours) {
                // The machine stays chosen on the way through the course, unless a link says which.
                let kept = session
                    .situation
                    .get("machine")
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
    let route = address.0.clone();
    use_effect_with((route.clone(), session.situation.to_query()), move |now| {
        let now = now.clone();
        let stale = written.borrow().as_ref() != Some(&now);
        let late = stale.then(|| {
            Timeout::new(WRITE_AFTER, move || {
                scroll::rename(&now.0.hash(&now.1));
                *written.borrow_mut() = Some(now.clone());
                address.set(now);
            })
        });
        move || drop(late)
    });
    route
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
            assert_eq!(Route::at(&route.path()), route);
        }
        assert_eq!(Route::at(""), Route::View(View::Home));
        assert_eq!(Route::at("/cache/"), Route::View(View::Cache));
        for nowhere in ["/cache/step", "/lesson", "/lesson/strides/more", "/Cache"] {
            assert_eq!(Route::at(nowhere), Route::NotFound(nowhere.to_owned()));
            assert_eq!(Route::at(nowhere).path(), nowhere);
        }
    }
}
