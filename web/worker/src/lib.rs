//! Work off the page's thread: what the page asks, and the worker that does it.
//!
//! A [`Job`] is a question, its partial answers and its looks at a moment; each is a file in
//! [`jobs`], with the [`Run`] that works on it. Page and worker are two programs that share this
//! library: the page links the questions, `src/main.rs` alone links the runs, and with them the
//! simulators, kernels and graders. They write to each other as [`protocol`] says; the queue decides
//! what is worked on next. Neither knows any particular job.

mod job;
pub mod jobs;
mod listen;
pub mod protocol;
mod queue;

pub use job::{Job, Nothing, Run, Step};
pub use listen::{listen, read};
