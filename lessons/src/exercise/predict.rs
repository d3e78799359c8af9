//! *Predict*: which of a few accesses hit, which miss?

use lab_core::{
    machine::Machine,
    sim::{Engine, Options},
    trace::{Access, Probe},
};

use super::{Exercise, Kind, Remark, Verdict};

/// A short list of accesses on a machine.
#[derive(Debug, PartialEq)]
pub struct Predict {
    /// Name of a preset machine of `lab_core`, its caches empty at first.
    pub machine: &'static str,
    /// The accesses, in order.
    pub accesses: &'static [Touch],
}

/// One access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// Whether it writes.
    pub store: bool,
    /// First byte.
    pub address: u64,
    /// How many bytes.
    pub bytes: u32,
}

impl Touch {
    const fn load(address: u64) -> Self {
        Self {
            store: false,
            address,
            bytes: 8,
        }
    }

    const fn store(address: u64) -> Self {
        Self {
            store: true,
            address,
            bytes: 8,
        }
    }

    /// In words: `load 8 bytes at 64`.
    pub fn words(self) -> String {
        let what = if self.store { "store" } else { "load" };
        format!("{what} {} bytes at {}", self.bytes, self.address)
    }
}

/// Lines, sets, least recently used.
pub const HITS_AND_MISSES: Exercise = Exercise {
    name: "hits-and-misses",
    title: "Hits and misses by hand",
    task: include_str!("../../exercises/hits-and-misses/task.txt"),
    hints: &[
        "Divide the address by 16 and drop the remainder: that is the line. Two addresses of one line are as good as one.",
        "The line modulo 4 is the set. Lines 0, 4 and 8 all belong to set 0, and a set has two ways: write down, after each access, which two lines set 0 holds.",
        "When a third line comes to a set, the one not used for longest leaves. A hit counts as use: access 5 decides who leaves at access 6.",
    ],
    unsolved: include_str!("../../exercises/hits-and-misses/unsolved.txt"),
    solution: include_str!("../../exercises/hits-and-misses/solution.txt"),
    because: include_str!("../../exercises/hits-and-misses/because.txt"),
    file: "hits-and-misses.txt",
    kind: Kind::Predict(Predict {
        machine: "teaching",
        accesses: &[
            Touch::load(0),
            Touch::load(8),
            Touch::load(16),
            Touch::load(64),
            Touch::load(0),
            Touch::load(128),
            Touch::load(72),
            Touch::load(24),
            Touch::load(0),
            Touch::store(16),
            Touch::load(136),
            Touch::load(0),
        ],
    }),
};

/// D1 and D2: columns can meet in a set, records cannot.
pub const THREE_COLUMNS: Exercise = Exercise {
    name: "three-columns",
    title: "Six numbers in three layouts",
    task: include_str!("../../exercises/three-columns/task.txt"),
    hints: &[
        "Line = address / 16, set = line modulo 4. Write both behind each of the first three addresses: what do they have in common?",
        "A set has two ways. When a third line comes in, the one not used for longest leaves: is it wanted again soon?",
        "1552 / 16 = 97, which is set 1. Addresses 2048 to 2095 are three lines one behind the other, with two numbers in each.",
    ],
    unsolved: include_str!("../../exercises/three-columns/unsolved.txt"),
    solution: include_str!("../../exercises/three-columns/solution.txt"),
    because: include_str!("../../exercises/three-columns/because.txt"),
    file: "three-columns.txt",
    kind: Kind::Predict(Predict {
        machine: "teaching",
        accesses: &[
            Touch::load(0),
            Touch::load(256),
            Touch::load(512),
            Touch::load(8),
            Touch::load(264),
            Touch::load(520),
            Touch::load(1024),
            Touch::load(1280),
            Touch::load(1552),
            Touch::load(1032),
            Touch::load(1288),
            Touch::load(1560),
            Touch::load(2048),
            Touch::load(2056),
            Touch::load(2064),
            Touch::load(2072),
            Touch::load(2080),
            Touch::load(2088),
        ],
    }),
};

/// What happened at one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the first cache had the line.
    pub hit: bool,
    /// What the set held and what that meant, in a sentence or two.
    pub why: String,
}

