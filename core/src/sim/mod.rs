//! What eats accesses: simulators.
//!
//! Build a [`Hierarchy`] from a machine, pass it to a kernel as its probe, read its [`Counts`].

mod cache;
mod hierarchy;

pub use hierarchy::{Counts, Hierarchy, LevelCounts};
