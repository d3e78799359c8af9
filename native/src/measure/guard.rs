//! The guard: who else used the machine while a sample was taken.
//!
//! It needs no privilege. Over a window it compares `/proc/stat`, which counts all processors' time
//! in ticks of 10 ms, with the measuring thread's own processor time: what is left was taken by
//! others, our own other threads included. *Steal* is what the hypervisor kept for other guests. A
//! window is long enough for a few ticks to mean something; all samples in it share its verdict.
//! Besides, a sample during which the thread itself was kept off its processor is disturbed whatever
//! the window says.

use std::time::{Duration, Instant};

/// Above this share of the machine, in percent, a sample is disturbed.
pub const LIMIT_PERCENT: f64 = 4.0;

/// The least length of a window: with two processors one tick of `/proc/stat` is then 2 %.
pub const WINDOW: Duration = Duration::from_millis(250);

/// All processors' time since the machine started, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticks {
    /// Spent on processes, the kernel and interrupts.
    pub busy: u64,
    /// Wanted by this machine and given to other guests.
    pub steal: u64,
    /// Processors counted.
    pub processors: u64,
}

impl Ticks {
    /// Reads the text of `/proc/stat`; none if it is not of that form.
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text
            .lines()
            .find_map(|line| line.strip_prefix("cpu "))?
            .split_ascii_whitespace()
            .map_while(|field| field.parse::<u64>().ok());
        let mut next = || fields.next();
        let (user, nice, system) = (next()?, next()?, next()?);
        // Idle and waiting for devices: nobody's. Guests' time is within user's already.
        let (_idle, _waiting) = (next()?, next()?);
        let (irq, soft_irq) = (next()?, next()?);
        let steal = next().unwrap_or(0);
        let processors = text
            .lines()
            .filter(|line| {
                line.strip_prefix("cpu")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
            .count() as u64;
        Some(Self {
            busy: user + nice + system + irq + soft_irq,
            steal,
            processors: processors.max(1),
        })
    }
}

/// One look at the machine.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    ticks: Option<Ticks>,
    own: Option<Duration>,
}

impl Look {
    fn now() -> Self {
        Self {
            ticks: system::ticks(),
            own: thread_time(),
            at: Instant::now(),
        }
    }
}

/// A stretch of time that is watched.
#[derive(Clone, Copy, Debug)]
pub struct Window(Look);

/// What others took meanwhile, in percent of the machine; absent where it cannot be known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Disturbance {
    /// By other threads and processes of this machine.
    pub other_cpu_percent: Option<f64>,
    /// By other guests of the same host.
    pub steal_percent: Option<f64>,
}

impl Disturbance {
    /// Whether it is more than a sample may bear.
    pub fn is_dirty(&self) -> bool {
        [self.other_cpu_percent, self.steal_percent]
            .into_iter()
            .flatten()
            .any(|percent| percent > LIMIT_PERCENT)
    }
}

impl Window {
    /// Starts watching.
    pub fn open() -> Self {
        Self(Look::now())
    }

    /// How long it has been watched.
    pub fn length(&self) -> Duration {
        self.0.at.elapsed()
    }

    /// What happened since.
    pub fn close(self) -> Disturbance {
        judge(&self.0, &Look::now(), system::tick_length())
    }
}

fn judge(from: &Look, to: &Look, tick: Duration) -> Disturbance {
    let (Some(before), Some(after), Some(own_before), Some(own_after)) =
        (from.ticks, to.ticks, from.own, to.own)
    else {
        return Disturbance::default();
    };
    let all = (to.at - from.at).as_secs_f64() * after.processors as f64;
    if all <= 0.0 {
        return Disturbance::default();
    }
    let seconds = |ticks: u64| ticks as f64 * tick.as_secs_f64();
    let busy = seconds(after.busy.saturating_sub(before.busy));
    let own = own_after.saturating_sub(own_before).as_secs_f64();
    let percent = |part: f64| Some((100.0 * part / all).clamp(0.0, 100.0));
    Disturbance {
        other_cpu_percent: percent(busy - own),
        steal_percent: percent(seconds(after.steal.saturating_sub(before.steal))),
    }
}

