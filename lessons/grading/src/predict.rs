//! *Predict*: which of a few accesses hit, which miss?

use lab_core::{
    machine::Machine,
    sim::{Engine, Options},
    trace::{Access, Probe},
};

use serde::Deserialize;

use crate::{Face, Grade, Kind, Remark, Task, Variant, kind::machine_faults};

/// A short list of accesses on a machine.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predict {
    /// Name of a preset machine of `lab_core`, its caches empty at first.
    pub machine: String,
    /// The accesses, in order.
    pub accesses: Vec<Touch>,
    /// Whether other students get the same accesses in other orders. Texts must then not speak of
    /// an access by its number.
    #[serde(default)]
    pub varies: bool,
}

/// One access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Touch {
    /// Whether it writes.
    pub store: bool,
    /// First byte.
    pub address: u64,
    /// How many bytes.
    pub bytes: u32,
}

impl Touch {
    /// In words: `load 8 bytes at 64`.
    pub fn words(self) -> String {
        let what = if self.store { "store" } else { "load" };
        format!("{what} {} bytes at {}", self.bytes, self.address)
    }
}

/// Reads what [`Touch::words`] writes.
impl TryFrom<String> for Touch {
    type Error = String;

    fn try_from(words: String) -> Result<Self, String> {
        let read = || {
            let [what, bytes, "bytes", "at", address] =
                words.split_whitespace().collect::<Vec<_>>()[..]
            else {
                return None;
            };
            let store = match what {
                "load" => false,
                "store" => true,
                _ => return None,
            };
            let bytes = bytes
                .parse()
                .ok()
                .filter(|bytes| (1..=64).contains(bytes))?;
            let address = address.parse().ok().filter(|address| *address < 1 << 48)?;
            Some(Self {
                store,
                address,
                bytes,
            })
        };
        read().ok_or_else(|| {
            format!("`{words}` is no access: write `load 8 bytes at 64`, or `store …`")
        })
    }
}

/// What happened at one access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the first cache had the line.
    pub hit: bool,
    /// What the set held and what that meant, in a sentence or two.
    pub why: String,
}

/// How many orders are tried for a student.
const TRIES: usize = 10_000;

impl Predict {
    /// The accesses of a seed: those written, in another order that hits as often and not at the same
    /// places. None where no such order was found.
    pub fn accesses(&self, seed: u64) -> Option<Vec<Touch>> {
        if seed == 0 {
            return Some(self.accesses.clone());
        }
        let hits = |accesses: &[Touch]| -> Option<Vec<bool>> {
            let outcomes = self.outcomes(accesses).ok()?;
            Some(outcomes.iter().map(|outcome| outcome.hit).collect())
        };
        let count = |hits: &[bool]| hits.iter().filter(|hit| **hit).count();
        let written = hits(&self.accesses)?;
        let mut lots = fastrand::Rng::with_seed(seed);
        let mut accesses = self.accesses.clone();
        (0..TRIES).find_map(|_| {
            lots.shuffle(&mut accesses);
            let found = hits(&accesses)?;
            let other = found != written && count(&found) == count(&written);
            other.then(|| accesses.clone())
        })
    }

    /// Simulates accesses and tells of each.
    ///
    /// # Errors
    /// What is wrong with the machine, as a sentence.
    pub fn outcomes(&self, accesses: &[Touch]) -> Result<Vec<Outcome>, String> {
        let machine = Machine::preset(&self.machine)
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
        Ok(accesses.iter().map(outcome).collect())
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

impl Kind for Predict {
    fn grade(&self, task: &Task, answer: &str, seed: u64) -> Grade {
        let accesses = self.accesses(seed).unwrap_or_default();
        match self.outcomes(&accesses) {
            Ok(outcomes) => grade(&task.name, &outcomes, answer),
            Err(why) => Grade::failed(
                &task.name,
                format!("This exercise cannot be simulated: {why}."),
                Vec::new(),
            ),
        }
    }

    fn face(&self) -> Face {
        Face::Letters {
            rows: self.accesses.iter().map(|touch| touch.words()).collect(),
            choices: &[('H', "hit"), ('M', "miss")],
        }
    }

    fn variant(&self, seed: u64) -> Option<Variant> {
        let accesses = self.accesses(seed).filter(|_| self.varies)?;
        let outcomes = self.outcomes(&accesses).ok()?;
        let sheet = |letter: &dyn Fn(usize) -> char| -> String {
            let rows = accesses.iter().enumerate();
            rows.map(|(at, touch)| format!("{}  # {}: {}\n", letter(at), at + 1, touch.words()))
                .collect()
        };
        let whys: Vec<_> = outcomes
            .iter()
            .map(|outcome| outcome.why.as_str())
            .collect();
        Some(Variant {
            unsolved: format!(
                "# H or M instead of each question mark.\n{}",
                sheet(&|_| '?')
            ),
            solution: sheet(&|at| if outcomes[at].hit { 'H' } else { 'M' }),
            because: whys.join("\n") + "\n",
        })
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = machine_faults(&self.machine, None);
        if self.accesses.is_empty() {
            faults.push("There are no accesses: write some in `accesses`.".to_owned());
        }
        if self.varies && self.accesses(1).is_none() {
            faults.push(
                "No other order of these accesses hits as often: leave out `varies`.".to_owned(),
            );
        }
        faults
    }
}

/// Grades predictions against what happened: a point for each access, and all of them to pass.
///
/// The answer is only told for accesses predicted rightly, up to the first wrong one: what is found
/// there is told as well, since everything behind depends on it.
fn grade(name: &str, outcomes: &[Outcome], answer: &str) -> Grade {
    let max = outcomes.len() as f64;
    let failed = |message: String, remarks| Grade {
        max,
        ..Grade::failed(name, message, remarks)
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
    let pairs: Vec<_> = predictions.iter().zip(outcomes).collect();
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
    Grade {
        name: name.to_owned(),
        pass: first_wrong.is_none(),
        score: score as f64,
        max,
        message,
        remarks,
    }
}
