//! The `lab` binary in a scratch home: nothing of the user's is read or written.

use std::{
    env,
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long a command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(120);

/// The built binary: `LAB_BIN` as `cargo lab-test` sets it, else where `cargo lab build` puts it.
///
/// # Panics
/// When there is none; the message says what to run.
pub fn binary() -> PathBuf {
    if let Some(path) = env::var_os("LAB_BIN") {
        let path = PathBuf::from(path);
        assert!(path.is_file(), "LAB_BIN names {}, which is no file", path.display());
        return path;
    }
    // Beside the profile folder this test binary was built into: target/debug/deps/NAME
    let test = env::current_exe().expect("a test knows its own path");
    let built = test.ancestors().nth(3).map(|target| target.join("release/lab"));
    match built.filter(|path| path.is_file()) {
        Some(path) => path,
        None => panic!("there is no `lab` binary to test: run `cargo lab build` first, or `cargo lab-test`"),
    }
}

/// A scratch home for `lab`.
pub struct Lab {
    home: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Everything on standard output.
    pub stdout: String,
    /// Everything on standard error.
    pub stderr: String,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// An empty home.
    pub fn new() -> Self {
        let home = tempfile::Builder::new().prefix("lab-test-").tempdir();
        Self { home: home.expect("the temporary folder is writable") }
    }

    /// A path in the home, which is also the current folder of every command.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file into the home.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the home is writable");
        path
    }

    /// `lab` with arguments, ready to be changed further.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env("HOME", self.home.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env_remove("LAB_REPORT")
            .env_remove("LAB_WEB_DIST")
            // Backtraces must not reach a user even where a developer asks for them
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null());
        command
    }

    /// Runs `lab` to its end.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        finish(&mut self.command(arguments))
    }

    /// Starts `lab serve` on a free port.
    pub fn serve(&self, arguments: &[&str]) -> Server {
        let words: Vec<&str> = ["serve", "--no-open", "--port", "0"].into_iter().chain(arguments.iter().copied()).collect();
        Server::start(self.command(&words))
    }
}

/// Runs a command to its end, or kills it when it hangs.
///
/// # Panics
/// When it cannot start, or takes longer than two minutes.
pub fn finish(command: &mut Command) -> Outcome {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{command:?} cannot start: {error}"));
    let stdout = drain(child.stdout.take().expect("piped"));
    let stderr = drain(child.stderr.take().expect("piped"));
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("our own child can be waited for") {
            break status;
        }
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} did not end within {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(10));
    };
    let text = |reader: thread::JoinHandle<String>| reader.join().expect("reading does not panic");
    Outcome { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

fn drain(mut from: impl std::io::Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Outcome {
    /// Standard output of a command that must have succeeded.
    #[track_caller]
    pub fn success(self) -> String {
        assert_eq!(self.code, Some(0), "failed, with: {}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stdout
    }

    /// Standard output of a command that must have succeeded, as JSON.
    #[track_caller]
    pub fn json(self) -> serde_json::Value {
        let text = self.success();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("no JSON ({error}): {text}"))
    }

    /// What a command said that must have failed properly: a sentence or two on standard error,
    /// nothing on standard output, the given exit code, no panic.
    #[track_caller]
    pub fn failure(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "stderr: {}\nstdout: {}", self.stderr, self.stdout);
        assert_eq!(self.stdout, "", "a failing command prints no result");
        let said = self.stderr.trim().to_owned();
        assert!(!said.is_empty(), "it failed without a word");
        for trace in ["panicked", "RUST_BACKTRACE", "Stack backtrace", "stack backtrace", "Caused by"] {
            assert!(!said.contains(trace), "{said}");
        }
        assert!(said.len() <= 900, "too long for a sentence or two: {said}");
        said
    }
}

/// A running `lab serve`; it ends with this value.
pub struct Server {
    child: Child,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// The token of its start.
    pub token: String,
}

impl Server {
    /// Starts it and waits for the address it prints.
    ///
    /// # Panics
    /// When it prints none.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot start: {error}"));
        // Reads on to its end, so that the server never blocks on a full pipe
        let (send, lines) = mpsc::channel();
        let readers: [Box<dyn BufRead + Send>; 2] = [
            Box::new(BufReader::new(child.stdout.take().expect("piped"))),
            Box::new(BufReader::new(child.stderr.take().expect("piped"))),
        ];
        for reader in readers {
            let send = send.clone();
            thread::spawn(move || {
                for line in reader.lines().map_while(Result::ok) {
                    let _ = send.send(line);
                }
            });
        }
        drop(send);
        let mut said = String::new();
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some((port, token)) = address(&line) {
                        return Self { child, port, token };
                    }
                    said += &line;
                    said.push('\n');
                }
                Err(_) => {
                    let _ = child.kill();
                    let _ = child.wait();
                    panic!("`lab serve` printed no address; it said: {said}");
                }
            }
        }
    }

    /// The address a user opens, token included.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    /// The number of the process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends it.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Port and token in a line that holds `http://127.0.0.1:PORT/?token=HEX`.
fn address(line: &str) -> Option<(u16, String)> {
    let (_, rest) = line.split_once("http://127.0.0.1:")?;
    let (port, rest) = rest.split_once("/?token=")?;
    let token: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
    Some((port.parse().ok()?, token))
}

/// The workspace's root folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace")
}
