//! `lab serve`: the browser lab on loopback, with live measurement.
//!
//! Read [`guard`] for who may talk to it. The API, all below `/api`:
//!
//! | request | answer |
//! |---|---|
//! | `GET status` | version, whether the token is right, whether there is a report, the run under way |
//! | `GET report` | the newest report |
//! | `POST run` (token) | starts a measurement, answers with its number |
//! | `GET run/N/events` | what it tells, as server-sent events, from the start |
//! | `POST run/N/cancel` (token) | stops it |
//!
//! Errors are JSON: `{"error": "a sentence"}`.

pub mod guard;
pub mod runs;

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context, Result};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response, Sse, sse::KeepAlive},
    routing::{get, post},
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::assets::{self, Home};
use guard::Guard;
use runs::{Measure, Runs};

/// How to serve.
pub struct ServeOptions {
    /// The port on 127.0.0.1; 0 takes any that is free.
    pub port: u16,
    /// Where the newest report is kept.
    pub report: PathBuf,
    /// Measures for the page.
    pub measure: Arc<Measure>,
    /// Told the address, token included, once the server listens.
    pub ready: Box<dyn FnOnce(&str)>,
}

/// Serves until interrupted.
///
/// # Errors
/// When the port is in use, or the system refuses.
pub fn run(options: ServeOptions) -> Result<()> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the server")?
        .block_on(serve(options))
}

struct Lab {
    guard: Guard,
    report: PathBuf,
    runs: Runs,
}

type Shared = State<Arc<Lab>>;

async fn serve(options: ServeOptions) -> Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let listener = match TcpListener::bind(address).await {
        Ok(listener) => listener,
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => anyhow::bail!(
            "port {0} is in use, perhaps by another lab (http://127.0.0.1:{0}): stop that one, or \
             pass --port 0 for any free port",
            options.port
        ),
        Err(error) => {
            return Err(error).context(format!("cannot listen on port {}", options.port));
        }
    };
    let port = listener.local_addr()?.port();
    let lab = Arc::new(Lab {
        guard: Guard::new(port).context("the system gives no randomness for a token")?,
        report: options.report,
        runs: Runs::new(options.measure),
    });
    (options.ready)(&format!(
        "http://127.0.0.1:{port}/?token={}",
        lab.guard.token()
    ));
    // An interrupt ends the server at once, open event streams are not worth waiting for; but what is
    // being measured is.
    tokio::select! {
        outcome = axum::serve(listener, router(lab.clone())) => outcome.context("the server stopped"),
        Ok(()) = tokio::signal::ctrl_c() => {
            let stop = tokio::task::spawn_blocking(move || lab.runs.stop());
            tokio::select! {
                _ = stop => Ok(()),
                Ok(()) = tokio::signal::ctrl_c() => std::process::exit(130),
            }
        }
    }
}

fn router(lab: Arc<Lab>) -> Router {
    Router::new()
        .route("/api/status", get(status))
        .route("/api/report", get(report))
        .route("/api/run", post(start))
        .route("/api/run/{id}/events", get(watch))
        .route("/api/run/{id}/cancel", post(cancel))
        .route("/api/{*rest}", get(no_such_call))
        .fallback(get(file).fallback(wrong_method))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(Arc::clone(&lab), check))
        .with_state(lab)
}

/// Refuses foreign requests, and says to the browser what it may do with the answers.
async fn check(State(lab): Shared, request: Request, next: Next) -> Response {
    let mut response = match lab.guard.check_source(request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

async fn status(State(lab): Shared, headers: HeaderMap) -> Response {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "may_measure": lab.guard.check_token(&headers).is_ok(),
        "has_report": lab.report.is_file(),
        "running": lab.runs.running(),
    }))
    .into_response()
}

async fn report(State(lab): Shared) -> Result<Response, Refusal> {
    let text = tokio::fs::read(&lab.report).await.map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            Refusal::not_found("nothing has been measured on this machine yet")
        } else {
            Refusal::internal(format!("the report cannot be read: {error}"))
        }
    })?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

