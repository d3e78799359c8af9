//! Python's libraries as peers: `loader_peers.py`, asked for one call at a time.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, bail};
use lab_core::kernels::loader::LoaderKernel;
use serde::Deserialize;

/// A case that the script has.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    #[serde(default)]
    pub number: usize,
    /// The kernel that does the same.
    pub case: String,
    /// What is called.
    pub peer: String,
    /// Bytes read and written by the work.
    pub bytes: f64,
    /// Bytes of all arrays.
    pub arrays: usize,
}

impl Case {
    /// What a kernel's rate is to be of a peer's, at least.
    pub fn bound(&self) -> Option<f64> {
        match (self.case.as_str(), self.peer.as_str()) {
            (name, peer) if name.starts_with("gather-rows") && peer.starts_with("numpy.take") => {
                Some(1.0)
            }
            ("normalise-planes", "numpy idiom") => Some(5.0),
            ("normalise-planes", peer) if peer.starts_with("cv2.dnn.blobFromImage") => Some(1.3),
            // To bfloat16 and back, too. What ml_dtypes does of it is shown: that streams memory as we do.
            (name, peer) if name.contains("f16") && peer.starts_with("numpy") => Some(5.0),
            _ => None,
        }
    }
}

/// The script `loader_peers.py`, serving.
pub struct Peers {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Answer {
    pub seconds: f64,
    /// Of these, those of its process on a processor.
    pub busy: f64,
}

impl Peers {
    pub fn start() -> Result<Self> {
        let python = env::var("LAB_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/benches/kernels/loader_peers.py"
        );
        let mut process = Command::new(&python)
            .args([script, "--serve"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {python}"))?;
        let to = process.stdin.take().context("no way to talk to it")?;
        let from = process.stdout.take().context("no way to hear it")?;
        let mut peers = Self {
            process,
            to,
            from: BufReader::new(from),
            cases: Vec::new(),
        };
        let line = peers.line()?;
        // Without numpy it says so in a sentence instead.
        peers.cases = serde_json::from_str(&line).map_err(|_| anyhow::anyhow!("{line}"))?;
        for (number, case) in peers.cases.iter_mut().enumerate() {
            case.number = number;
        }
        Ok(peers)
    }

    pub fn of(&self, kernel: LoaderKernel) -> Vec<Case> {
        let own = self.cases.iter().filter(|case| case.case == kernel.name());
        own.cloned().collect()
    }

    /// What one call of a case takes.
    pub fn time(&mut self, number: usize) -> Result<Answer> {
        let line = self.say(&number.to_string())?;
        serde_json::from_str(&line).with_context(|| format!("the peers answered {line:?}"))
    }

    /// Lets go of all arrays.
    pub fn forget(&mut self) -> Result<()> {
        self.say("forget").map(drop)
    }

    fn say(&mut self, what: &str) -> Result<String> {
        writeln!(self.to, "{what}").context("the peers have gone")?;
        self.line()
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        if self.from.read_line(&mut line)? == 0 {
            bail!("the peers ended: {}", self.process.wait()?);
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        // It ends with its input; one that hangs in a call is not waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
