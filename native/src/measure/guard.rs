//! Watches for others on the machine while samples are taken.
//!
//! Other processes and the hypervisor disturb a measurement. The kernel counts both, in ticks of
//! 10 ms, so a verdict takes a window of half a second, and all samples of a window share it:
//! *other CPU* is the machine's busy time less our own, *steal* is what the hypervisor took.

use std::time::{Duration, Instant};

/// Above this share of the machine, in percent, a window is disturbed.
pub const LIMIT_PERCENT: f64 = 4.0;

/// The shortest window whose verdict the kernel's ticks can carry.
pub const WINDOW: Duration = Duration::from_millis(500);

/// What others took during a window, in percent of the whole machine.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Processor time of other processes; `None` where the system does not tell.
    pub other_cpu_percent: Option<f64>,
    /// Time taken by the hypervisor; `None` where the system does not tell.
    pub steal_percent: Option<f64>,
}

impl Verdict {
    /// Whether samples of that window are to be marked and taken again.
    pub fn is_disturbed(&self) -> bool {
        [self.other_cpu_percent, self.steal_percent]
            .into_iter()
            .flatten()
            .any(|percent| percent > LIMIT_PERCENT)
    }
}

/// Whether the thread was off its processor for more than [`LIMIT_PERCENT`] of a sample.
pub fn interrupted(elapsed: Duration, ran: Option<Duration>) -> bool {
    ran.is_some_and(|ran| {
        let off = elapsed.saturating_sub(ran).as_secs_f64();
        100.0 * off > LIMIT_PERCENT * elapsed.as_secs_f64()
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
    started: Instant,
    before: Option<Counters>,
}

impl Window {
    /// Opens a window now.
    pub fn open() -> Self {
        Self {
            started: Instant::now(),
            before: Counters::read(),
        }
    }

    /// Whether it is long enough for a verdict.
    pub fn is_ripe(&self) -> bool {
        self.started.elapsed() >= WINDOW
    }

    /// Ends it.
    pub fn close(self) -> Verdict {
        match (self.before, Counters::read()) {
            (Some(before), Some(after)) => after.since(&before),
            _ => Verdict::default(),
        }
    }
}

/// Processor time since boot, seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counters {
    /// Of all processors, by anyone in this system.
    busy: f64,
    /// Of all processors, by nobody.
    idle: f64,
    /// Taken by the hypervisor.
    stolen: f64,
    /// Of all processors, by this process and the children it has waited for.
    own: f64,
}

impl Counters {
    #[cfg(target_os = "linux")]
    fn read() -> Option<Self> {
        use rustix::time::{ClockId, clock_gettime};
        let own = clock_gettime(ClockId::ProcessCPUTime);
        let own = own.tv_sec as f64 + own.tv_nsec as f64 * 1e-9;
        let ticks = rustix::param::clock_ticks_per_second() as f64;
        let own = own + children(&std::fs::read_to_string("/proc/self/stat").ok()?)? / ticks;
        Self::parse(&std::fs::read_to_string("/proc/stat").ok()?, ticks, own)
    }

    #[cfg(not(target_os = "linux"))]
    fn read() -> Option<Self> {
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

    fn since(&self, before: &Self) -> Verdict {
        let busy = self.busy - before.busy;
        let stolen = self.stolen - before.stolen;
        let all = busy + stolen + self.idle - before.idle;
        if all <= 0.0 {
            return Verdict::default();
        }
        let percent = |part: f64| Some((100.0 * part / all).max(0.0));
        Verdict {
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

    fn counters(line: &str, own: f64) -> Option<Counters> {
        Counters::parse(line, 100.0, own)
    }

    #[test]
    fn shares_follow_from_two_readings() {
        let before = counters("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 …", 1.0).unwrap();
        // One second on two processors: 100 ticks ours, 20 of others, 10 stolen, 70 idle.
        let after = counters("cpu  210 0 60 860 60 0 0 10 0 0", 2.0).unwrap();
        let verdict = after.since(&before);
        assert_eq!(verdict.other_cpu_percent.map(f64::round), Some(10.0));
        assert_eq!(verdict.steal_percent.map(f64::round), Some(5.0));
        assert!(verdict.is_disturbed());
        assert!(!before.since(&before).is_disturbed());
    }

    #[test]
    fn children_s_time_is_found_behind_any_name() {
        let stat = "7 (a) b) R 1 2 3 4 5 6 7 8 9 10 11 12 130 17 20 0 1 0";
        assert_eq!(children(stat), Some(147.0));
        assert_eq!(children("7 (lab) R 1 2"), None);
        assert_eq!(children(""), None);
    }

    #[test]
    fn time_off_the_processor_is_an_interruption() {
        let sample = Duration::from_millis(10);
        assert!(interrupted(sample, Some(Duration::from_millis(9))));
        assert!(!interrupted(sample, Some(Duration::from_micros(9_700))));
        assert!(!interrupted(sample, None));
    }

    #[test]
    fn strange_texts_give_nothing() {
        for text in ["", "cpu", "cpu a b", "cpu 1 2 3", "intr 1 2 3 4 5 6 7 8 9"] {
            assert_eq!(counters(text, 0.0), None, "{text}");
        }
    }
}
