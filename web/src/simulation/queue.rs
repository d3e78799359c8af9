//! What the worker does next: a slice of work at a time, the newest request of each client only.

use std::collections::{HashMap, VecDeque};

use super::{
    protocol::{Answer, Client, Effort, Job, Look, Request, Seen, Update},
    record::RecordRun,
    reuse::ReuseRun,
    sweep::SweepRun,
    time::TimeRun,
};

/// Runs that are not finished, the one worked on in front; recordings that are.
#[derive(Debug, Default)]
pub struct Queue {
    runs: VecDeque<Run>,
    kept: HashMap<Client, (u32, Box<RecordRun>)>,
}

#[derive(Debug)]
struct Run {
    client: Client,
    run: u32,
    since: f64,
    work: Work,
}

#[derive(Debug)]
enum Work {
    Sweep(Box<SweepRun>),
    Reuse(Box<ReuseRun>),
    Record(Box<RecordRun>),
    Time(Box<TimeRun>),
}

/// Bytes of linear memory; it never shrinks, so this is also the most there ever was.
fn memory() -> u64 {
    #[cfg(target_arch = "wasm32")]
    return std::arch::wasm32::memory_size::<0>() as u64 * 65536;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

impl Queue {
    /// Takes a request in, at `now` in milliseconds; a look is answered at once.
    pub fn take(&mut self, request: Request, now: f64) -> Option<Answer> {
        if let Request::Look { client, run, look } = request {
            let seen = self.look(client, run, &look);
            return Some(Answer::Seen { client, run, seen });
        }
        let (Request::Run { client, .. }
        | Request::Forget { client }
        | Request::Look { client, .. }) = request;
        self.runs.retain(|run| run.client != client);
        self.kept.remove(&client);
        if let Request::Run { client, run, job } = request {
            let work = match *job {
                Job::Sweep(sweep) => Work::Sweep(Box::new(SweepRun::new(sweep))),
                Job::Reuse(reuse) => Work::Reuse(Box::new(ReuseRun::new(reuse))),
                Job::Record(record) => Work::Record(Box::new(RecordRun::new(&record))),
                Job::Time(time) => Work::Time(Box::new(TimeRun::new(time))),
            };
            self.runs.push_back(Run {
                client,
                run,
                since: now,
                work,
            });
        }
        None
    }

    /// What is seen of a recording, finished or not.
    fn look(&mut self, client: Client, run: u32, look: &Look) -> Option<Seen> {
        if let Some((kept, record)) = self.kept.get_mut(&client)
            && *kept == run
        {
            return record.look(look);
        }
        let mut runs = self.runs.iter_mut();
        let found = runs.find(|it| it.client == client && it.run == run)?;
        match &mut found.work {
            Work::Record(record) => record.look(look),
            _ => None,
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Works on the front run until `clock` (milliseconds) passes `until`, one step at least; then
    /// the next run has its turn.
    pub fn work(&mut self, until: f64, mut clock: impl FnMut() -> f64) -> Option<Answer> {
        let mut run = self.runs.pop_front()?;
        let (found, progress, accesses) = match &mut run.work {
            Work::Sweep(sweep) => sweep.work(until, &mut clock),
            Work::Reuse(reuse) => reuse.work(&mut clock),
            Work::Record(record) => record.work(until, &mut clock),
            Work::Time(time) => time.work(&mut clock),
        };
        let (client, number) = (run.client, run.run);
        let mut stopped = None;
        let done = if progress < 1.0 {
            self.runs.push_back(run);
            None
        } else {
            let effort = Effort {
                accesses,
                milliseconds: clock() - run.since,
                memory: memory(),
            };
            if let Work::Record(mut record) = run.work {
                stopped = record.fault();
                self.kept.insert(client, (number, record));
            }
            Some(effort)
        };
        Some(Answer::Part {
            client,
            run: number,
            update: Update {
                progress,
                found,
                done,
                stopped,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use lab_core::{machine::Machine, parameters::Arguments, study::Study};

    use super::*;
    use crate::simulation::protocol::{Curve, Found, Sweep};

    fn ask(client: Client, run: u32, xs: &[f64]) -> Request {
        let job = Job::Sweep(Sweep {
            study: Study::LatencyLadder,
            machine: Machine::preset("teaching").unwrap(),
            arguments: Arguments::default(),
            curves: [xs, &[], xs]
                .map(|xs| Curve {
                    variant: String::new(),
                    xs: xs.to_vec(),
                })
                .into(),
        });
        Request::Run {
            client,
            run,
            job: Box::new(job),
        }
    }

    /// Client, run, curve, x.
    type Told = (Client, u32, usize, f64);

    /// All answers, a point each, and the runs that finished.
    fn drain(queue: &mut Queue) -> (Vec<Told>, Vec<(Client, u32)>) {
        let (mut points, mut finished) = (Vec::new(), Vec::new());
        while let Some(Answer::Part {
            client,
            run,
            update,
        }) = queue.work(0.0, || 1.0)
        {
            let Found::Points(new) = update.found else {
                panic!("a sweep finds points, not {:?}", update.found);
            };
            points.extend(new.into_iter().map(|(curve, p)| (client, run, curve, p.x)));
            finished.extend(update.done.map(|_| (client, run)));
        }
        (points, finished)
    }

    #[test]
    fn all_points_come_in_order() {
        let mut queue = Queue::default();
        queue.take(ask(1, 1, &[64.0, 128.0]), 0.0);
        let (points, finished) = drain(&mut queue);
        assert_eq!(
            points,
            [
                (1, 1, 0, 64.0),
                (1, 1, 0, 128.0),
                (1, 1, 2, 64.0),
                (1, 1, 2, 128.0)
            ]
        );
        assert_eq!(finished, [(1, 1)]);
        assert!(queue.is_empty());
    }

    #[test]
    fn the_newest_request_of_a_client_replaces_its_older_one_between_points() {
        let mut queue = Queue::default();
        queue.take(ask(1, 1, &[64.0, 128.0, 256.0]), 0.0);
        queue.take(ask(2, 1, &[64.0]), 0.0);
        queue.work(0.0, || 1.0);
        queue.take(ask(1, 2, &[512.0]), 0.0);
        let (points, finished) = drain(&mut queue);
        assert!(
            points
                .iter()
                .all(|&(client, run, ..)| client == 2 || run == 2)
        );
        assert_eq!(finished.len(), 2);
        queue.take(ask(1, 3, &[64.0]), 0.0);
        queue.take(Request::Forget { client: 1 }, 0.0);
        assert!(queue.is_empty());
    }

    #[test]
    fn a_run_without_points_finishes() {
        let mut queue = Queue::default();
        queue.take(ask(1, 1, &[]), 0.0);
        assert_eq!(drain(&mut queue), (vec![], vec![(1, 1)]));
    }
}
