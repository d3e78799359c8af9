//! The server, when the page comes from one (`lab serve`): paths relative to the page.

use std::{cell::RefCell, collections::BTreeMap};

use gloo::net::http::{Request, Response};
use lab_core::{live::Event, report::Report};
use lab_lessons::{Block, OUTLINE, Outline};
use serde::Deserialize;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::Window;

/// What the page was told of where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Whether a server answers `api/…`.
    pub live: bool,
    /// What allows to start a measurement.
    pub token: Option<String>,
    /// A report that was exported with a static page.
    pub report: Option<String>,
}

/// What the server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Whether it takes this page's token: not one of a start before.
    pub may_measure: bool,
    /// Whether there is a report.
    pub has_report: bool,
    /// The measurement that runs.
    pub running: Option<Running>,
}

/// A measurement that runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Running {
    /// Its number.
    pub id: u64,
}

/// A report that comes with every page, beside it.
pub const SAMPLE: &str = "sample.json";

const TOKEN: &str = "lab.token";

/// Reads the page's own marks, and moves the token from the address to this tab's memory.
pub fn origin() -> Origin {
    let nothing = Origin {
        live: false,
        token: None,
        report: None,
    };
    web_sys::window().map_or(nothing, |window| Origin {
        live: live(),
        token: token(&window),
        report: meta(&window, "lab-report"),
    })
}

/// Whether a server answers `api/…`.
pub fn live() -> bool {
    web_sys::window().is_some_and(|window| meta(&window, "lab-live").is_some())
}

fn meta(window: &Window, name: &str) -> Option<String> {
    let selector = format!("meta[name={name}]");
    let element = window.document()?.query_selector(&selector).ok()??;
    element.get_attribute("content")
}

fn token(window: &Window) -> Option<String> {
    let location = window.location();
    let query = web_sys::UrlSearchParams::new_with_str(&location.search().ok()?).ok()?;
    let storage = window.session_storage().ok().flatten();
    let Some(token) = query.get("token") else {
        return storage?.get_item(TOKEN).ok()?;
    };
    if let Some(storage) = storage {
        let _ = storage.set_item(TOKEN, &token);
    }
    // Out of the address bar, so that it is in no link or screenshot.
    if let (Ok(history), Ok(path), Ok(hash)) =
        (window.history(), location.pathname(), location.hash())
    {
        let clean = format!("{path}{hash}");
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&clean));
    }
    Some(token)
}

/// What the server is doing.
///
/// # Errors
/// A sentence why it cannot be known.
pub async fn status(token: Option<&str>) -> Result<Status, String> {
    let request = Request::get("api/status").header("x-lab-token", token.unwrap_or_default());
    let text = text(request.send().await).await?;
    serde_json::from_str(&text).map_err(|error| format!("The server answers strangely: {error}."))
}

/// The newest report.
///
/// # Errors
/// A sentence why there is none.
pub async fn newest_report() -> Result<Report, String> {
    report("api/report").await
}

/// Whether a report can be at an address.
///
/// # Errors
/// A sentence that says what kind of address is expected.
pub fn check_address(url: &str) -> Result<(), String> {
    let before = url.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((scheme, _)) = before.split_once(':') else {
        return Ok(());
    };
    let is = |known: &str| scheme.trim().eq_ignore_ascii_case(known);
    if is("https") || is("http") {
        return Ok(());
    }
    Err(if is("file") {
        "A page cannot open a file of your machine by its address: choose the file instead."
            .to_owned()
    } else {
        format!(
            "“{scheme}:” is no address of a report. It begins with https:// or http://, or is the name \
             of a file beside this page, such as report.json."
        )
    })
}

/// The report at an address.
///
/// # Errors
/// A sentence why there is none.
pub async fn report(url: &str) -> Result<Report, String> {
    let text = text(Request::get(url).send().await).await?;
    Ok(read_report(text).await?)
}

/// Why something could not be read, in a sentence.
pub struct Unread(String);

impl From<SplitLoaderError> for Unread {
    fn from(_: SplitLoaderError) -> Self {
        Self(
            "The part of the lab that reads reports could not be fetched: is there a network?"
                .into(),
        )
    }
}

impl From<Unread> for String {
    fn from(unread: Unread) -> Self {
        unread.0
    }
}

