//! A sampling profiler: a timer whose signal interrupts this thread, and a handler that notes where the
//! program says it is.

use std::{
    marker::PhantomData,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use nix::{
    sys::{
        signal::{
            SaFlags, SigAction, SigEvent, SigHandler, SigSet, SigevNotify, Signal, raise, sigaction,
        },
        timer::{Expiration, Timer, TimerSetTimeFlags},
    },
    time::ClockId,
    unistd::gettid,
};

/// Places that a program can say it is at: from 0 to below this.
pub const PLACES: usize = 2;

/// A handler can be told nothing else than what is global.
static PLACE: AtomicUsize = AtomicUsize::new(0);
static SEEN: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];
static ALONE: Mutex<()> = Mutex::new(());

/// Notes where the program is. Only touches atomics, as a signal's handler must.
extern "C" fn note(_: libc::c_int) {
    SEEN[PLACE.load(Ordering::Relaxed) % PLACES].fetch_add(1, Ordering::Relaxed);
}

/// Says where the program is from now on.
#[inline]
pub fn at(place: usize) {
    PLACE.store(place, Ordering::Relaxed);
}

/// The handler, installed; there is one in a process at a time, and it stays on its thread: what the
/// signal did before comes back once no signal of this thread can be under way.
pub struct Sampler {
    before: SigAction,
    _alone: MutexGuard<'static, ()>,
    _thread: PhantomData<*const ()>,
}

impl Sampler {
    /// Installs it.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn install() -> Result<Self> {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let flags = SaFlags::SA_RESTART;
        let action = SigAction::new(SigHandler::Handler(note), flags, SigSet::empty());
        // SAFETY: the handler does what a handler may.
        let before = unsafe { sigaction(Signal::SIGPROF, &action) };
        let before = before.context("the system takes no handler for the profiler's signal")?;
        Ok(Self {
            before,
            _alone: alone,
            _thread: PhantomData,
        })
    }

    /// Runs `body` while a timer on the wall clock interrupts it so often; how many samples were taken
    /// at each place. Those that came due while one was taken count once.
    ///
    /// # Errors
    /// When the system has no such timer.
    pub fn during(&self, hertz: f64, body: impl FnOnce()) -> Result<[u64; PLACES]> {
        let counts = || SEEN.each_ref().map(|seen| seen.load(Ordering::Relaxed));
        let event = SigEvent::new(SigevNotify::SigevThreadId {
            signal: Signal::SIGPROF,
            thread_id: gettid().as_raw(),
            si_value: 0,
        });
        let no_timer = "the system has no timer for a profiler";
        let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, event).context(no_timer)?;
        let before = counts();
        let every = Expiration::Interval(Duration::from_secs_f64(1.0 / hertz).into());
        timer
            .set(every, TimerSetTimeFlags::empty())
            .context(no_timer)?;
        body();
        // What is due is delivered before the call that ends the timer is back.
        drop(timer);
        let after = counts();
        Ok(std::array::from_fn(|place| after[place] - before[place]))
    }

    /// Takes one sample, without a timer.
    ///
    /// # Errors
    /// When the system does not deliver the signal.
    pub fn raise(&self) -> Result<()> {
        raise(Signal::SIGPROF).context("the system does not deliver the profiler's signal")
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        // SAFETY: what was there before was fit to be there. It cannot be refused: the signal exists.
        let _ = unsafe { sigaction(Signal::SIGPROF, &self.before) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Works by the clock: the oracle of the samples.
    fn work(place: usize, time: Duration) {
        at(place);
        let begun = Instant::now();
        while begun.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    /// 200 ms at 2000 Hz are 400 samples, a quarter of them at the second place: 100, with a deviation
    /// of √(400 · 1/4 · 3/4) = 8.7 if they were drawn at random. A machine in use delays some, and those
    /// that meet count once: so there may be fewer, and the time taken says how many at most.
    #[test]
    fn samples_fall_where_the_time_is_spent() {
        let sampler = Sampler::install().unwrap();
        let begun = Instant::now();
        let seen = sampler
            .during(2000.0, || {
                for _ in 0..20 {
                    work(0, Duration::from_micros(7500));
                    work(1, Duration::from_micros(2500));
                }
            })
            .unwrap();
        let most = 2000.0 * begun.elapsed().as_secs_f64() + 1.0;
        let all = (seen[0] + seen[1]) as f64;
        assert!(all > 100.0 && all <= most, "{seen:?} of {most}");
        let share = seen[1] as f64 / all;
        let deviation = (0.25 * 0.75 / all).sqrt();
        assert!((share - 0.25).abs() < 5.0 * deviation, "{seen:?}");
    }

    #[test]
    fn a_sample_that_is_raised_is_taken_and_then_no_more() {
        let sampler = Sampler::install().unwrap();
        at(1);
        let before = SEEN[1].load(Ordering::Relaxed);
        for _ in 0..10 {
            sampler.raise().unwrap();
        }
        assert_eq!(SEEN[1].load(Ordering::Relaxed), before + 10);
    }
}
