//! Starts the built `lab` binary as a user would, in a folder and a home of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use crate::workspace::root;

/// Longer than any command of these tests takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The binary under test: `LAB_BIN`, which `cargo lab-test` sets, or the last build.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("LAB_BIN") {
        let path = PathBuf::from(path);
        ensure!(
            path.is_file(),
            "LAB_BIN names {}, which is not there",
            path.display()
        );
        return Ok(path);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let path = root().join(target).join("release").join("lab");
    ensure!(
        path.is_file(),
        "these tests drive the built `lab`: run `cargo lab build` first, or `cargo lab-test`"
    );
    Ok(path)
}

/// A place to run `lab` in: an empty folder that is also its home, gone when dropped.
pub struct Bench {
    folder: TempDir,
}

/// How a run of `lab` ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; none after a signal
    pub code: Option<i32>,
    /// Standard output
    pub out: String,
    /// Standard error
    pub err: String,
}

impl Bench {
    /// An empty folder.
    pub fn new() -> Result<Bench> {
        Ok(Bench {
            folder: TempDir::with_prefix("lab-test-")?,
        })
    }

    /// The folder `lab` runs in.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder; returns its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path().join(name);
        std::fs::write(&path, content)?;
        Ok(path)
    }

    /// `lab` with these arguments, to be changed further before it runs.
    pub fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Command> {
        let mut command = Command::new(binary()?);
        command
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env_remove("XDG_DATA_HOME")
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            // The worst case: still no backtrace may reach a user
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs `lab` with these arguments to its end.
    pub fn lab(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Ran> {
        finish(self.command(arguments)?)
    }

    /// Starts `lab serve` on a free port, without opening a browser.
    pub fn serve(&self, arguments: &[&str]) -> Result<Server> {
        let base = ["serve", "--no-open", "--port", "0"];
        Server::start(self.command(&[&base[..], arguments].concat())?)
    }
}

/// Runs a command to its end, which must come in time.
pub fn finish(mut command: Command) -> Result<Ran> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let out = collect(child.stdout.take());
    let err = collect(child.stderr.take());
    let status = wait(&mut child)
        .with_context(|| format!("{:?}", command.get_args().collect::<Vec<_>>()))?;
    let text = |thread: thread::JoinHandle<String>| thread.join().unwrap_or_default();
    Ok(Ran {
        code: status.code(),
        out: text(out),
        err: text(err),
    })
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What came before an error is still worth seeing
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child) -> Result<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            bail!("lab did not end within {} s", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(5));
    }
}

impl Ran {
    /// Its output, given that it succeeded.
    pub fn succeeded(self) -> Result<String> {
        ensure!(self.code == Some(0), "lab failed: {self:?}");
        self.check_no_panic()?;
        Ok(self.out)
    }

    /// Its output as JSON, given that it succeeded.
    pub fn json(self) -> Result<Value> {
        let out = self.succeeded()?;
        serde_json::from_str(&out).with_context(|| format!("not JSON: {out}"))
    }

    /// What it said on standard error, given that it failed as a user can bear: with this
    /// exit code, a few lines of words there, and nothing on standard output.
    pub fn refused(self, code: i32) -> Result<String> {
        ensure!(
            self.code == Some(code),
            "exit code {code} was expected: {self:?}"
        );
        self.check_no_panic()?;
        ensure!(
            self.out.is_empty(),
            "an error does not belong on standard output: {self:?}"
        );
        let lines = self.err.trim().lines().count();
        ensure!(
            (1..=8).contains(&lines),
            "an error is one or two sentences: {self:?}"
        );
        Ok(self.err)
    }

    fn check_no_panic(&self) -> Result<()> {
        for sign in ["panicked", "RUST_BACKTRACE", "stack backtrace"] {
            ensure!(
                !self.err.contains(sign),
                "a panic reached the user: {self:?}"
            );
        }
        Ok(())
    }
}

/// A running `lab serve`, stopped when dropped.
pub struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// Starts a command that serves, and waits for the address it prints.
    pub fn start(mut command: Command) -> Result<Server> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let (send, lines) = mpsc::channel();
        // Both pipes are read on, or the server would block when one is full
        follow(child.stdout.take(), send.clone());
        follow(child.stderr.take(), send);
        let mut said = Vec::new();
        let start = Instant::now();
        while let Ok(line) = lines.recv_timeout(PATIENCE.saturating_sub(start.elapsed())) {
            if let Some(address) = address(&line) {
                return Ok(Server { child, address });
            }
            said.push(line);
        }
        let _ = child.kill();
        let _ = child.wait();
        bail!("the server printed no address, but:\n{}", said.join("\n"))
    }

    /// Where it serves, as it printed it: `http://127.0.0.1:PORT/…`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// `HOST:PORT` of the address.
    pub fn authority(&self) -> &str {
        self.address.split('/').nth(2).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(pipe: Option<impl Read + Send + 'static>, lines: mpsc::Sender<String>) {
    if let Some(pipe) = pipe {
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // Nobody listens any more once the address is known
                let _ = lines.send(line);
            }
        });
    }
}

/// The first address in a line.
fn address(line: &str) -> Option<String> {
    let rest = &line[line.find("http://")?..];
    let end = rest.find(|c: char| c.is_whitespace() || "\x1b'\"<>()".contains(c));
    Some(
        rest[..end.unwrap_or(rest.len())]
            .trim_end_matches(['.', ','])
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_a_sentence() {
        let found = |line| address(line).unwrap_or_default();
        assert_eq!(
            found("Serving on http://127.0.0.1:4000/."),
            "http://127.0.0.1:4000/"
        );
        assert_eq!(
            found("open http://127.0.0.1:1/#t=a now"),
            "http://127.0.0.1:1/#t=a"
        );
        assert_eq!(address("nothing yet"), None);
    }

    #[test]
    fn a_panic_is_never_a_clear_refusal() {
        let ran = |code, out: &str, err: &str| Ran {
            code: Some(code),
            out: out.to_owned(),
            err: err.to_owned(),
        };
        assert!(ran(1, "", "error: no such file\n").refused(1).is_ok());
        assert!(
            ran(1, "", "thread 'main' panicked at x")
                .refused(1)
                .is_err()
        );
        assert!(ran(2, "", "error: no such file\n").refused(1).is_err());
        assert!(ran(1, "", "").refused(1).is_err());
        assert!(ran(1, "oops", "error: oops").refused(1).is_err());
    }
}
