//! The plainest static host: files below a sub-path, nothing else, no API.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// A folder served below `/SUB/PATH/` until this value goes.
pub struct Site {
    port: u16,
    prefix: String,
    closed: Arc<AtomicBool>,
    missed: Arc<Mutex<Vec<String>>>,
}

impl Site {
    /// Serves `folder` at `http://127.0.0.1:PORT{prefix}`; `prefix` begins and ends with `/`.
    ///
    /// # Panics
    /// When no port is free.
    pub fn start(folder: &Path, prefix: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let site = Self {
            port: listener.local_addr().expect("bound").port(),
            prefix: prefix.to_owned(),
            closed: Arc::default(),
            missed: Arc::default(),
        };
        let host = Host {
            folder: folder.to_owned(),
            prefix: site.prefix.clone(),
            closed: Arc::clone(&site.closed),
            missed: Arc::clone(&site.missed),
        };
        let host = Arc::new(host);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if host.closed.load(Ordering::SeqCst) {
                    return;
                }
                let host = Arc::clone(&host);
                thread::spawn(move || host.answer(stream));
            }
        });
        site
    }

    /// The address of its start page.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.prefix)
    }

    /// Paths that were asked for and are not there.
    pub fn missed(&self) -> Vec<String> {
        self.missed.lock().expect("no holder panics").clone()
    }

    /// Takes the host away: from now on nobody answers.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        // Wakes the listener, which then goes
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.close();
    }
}

struct Host {
    folder: PathBuf,
    prefix: String,
    closed: Arc<AtomicBool>,
    missed: Arc<Mutex<Vec<String>>>,
}

impl Host {
    fn answer(&self, stream: TcpStream) -> Option<()> {
        let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
        let line = lines.next()?.ok()?;
        while lines.next()?.ok().is_some_and(|header| !header.is_empty()) {}
        let target = line.split(' ').nth(1)?;
        let path = target.split(['?', '#']).next()?;
        let file = path.strip_prefix(&self.prefix).map(|name| {
            let name = if name.is_empty() { "index.html" } else { name };
            self.folder.join(name)
        });
        let content = file.as_deref().filter(|_| !path.contains("..")).and_then(|file| std::fs::read(file).ok());
        let mut stream = stream;
        match content {
            Some(content) => {
                let media = media_type(file?.extension()?.to_str()?);
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    content.len()
                );
                stream.write_all(head.as_bytes()).ok()?;
                stream.write_all(&content).ok()
            }
            None => {
                self.missed.lock().ok()?.push(path.to_owned());
                let head = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                stream.write_all(head.as_bytes()).ok()
            }
        }
    }
}

fn media_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript",
        "css" => "text/css",
        "wasm" => "application/wasm",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
