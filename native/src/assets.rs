//! The browser lab's files, embedded when this crate is built.

use std::borrow::Cow;

use rust_embed::Embed;

/// Everything the build tool put into the page's folder, or one page that says it was not built.
#[derive(Embed)]
#[folder = "$LAB_WEB_DIST"]
struct Files;

/// Where `index.html` takes what the server or the export has to say.
const META: &str = "<!-- lab:meta -->";

/// The start page.
pub const INDEX: &str = "index.html";

/// How a page finds what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Served by `lab serve`: there is an API beside it.
    Live,
    /// A static site with a report beside it.
    StaticWithReport,
    /// A static site alone.
    Static,
}

/// Paths of all files, relative to the page's folder.
pub fn paths() -> impl Iterator<Item = Cow<'static, str>> {
    Files::iter()
}

/// The file at `path`, exactly as embedded paths are written; the start page is told its home.
pub fn read(path: &str, home: Home) -> Option<Cow<'static, [u8]>> {
    let bytes = Files::get(path)?.data;
    if path != INDEX {
        return Some(bytes);
    }
    let meta = match home {
        Home::Live => "<meta name=\"lab-live\" content=\"1\">",
        Home::StaticWithReport => "<meta name=\"lab-report\" content=\"report.json\">",
        Home::Static => "",
    };
    let page = String::from_utf8_lossy(&bytes).replace(META, meta);
    Some(Cow::Owned(page.into_bytes()))
}

/// The media type of a file, by its ending.
pub fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json" | "webmanifest") => "application/json",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_page_is_told_its_home() {
        let page = |home| String::from_utf8(read(INDEX, home).unwrap().into_owned()).unwrap();
        assert!(page(Home::Live).contains("name=\"lab-live\""));
        assert!(page(Home::StaticWithReport).contains("content=\"report.json\""));
        assert!(!page(Home::Static).contains("name=\"lab-"));
        assert!(!page(Home::Live).contains(META));
    }

    #[test]
    fn nothing_outside_is_read() {
        for path in ["../Cargo.toml", "/etc/passwd", "", ".", "./index.html"] {
            assert!(read(path, Home::Live).is_none(), "{path}");
        }
    }
}
