//! Simulations, off the page's thread.
//!
//! The page's wasm also runs in a web worker ([`worker`]); [`client`] asks it, [`protocol`] is what
//! they say to each other, [`queue`] decides what the worker does next, [`sweep`] and [`reuse`] do
//! it; a [`record`]ing is also looked at, with [`use_recording`]. A view uses one hook, [`use_simulation`]; another kind of simulation is a variant of
//! [`protocol::Job`] and of what is found, and an [`Ask`].

pub mod client;
mod hook;
pub mod protocol;
mod queue;
mod record;
mod recording;
mod reuse;
mod sweep;
mod time;
pub mod worker;

pub use hook::{Ask, Simulated, use_simulation};
pub use recording::{Recorded, use_recording};
