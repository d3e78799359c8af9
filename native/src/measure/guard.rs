//! Watches for others on the machine while samples are taken.
//!
//! Other processes and the hypervisor disturb a measurement. The kernel counts both, in ticks of
//! 10 ms, so a verdict takes a window of half a second, and all samples of a window share it:
//! *other CPU* is the machine's busy time less our own, *steal* is what the hypervisor took. What
//! happens to the measuring thread itself is known for each sample alone ([`Watch`]): how long it was
//! off its processor, and how often it was switched away.

use std::time::{Duration, Instant};

use lab_core::report::{Disturbance, Sample, Switches};

use super::timer::Clock;

/// Above this share of the machine, in percent, a window is disturbed.
pub const LIMIT_PERCENT: f64 = 4.0;

/// The shortest window whose verdict the kernel's ticks can carry.
pub const WINDOW: Duration = Duration::from_millis(500);

/// What others took during a window, in percent of the whole machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Others {
    /// Processor time of other processes; `None` where the system does not tell.
    pub other_cpu_percent: Option<f64>,
    /// Time taken by the hypervisor; `None` where the system does not tell.
    pub steal_percent: Option<f64>,
}

impl Others {
    /// Whether samples of that window are to be marked and taken again.
    pub fn is_disturbed(&self) -> bool {
        self.reasons().next().is_some()
    }

    /// Marks a sample of that window.
    pub fn mark(&self, sample: &mut Sample) {
        sample.other_cpu_percent = self.other_cpu_percent;
        sample.steal_percent = self.steal_percent;
        sample.disturb(self.reasons());
    }

    /// Why they are.
    fn reasons(&self) -> impl Iterator<Item = Disturbance> + use<> {
        [
            (self.other_cpu_percent, Disturbance::OtherProcesses),
            (self.steal_percent, Disturbance::Hypervisor),
        ]
        .into_iter()
        .filter(|(percent, _)| percent.is_some_and(|percent| percent > LIMIT_PERCENT))
        .map(|(_, reason)| reason)
    }
}

/// Involuntary switches that no sample is too short for.
const FREE_SWITCHES: f64 = 2.0;
/// Further involuntary switches a second that a sample may have.
///
/// A quiet system's own threads (interrupts, timers, writing back) switch a busy thread away now and
/// then, each time for microseconds. Of samples that lost less than [`LIMIT_PERCENT`] of their time
/// on Linux 6 with a tick of 250 Hz, 4 % of those of 1.2 ms and half of those of 10 ms had one such
/// switch: some 40 a second. Were they 50 and came at random, fewer than one in 400 samples of 1 to
/// 100 ms would have more than two and 100 a second (Poisson).
const SWITCHES_PER_SECOND: f64 = 100.0;

/// A watch over the calling thread, during one sample.
#[derive(Debug)]
pub(super) struct Watch {
    clock: &'static dyn Clock,
    switches: Option<Switches>,
    ran: Option<Duration>,
    started: Instant,
}

/// What happened to a thread meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Seen {
    elapsed: Duration,
    /// Time off its processor; `None` where the system does not tell.
    off: Option<Duration>,
    /// How often it was switched away; `None` where the system does not tell.
    pub switches: Option<Switches>,
}

impl Watch {
    /// Begins. The slowest reading comes first, and last at the end: it is no part of the time.
    pub fn begin(clock: &'static dyn Clock) -> Self {
        Self {
            clock,
            switches: clock.switches(),
            ran: clock.thread_time(),
            started: clock.now(),
        }
    }

    /// Ends.
    pub fn end(self) -> Seen {
        let elapsed = self.clock.now() - self.started;
        let ran = self.ran.zip(self.clock.thread_time());
        let off = ran.map(|(from, to)| elapsed.saturating_sub(to.saturating_sub(from)));
        let switches = self.switches.zip(self.clock.switches());
        let switches = switches.map(|(from, to)| Switches {
            voluntary: to.voluntary.saturating_sub(from.voluntary),
            involuntary: to.involuntary.saturating_sub(from.involuntary),
        });
        Seen {
            elapsed,
            off,
            switches,
        }
    }
}

