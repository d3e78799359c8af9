//! The browser lab's files: read where the build tool keeps them, so that a page built anew is
//! served by the `lab` that is there, or embedded in a binary that travels (feature `embed`).

use std::borrow::Cow;

/// Where `index.html` takes what the server or the export has to say.
const META: &str = "<!-- lab:meta -->";

/// What stands for the page until it is built.
const UNBUILT: &str = include_str!("serve/unbuilt.html");

/// The start page.
pub const INDEX: &str = "index.html";

/// What the name of a compressed copy ends with.
const GZIPPED: &str = ".gz";

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
pub fn paths() -> Vec<String> {
    let mut built = files::paths();
    built.retain(|path| !path.ends_with(GZIPPED));
    if built.iter().any(|path| path == INDEX) {
        built
    } else {
        vec![INDEX.to_owned()]
    }
}

/// The file at `path`, exactly as [`paths`] writes it; the start page is told its home.
pub fn read(path: &str, home: Home) -> Option<Cow<'static, [u8]>> {
    let bytes = files::read(path).filter(|_| !path.ends_with(GZIPPED));
    if path != INDEX {
        return bytes;
    }
    let bytes = bytes.unwrap_or(Cow::Borrowed(UNBUILT.as_bytes()));
    let meta = match home {
        Home::Live => "<meta name=\"lab-live\" content=\"1\">",
        Home::StaticWithReport => "<meta name=\"lab-report\" content=\"report.json\">",
        Home::Static => "",
    };
    let page = String::from_utf8_lossy(&bytes).replace(META, meta);
    Some(Cow::Owned(page.into_bytes()))
}

/// The file at `path` as the build tool compressed it, where that made it smaller.
pub fn read_gzipped(path: &str) -> Option<Cow<'static, [u8]>> {
    files::read(&format!("{path}{GZIPPED}"))
}

#[cfg(feature = "embed")]
mod files {
    //! Embedded when this crate was built.

    use std::borrow::Cow;

    use rust_embed::Embed;

    #[derive(Embed)]
    #[folder = "$LAB_PAGE"]
    struct Files;

    pub fn paths() -> Vec<String> {
        Files::iter().map(Cow::into_owned).collect()
    }

    pub fn read(path: &str) -> Option<Cow<'static, [u8]>> {
        Some(Files::get(path)?.data)
    }
}

#[cfg(not(feature = "embed"))]
mod files {
    //! Read from the folder whose path was compiled in.

    use std::{
        borrow::Cow,
        fs,
        path::{Component, Path},
    };

    const FOLDER: &str = env!("LAB_PAGE");

    pub fn paths() -> Vec<String> {
        let mut paths = Vec::new();
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            // No folder: no page was built
            let Ok(entries) = fs::read_dir(Path::new(FOLDER).join(&folder)) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = format!("{folder}{}", entry.file_name().to_string_lossy());
                if entry.path().is_dir() {
                    folders.push(path + "/");
                } else {
                    paths.push(path);
                }
            }
        }
        paths.sort();
        paths
    }

    /// Only plain names are followed: no path leads out of the folder.
    pub fn read(path: &str) -> Option<Cow<'static, [u8]>> {
        let plain = |part| matches!(part, Component::Normal(_));
        if !Path::new(path).components().all(plain) {
            return None;
        }
        fs::read(Path::new(FOLDER).join(path)).ok().map(Cow::Owned)
    }
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
