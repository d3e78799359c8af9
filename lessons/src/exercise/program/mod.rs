//! *Program*: make a loop nest miss less, without changing what it computes.
//!
//! What counts as the same is said in [`meaning`].

pub mod meaning;
mod statement;

use lab_core::{
    machine::Machine,
    sim::Hierarchy,
    trace::program::{Extent, Instance, Program},
};

use self::{
    meaning::{Meaning, Trouble, Watch},
    statement::Statements,
};
use super::{Exercise, Kind, Ramp, Remark, Verdict};

/// What a program is graded on. The program to start from is the exercise's unsolved answer.
#[derive(Debug, PartialEq)]
pub struct Task {
    /// Name of a preset machine of `lab_core`.
    pub machine: &'static str,
    /// The cache whose misses count; 0 is the first.
    pub cache: usize,
    /// Points by its misses.
    pub ramp: Ramp,
}

/// T1: the inner loop runs along the rows.
pub const SWAP_THE_LOOPS: Exercise = Exercise {
    name: "swap-the-loops",
    title: "Swap the loops",
    task: include_str!("../../../exercises/swap-the-loops/task.txt"),
    hints: &[
        "Which elements of `A` lie side by side in memory: those of a row, or those of a column? Which of them does the inner loop visit one after the other?",
        "The last index runs fastest. Let the inner loop be the one over the last index.",
        "Write `for i` outside and `for j` inside; the statement stays as it is.",
    ],
    unsolved: include_str!("../../../exercises/swap-the-loops/unsolved.loop"),
    solution: include_str!("../../../exercises/swap-the-loops/solution.loop"),
    because: include_str!("../../../exercises/swap-the-loops/because.txt"),
    file: "swap-the-loops.loop",
    kind: Kind::Program(Task {
        machine: "small-laptop",
        cache: 0,
        ramp: Ramp {
            full: 16384,
            none: 131_072,
        },
    }),
};

/// T2: tiles that fit the cache.
pub const TILE_THE_PRODUCT: Exercise = Exercise {
    name: "tile-the-product",
    title: "Tile the product",
    task: include_str!("../../../exercises/tile-the-product/task.txt"),
    hints: &[
        "Swapping loops alone gains nothing here: in any order with `i` outside, all of `B`, 72 KiB, passes through a cache of 32 KiB for each `i`. Where does that leave the lines of `B` when the next `i` comes?",
        "Use a piece of `B` for all `i` before you go on to the next piece. The piece should fit the cache with room to spare.",
        "Outermost `for kk in 0..N step T` and `for jj in 0..N step T`; inside `i`, then `k` from `kk` to `kk + T`, then `j` from `jj` to `jj + T`. With T = 32 the piece of `B` has 8 KiB.",
    ],
    unsolved: include_str!("../../../exercises/tile-the-product/unsolved.loop"),
    solution: include_str!("../../../exercises/tile-the-product/solution.loop"),
    because: include_str!("../../../exercises/tile-the-product/because.txt"),
    file: "tile-the-product.loop",
    kind: Kind::Program(Task {
        machine: "small-laptop",
        cache: 0,
        ramp: Ramp {
            full: 16_000,
            none: 112_896,
        },
    }),
};

/// P6 and the causes of misses: a smaller working set keeps what is used again.
pub const KEEP_THE_MEANS: Exercise = Exercise {
    name: "keep-the-means",
    title: "Keep the means",
    task: include_str!("../../../exercises/keep-the-means/task.txt"),
    hints: &[
        "How many lines pass by between two uses of the same mean: of `from`, of `to`, of the means themselves? How many does the cache hold?",
        "What passes by can be made shorter: use a piece of the means for all rows before you go on to the next piece. Beware of pieces of a single column: what is the distance from row to row?",
        "Outside `for cc in 0..N step T`, then all rows, inside `for c in cc..min(cc + T, N)`. With T = 512 a piece of the means has 64 lines.",
    ],
    unsolved: include_str!("../../../exercises/keep-the-means/unsolved.loop"),
    solution: include_str!("../../../exercises/keep-the-means/solution.loop"),
    because: include_str!("../../../exercises/keep-the-means/because.txt"),
    file: "keep-the-means.loop",
    kind: Kind::Program(Task {
        machine: "small-laptop",
        cache: 0,
        ramp: Ramp {
            full: 34_000,
            none: 49_152,
        },
    }),
};

/// A program that can be run and understood, or why not.
fn ready(source: &str) -> Result<(Instance, Statements), Verdict> {
    let refused = |message: &str, remarks| Err(Verdict::failed("", message, remarks));
    let instance = Program::parse(source).and_then(|program| program.with(&[]));
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

/// Grades a program against the one given: first what it computes, then what it misses.
pub fn grade(name: &str, task: &Task, given: &str, answer: &str) -> Verdict {
    let named = |verdict: Verdict| Verdict {
        name: name.to_owned(),
        ..verdict
    };
    graded(name, task, given, answer).unwrap_or_else(named)
}

fn graded(name: &str, task: &Task, given: &str, answer: &str) -> Result<Verdict, Verdict> {
    let fail = |message: String| Verdict::failed(name, message, Vec::new());
    let machine = Machine::preset(task.machine)
        .ok_or_else(|| fail(format!("There is no machine `{}`.", task.machine)))?;
    let mut caches = Hierarchy::new(&machine)
        .map_err(|errors| fail(format!("The machine cannot be simulated: {errors:?}.")))?;

    let (wanted, statements) = ready(given)?;
    let most = limit(&wanted);
    let mut reference = Meaning::new(wanted.arrays(), &statements);
    run(
        &wanted,
        most,
        &mut Watch {
            meaning: &mut reference,
            caches: None,
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
        Verdict::failed(
            name,
            "The statements differ from those given: change the loops around them, not what they compute.",
            remarks,
        )
    })?;
    let mut meaning = Meaning::new(instance.arrays(), &own);
    let mut watch = Watch {
        meaning: &mut meaning,
        caches: Some(&mut caches),
    };
    run(&instance, most, &mut watch).map_err(|trouble| {
        let remarks = trouble.line().map(|line| Remark {
            place: format!("line {line}"),
            good: false,
            text: "The run ends here.".to_owned(),
        });
        Verdict::failed(name, trouble.to_string(), remarks.into_iter().collect())
    })?;
    if let Some(difference) = meaning.difference(&reference) {
        return Err(fail(difference));
    }
    let level = &caches.counts().levels[task.cache];
    Ok(Verdict::of_misses(
        name,
        task.ramp,
        &level.name,
        level.misses,
        by_line(&meaning),
    ))
}

/// How often each statement ran: nobody has to guess whether a loop was left out.
fn by_line(meaning: &Meaning) -> Vec<Remark> {
    let remark = |(line, times): (u64, u64)| Remark {
        place: format!("line {line}"),
        good: true,
        text: format!("Ran {times} times."),
    };
    meaning.runs().map(remark).collect()
}

/// Runs a program that makes no more than `most` accesses.
fn run(instance: &Instance, most: u64, watch: &mut Watch) -> Result<(), Trouble> {
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
