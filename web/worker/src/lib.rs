//! Work off the page's thread: what the page asks, and the worker that does it.
//!
//! A [`Job`] is a question, its partial answers and its looks at a moment; each is a file in
//! [`jobs`], with the [`Run`] that works on it. Page and worker are one program, started twice. Each run,
//! with the simulators, kernels or graders it needs, stands in a part of its own, which the worker fetches
//! when the run is first asked for. They write to each other as [`protocol`] says; the queue decides what
//! is worked on next. Neither knows any particular job.

mod job;
pub mod jobs;
mod listen;
pub mod protocol;
mod queue;

pub use job::{Job, Nothing, Run, Step};
pub use listen::{listen, read};
