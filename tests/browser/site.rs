//! A static host like any other: it knows files, below a sub-path, and nothing else.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Result, ensure};
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, Uri, header};
use axum::middleware::{self, Next};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

/// Where the site lies on the host.
const SUB_PATH: &str = "/courses/2026/lab";

/// A folder served below a sub-path of a host.
pub struct Site {
    port: u16,
    server: JoinHandle<std::io::Result<()>>,
    strays: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Starts to serve a folder on a free port.
    pub async fn serve(folder: &Path) -> Result<Site> {
        let strays = Arc::new(Mutex::new(Vec::new()));
        let seen = strays.clone();
        let stray = move |uri: Uri| async move {
            seen.lock()
                .expect("no other test panicked")
                .push(uri.to_string());
            StatusCode::NOT_FOUND
        };
        let asked = Arc::new(Mutex::new(Vec::new()));
        let note = asked.clone();
        let note = move |request: Request, next: Next| {
            let by = request.headers().get(header::REFERER);
            if !by.is_some_and(|by| by.as_bytes().ends_with(b"/sw.js")) {
                let path = request.uri().path();
                let path = path.strip_prefix(SUB_PATH).unwrap_or(path);
                let mut asked = note.lock().expect("no other test panicked");
                asked.push(path.trim_start_matches('/').to_owned());
            }
            next.run(request)
        };
        let router = Router::new()
            .nest_service(SUB_PATH, ServeDir::new(folder).precompressed_gzip())
            .fallback(stray)
            .layer(middleware::from_fn(note));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Site {
            port,
            server,
            strays,
            asked,
        })
    }

    /// Which files were asked for since this was last asked, as often as they were; not by the
    /// service worker, which fetches what a page may need later.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no other test panicked"))
    }

    /// The address of the site's start page.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}{SUB_PATH}/", self.port)
    }

    /// Takes the host off the net.
    pub async fn stop(self) {
        self.server.abort();
        let _ = self.server.await;
    }

    /// Fails if the page asked for anything outside its sub-path.
    pub fn check_no_strays(&self) -> Result<()> {
        let strays = self.strays.lock().expect("no other test panicked");
        ensure!(
            strays.is_empty(),
            "the page asked for what is not below {SUB_PATH}: {strays:?}"
        );
        Ok(())
    }
}
