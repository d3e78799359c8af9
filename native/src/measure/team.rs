//! Threads that work at the same time, each on a processor of its own.
//!
//! The measuring thread is one of them. All start together, behind a barrier they spin on, and the
//! work is done when the last is: what is timed is common wall time, never a sum of rates.

use std::{
    hint::spin_loop,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use hwlocality::{
    Topology,
    cpu::{binding::CpuBindingFlags, cpuset::CpuSet},
    object::{TopologyObject, types::ObjectType},
};

use super::near;

/// What a member does, so many times over.
pub type Body = Box<dyn FnMut(u64)>;

/// Threads that wait for work, and the measuring thread, which leads them.
pub struct Team {
    topology: Arc<Topology>,
    /// Where the leader works; where it stands otherwise is its own affair.
    place: CpuSet,
    body: Body,
    workers: Vec<Worker>,
    gate: Arc<Gate>,
}

struct Worker {
    /// Hung up, it ends the thread.
    work: Option<mpsc::Sender<u64>>,
    thread: Option<JoinHandle<()>>,
}

/// Counts that only rise: a round is through when a count is a multiple of the members.
#[derive(Default)]
struct Gate {
    arrived: AtomicUsize,
    done: AtomicUsize,
}

impl Gate {
    fn wait(count: &AtomicUsize, until: usize) {
        while count.load(Ordering::Acquire) < until {
            spin_loop();
        }
    }
}

impl Team {
    /// A team with a member on each of these processors, the leader on the first. `make` gives each
    /// its work, in its own thread and place: memory it touches first lies near.
    ///
    /// # Errors
    /// When a thread cannot be started, may not run on its processor, or has no work it could do; the
    /// error says which.
    pub fn new(
        topology: &Arc<Topology>,
        processors: &[usize],
        make: impl Fn(usize) -> Result<Body> + Send + Sync + 'static,
    ) -> Result<Self> {
        let (make, gate) = (Arc::new(make), Arc::new(Gate::default()));
        let places: Vec<CpuSet> = processors
            .iter()
            .map(|&processor| place(topology, processor))
            .collect::<Result<_>>()?;
        let members = places.len();
        let home = standing_on(topology)?;
        let (tell, ready) = mpsc::channel();
        let mut workers = Vec::new();
        for (member, place) in places.iter().enumerate().skip(1) {
            let (work, works) = mpsc::channel();
            let (topology, place, make) = (topology.clone(), place.clone(), make.clone());
            let home = home.clone();
            let (gate, tell) = (gate.clone(), tell.clone());
            let thread = std::thread::Builder::new()
                .spawn(move || {
                    let made = bind(&topology, &place).and_then(|()| {
                        // A new thread's memory is bound as the leader's: without the binding of
                        // its own it would lie far.
                        let _ = near::bind(&topology, &home, &place);
                        make(member)
                    });
                    let mut body = match made {
                        Ok(body) => {
                            let _ = tell.send(Ok(()));
                            body
                        }
                        Err(why) => {
                            let _ = tell.send(Err(why));
                            return;
                        }
                    };
                    drop(tell);
                    let mut rounds = 0;
                    while let Some(repetitions) = next(&works) {
                        rounds += 1;
                        gate.arrived.fetch_add(1, Ordering::AcqRel);
                        Gate::wait(&gate.arrived, rounds * members);
                        body(repetitions);
                        gate.done.fetch_add(1, Ordering::AcqRel);
                    }
                })
                .context("cannot start a thread to measure with")?;
            workers.push(Worker {
                work: Some(work),
                thread: Some(thread),
            });
        }
        drop(tell);
        for made in ready {
            made?;
        }
        let first = places
            .into_iter()
            .next()
            .context("a team needs a processor")?;
        bind(topology, &first)?;
        let _ = near::bind(topology, &home, &first);
        let body = make(0);
        let _ = near::bind(topology, &first, &home);
        bind(topology, &home)?;
        Ok(Self {
            topology: topology.clone(),
            place: first,
            body: body?,
            workers,
            gate,
        })
    }

    /// All members do their work so many times; returns when the last has.
    ///
    /// # Panics
    /// When a member's work panicked.
    pub fn run(&mut self, repetitions: u64) {
        let members = self.workers.len() + 1;
        let home = self.topology.cpu_binding(CpuBindingFlags::THREAD).ok();
        // A leader that may not move works where it stands; `new` has tried it.
        let _ = bind(&self.topology, &self.place);
        let round = self.gate.arrived.load(Ordering::Acquire) / members + 1;
        for worker in &self.workers {
            let work = worker.work.as_ref().expect("hung up only when dropped");
            work.send(repetitions).expect("a member ends only after us");
        }
        self.gate.arrived.fetch_add(1, Ordering::AcqRel);
        Gate::wait(&self.gate.arrived, round * members);
        (self.body)(repetitions);
        self.gate.done.fetch_add(1, Ordering::AcqRel);
        while self.gate.done.load(Ordering::Acquire) < round * members {
            let gone = |worker: &Worker| {
                let thread = worker.thread.as_ref();
                thread.is_none_or(JoinHandle::is_finished)
            };
            assert!(!self.workers.iter().any(gone), "a member's work panicked");
            spin_loop();
        }
        if let Some(home) = home {
            let _ = bind(&self.topology, &home);
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            worker.work = None;
        }
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take() {
                // Its panic was told by `run`.
                let _ = thread.join();
            }
        }
    }
}

