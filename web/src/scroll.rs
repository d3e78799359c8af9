//! Where the reader had scrolled to, for each entry of the history: Back leads to the place one came
//! from, not to the top of its page. A browser would scroll there before the page is drawn.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use gloo::{events::EventListener, timers::callback::Timeout};
use wasm_bindgen::JsValue;
use web_sys::{History, ScrollBehavior, ScrollRestoration, ScrollToOptions, Window};

/// How often it is looked whether a page is long enough to be scrolled, and how many times.
const LOOK_AFTER: u32 = 50;
const LOOKS: u32 = 60;

/// The key of the place that a page was left at, to be reloaded.
const KEPT: &str = "lab.scroll";

thread_local! {
    static PLACES: RefCell<BTreeMap<u64, f64>> = RefCell::default();
    /// The entry one is at, and where to go in it.
    static ENTRY: Cell<u64> = const { Cell::new(0) };
    static THERE: Cell<Option<f64>> = const { Cell::new(None) };
}

fn history() -> Option<(Window, History)> {
    let window = web_sys::window()?;
    let history = window.history().ok()?;
    Some((window, history))
}

/// The number of the present entry, which it gets when one first arrives at it.
fn entry(history: &History) -> u64 {
    let known = history.state().ok().and_then(|state| state.as_f64());
    known.map_or_else(
        || {
            let fresh = js_sys::Date::now();
            let _ = history.replace_state_with_url(&JsValue::from_f64(fresh), "", None);
            fresh as u64
        },
        |known| known as u64,
    )
}

/// Takes scrolling over from the browser; a page loaded again is where it was.
pub fn begin() {
    if let Some((window, history)) = history() {
        let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
        ENTRY.set(entry(&history));
        let store = window.session_storage().ok().flatten();
        let kept = store.as_ref().and_then(|store| store.get_item(KEPT).ok()?);
        let kept = kept.as_deref().and_then(|kept| kept.split_once(' '));
        if let Some((_, there)) = kept.filter(|(at, _)| *at == ENTRY.get().to_string())
            && let Ok(there) = there.parse()
        {
            look(there, LOOKS);
        }
        let leave = EventListener::new(&window.clone(), "pagehide", move |_| {
            if let (Some(store), Ok(there)) = (&store, window.scroll_y()) {
                let _ = store.set_item(KEPT, &format!("{} {there}", ENTRY.get()));
            }
        });
        leave.forget();
    }
}

/// Writes the address of the present entry anew.
pub fn rename(hash: &str) {
    if let Some((_, history)) = history() {
        let state = history.state().unwrap_or(JsValue::NULL);
        let _ = history.replace_state_with_url(&state, "", Some(hash));
    }
}

/// Goes on to another address, so that Back leads to the present one, which is written anew before.
pub fn push(present: &str, other: &str) {
    rename(present);
    if let Some((window, history)) = history() {
        let fresh = js_sys::Date::now();
        let place = window.scroll_y().unwrap_or_default();
        PLACES.with_borrow_mut(|places| places.insert(ENTRY.get(), place));
        let _ = history.push_state_with_url(&JsValue::from_f64(fresh), "", Some(other));
        ENTRY.set(fresh as u64);
    }
}

/// To be called when the address has changed and nothing is drawn yet.
pub fn turn() {
    let Some((window, history)) = history() else {
        return;
    };
    let left = ENTRY.replace(entry(&history));
    let there = PLACES.with_borrow_mut(|places| {
        places.insert(left, window.scroll_y().unwrap_or_default());
        places.get(&ENTRY.get()).copied()
    });
    THERE.set(there);
}

/// Whether one has been at this entry before; then it is scrolled to where one was, once the page is
/// long enough.
pub fn back() -> bool {
    let there = THERE.take();
    if let Some(there) = there {
        look(there, LOOKS);
    }
    there.is_some()
}

fn look(there: f64, looks: u32) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let root = window
        .document()
        .and_then(|document| document.document_element());
    let height = root.map_or(0, |root| root.scroll_height());
    let seen = window.inner_height().ok().and_then(|seen| seen.as_f64());
    let long = f64::from(height) - seen.unwrap_or_default() >= there - 1.0;
    if long || looks == 0 {
        let to = ScrollToOptions::new();
        to.set_top(there);
        to.set_behavior(ScrollBehavior::Instant);
        window.scroll_to_with_scroll_to_options(&to);
    } else {
        Timeout::new(LOOK_AFTER, move || look(there, looks - 1)).forget();
    }
}