async fn start(State(lab): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, Refusal> {
    lab.guard.check_token(&headers)?;
    let request = serde_json::from_slice(&body)
        .map_err(|error| Refusal::bad_request(format!("this is no request to run: {error}")))?;
    let running = lab.runs.start(request)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "id": running.id }))).into_response())
}

async fn watch(State(lab): Shared, Path(id): Path<String>) -> Result<Response, Refusal> {
    let run = lab.runs.find(run_number(&id)?)?;
    Ok(Sse::new(runs::events(run))
        .keep_alive(KeepAlive::default())
        .into_response())
}

async fn cancel(
    State(lab): Shared,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    lab.guard.check_token(&headers)?;
    lab.runs.find(run_number(&id)?)?.cancel();
    Ok(StatusCode::NO_CONTENT)
}

fn run_number(text: &str) -> Result<u64, Refusal> {
    text.parse()
        .map_err(|_| Refusal::bad_request(format!("`{text}` is no number of a run")))
}

async fn no_such_call(uri: Uri) -> Refusal {
    Refusal::not_found(format!("there is no call {}", uri.path()))
}

async fn wrong_method() -> Refusal {
    Refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not take that method".to_owned(),
    )
}

/// A file of the page, compressed where the browser takes that, and only if it has not got it yet.
/// Only files of the page can be named: there is no folder to escape from.
async fn file(uri: Uri, headers: HeaderMap) -> Result<Response, Refusal> {
    let path = match uri.path().trim_start_matches('/') {
        "" => assets::INDEX,
        path => path,
    };
    let packed = takes_gzip(&headers).then(|| assets::read_gzipped(path));
    let (bytes, encoding) = match packed.flatten() {
        Some(bytes) => (Some(bytes), "gzip"),
        None => (assets::read(path, Home::Live), "identity"),
    };
    let bytes =
        bytes.ok_or_else(|| Refusal::not_found(format!("there is no file {}", uri.path())))?;
    let tag = format!("\"{:016x}\"", xxhash_rust::xxh3::xxh3_64(&bytes));
    let known = headers.get(header::IF_NONE_MATCH);
    let same = known.is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let about = [
        (header::CONTENT_TYPE, assets::media_type(path).to_owned()),
        (header::VARY, "accept-encoding".to_owned()),
        (header::ETAG, tag),
    ];
    Ok(if same {
        (StatusCode::NOT_MODIFIED, about).into_response()
    } else {
        let encoding = [(header::CONTENT_ENCODING, encoding)];
        (about, encoding, bytes.into_owned()).into_response()
    })
}

/// Whether a browser names gzip among what it takes, and does not refuse it there.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING);
    let mut offers = accepted
        .and_then(|text| text.to_str().ok())
        .unwrap_or_default()
        .split(',');
    offers.any(|offer| {
        let mut words = offer.split(';').map(str::trim);
        words.next() == Some("gzip") && words.all(|word| !["q=0", "q=0.0"].contains(&word))
    })
}

/// Why a request is not answered, as a sentence.
#[derive(Debug)]
pub struct Refusal(StatusCode, String);

impl Refusal {
    fn forbidden(why: impl Into<String>) -> Self {
        Self(StatusCode::FORBIDDEN, why.into())
    }

    fn bad_request(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }

    fn conflict(why: impl Into<String>) -> Self {
        Self(StatusCode::CONFLICT, why.into())
    }

    fn not_found(why: impl Into<String>) -> Self {
        Self(StatusCode::NOT_FOUND, why.into())
    }

    fn internal(why: impl Into<String>) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, why.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let takes = |text: &'static str| {
            takes_gzip(&HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(text),
            )]))
        };
        for text in ["gzip", "gzip, deflate, br", "br;q=1.0, gzip;q=0.5"] {
            assert!(takes(text), "{text}");
        }
        for text in ["", "br", "x-gzip", "gzip;q=0", "br, gzip; q=0"] {
            assert!(!takes(text), "{text}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