/// A report from its text. What reads them is large, and most visits have none to read.
///
/// # Errors
/// A sentence why it is none.
#[wasm_split(reports, fallible)]
pub fn read_report(text: String) -> Result<Report, Unread> {
    Report::from_json(&text).map_err(|error| Unread(sentence(&error.to_string())))
}

/// An event of a measurement from its text.
///
/// # Errors
/// A sentence why it is none.
#[wasm_split(reports, fallible)]
pub fn read_event(text: String) -> Result<Event, Unread> {
    serde_json::from_str(&text).map_err(|error| Unread(sentence(&error.to_string())))
}

thread_local! {
    /// Texts of lessons that were not opened yet.
    static KEPT: RefCell<BTreeMap<&'static str, String>> = RefCell::default();
}

/// Fetches the lessons, for when the server is gone.
pub async fn keep_lessons() {
    for Outline { id, .. } in OUTLINE {
        if let Ok(file) = text(Request::get(&lab_lessons::file_of(id)).send().await).await {
            KEPT.with_borrow_mut(|kept| kept.insert(id, file));
        }
    }
}

/// What a lesson consists of.
///
/// # Errors
/// A sentence why it did not come.
pub async fn lesson(id: &str) -> Result<&'static [Block], String> {
    let file = match KEPT.with_borrow_mut(|kept| kept.remove(id)) {
        Some(file) => file,
        None => text(Request::get(&lab_lessons::file_of(id)).send().await).await?,
    };
    lab_lessons::read(file).map_err(|error| sentence(&error.to_string()))
}

/// Starts a measurement of these studies, of few points and samples if it is to be quick; gives its
/// number.
///
/// # Errors
/// A sentence why it did not start.
pub async fn run(token: &str, studies: &[&str], quick: bool) -> Result<u64, String> {
    #[derive(Deserialize)]
    struct Started {
        id: u64,
    }
    let body = serde_json::json!({ "studies": studies, "quick": quick }).to_string();
    let request = Request::post("api/run")
        .header("x-lab-token", token)
        .header("content-type", "application/json")
        .body(body)
        .map_err(|error| error.to_string())?;
    let text = text(request.send().await).await?;
    let started: Started = serde_json::from_str(&text)
        .map_err(|error| format!("The server answers strangely: {error}."))?;
    Ok(started.id)
}

/// Stops a measurement.
///
/// # Errors
/// A sentence why it did not stop.
pub async fn cancel(token: &str, id: u64) -> Result<(), String> {
    let request = Request::post(&format!("api/run/{id}/cancel")).header("x-lab-token", token);
    text(request.send().await).await.map(drop)
}

/// The body of a good answer, or the sentence of a bad one.
async fn text(answer: Result<Response, gloo::net::Error>) -> Result<String, String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    let answer = answer.map_err(|_| {
        "Nothing answers there: the server is gone, the address is wrong, or the server does not let \
         pages of other sites read its files (it sends no CORS header)."
            .to_owned()
    })?;
    let body = answer.text().await.map_err(|error| error.to_string())?;
    if answer.ok() {
        return Ok(body);
    }
    Err(match serde_json::from_str::<Refusal>(&body) {
        Ok(refusal) => sentence(&refusal.error),
        Err(_) => format!(
            "The server answers {} {}.",
            answer.status(),
            answer.status_text()
        ),
    })
}

/// A message as a sentence: capital first, full stop last.
pub fn sentence(message: &str) -> String {
    let mut letters = message.trim().chars();
    let first = letters.next().map(char::to_uppercase).into_iter().flatten();
    let mut text: String = first.chain(letters).collect();
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_reports_are_of_the_web_or_beside_the_page() {
        for good in [
            "report.json",
            "a/b:c.json",
            "https://x.org/r.json",
            "HTTP://x/r",
            "?a=b:c",
        ] {
            assert_eq!(check_address(good), Ok(()), "{good}");
        }
        for (bad, word) in [
            ("javascript:alert(1)", "https://"),
            ("data:text/plain,{}", "“data:”"),
            ("file:///report.json", "choose the file"),
        ] {
            let why = check_address(bad).unwrap_err();
            assert!(why.contains(word), "{why}");
        }
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("a run is on"), "A run is on.");
        assert_eq!(sentence("No."), "No.");
    }
}
