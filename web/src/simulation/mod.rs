//! Simulations, off the page's thread.
//!
//! The page's wasm also runs in a web worker ([`worker`]); [`client`] asks it, [`protocol`] is what
//! they say to each other, [`queue`] decides what the worker does next. A view uses one hook,
//! [`use_simulation`].

pub mod client;
mod hook;
pub mod protocol;
mod queue;
pub mod worker;

pub use hook::{Simulated, use_simulation};
