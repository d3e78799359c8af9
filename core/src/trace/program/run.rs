//! Running a lowered program, any number of accesses at a time.

use std::sync::Arc;

use super::{
    check::MOST_THREADS,
    code::{Code, Looping, Op, Streams},
    problem::Problem,
    tree::{apply, holds, trips},
};
use crate::trace::{NoProbe, Probe, Source};

/// Ends of iterations without an access between them; then the run is given up. Takes about a
/// tenth of a second.
const MOST_IDLE: u64 = 1 << 24;

/// Where a run of a program stands. A clone is a snapshot: it goes on from there as this one does.
#[derive(Clone, Debug)]
pub struct Cursor {
    code: Arc<Code>,
    main: Thread,
    /// Those of the `parallel for` that is running, if one is.
    threads: Vec<Thread>,
    /// Whose turn it is.
    current: usize,
    /// Accesses so far.
    told: u64,
    /// Ends of iterations since the last access.
    idle: u64,
    announced: bool,
    fault: Option<Arc<Problem>>,
}

#[derive(Clone, Debug)]
struct Thread {
    /// The next operation.
    at: u32,
    finished: bool,
    registers: Vec<i64>,
}

/// Why a thread stopped.
enum Stop {
    /// No more accesses were asked for.
    Paused,
    /// An iteration with accesses is over, or the thread is: it is the next one's turn.
    Turn,
    /// It starts the threads of that loop.
    Fork(u32),
    Ended,
    Fault(Problem),
}

impl Cursor {
    pub(super) fn new(code: Arc<Code>) -> Self {
        let mut cursor = Self {
            main: Thread {
                at: 0,
                finished: false,
                registers: vec![0; code.registers],
            },
            code,
            threads: Vec::new(),
            current: 0,
            told: 0,
            idle: 0,
            announced: false,
            fault: None,
        };
        cursor.go(0, &mut NoProbe);
        cursor
    }

    /// Makes up to `most` accesses and tells how many it made: fewer only at the end, or where the
    /// program does what it must not (see [`Cursor::fault`]). The first call tells of the arrays.
    pub fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        if !self.announced {
            self.announced = true;
            for array in self.code.arrays.iter() {
                probe.array(&array.name, array.base, array.bytes);
            }
        }
        self.go(most, probe)
    }

    /// Makes up to `most` accesses, and goes on to just before the next one.
    fn go<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        let code = Arc::clone(&self.code);
        let mut left = most;
        while self.fault.is_none() && !self.main.finished {
            let before = left;
            let core = self.current as u16;
            let parallel = !self.threads.is_empty();
            let thread = self.threads.get_mut(self.current).unwrap_or(&mut self.main);
            let mut turn = Turn {
                code: &code,
                left,
                idle: self.idle,
                core,
                parallel,
                probe,
            };
            let stop = turn.run(thread);
            left = turn.left;
            self.idle = turn.idle;
            self.told += before - left;
            match stop {
                Stop::Paused => break,
                Stop::Turn => self.next_thread(),
                Stop::Fork(looping) => self.fork(&code, looping),
                Stop::Ended => self.main.finished = true,
                Stop::Fault(problem) => self.fault = Some(Arc::new(problem)),
            }
        }
        most - left
    }

    /// Accesses made so far.
    pub fn told(&self) -> u64 {
        self.told
    }

    /// Why the run ended early, if it did: an index outside its array, a result that does not
    /// exist, a loop that does nothing for long. The access that would have been next is not made.
    pub fn fault(&self) -> Option<&Problem> {
        self.fault.as_deref()
    }

    /// The loop variables at the next access, outermost first.
    pub fn position(&self) -> Vec<(String, i64)> {
        let thread = self.threads.get(self.current).unwrap_or(&self.main);
        let around = |looping: &&Looping| (looping.inside..looping.exit).contains(&thread.at);
        let loops = self.code.loops.iter().filter(around);
        let value = |looping: &Looping| thread.registers[looping.variable as usize];
        loops
            .map(|looping| (looping.name.clone(), value(looping)))
            .collect()
    }

    /// The next thread that has something to do; behind the loop where none has.
    fn next_thread(&mut self) {
        let count = self.threads.len();
        let after = (1..=count).map(|step| (self.current + step) % count);
        match after.clone().find(|at| !self.threads[*at].finished) {
            Some(next) => self.current = next,
            None => {
                self.threads.clear();
                self.current = 0;
            }
        }
    }

    /// Starts a thread for every iteration of a parallel loop; the main one goes on behind it.
    fn fork(&mut self, code: &Code, looping: u32) {
        let looping = &code.loops[looping as usize];
        let registers = &self.main.registers;
        let [from, to, step] =
            [looping.from, looping.to, looping.by].map(|form| code.value(form, registers));
        let count = trips(from, to, step);
        match count {
            Some(count) if count <= MOST_THREADS => {
                let threads = (0..count as i64).map(|thread| {
                    let mut registers = registers.clone();
                    registers[looping.variable as usize] = from + thread * step;
                    Thread {
                        at: looping.body,
                        finished: false,
                        registers,
                    }
                });
                self.threads = threads.collect();
                self.current = 0;
                self.main.at = looping.exit;
            }
            _ => {
                let count = i64::try_from(count.unwrap_or(0)).unwrap_or(i64::MAX);
                self.fault = Some(Arc::new(code.explain(looping.fault, count)));
            }
        }
    }
}

