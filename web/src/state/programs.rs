//! The reader's own programs, kept in this browser: by name, and the one last worked on.

use std::cell::RefCell;

use super::{shelf::Shelf, theme::storage};

/// Those with a name.
pub const SHELF: Shelf = Shelf("lab.program.");

/// The key of the one last worked on.
const LAST: &str = "lab.program";

thread_local! {
    /// The one last worked on, for browsers that keep nothing, or not so much.
    static HERE: RefCell<Option<String>> = const { RefCell::new(None) };
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

/// What the browser holds beside the program that is shown: looked up when that changes, not at each step.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Names of those saved, in order.
    pub names: Vec<String>,
    /// Whether there is one last worked on.
    pub last: bool,
    /// The name under which the program shown is saved, if it is.
    pub name: Option<String>,
}

impl Kept {
    /// Beside this text.
    pub fn beside(text: &str) -> Self {
        let names = SHELF.names();
        let same = |name: &&String| SHELF.load(name).as_deref() == Some(text);
        Self {
            name: names.iter().find(same).cloned(),
            last: last().is_some(),
            names,
        }
    }
}
