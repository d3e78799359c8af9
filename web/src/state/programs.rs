//! The reader's own programs, kept in this browser: by name, and the one last worked on.

use std::cell::RefCell;

/// Begins the keys of those with a name.
const NAMED: &str = "lab.program.";

/// The key of the one last worked on.
const LAST: &str = "lab.program";

thread_local! {
    /// The one last worked on, for browsers that keep nothing, or not so much.
    static HERE: RefCell<Option<String>> = const { RefCell::new(None) };
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Keeps the program that is worked on.
pub fn keep(text: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(LAST, text);
    }
    HERE.set(Some(text.to_owned()));
}

/// The one last worked on.
pub fn last() -> Option<String> {
    let stored = || storage()?.get_item(LAST).ok()?;
    HERE.with_borrow(Clone::clone).or_else(stored)
}

/// Names of those saved, in order.
pub fn names() -> Vec<String> {
    let Some(storage) = storage() else {
        return Vec::new();
    };
    let keys = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
    let mut names: Vec<String> = keys
        .filter_map(|key| Some(key.strip_prefix(NAMED)?.to_owned()))
        .collect();
    names.sort();
    names
}

/// The one saved under a name.
pub fn load(name: &str) -> Option<String> {
    storage()?.get_item(&format!("{NAMED}{name}")).ok()?
}

/// The name under which this text is saved, if it is.
pub fn named(text: &str) -> Option<String> {
    let mut names = names().into_iter();
    names.find(|name| load(name).as_deref() == Some(text))
}

/// Saves one under a name; what was there under it is replaced.
///
/// # Errors
/// A sentence where the browser does not take it.
pub fn save(name: &str, text: &str) -> Result<(), &'static str> {
    let kept = storage().and_then(|storage| storage.set_item(&format!("{NAMED}{name}"), text).ok());
    kept.ok_or("This browser keeps nothing, or no more than it has: save the program as a file.")
}

/// Forgets the one under a name.
pub fn remove(name: &str) {
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&format!("{NAMED}{name}"));
    }
}