/// A thread's turn.
struct Turn<'a, P> {
    code: &'a Code,
    left: u64,
    idle: u64,
    core: u16,
    parallel: bool,
    probe: &'a mut P,
}

impl<P: Probe> Turn<'_, P> {
    #[inline]
    fn run(&mut self, thread: &mut Thread) -> Stop {
        let code = self.code;
        let registers = thread.registers.as_mut_slice();
        let mut at = thread.at as usize;
        // A turn that was paused goes on with an access: so what is left now tells whether the turn
        // made one, however it was cut.
        let start = self.left;
        let mut last = self.left;
        let stop = loop {
            match code.ops[at] {
                Op::Set { to, form } => registers[to as usize] = code.value(form, registers),
                Op::Apply {
                    operator,
                    to,
                    a,
                    b,
                    fault,
                } => {
                    let [a, b] = [a, b].map(|form| code.value(form, registers));
                    match apply(operator, a, b) {
                        Some(value) => registers[to as usize] = value,
                        None => break Stop::Fault(code.explain(fault, 0)),
                    }
                }
                Op::Check { form, size, fault } => {
                    let value = code.value(form, registers);
                    if value as u64 >= size {
                        break Stop::Fault(code.explain(fault, value));
                    }
                }
                Op::Access { address, template } => {
                    if self.left == 0 {
                        break Stop::Paused;
                    }
                    self.left -= 1;
                    let address = code.value(address, registers) as u64;
                    self.probe.access(template.access(address, self.core));
                }
                Op::Fetch {
                    to,
                    address,
                    table,
                    template,
                } => {
                    if self.left == 0 {
                        break Stop::Paused;
                    }
                    self.left -= 1;
                    let address = code.value(address, registers) as u64;
                    registers[to as usize] = code.tables[table as usize].value(address);
                    self.probe.access(template.access(address, self.core));
                }
                Op::Unless {
                    comparison,
                    a,
                    b,
                    otherwise,
                } => {
                    let [a, b] = [a, b].map(|form| code.value(form, registers));
                    if !holds(comparison, a, b) {
                        at = otherwise as usize;
                        continue;
                    }
                }
                Op::Jump(to) => {
                    at = to as usize;
                    continue;
                }
                Op::Enter(looping) => {
                    let looping = &code.loops[looping as usize];
                    let [from, to, step] = [looping.from, looping.to, looping.by]
                        .map(|form| code.value(form, registers));
                    registers[looping.variable as usize] = from;
                    registers[looping.step as usize] = step;
                    match trips(from, to, step) {
                        Some(0) => {
                            at = looping.exit as usize;
                            continue;
                        }
                        Some(count) => {
                            let count = i64::try_from(count).unwrap_or(i64::MAX);
                            registers[looping.trips as usize] = count;
                        }
                        None => break Stop::Fault(code.explain(looping.fault, 0)),
                    }
                }
                Op::Align(streams) => {
                    if !align(code, &code.streams[streams as usize], registers) {
                        at += 2;
                        continue;
                    }
                }
                Op::Run(streams) => {
                    let streams = &code.streams[streams as usize];
                    let looping = &code.loops[streams.looping as usize];
                    match self.stream(streams, looping, registers) {
                        Flow::Paused => break Stop::Paused,
                        Flow::Turn => break Stop::Turn,
                        Flow::Over => at = looping.exit as usize,
                    }
                    if self.parallel {
                        break Stop::Turn;
                    }
                    continue;
                }
                Op::Next(looping) => {
                    let looping = &code.loops[looping as usize];
                    if self.left != last {
                        last = self.left;
                        self.idle = 0;
                    } else {
                        self.idle += 1;
                        if self.idle > MOST_IDLE {
                            break Stop::Fault(code.idle(looping));
                        }
                    }
                    if skip(looping, registers, 1) {
                        at = looping.body as usize;
                    } else {
                        at += 1;
                    }
                    if self.parallel && self.left != start {
                        break Stop::Turn;
                    }
                    continue;
                }
                Op::Fork(looping) => break Stop::Fork(looping),
                Op::Join => {
                    thread.finished = true;
                    break Stop::Turn;
                }
                Op::End => break Stop::Ended,
            }
            at += 1;
        };
        thread.at = at as u32;
        stop
    }
}

