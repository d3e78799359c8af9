//! The simulators of others, each in a process of its own.

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Instant,
};

use crate::{
    ACCESSES, Engine, Pattern,
    ours::{CAUSES, LEVELS, LINE, THREE, TWO},
};

type Made = Result<Engine, Box<dyn Error>>;

const PYCACHESIM: &str = "pycachesim";
const LIBCACHESIM: &str = "libCacheSim";
const CACHEGRIND: &str = "cachegrind";
const DINERO: &str = "Dinero IV";
const DINERO_CAUSES: &str = "Dinero IV with causes";

/// Dinero takes minutes for a whole trace with causes: it follows the start of it.
const DINERO_ACCESSES: usize = ACCESSES / 8;
/// Valgrind needs long to start: the walk under it goes on for longer.
const WALKED: usize = ACCESSES * 4;

/// Which row of ours does what this rival does, or a little more.
pub fn like(name: &str) -> Option<&'static str> {
    match name {
        PYCACHESIM | LIBCACHESIM | DINERO => Some(THREE),
        CACHEGRIND => Some(TWO),
        DINERO_CAUSES => Some(CAUSES),
        _ => None,
    }
}

/// Those that are here; of the others, why not. The traces go to `folder`, by their numbers.
pub fn engines(folder: &Path, patterns: &[Pattern; 4]) -> Vec<Made> {
    let written = patterns.iter().enumerate().try_for_each(|(at, pattern)| {
        let bytes: Vec<u8> = pattern
            .trace
            .iter()
            .flat_map(|at| at.to_le_bytes())
            .collect();
        fs::write(folder.join(at.to_string()), bytes)
    });
    if let Err(error) = written {
        return vec![Err(format!("every rival: {error}").into())];
    }
    let one = "one fully associative level of 8 MiB, a hash table and a list; its table as large as \
               suits it best";
    vec![
        python(
            PYCACHESIM,
            "pycachesim",
            "hits and misses of three levels",
            folder,
        ),
        python(LIBCACHESIM, "libcachesim", one, folder),
        cachegrind(folder),
        dinero(DINERO, false, folder, patterns),
        dinero(DINERO_CAUSES, true, folder, patterns),
    ]
}

fn program(name: &str, variable: &str) -> Option<PathBuf> {
    if let Some(path) = env::var_os(variable) {
        return Some(path.into());
    }
    let places = env::var_os("PATH").unwrap_or_default();
    let mut found = env::split_paths(&places).map(|place| place.join(name));
    found.find(|path| path.is_file())
}

/// The file of that name beside this one.
fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("benches/engines")
        .join(name)
}

