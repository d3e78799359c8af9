//! Programs of the loop language in expressions, simulated when a count of theirs is asked for.

use std::sync::{Arc, OnceLock};

use lab_core::{
    machine::{Machine, Replacement, describe_errors},
    sim::{Attribution, Counts, Engine, Future, Hierarchy, Options, Share, reuse::Distances},
    trace::program::{Instance, Program},
};
use minijinja::{
    Error, State, Value,
    value::{Enumerator, Kwargs, Object, Rest, from_args},
};

use super::{machine, wrong};
use crate::check::listed;

/// `program(source, machine, N=128)`: called again, with other values or a changed machine
/// (`rows("l1.ways=4", N=64)`), it is another one.
#[derive(Debug)]
struct Run {
    source: String,
    machine: Machine,
    values: Vec<(String, i64)>,
    instance: Instance,
    counts: OnceLock<Result<Counts, String>>,
    shares: OnceLock<Result<Shares, String>>,
}

/// What the arrays suffered, by their names.
type Shares = Vec<(String, Share)>;

pub fn of(source: String, on: Value, edits: Rest<Value>, words: Kwargs) -> Result<Value, Error> {
    let machine = machine::edited(&machine::of(&on)?, &edits)?;
    run(source, machine, Vec::new(), &words)
}

fn run(
    source: String,
    machine: Machine,
    mut values: Vec<(String, i64)>,
    words: &Kwargs,
) -> Result<Value, Error> {
    for word in words.args() {
        values.retain(|(name, _)| name != word);
        values.push((word.to_owned(), words.peek(word)?));
    }
    let instance = Program::parse(&source).and_then(|program| program.with(&values));
    let instance = instance.map_err(|problems| {
        let told = problems.first().map(|problem| problem.sentence());
        wrong(format!(
            "the program cannot be run: {}",
            told.unwrap_or_default().trim_end_matches('.')
        ))
    })?;
    Ok(Value::from_object(Run {
        source,
        machine,
        values,
        instance,
        counts: OnceLock::new(),
        shares: OnceLock::new(),
    }))
}

impl Run {
    fn options(&self) -> Options {
        let mut policies = self.machine.caches.iter().map(|cache| cache.replacement);
        let foresees = policies.any(|policy| policy == Replacement::Opt);
        Options {
            // What `lab simulate` starts from: some policies draw lots.
            seed: 1,
            classify: true,
            future: foresees.then(|| {
                let mut future = Future::new(&self.machine);
                self.instance.start().run(u64::MAX, &mut future);
                future.next_uses()
            }),
            ..Options::default()
        }
    }

    fn counts(&self) -> Result<&Counts, Error> {
        let counts = self.counts.get_or_init(|| {
            let mut caches = Hierarchy::with(&self.machine, self.options())
                .map_err(|errors| describe_errors(&errors))?;
            self.instance.start().run(u64::MAX, &mut caches);
            Ok(caches.counts())
        });
        counts.as_ref().map_err(|error| wrong(error.clone()))
    }

    fn shares(&self) -> Result<&Shares, Error> {
        let shares = self.shares.get_or_init(|| {
            let watch = Attribution::default();
            let mut engine = Engine::watched(&self.machine, self.options(), watch)
                .map_err(|errors| describe_errors(&errors))?;
            self.instance.start().run(u64::MAX, &mut engine);
            let arrays = engine.observer().arrays();
            let named =
                arrays.filter_map(|(array, share)| Some((array?.name.clone(), share.clone())));
            Ok(named.collect())
        });
        shares.as_ref().map_err(|error| wrong(error.clone()))
    }

    fn count(&self, name: &str) -> Result<Option<u64>, Error> {
        let counts = self.counts()?;
        let first = &counts.levels[0];
        let causes = first.misses_by_cause.unwrap_or_default();
        Ok(Some(match name {
            "accesses" => counts.accesses,
            "misses" => first.misses,
            "compulsory" => causes.compulsory,
            "capacity" => causes.capacity,
            "conflict" => causes.conflict,
            "lucky_hits" => causes.lucky_hits,
            "memory_bytes" => counts.memory_read_bytes,
            "tlb" => match counts.tlbs.first() {
                Some(tlb) => tlb.misses,
                None => return Ok(None),
            },
            _ => {
                let level = counts.levels.iter().find(|level| level.name == name);
                return Ok(level.map(|level| level.misses));
            }
        }))
    }

    /// What one array suffered: `accesses`, `misses`, `compulsory`, and the misses of each level.
    fn array(&self, name: &str) -> Result<Value, Error> {
        let arrays = self.shares()?;
        let Some((_, share)) = arrays.iter().find(|(array, _)| array == name) else {
            let known = listed(arrays.iter().map(|(name, _)| name));
            return Err(wrong(format!(
                "there is no array `{name}`: choose from {known}"
            )));
        };
        let levels = self.machine.caches.iter().map(|cache| cache.name.as_str());
        let of_levels = levels.zip(share.misses.iter().copied());
        let own = [
            ("accesses", share.accesses),
            ("misses", share.misses[0]),
            ("compulsory", share.first_level.compulsory),
        ];
        Ok(Value::from_pairs(own.into_iter().chain(of_levels)))
    }
}

impl Object for Run {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        // A machine was checked before: what fails here is a name.
        self.count(key.as_str()?).ok().flatten().map(Value::from)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (edits, words): (Rest<Value>, Kwargs) = from_args(args)?;
        let machine = machine::edited(&self.machine, &edits)?;
        run(self.source.clone(), machine, self.values.clone(), &words)
    }

    fn call_method(
        self: &Arc<Self>,
        _: &mut State<'_, '_>,
        method: &str,
        args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "array" => {
                let (name,): (&str,) = from_args(args)?;
                self.array(name)
            }
            // Misses of a fully associative cache of so many lines.
            "within" => {
                let (lines,): (u64,) = from_args(args)?;
                let mut distances = Distances::new(self.machine.line());
                self.instance.start().run(u64::MAX, &mut distances);
                Ok(distances.misses(lines).into())
            }
            _ => Err(wrong(format!(
                "a program has no `{method}`: choose from `array`, `within`"
            ))),
        }
    }
}