/// Where running streams leads.
enum Flow {
    Paused,
    Turn,
    Over,
}

impl<P: Probe> Turn<'_, P> {
    /// Runs streams for as long as accesses are asked for: one iteration where threads take turns.
    #[inline]
    fn stream(&mut self, streams: &Streams, looping: &Looping, registers: &mut [i64]) -> Flow {
        let count = streams.streams.len();
        let first = streams.first as usize;
        let mut within = registers[streams.within as usize] as usize;
        loop {
            let trips = registers[looping.trips as usize] as u64;
            let whole = trips.min(self.left / count as u64);
            if whole > 0 && within == 0 && !self.parallel {
                self.left -= whole * count as u64;
                let (addresses, steps) = registers[first..first + 2 * count].split_at_mut(count);
                for _ in 0..whole {
                    let each = streams
                        .streams
                        .iter()
                        .zip(addresses.iter_mut().zip(&*steps));
                    for (stream, (address, step)) in each {
                        let access = stream.template.access(*address as u64, self.core);
                        *address = address.wrapping_add(*step);
                        self.probe.access(access);
                    }
                }
                if !skip(looping, registers, whole as i64) {
                    return Flow::Over;
                }
            }
            while within < count {
                if self.left == 0 {
                    registers[streams.within as usize] = within as i64;
                    return Flow::Paused;
                }
                self.left -= 1;
                let address = registers[first + within];
                let step = registers[first + count + within];
                registers[first + within] = address.wrapping_add(step);
                let template = streams.streams[within].template;
                self.probe
                    .access(template.access(address as u64, self.core));
                within += 1;
            }
            within = 0;
            registers[streams.within as usize] = 0;
            if !skip(looping, registers, 1) {
                return Flow::Over;
            }
            if self.parallel {
                return Flow::Turn;
            }
        }
    }
}

/// Goes on by so many iterations; whether one is left.
#[inline(always)]
fn skip(looping: &Looping, registers: &mut [i64], iterations: i64) -> bool {
    let left = &mut registers[looping.trips as usize];
    *left -= iterations;
    if *left == 0 {
        return false;
    }
    let step = registers[looping.step as usize].wrapping_mul(iterations);
    let variable = &mut registers[looping.variable as usize];
    *variable = variable.wrapping_add(step);
    true
}

/// Computes where the streams of a loop start and how they grow; whether all stay inside.
#[inline]
fn align(code: &Code, streams: &Streams, registers: &mut [i64]) -> bool {
    let looping = &code.loops[streams.looping as usize];
    let variable = looping.variable as usize;
    let step = registers[looping.step as usize];
    if !streams.checks.is_empty() {
        // Indices grow by equal steps: inside at both ends, inside all along.
        let start = registers[variable];
        let last = registers[looping.trips as usize] - 1;
        let end = start.wrapping_add(last.wrapping_mul(step));
        let mut inside = |value: i64| {
            registers[variable] = value;
            let mut checks = streams.checks.iter();
            checks.all(|(form, size)| (code.value(*form, registers) as u64) < *size)
        };
        let both = inside(end) & inside(start);
        registers[variable] = start;
        if !both {
            return false;
        }
    }
    let first = streams.first as usize;
    let count = streams.streams.len();
    for (at, stream) in streams.streams.iter().enumerate() {
        registers[first + at] = code.value(stream.address, registers);
        registers[first + count + at] = stream.factor.wrapping_mul(step);
    }
    registers[streams.within as usize] = 0;
    true
}

impl Source for Cursor {
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        Cursor::run(self, most, probe)
    }
}
