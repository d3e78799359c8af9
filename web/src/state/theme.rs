//! Light, dark, or as the system is. `theme.js` applies the same choice before the page is drawn.

/// The choices, by the value stored, with their names.
pub const THEMES: [(&str, &str); 3] = [("system", "System"), ("light", "Light"), ("dark", "Dark")];

const KEY: &str = "lab.theme";

/// What this browser keeps, where it keeps anything.
pub fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// The choice stored.
pub fn load() -> String {
    storage()
        .and_then(|storage| storage.get_item(KEY).ok()?)
        .filter(|theme| THEMES.iter().any(|(known, _)| known == theme))
        .unwrap_or_else(|| "system".to_owned())
}

/// Applies a choice and stores it.
pub fn choose(theme: &str) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(KEY, theme);
    }
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        let _ = match theme {
            "system" => root.remove_attribute("data-theme"),
            theme => root.set_attribute("data-theme", theme),
        };
    }
}
