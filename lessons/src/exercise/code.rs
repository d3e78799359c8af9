//! *Code*: a Rust function generic over the probe, graded on its simulated misses.
//!
//! The function is built natively, by a small project that `lab exercise start` writes; that project
//! calls the grader here. The page shows the task and how to check it.

use lab_core::{
    machine::Machine,
    sim::Hierarchy,
    trace::{Access, Buffer, BufferMut, Kind as Touching, Probe},
};

use super::{Exercise, Kind, Ramp, Remark, Verdict};

/// What a function is graded on.
#[derive(Debug, PartialEq)]
pub struct Task {
    /// The function's name.
    pub function: &'static str,
    /// Name of a preset machine of `lab_core`.
    pub machine: &'static str,
    /// The cache whose misses count; 0 is the first.
    pub cache: usize,
    /// Rows and columns of the matrix.
    pub size: usize,
    /// Points by misses.
    pub ramp: Ramp,
}

/// T2, O3: a transpose that uses its lines.
pub const TRANSPOSE: Exercise = Exercise {
    name: "transpose",
    title: "A transpose that uses its lines",
    task: include_str!("../../exercises/transpose/task.txt"),
    hints: &[
        "Reading along rows means writing along columns. Every write brings in a line of which eight bytes are used; before the neighbours' turn comes, the line is gone.",
        "Take a small square of both matrices at a time, small enough that all its lines stay in the cache until they are used up.",
        "Rows of 256 elements lie 2048 bytes apart: the rows of a square fall into two sets of eight ways each. Squares of 8 × 8 elements are one line wide and eight lines high.",
    ],
    unsolved: include_str!("../../exercises/transpose/unsolved.rs"),
    solution: include_str!("../../exercises/transpose/solution.rs"),
    because: include_str!("../../exercises/transpose/because.txt"),
    file: "transpose.rs",
    kind: Kind::Code(Task {
        function: "transpose",
        machine: "small-laptop",
        cache: 0,
        size: 256,
        ramp: Ramp {
            full: 20_000,
            none: 73_728,
        },
    }),
};

/// The answer to [`TRANSPOSE`]: the same function for every probe.
pub trait Transpose {
    /// Writes the transpose of `from`, `n` rows of `n` elements, to `to`.
    fn transpose<P: Probe>(
        from: &Buffer<'_, f64>,
        to: &mut BufferMut<'_, f64>,
        n: usize,
        probe: &mut P,
    );
}

/// Where the matrices of a graded run lie, far apart.
const FROM: u64 = 1 << 32;
const TO: u64 = 1 << 33;

/// The caches, and which elements were read and written on their account: one probe for every run,
/// so that no answer can tell the run that counts from one that only looks.
struct Account {
    read: Vec<bool>,
    written: Vec<bool>,
    caches: Hierarchy,
}

impl Probe for Account {
    fn access(&mut self, access: Access) {
        self.caches.access(access);
        let (elements, base) = match access.kind {
            Touching::Store => (&mut self.written, TO),
            _ => (&mut self.read, FROM),
        };
        let at = access.address.wrapping_sub(base) / 8;
        if let Some(element) = usize::try_from(at).ok().and_then(|at| elements.get_mut(at)) {
            *element = true;
        }
    }
}

/// Transposes a matrix of `n` by `n` and compares with the definition.
fn check<A: Transpose, P: Probe>(n: usize, probe: &mut P) -> Result<(), String> {
    let from: Vec<f64> = (0..n * n).map(|at| at as f64 + 0.5).collect();
    let mut to = vec![f64::NAN; n * n];
    A::transpose(
        &Buffer::new(&from, FROM),
        &mut BufferMut::new(&mut to, TO),
        n,
        probe,
    );
    for (row, column) in (0..n).flat_map(|row| (0..n).map(move |column| (row, column))) {
        let (found, wanted) = (to[row * n + column], from[column * n + row]);
        // Compared as bits: what was never written is no number.
        if found.to_bits() != wanted.to_bits() {
            return Err(format!(
                "for n = {n}, row {row}, column {column} of `to` holds {found} instead of {wanted}"
            ));
        }
    }
    Ok(())
}

/// Grades a transpose: right for sizes of all kinds, everything told to the probe, few misses.
pub fn grade_transpose<A: Transpose>() -> Verdict {
    let (name, Kind::Code(task)) = (TRANSPOSE.name, &TRANSPOSE.kind) else {
        unreachable!("the transpose is code");
    };
    let mut remarks = Vec::new();
    let machine = Machine::preset(task.machine);
    let Some(Ok(caches)) = machine.map(|machine| Hierarchy::new(&machine)) else {
        return Verdict::failed(
            name,
            format!("The machine `{}` cannot be simulated.", task.machine),
            remarks,
        );
    };
    let mut graded = caches.clone();
    for n in [1, 2, 7, 8, 33, 100, task.size] {
        let mut coverage = Account {
            read: vec![false; n * n],
            written: vec![false; n * n],
            caches: caches.clone(),
        };
        if let Err(why) = check::<A, _>(n, &mut coverage) {
            return Verdict::failed(name, format!("The result is wrong: {why}."), remarks);
        }
        let missing = |elements: &[bool]| elements.iter().filter(|seen| !**seen).count();
        let (unread, unwritten) = (missing(&coverage.read), missing(&coverage.written));
        if unread + unwritten > 0 {
            let message = format!(
                "The probe was not told of everything: for n = {n}, {unread} reads of `from` and {unwritten} writes of `to` are missing. Pass `probe` to every `get` and `set`."
            );
            return Verdict::failed(name, message, remarks);
        }
        remarks.push(Remark {
            place: format!("n = {n}"),
            good: true,
            text: "The result is right.".to_owned(),
        });
        graded = coverage.caches;
    }
    let level = &graded.counts().levels[task.cache];
    Verdict::of_misses(name, task.ramp, &level.name, level.misses, remarks)
}
