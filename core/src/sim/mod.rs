//! What eats accesses: simulators.
//!
//! Build a [`Hierarchy`] from a machine, pass it to a kernel as its probe, read its [`Counts`].

mod attribution;
mod batch;
mod branch;
mod cache;
pub mod coherence;
mod combine;
mod counts;
mod engine;
mod event;
mod future;
mod hierarchy;
mod level;
mod lines;
pub mod policy;
mod prefetch;
pub mod recording;
pub mod replay;
pub mod reuse;
mod rows;
pub mod sampling;
mod semantics;
mod survival;
mod time;
mod tlb;
mod twin;

pub use attribution::{Array, Attribution, Share};
pub use branch::TwoBitCounter;
pub use counts::{
    Causes, Counts, DEFINITIONS, KindCounts, LevelCounts, MemoryTraffic, PrefetchCounts, TlbCounts,
    Utilisation,
};
pub use engine::{Engine, Options};
pub use event::{Cause, Event, Observer, Silent};
pub use future::Future;
pub use hierarchy::Hierarchy;
pub use level::Way;
pub use semantics::{Semantics, Straddle};
pub use survival::survival;
pub use time::{Term, Time, USUAL_FILL_BUFFERS, time, traffic};
pub use tlb::HUGE_PAGE;