impl Predict {
    /// Simulates the accesses and tells of each.
    ///
    /// # Errors
    /// What is wrong with the machine, as a sentence.
    pub fn outcomes(&self) -> Result<Vec<Outcome>, String> {
        let machine = Machine::preset(self.machine)
            .ok_or_else(|| format!("there is no machine `{}`", self.machine))?;
        let options = Options {
            classify: true,
            ..Options::default()
        };
        let mut engine = Engine::new(&machine, options).map_err(|errors| format!("{errors:?}"))?;
        // The first access of a core brings its caches into being.
        let cache = &machine.caches[0];
        let outcome = |touch: &Touch| {
            let line = touch.address / cache.line;
            let set = line % cache.sets();
            let exists = engine.caches().next().is_some();
            let held: Vec<u64> = if exists {
                let ways = engine.ways(0, set as usize);
                ways.flatten().map(|way| way.line).collect()
            } else {
                Vec::new()
            };
            let before = engine
                .counts()
                .levels
                .first()
                .map_or(0, |level| level.misses);
            engine.access(match touch.store {
                true => Access::store(touch.address, touch.bytes),
                false => Access::load(touch.address, touch.bytes),
            });
            let hit = engine.counts().levels[0].misses == before;
            let after: Vec<u64> = engine
                .ways(0, set as usize)
                .flatten()
                .map(|way| way.line)
                .collect();
            let left = held.iter().find(|line| !after.contains(line));
            let effect = match (hit, left) {
                (true, _) => "a hit".to_owned(),
                (false, Some(left)) => format!("a miss, and line {left} leaves"),
                (false, None) => "a miss".to_owned(),
            };
            let why = format!(
                "Address {} is in line {line}, which belongs to set {set}. The set held {}: {effect}.",
                touch.address,
                lines(&held)
            );
            Outcome { hit, why }
        };
        Ok(self.accesses.iter().map(outcome).collect())
    }
}

fn lines(held: &[u64]) -> String {
    match held {
        [] => "nothing".to_owned(),
        [one] => format!("line {one}"),
        [some @ .., last] => {
            let some: Vec<_> = some.iter().map(u64::to_string).collect();
            format!("lines {} and {last}", some.join(", "))
        }
    }
}

/// The predictions in an answer: `H` or `M` for each access, `?` for none yet. Behind `#` and between
/// letters anything may stand that is not a letter.
fn read(answer: &str) -> Result<Vec<Option<bool>>, Remark> {
    let mut predictions = Vec::new();
    for (number, line) in answer.lines().enumerate() {
        let text = line.split('#').next().unwrap_or_default();
        for letter in text.chars() {
            match letter {
                'H' | 'h' => predictions.push(Some(true)),
                'M' | 'm' => predictions.push(Some(false)),
                '?' => predictions.push(None),
                _ if letter.is_whitespace() || letter == ',' => {}
                _ => {
                    return Err(Remark {
                        place: format!("line {}", number + 1),
                        good: false,
                        text: format!(
                            "`{letter}` is no prediction: write H for a hit, M for a miss."
                        ),
                    });
                }
            }
        }
    }
    Ok(predictions)
}

/// Grades predictions against the simulator: a point for each access, and all of them to pass.
///
/// The answer is only told for accesses predicted rightly, up to the first wrong one: what is found
/// there is told as well, since everything behind depends on it.
pub fn grade(name: &str, task: &Predict, answer: &str) -> Verdict {
    let max = task.accesses.len() as f64;
    let failed = |message: String, remarks| Verdict {
        max,
        ..Verdict::failed(name, message, remarks)
    };
    let outcomes = match task.outcomes() {
        Ok(outcomes) => outcomes,
        Err(why) => {
            return failed(
                format!("This exercise cannot be simulated: {why}."),
                Vec::new(),
            );
        }
    };
    let predictions = match read(answer) {
        Ok(predictions) => predictions,
        Err(remark) => return failed("The answer cannot be read.".to_owned(), vec![remark]),
    };
    if predictions.len() != outcomes.len() {
        let message = format!(
            "There are {} accesses and {} predictions: write one letter for each, H or M.",
            outcomes.len(),
            predictions.len()
        );
        return failed(message, Vec::new());
    }
    let right = |(given, outcome): &(&Option<bool>, &Outcome)| **given == Some(outcome.hit);
    let pairs: Vec<_> = predictions.iter().zip(&outcomes).collect();
    let score = pairs.iter().filter(|pair| right(pair)).count();
    let first_wrong = pairs.iter().position(|pair| !right(pair));
    let told = first_wrong.map_or(pairs.len(), |at| at + 1);
    let remark = |(at, pair): (usize, &(&Option<bool>, &Outcome))| {
        let good = right(pair);
        let text = match (good, pair.0) {
            (false, None) => "Not predicted yet.".to_owned(),
            _ => pair.1.why.clone(),
        };
        Remark {
            place: format!("access {}", at + 1),
            good,
            text,
        }
    };
    let remarks = pairs.iter().take(told).enumerate().map(remark).collect();
    let message = match first_wrong {
        None => format!("Solved: all {score} right."),
        Some(at) => format!(
            "{score} of {} right; the first to look at again is access {}.",
            pairs.len(),
            at + 1
        ),
    };
    Verdict {
        name: name.to_owned(),
        pass: first_wrong.is_none(),
        score: score as f64,
        max,
        message,
        remarks,
    }
}
