//! What the page knows, apart from how it shows it.
//!
//! [`situation`] is the state in the URL, [`session`] what was loaded and what runs, [`run`] one
//! running measurement, [`lessons`] what was fetched of the course, [`progress`], [`theme`] and [`shelf`] what this
//! browser remembers, [`api`] the server.

pub mod api;
pub mod cache;
pub mod lessons;
pub mod programs;
pub mod progress;
pub mod reuse;
pub mod run;
pub mod session;
pub mod setup;
pub mod shelf;
pub mod situation;
pub mod stage;
pub mod theme;
