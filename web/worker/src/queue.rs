//! What the worker does next: a slice of work at a time, the newest request of each client only.

use std::collections::{HashMap, VecDeque};

use crate::{
    job::{Begin, Refused, Work},
    jobs,
    protocol::{Answer, Client, Effort, Message, Request, Update},
};

/// Runs that are not finished, the one worked on in front; and those that are and can be looked at.
#[derive(Default)]
pub struct Queue {
    runs: VecDeque<Run>,
    kept: HashMap<Client, Run>,
}

struct Run {
    client: Client,
    run: u32,
    since: f64,
    work: Box<dyn Work>,
}

/// How a run is begun, or why it cannot be, in a sentence.
pub type Found = Result<Begin, &'static str>;

const UNKNOWN: &str = "The page and its simulator are of different versions: reload the page.";

const UNREACHED: &str = "The part of the lab that simulates this could not be fetched: is there a \
                         network? Change something to try again.";

/// Fetches what the run needs that a request asks for.
pub async fn find(request: &Request) -> Found {
    let Request::Run { job, .. } = request else {
        return Err(UNKNOWN);
    };
    match jobs::fetch(job).await {
        Some(begin) => begin.map_err(|_| UNREACHED),
        None => Err(UNKNOWN),
    }
}

/// Bytes of linear memory; it never shrinks, so this is also the most there ever was.
fn memory() -> u64 {
    #[cfg(target_arch = "wasm32")]
    return std::arch::wasm32::memory_size::<0>() as u64 * 65536;
    #[cfg(not(target_arch = "wasm32"))]
    0
}

impl Queue {
    /// Takes a request in, at `now` in milliseconds; its run, if it asks for one, is begun as was
    /// [found out](find). A look is answered at once.
    pub fn take(
        &mut self,
        request: Message<Request>,
        begin: Found,
        now: f64,
    ) -> Option<Message<Answer>> {
        let body = &request.body;
        match request.head {
            Request::Look { client, run } => {
                return Some(Message {
                    head: Answer::Seen { client, run },
                    body: self.look(client, run, body).unwrap_or_default(),
                });
            }
            Request::Forget { client } => self.forget(client),
            Request::Run { client, run, .. } => {
                self.forget(client);
                let work = begin.and_then(|begin| begin(body).ok_or(UNKNOWN));
                self.runs.push_back(Run {
                    client,
                    run,
                    since: now,
                    work: work.unwrap_or_else(|why| Box::new(Refused(why))),
                });
            }
        }
        None
    }

    fn forget(&mut self, client: Client) {
        self.runs.retain(|run| run.client != client);
        self.kept.remove(&client);
    }

