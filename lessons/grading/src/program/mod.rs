//! *Program*: make a loop nest miss less, without changing what it computes.
//!
//! What counts as the same is said in [`meaning`].

pub mod meaning;
mod reasons;
mod statement;

use lab_core::{
    machine::{Machine, describe_errors},
    sim::{Engine, Options},
    trace::{
        NoProbe, Probe,
        program::{self, Extent, Instance},
    },
    units::grouped,
};

use self::{
    meaning::{Meaning, Trouble, Watch},
    reasons::References,
    statement::Statements,
};
use serde::Deserialize;

use crate::{Face, Grade, Kind, Ramp, Remark, Task, kind::machine_faults};

/// What a program is graded on. The program to start from is the exercise's unsolved answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Name of a preset machine of `lab_core`.
    pub machine: String,
    /// The name of the cache whose misses count.
    pub cache: String,
    /// Points by its misses.
    pub ramp: Ramp,
}

impl Kind for Program {
    fn grade(&self, task: &Task, answer: &str, _: u64) -> Grade {
        let named = |grade: Grade| Grade {
            name: task.name.clone(),
            ..grade
        };
        self.graded(task, answer).unwrap_or_else(named)
    }

    fn face(&self) -> Face {
        Face::Program {
            machine: self.machine.clone(),
        }
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = machine_faults(&self.machine, Some(&self.cache));
        faults.extend(self.ramp.fault());
        faults
    }
}

/// A program that can be run and understood, or why not.
fn ready(source: &str) -> Result<(Instance, Statements), Grade> {
    let refused = |message: &str, remarks| Err(Grade::failed("", message, remarks));
    let instance = program::Program::parse(source).and_then(|program| program.with(&[]));
    let instance = match instance {
        Ok(instance) => instance,
        Err(problems) => {
            let remark = |problem: &lab_core::trace::program::Problem| Remark {
                place: format!("line {}", problem.line),
                good: false,
                text: problem.sentence(),
            };
            let remarks = problems.iter().map(remark).collect();
            return refused("The program cannot be read.", remarks);
        }
    };
    match Statements::of(source, instance.arrays()) {
        Ok(statements) => Ok((instance, statements)),
        Err(remarks) => refused("The program cannot be graded.", remarks),
    }
}

fn limit(instance: &Instance) -> u64 {
    match instance.accesses() {
        Extent::Exact(count) | Extent::AtMost(count) => count,
    }
}

impl Program {
    /// Grades a program against the one given: first what it computes, then what it misses.
    fn graded(&self, task: &Task, answer: &str) -> Result<Grade, Grade> {
        let fail = |message: String| Grade::failed(&task.name, message, Vec::new());
        let machine = Machine::preset(&self.machine)
            .ok_or_else(|| fail(format!("There is no machine `{}`.", self.machine)))?;
        let (wanted, statements) = ready(&task.unsolved)?;
        let most = limit(&wanted);
        let mut reference = Meaning::new(wanted.arrays(), &statements);
        run(
            &wanted,
            most,
            &mut Watch {
                meaning: &mut reference,
                caches: &mut NoProbe,
            },
        )
        .map_err(|trouble| fail(trouble.to_string()))?;

        let (instance, own) = ready(answer)?;
        if instance.arrays() != wanted.arrays() {
            return Err(fail(
                "The arrays differ from those given: keep their names, sizes, types and order, and the parameters behind them.".to_owned(),
            ));
        }
        let own = own.numbered_like(&statements).map_err(|remarks| {
            Grade::failed(
                &task.name,
                "The statements differ from those given: change the loops around them, not what they compute.",
                remarks,
            )
        })?;
        let options = Options {
            classify: true,
            ..Options::default()
        };
        let mut caches = Engine::watched(&machine, options, References::new(instance.arrays()))
            .map_err(|errors| {
                let why = describe_errors(&errors);
                fail(format!("The machine cannot be simulated: {why}."))
            })?;
        let mut meaning = Meaning::new(instance.arrays(), &own);
        let mut watch = Watch {
            meaning: &mut meaning,
            caches: &mut caches,
        };
        run(&instance, most, &mut watch).map_err(|trouble| {
            let remarks = trouble.line().map(|line| Remark {
                place: format!("line {line}"),
                good: false,
                text: "The run ends here.".to_owned(),
            });
            Grade::failed(
                &task.name,
                trouble.to_string(),
                remarks.into_iter().collect(),
            )
        })?;
        if let Some(difference) = meaning.difference(&reference) {
            return Err(fail(difference));
        }
        let mut grade =
            Grade::of_misses(task, self.ramp, &caches.counts(), &self.cache, Vec::new());
        grade.remarks = remarks(
            &meaning,
            caches.observer(),
            answer,
            machine.line(),
            grade.pass,
        );
        Ok(grade)
    }
}

/// How often each statement ran, so that nobody has to guess whether a loop was left out, and why each
/// of its references missed; all is well where the exercise is solved.
fn remarks(
    meaning: &Meaning,
    references: &References,
    source: &str,
    line: u64,
    solved: bool,
) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for (site, times) in meaning.runs() {
        let mut say = |good, text| {
            remarks.push(Remark {
                place: format!("line {site}"),
                good,
                text,
            });
        };
        say(true, format!("Ran {} times.", grouped(times)));
        for (thrifty, text) in references.on(site, source, line) {
            say(solved || thrifty, text);
        }
    }
    remarks
}

/// Runs a program that makes no more than `most` accesses.
fn run(instance: &Instance, most: u64, watch: &mut Watch<impl Probe>) -> Result<(), Trouble> {
    let mut cursor = instance.start();
    // In slices: trouble is noticed before all of a long run is over.
    const SLICE: u64 = 1 << 16;
    let mut told = 0;
    loop {
        let made = cursor.run(SLICE, watch);
        told += made;
        watch.meaning.trouble()?;
        if told > most {
            return Err(Trouble::TooLong { most });
        }
        if made < SLICE {
            break;
        }
    }
    match cursor.fault() {
        Some(problem) => Err(Trouble::Fault {
            line: problem.line,
            sentence: problem.sentence(),
        }),
        None => Ok(()),
    }
}