/// Whether the thread was off its processor for too much of a sample.
pub fn interrupted(elapsed: Duration, own: Option<Duration>) -> bool {
    own.is_some_and(|own| {
        let off = elapsed.saturating_sub(own).as_secs_f64();
        100.0 * off > LIMIT_PERCENT * elapsed.as_secs_f64()
    })
}

/// Processor time of the calling thread.
#[cfg(unix)]
pub fn thread_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().ok()
}

/// Processor time of the calling thread.
#[cfg(not(unix))]
pub fn thread_time() -> Option<Duration> {
    None
}

/// Why there is no guard here, if there is none.
pub fn unavailable() -> Option<String> {
    (system::ticks().is_none() || thread_time().is_none()).then(|| {
        if cfg!(target_os = "linux") {
            "/proc/stat cannot be read, so nobody knows what else ran".to_owned()
        } else {
            "this system has no /proc/stat, so nobody knows what else ran".to_owned()
        }
    })
}

#[cfg(target_os = "linux")]
mod system {
    use super::{Duration, Ticks};

    pub fn ticks() -> Option<Ticks> {
        Ticks::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    pub fn tick_length() -> Duration {
        Duration::from_secs(1) / rustix::param::clock_ticks_per_second().max(1) as u32
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::{Duration, Ticks};

    pub fn ticks() -> Option<Ticks> {
        None
    }

    pub fn tick_length() -> Duration {
        Duration::from_millis(10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const STAT: &str = "cpu  100 10 30 5000 20 3 7 40 25 0\n\
                        cpu0 50 5 15 2500 10 1 3 20 25 0\n\
                        cpu1 50 5 15 2500 10 2 4 20 0 0\n\
                        intr 12345\nctxt 99\n";

    #[test]
    fn the_times_of_all_processors_are_read() {
        let ticks = Ticks {
            busy: 100 + 10 + 30 + 3 + 7,
            steal: 40,
            processors: 2,
        };
        assert_eq!(Ticks::parse(STAT), Some(ticks));
        // Kernels before 2.6.11 have no steal.
        let old = Ticks::parse("cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\n").unwrap();
        assert_eq!((old.busy, old.steal, old.processors), (19, 0, 1));
        for broken in ["", "cpu", "cpu  1 2 3\n", "cpux 1 2 3 4 5 6 7 8\n"] {
            assert_eq!(Ticks::parse(broken), None, "{broken}");
        }
    }

    /// One second on two processors, in ticks of 10 ms: 200 in all.
    fn second(busy: u64, steal: u64, own_ms: u64) -> Disturbance {
        let start = Instant::now();
        let look = |seconds, busy, steal, own| Look {
            at: start + Duration::from_secs(seconds),
            ticks: Some(Ticks { busy, steal, processors: 2 }),
            own: Some(Duration::from_millis(own)),
        };
        judge(
            &look(0, 1000, 50, 300),
            &look(1, 1000 + busy, 50 + steal, 300 + own_ms),
            Duration::from_millis(10),
        )
    }

    #[test]
    fn what_others_took_is_busy_less_our_own() {
        let quiet = second(100, 0, 1000);
        assert_eq!(quiet.other_cpu_percent, Some(0.0));
        assert!(!quiet.is_dirty());
        let shared = second(120, 0, 1000);
        assert!((shared.other_cpu_percent.unwrap() - 10.0).abs() < 1e-9);
        assert!(shared.is_dirty());
        let stolen = second(100, 10, 1000);
        assert!((stolen.steal_percent.unwrap() - 5.0).abs() < 1e-9);
        assert!(stolen.is_dirty());
        assert!(!Disturbance::default().is_dirty());
    }

    #[test]
    fn time_off_the_processor_is_an_interruption() {
        let sample = Duration::from_millis(10);
        assert!(interrupted(sample, Some(Duration::from_millis(9))));
        assert!(!interrupted(sample, Some(Duration::from_micros(9_700))));
        assert!(!interrupted(sample, None));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = Ticks::parse(&text);
        }
    }
}