    /// What is seen of a run, finished or not.
    fn look(&mut self, client: Client, run: u32, look: &[u8]) -> Option<Vec<u8>> {
        let mut runs = self.kept.values_mut().chain(&mut self.runs);
        let found = runs.find(|it| it.client == client && it.run == run)?;
        found.work.look(look)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Works on the front run until `clock` (milliseconds) passes `until`, one step at least; then
    /// the next run has its turn.
    pub fn work(&mut self, until: f64, mut clock: impl FnMut() -> f64) -> Option<Message<Answer>> {
        let mut front = self.runs.pop_front()?;
        let step = front.work.work(until, &mut clock);
        let done = (step.progress >= 1.0).then(|| Effort {
            accesses: step.accesses,
            milliseconds: clock() - front.since,
            memory: memory(),
        });
        let (client, run) = (front.client, front.run);
        if done.is_none() {
            self.runs.push_back(front);
        } else if front.work.kept() {
            self.kept.insert(client, front);
        }
        let update = Update {
            progress: step.progress,
            done,
            stopped: step.stopped,
        };
        Some(Message {
            head: Answer::Part {
                client,
                run,
                update,
            },
            body: step.part.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use lab_core::{machine::Machine, parameters::Arguments, study::Study};

    use super::*;
    use crate::{
        Job,
        jobs::{
            record::{Look, Record, Seen},
            sweep::{Curve, Sweep},
        },
    };

    /// As the page would ask.
    fn run<J: Job>(client: Client, run: u32, job: &J) -> Message<Request> {
        let name = J::NAME.to_owned();
        let body = serde_json::to_vec(job).unwrap();
        let request = Message {
            head: Request::Run {
                client,
                run,
                job: name,
            },
            body,
        };
        Message::read(&request.bytes().unwrap()).unwrap()
    }

    fn forget(client: Client) -> Message<Request> {
        Message {
            head: Request::Forget { client },
            body: Vec::new(),
        }
    }

    fn ask(client: Client, number: u32, xs: &[f64]) -> Message<Request> {
        let sweep = Sweep {
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
        run(client, number, &sweep)
    }

    /// Client, run, curve, x.
    type Told = (Client, u32, usize, f64);

    /// Takes a request in as the worker does. What is fetched there is there already here.
    fn take(queue: &mut Queue, request: Message<Request>) -> Option<Message<Answer>> {
        let mut found = std::pin::pin!(find(&request.head));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(begin) = found.as_mut().poll(&mut context) else {
            panic!("nothing to wait for");
        };
        queue.take(request.clone(), begin, 0.0)
    }

    /// All answers, a point each, and the runs that finished.
    fn drain(queue: &mut Queue) -> (Vec<Told>, Vec<(Client, u32)>) {
        let (mut points, mut finished) = (Vec::new(), Vec::new());
        while let Some(answer) = queue.work(0.0, || 1.0) {
            let Answer::Part {
                client,
                run,
                update,
            } = answer.head
            else {
                panic!("work makes parts, not {:?}", answer.head);
            };
            let new: <Sweep as Job>::Part = postcard::from_bytes(&answer.body).unwrap();
            points.extend(new.into_iter().map(|it| (client, run, it.curve, it.x)));
            finished.extend(update.done.map(|_| (client, run)));
        }
        (points, finished)
    }

    #[test]
    fn all_points_come_in_order() {
        let mut queue = Queue::default();
        take(&mut queue, ask(1, 1, &[64.0, 128.0]));
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
        take(&mut queue, ask(1, 1, &[64.0, 128.0, 256.0]));
        take(&mut queue, ask(2, 1, &[64.0]));
        queue.work(0.0, || 1.0);
        take(&mut queue, ask(1, 2, &[512.0]));
        let (points, finished) = drain(&mut queue);
        assert!(
            points
                .iter()
                .all(|&(client, run, ..)| client == 2 || run == 2)
        );
        assert_eq!(finished.len(), 2);
        take(&mut queue, ask(1, 3, &[64.0]));
        take(&mut queue, forget(1));
        assert!(queue.is_empty());
    }

    #[test]
    fn a_run_without_points_finishes() {
        let mut queue = Queue::default();
        take(&mut queue, ask(1, 1, &[]));
        assert_eq!(drain(&mut queue), (vec![], vec![(1, 1)]));
    }

    #[test]
    fn a_recording_is_looked_at_until_its_client_asks_something_else() {
        let record = Record {
            program: "array A[8]: f64 for i in 0..8 { A[i] = 1 }".to_owned(),
            values: Vec::new(),
            machine: Machine::preset("teaching").unwrap(),
            limit: 100,
            sample: false,
        };
        let step = Look::Step {
            at: 3,
            cells: 8,
            ahead: 2,
            hand: Vec::new(),
        };
        let look = Message {
            head: Request::Look { client: 1, run: 1 },
            body: postcard::to_allocvec(&step).unwrap(),
        };
        let mut queue = Queue::default();
        let seen = |queue: &mut Queue| {
            let answer = take(queue, look.clone()).unwrap();
            assert_eq!(answer.head, Answer::Seen { client: 1, run: 1 });
            answer.body
        };
        assert!(seen(&mut queue).is_empty(), "there is no such run yet");
        take(&mut queue, run(1, 1, &record));
        while queue.work(0.0, || 1.0).is_some() {}
        let Seen::Step(moment) = postcard::from_bytes(&seen(&mut queue)).unwrap() else {
            panic!("a step was asked for");
        };
        assert_eq!((moment.step.index, moment.ahead.len()), (3, 2));
        take(&mut queue, forget(1));
        assert!(seen(&mut queue).is_empty());
    }

    #[test]
    fn a_job_that_is_not_known_is_refused_in_a_sentence() {
        let mut queue = Queue::default();
        let mut asked = ask(1, 1, &[64.0]);
        asked.body.push(b'}');
        for (request, known) in [(ask(1, 1, &[64.0]), true), (asked, false)] {
            take(&mut queue, request);
            let Some(Answer::Part { update, .. }) = queue.work(9.0, || 1.0).map(|it| it.head)
            else {
                panic!("work makes parts");
            };
            assert_eq!(update.stopped.is_none(), known);
        }
    }
}