impl Seen {
    /// Both, one after the other.
    pub fn and(self, later: Self) -> Self {
        let switches = self.switches.zip(later.switches);
        Self {
            elapsed: self.elapsed + later.elapsed,
            off: self.off.zip(later.off).map(|(one, other)| one + other),
            switches: switches.map(|(one, other)| Switches {
                voluntary: one.voluntary + other.voluntary,
                involuntary: one.involuntary + other.involuntary,
            }),
        }
    }

    /// Time off its processor, percent; `None` where the system does not tell.
    pub fn off_cpu_percent(&self) -> Option<f64> {
        let elapsed = self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE);
        self.off.map(|off| 100.0 * off.as_secs_f64() / elapsed)
    }

    /// Why the sample is to be marked and taken again.
    pub fn reasons(&self) -> impl Iterator<Item = Disturbance> + use<> {
        let off = self
            .off_cpu_percent()
            .is_some_and(|percent| percent > LIMIT_PERCENT);
        let allowed = FREE_SWITCHES + SWITCHES_PER_SECOND * self.elapsed.as_secs_f64();
        let switched = self
            .switches
            .is_some_and(|switches| switches.involuntary as f64 > allowed);
        [
            (off, Disturbance::OffProcessor),
            (switched, Disturbance::Switches),
        ]
        .into_iter()
        .filter(|(is_so, _)| *is_so)
        .map(|(_, reason)| reason)
    }
}

/// Context switches of the calling thread so far; `None` where the system does not tell.
pub(super) fn switches() -> Option<Switches> {
    read_switches(&std::fs::read_to_string("/proc/thread-self/status").ok()?)
}

/// From the text of `status`.
fn read_switches(status: &str) -> Option<Switches> {
    let count = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().parse().ok()
    };
    Some(Switches {
        voluntary: count("voluntary_ctxt_switches:")?,
        involuntary: count("nonvoluntary_ctxt_switches:")?,
    })
}

/// Processor time of the calling thread; `None` where the system does not tell.
#[cfg(target_os = "linux")]
pub fn thread_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ThreadCPUTime).try_into().ok()
}

/// Processor time of the calling thread; `None` where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub fn thread_time() -> Option<Duration> {
    None
}

/// A window under way.
#[derive(Debug)]
pub struct Window {
    clock: &'static dyn Clock,
    started: Instant,
    before: Option<Usage>,
}

impl Window {
    /// Opens a window now.
    pub fn open(clock: &'static dyn Clock) -> Self {
        Self {
            clock,
            started: clock.now(),
            before: clock.usage(),
        }
    }

    /// Whether it is long enough for a verdict.
    pub fn is_ripe(&self) -> bool {
        self.clock.now() - self.started >= WINDOW
    }

    /// Ends it.
    pub fn close(self) -> Others {
        match (self.before, self.clock.usage()) {
            (Some(before), Some(after)) => after.since(&before),
            _ => Others::default(),
        }
    }
}

/// Processor time since boot, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Of all processors, by anyone in this system.
    pub(super) busy: f64,
    /// Of all processors, by nobody.
    pub(super) idle: f64,
    /// Taken by the hypervisor.
    pub(super) stolen: f64,
    /// Of all processors, by this process and the children it has waited for.
    pub(super) own: f64,
}

impl Usage {
    /// Until now; `None` where the system does not tell.
    #[cfg(target_os = "linux")]
    pub(super) fn read() -> Option<Self> {
        use rustix::time::{ClockId, clock_gettime};
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let own = own.tv_sec as f64 + own.tv_nsec as f64 * 1e-9;
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let own = own + children(&std::fs::read_to_string("/proc/self/stat").ok()?)? / ticks;
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?, ticks, own)
    }

    /// Until now; `None` where the system does not tell.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn read() -> Option<Self> {
        None
    }

    /// From the text of `/proc/stat`, whose first line sums up all processors in ticks: user, nice,
    /// system, idle, iowait, irq, softirq, steal. Guest time is part of user time already.
    fn parse(stat: &str, ticks_per_second: f64, own: f64) -> Option<Self> {
        let mut words = stat.lines().next()?.split_ascii_whitespace();
        if words.next()? != "cpu" {
            return None;
        }
        let seconds: Vec<f64> = words
            .map(|word| Some(word.parse::<f64>().ok()? / ticks_per_second))
            .collect::<Option<_>>()?;
        let at = |index: usize| seconds.get(index).copied();
        Some(Self {
            busy: at(0)? + at(1)? + at(2)? + at(5)? + at(6)?,
            idle: at(3)? + at(4)?,
            stolen: at(7)?,
            own,
        })
    }

    fn since(&self, before: &Self) -> Others {
        let busy = self.busy - before.busy;
        let stolen = self.stolen - before.stolen;
        let all = busy + stolen + self.idle - before.idle;
        if all <= 0.0 {
            return Others::default();
        }
        let percent = |part: f64| Some((100.0 * part / all).max(0.0));
        Others {
            other_cpu_percent: percent(busy - (self.own - before.own)),
            steal_percent: percent(stolen),
        }
    }
}

