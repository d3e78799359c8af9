//! What a reader saved under a name, in this browser.

use super::theme::storage;

/// Texts by name; each shelf begins its keys in a way of its own.
#[derive(Clone, Copy, Debug)]
pub struct Shelf(pub &'static str);

impl Shelf {
    fn key(self, name: &str) -> String {
        format!("{}{name}", self.0)
    }

    /// Names of what is saved, in order.
    pub fn names(self) -> Vec<String> {
        let Some(storage) = storage() else {
            return Vec::new();
        };
        let keys = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok()?);
        let mut names: Vec<String> = keys
            .filter_map(|key| Some(key.strip_prefix(self.0)?.to_owned()))
            .collect();
        names.sort();
        names
    }

    /// What is saved under a name.
    pub fn load(self, name: &str) -> Option<String> {
        storage()?.get_item(&self.key(name)).ok()?
    }

    /// Saves under a name; what was there under it is replaced.
    ///
    /// # Errors
    /// A sentence where the browser does not take it.
    pub fn save(self, name: &str, text: &str) -> Result<(), &'static str> {
        let kept = storage().and_then(|storage| storage.set_item(&self.key(name), text).ok());
        kept.ok_or("This browser has no room to keep it.")
    }

    /// Forgets what is saved under a name.
    pub fn remove(self, name: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&self.key(name));
        }
    }
}
