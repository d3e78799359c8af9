//! What eats accesses: simulators.
//!
//! Build a [`Hierarchy`] from a machine, pass it to a kernel as its probe, read its [`Counts`].

mod cache;
mod counts;
mod hierarchy;
pub mod policy;
mod semantics;

pub use counts::{
    Causes, Counts, DEFINITIONS, KindCounts, LevelCounts, MemoryTraffic, PrefetchCounts, TlbCounts,
    Utilisation,
};
pub use hierarchy::Hierarchy;
pub use semantics::{Semantics, Straddle};
