//! The `lab` binary as a user meets it, with wrong arguments too.
//!
//! What was typed wrongly ends with exit code 2, what went wrong with 1; either way there is a
//! sentence or two on standard error and nothing on standard output.

mod disturbed;
mod exercise;
mod help;
mod measure;
mod model;
mod program;
mod reports;
mod serve;
mod simulate;
mod topology;