/// Ticks used by the children waited for, from the text of `/proc/self/stat`: fields 16 and 17. The
/// second field, the program's name, may hold anything, but ends with the last parenthesis.
#[cfg(any(target_os = "linux", test))]
fn children(stat: &str) -> Option<f64> {
    let mut fields = stat[stat.rfind(')')? + 1..]
        .split_ascii_whitespace()
        .skip(13);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::timer::System;

    fn usage(line: &str, own: f64) -> Option<Usage> {
        Usage::parse(line, 100.0, own)
    }

    #[test]
    fn shares_follow_from_two_readings() {
        let before = usage("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 …", 1.0).unwrap();
        // One second on two processors: 100 ticks ours, 20 of others, 10 stolen, 70 idle.
        let after = usage("cpu  210 0 60 860 60 0 0 10 0 0", 2.0).unwrap();
        let others = after.since(&before);
        assert_eq!(others.other_cpu_percent.map(f64::round), Some(10.0));
        assert_eq!(others.steal_percent.map(f64::round), Some(5.0));
        assert!(others.is_disturbed());
        assert!(!before.since(&before).is_disturbed());
    }

    #[test]
    fn children_s_time_is_found_behind_any_name() {
        let stat = "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 11 12 130 17 20 0 1 0";
        assert_eq!(children(stat), Some(147.0));
        assert_eq!(children("7 (lab) R 1 2"), None);
        assert_eq!(children(""), None);
    }

    fn seen(ms: u64, off_cpu_percent: f64, involuntary: u64) -> Vec<Disturbance> {
        let switches = Switches {
            voluntary: 1000,
            involuntary,
        };
        let elapsed = Duration::from_millis(ms);
        let seen = Seen {
            elapsed,
            off: Some(elapsed.mul_f64(off_cpu_percent / 100.0)),
            switches: Some(switches),
        };
        seen.reasons().collect()
    }

    #[test]
    fn time_off_the_processor_and_many_switches_are_disturbances() {
        use Disturbance::{OffProcessor, Switches};
        assert_eq!(seen(10, 10.0, 0), [OffProcessor]);
        assert_eq!(seen(10, 3.0, 3), []);
        assert_eq!(seen(10, 3.0, 4), [Switches]);
        assert_eq!(seen(1, 0.0, 2), []);
        assert_eq!(seen(1, 50.0, 9), [OffProcessor, Switches]);
        // What would be many in a short sample is not in a long one.
        assert_eq!(seen(1000, 0.5, 100), []);
    }

    #[test]
    fn what_the_system_does_not_tell_disturbs_nothing() {
        let seen = Seen {
            elapsed: Duration::from_millis(1),
            off: None,
            switches: None,
        };
        assert_eq!(seen.reasons().count(), 0);
    }

    #[test]
    fn both_kinds_of_switches_are_read() {
        let status = "Name:\tlab\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";
        let expected = Switches {
            voluntary: 12,
            involuntary: 3,
        };
        assert_eq!(read_switches(status), Some(expected));
        assert_eq!(
            read_switches("Name:\tlab\nvoluntary_ctxt_switches:\t12"),
            None
        );
    }

    /// The kernel's own count is the oracle: each sleep gives the processor away once.
    #[test]
    #[cfg(target_os = "linux")]
    fn sleeping_is_a_voluntary_switch() {
        let watch = Watch::begin(&System);
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(1));
        }
        let seen = watch.end();
        assert!(seen.switches.unwrap().voluntary >= 5, "{seen:?}");
        assert!(seen.off_cpu_percent().unwrap() > 50.0, "{seen:?}");
    }

    #[test]
    fn strange_texts_give_nothing() {
        for text in ["", "cpu", "cpu a b", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8 9"] {
            assert_eq!(usage(text, 0.0), None, "{text}");
        }
    }
}
