//! What the worker does next: one point at a time, the newest request of each client only.

use std::collections::VecDeque;

use lab_core::{report::Point, study};

use super::protocol::{Answer, Client, Effort, Job, Request};

/// Runs that are not finished, the one worked on in front.
#[derive(Debug, Default)]
pub struct Queue(VecDeque<Run>);

#[derive(Debug)]
struct Run {
    client: Client,
    run: u32,
    job: Box<Job>,
    since: f64,
    accesses: u64,
    /// The next point: curve, index of x.
    next: (usize, usize),
}

impl Queue {
    /// Takes a request in, at `now` in milliseconds.
    pub fn take(&mut self, request: Request, now: f64) {
        let (Request::Run { client, .. } | Request::Forget { client }) = request;
        self.0.retain(|run| run.client != client);
        if let Request::Run { client, run, job } = request {
            self.0.push_back(Run {
                client,
                run,
                job,
                since: now,
                accesses: 0,
                next: (0, 0),
            });
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Simulates points of the front run until `clock` (milliseconds) passes `until`, one at least;
    /// then the next run has its turn.
    pub fn work(&mut self, until: f64, mut clock: impl FnMut() -> f64) -> Option<Answer> {
        let mut run = self.0.pop_front()?;
        let mut points = Vec::new();
        while let Some((curve, point)) = run.step() {
            points.push((curve, point));
            if clock() >= until {
                break;
            }
        }
        let (client, number) = (run.client, run.run);
        let done = if run.place().is_none() {
            Some(Effort {
                accesses: run.accesses,
                milliseconds: clock() - run.since,
            })
        } else {
            self.0.push_back(run);
            None
        };
        Some(Answer::Points {
            client,
            run: number,
            points,
            done,
        })
    }
}

impl Run {
    /// The curve and x of the next point; none when all are done.
    fn place(&self) -> Option<(usize, f64)> {
        let (mut curve, mut index) = self.next;
        loop {
            let xs = &self.job.curves.get(curve)?.xs;
            if let Some(&x) = xs.get(index) {
                return Some((curve, x));
            }
            (curve, index) = (curve + 1, 0);
        }
    }

    fn step(&mut self) -> Option<(usize, Point)> {
        let (curve, x) = self.place()?;
        self.next = if curve == self.next.0 {
            (curve, self.next.1 + 1)
        } else {
            (curve, 1)
        };
        let Job {
            study,
            machine,
            arguments,
            curves,
        } = &*self.job;
        let value = study.simulate(machine, arguments, &curves[curve].variant, x);
        // The page checks a machine before it asks.
        let value = value.ok()?;
        self.accesses += value.simulated_accesses;
        Some((curve, study::point(x, value)))
    }
}

#[cfg(test)]
mod tests {
    use lab_core::{machine::Machine, parameters::Arguments, study::Study};

    use super::*;
    use crate::simulation::protocol::Curve;

    fn ask(client: Client, run: u32, xs: &[f64]) -> Request {
        let job = Job {
            study: Study::LatencyLadder,
            machine: Machine::preset("teaching").unwrap(),
            arguments: Arguments::default(),
            curves: [xs, &[], xs]
                .map(|xs| Curve {
                    variant: String::new(),
                    xs: xs.to_vec(),
                })
                .into(),
        };
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
        while let Some(Answer::Points {
            client,
            run,
            points: new,
            done,
        }) = queue.work(0.0, || 1.0)
        {
            points.extend(new.into_iter().map(|(curve, p)| (client, run, curve, p.x)));
            finished.extend(done.map(|_| (client, run)));
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