/// A process that answers a line with a line.
struct Asked {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Asked {
    fn answer(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        if line.is_empty() {
            return Err("it ended without an answer".into());
        }
        Ok(line.trim().to_owned())
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        // It holds no more than memory
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn python(name: &str, package: &'static str, about: &'static str, folder: &Path) -> Made {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/oracles/bin/python3");
    let places = match env::var_os("LAB_PYTHON") {
        Some(path) => vec![path.into()],
        None => vec![own, PathBuf::from("python3")],
    };
    for python in places {
        let mut command = Command::new(python);
        command.arg(beside("rival.py")).arg(package).arg(folder);
        for (_, size, ways) in LEVELS {
            command.arg(format!("{size},{ways}"));
        }
        let child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else { continue };
        let questions = child.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut asked = Asked {
            child,
            questions,
            answers,
        };
        let Ok(version) = asked.answer() else {
            continue;
        };
        println!("{name} {version}");
        return Ok(Engine {
            name: name.to_owned(),
            about,
            goals: None,
            rounds: usize::MAX,
            run: Box::new(move |pattern, number| {
                writeln!(asked.questions, "{number}")?;
                let seconds: f64 = asked.answer()?.parse()?;
                Ok(pattern.trace.len() as f64 / 1e6 / seconds)
            }),
        });
    }
    Err(format!(
        "{name}; get it: python3 -m venv target/oracles && target/oracles/bin/pip install {package}"
    )
    .into())
}

/// Seconds of a program that goes well.
fn seconds(command: &mut Command) -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let out = command.output()?;
    let seconds = start.elapsed().as_secs_f64();
    if !out.status.success() {
        let why = String::from_utf8_lossy(&out.stderr).into_owned();
        return Err(format!("{command:?} failed: {why}").into());
    }
    Ok(seconds)
}

fn cachegrind(folder: &Path) -> Made {
    let valgrind = program("valgrind", "VALGRIND").ok_or("cachegrind: apt-get install valgrind")?;
    let cc = program("cc", "CC").ok_or("cachegrind: it needs a C compiler, cc")?;
    let walk = folder.join("walk");
    let mut compile = Command::new(cc);
    compile.args(["-O2", "-o"]).arg(&walk).arg(beside("walk.c"));
    seconds(&mut compile)?;
    let version = Command::new(&valgrind).arg("--version").output()?;
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    println!("{CACHEGRIND} of {}", version.trim());
    let out = folder.join("cachegrind");
    let mut start = f64::INFINITY;
    let run = move |pattern: &Pattern, _: usize| {
        let walk = |accesses: usize| {
            let mut command = Command::new(&valgrind);
            command.args(["--tool=cachegrind", "--cache-sim=yes", "-q"]);
            command.arg(format!("--cachegrind-out-file={}", out.display()));
            for (name, level) in [("I1", 0), ("D1", 0), ("LL", 2)] {
                let (_, size, ways) = LEVELS[level];
                command.arg(format!("--{name}={size},{ways},{LINE}"));
            }
            command.arg(&walk).arg(pattern.word);
            seconds(command.arg(accesses.to_string()))
        };
        start = start.min(walk(0)?);
        Ok(WALKED as f64 / 1e6 / (walk(WALKED)? - start))
    };
    Ok(Engine {
        name: CACHEGRIND.to_owned(),
        about: "two levels, and I1 for each instruction; a program runs under it",
        goals: None,
        rounds: usize::MAX,
        run: Box::new(run),
    })
}

fn dinero(name: &'static str, causes: bool, folder: &Path, patterns: &[Pattern; 4]) -> Made {
    let dinero = program("dineroIV", "DINERO")
        .ok_or("Dinero IV: build its source (d4-7), name the program in DINERO")?;
    let file = |number: usize| folder.join(format!("{number}.dinero"));
    for (number, pattern) in patterns.iter().enumerate() {
        let start = &pattern.trace[..DINERO_ACCESSES];
        // Address, size, a read, padding
        let records = start.iter().flat_map(|address| {
            let [a, b, c, d] = address.to_le_bytes();
            [a, b, c, d, 8, 0, 0, 0]
        });
        fs::write(file(number), records.collect::<Vec<u8>>())?;
    }
    let nothing = folder.join("nothing");
    fs::write(&nothing, "")?;
    let files: [PathBuf; 4] = std::array::from_fn(file);
    let run = move |_: &Pattern, number: usize| {
        let follow = |path: &Path| -> Result<f64, Box<dyn Error>> {
            let mut command = Command::new(&dinero);
            command.args(["-informat", "b"]).stdin(File::open(path)?);
            for (level, side) in LEVELS.iter().zip(["l1-d", "l2-u", "l3-u"]) {
                let (_, size, ways) = level;
                for (option, value) in [("size", size), ("bsize", &LINE), ("assoc", ways)] {
                    command
                        .arg(format!("-{side}{option}"))
                        .arg(value.to_string());
                }
                if causes {
                    command.arg(format!("-{side}ccc"));
                }
            }
            seconds(&mut command)
        };
        let start = follow(&nothing)?;
        Ok(DINERO_ACCESSES as f64 / 1e6 / (follow(&files[number])? - start))
    };
    let about = if causes {
        "compulsory, capacity and conflict misses; the first eighth of the trace, cold, once"
    } else {
        "three levels; the first eighth of the trace, cold"
    };
    Ok(Engine {
        name: name.to_owned(),
        about,
        goals: None,
        rounds: if causes { 1 } else { usize::MAX },
        run: Box::new(run),
    })
}
