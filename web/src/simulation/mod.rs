//! Work off the page's thread.
//!
//! A view asks a [`Job`] with one hook, [`use_job`], and calls nothing else: [`desk`] keeps what is
//! known of the job, [`client`] is the page's side of the one worker. Which jobs there are, and how the
//! worker does them, stands in the crate `lab-worker`.

pub mod client;
mod desk;
mod hook;

pub use desk::Known;
pub use hook::{Asked, use_job};
pub use lab_worker::{Job, jobs};
