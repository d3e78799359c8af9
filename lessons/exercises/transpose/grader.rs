//! Grades a transpose: right for sizes of all kinds, everything told to the probe, few misses.

use std::{hint::black_box, time::Instant};

use lab_core::{
    sim::Hierarchy,
    trace::{Access, Buffer, BufferMut, Kind, NoProbe, Probe},
};
use lab_grading::{Grade, Remark, Task, code::Code};

use super::answer::transpose;

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
            Kind::Store => (&mut self.written, TO),
            _ => (&mut self.read, FROM),
        };
        let at = access.address.wrapping_sub(base) / 8;
        if let Some(element) = usize::try_from(at).ok().and_then(|at| elements.get_mut(at)) {
            *element = true;
        }
    }
}

/// Transposes a matrix of `n` by `n` and compares with the definition.
fn check(n: usize, probe: &mut Account) -> Result<(), String> {
    let from: Vec<f64> = (0..n * n).map(|at| at as f64 + 0.5).collect();
    let mut to = vec![f64::NAN; n * n];
    let (read, mut written) = (Buffer::new(&from, FROM), BufferMut::new(&mut to, TO));
    transpose(&read, &mut written, n, probe);
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

/// The grade, an error where the answer is wrong.
pub fn grade(task: &Task) -> Result<Grade, Grade> {
    let mut remarks = Vec::new();
    let fail = |why: String, remarks| Grade::failed(&task.name, why, remarks);
    let code = Code::of(task).map_err(|why| fail(why, Vec::new()))?;
    let caches = code.caches().map_err(|why| fail(why, Vec::new()))?;
    let mut graded = caches.clone();
    for n in [1, 2, 7, 8, 33, 100, code.size] {
        let mut coverage = Account {
            read: vec![false; n * n],
            written: vec![false; n * n],
            caches: caches.clone(),
        };
        if let Err(why) = check(n, &mut coverage) {
            return Err(fail(format!("The result is wrong: {why}."), remarks));
        }
        let missing = |elements: &[bool]| elements.iter().filter(|seen| !**seen).count();
        let (unread, unwritten) = (missing(&coverage.read), missing(&coverage.written));
        if unread + unwritten > 0 {
            let message = format!(
                "The probe was not told of everything: for n = {n}, {unread} reads of `from` and {unwritten} writes of `to` are missing. Pass `probe` to every `get` and `set`."
            );
            return Err(fail(message, remarks));
        }
        remarks.push(Remark {
            place: format!("n = {n}"),
            good: true,
            text: "The result is right.".to_owned(),
        });
        graded = coverage.caches;
    }
    Ok(code.of_misses(task, &graded.counts(), remarks))
}

/// Rows and columns of the matrix that is timed.
pub const TIMED: usize = 2048;

/// Nanoseconds an element takes without a probe, in 9 runs after one that does not count.
pub fn nanoseconds(n: usize) -> Vec<f64> {
    let from: Vec<f64> = (0..n * n).map(|at| at as f64).collect();
    let mut to = vec![0.0; n * n];
    let mut run = || {
        let start = Instant::now();
        let mut written = BufferMut::new(&mut to, 0);
        transpose(
            &Buffer::new(black_box(&from), 0),
            &mut written,
            n,
            &mut NoProbe,
        );
        black_box(&to);
        start.elapsed().as_secs_f64() * 1e9 / (n * n) as f64
    };
    run();
    (0..9).map(|_| run()).collect()
}
