//! The measuring harness.
//!
//! One sample is some repetitions of a kernel, timed together so that the timer's cost does not
//! count; one window is at least a quarter of a second of samples, judged as a whole by the
//! [`guard`]; a result is the median of samples with its confidence interval from [`stats`].
//! [`harness`] ties them together.

pub mod environment;
pub mod guard;
pub mod harness;
pub mod memory;
pub mod pin;
pub mod stats;
pub mod timer;