/// A worker's next work; none when there will be no more.
///
/// It lingers awake for a while: the sample comes right behind the warm-up, and to wake a thread takes
/// tens of microseconds, in a virtual machine hundreds.
fn next(works: &mpsc::Receiver<u64>) -> Option<u64> {
    const LINGER: Duration = Duration::from_millis(1);
    let begun = Instant::now();
    while begun.elapsed() < LINGER {
        match works.try_recv() {
            Ok(repetitions) => return Some(repetitions),
            Err(mpsc::TryRecvError::Disconnected) => return None,
            Err(mpsc::TryRecvError::Empty) => spin_loop(),
        }
    }
    works.recv().ok()
}

/// The processors this process may run on, by the system's number, one of each core first: the
/// second thread of a core comes after all cores have their first.
pub fn processors(topology: &Topology) -> Vec<usize> {
    let allowed = topology.allowed_cpuset();
    let units = topology.objects_with_type(ObjectType::PU);
    let mut places: Vec<(usize, usize)> = units
        .filter_map(|unit| {
            let index = unit.os_index().filter(|&index| allowed.is_set(index))?;
            Some((sibling(unit), index))
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(_, index)| index).collect()
}

/// Which thread of its core a processor is, from 0.
fn sibling(unit: &TopologyObject) -> usize {
    match unit.parent() {
        Some(core) if core.object_type() == ObjectType::Core => unit.sibling_rank(),
        _ => 0,
    }
}

/// Holds the calling thread on a processor.
///
/// # Errors
/// When there is none of that number, or the system does not allow it.
pub fn stand_on(topology: &Topology, processor: usize) -> Result<()> {
    bind(topology, &place(topology, processor)?)
}

/// The processors that the calling thread may run on.
///
/// # Errors
/// When the system does not tell.
pub fn standing_on(topology: &Topology) -> Result<CpuSet> {
    Ok(topology.cpu_binding(CpuBindingFlags::THREAD)?)
}

fn place(topology: &Topology, processor: usize) -> Result<CpuSet> {
    let mut units = topology.objects_with_type(ObjectType::PU);
    let unit = units.find(|unit| unit.os_index() == Some(processor));
    let set = unit.and_then(|unit| unit.cpuset().map(|set| set.clone_target()));
    set.with_context(|| format!("there is no processor {processor}"))
}

/// Holds the calling thread on these processors.
fn bind(topology: &Topology, place: &CpuSet) -> Result<()> {
    topology
        .bind_cpu(place, CpuBindingFlags::THREAD)
        .context("the system does not let a thread stay on one processor")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Source, load};
    use std::sync::atomic::AtomicU64;

    #[test]
    fn all_members_do_all_of_the_work() {
        let topology = Arc::new(load(&Source::ThisMachine).unwrap());
        let processors = processors(&topology);
        assert!(!processors.is_empty());
        let count = Arc::new(AtomicU64::new(0));
        let members = processors.len() as u64;
        let shared = count.clone();
        let mut team = Team::new(&topology, &processors, move |_| {
            let count = shared.clone();
            Ok(Box::new(move |repetitions| {
                count.fetch_add(repetitions, Ordering::Relaxed);
            }))
        })
        .unwrap();
        for round in 1..=3 {
            team.run(10);
            assert_eq!(count.load(Ordering::Relaxed), 10 * round * members);
        }
    }

    #[test]
    fn a_member_that_cannot_work_is_told() {
        let topology = Arc::new(load(&Source::ThisMachine).unwrap());
        let none = Team::new(&topology, &[1_000_000], |_| Ok(Box::new(|_| ())));
        assert!(none.err().unwrap().to_string().contains("1000000"));
        let processors = processors(&topology);
        let lazy = Team::new(&topology, &processors, |_| anyhow::bail!("no memory"));
        assert_eq!(lazy.err().unwrap().to_string(), "no memory");
    }
}
