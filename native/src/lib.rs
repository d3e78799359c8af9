//! What the lab does on a real machine: topology, measurements, server, command line.
//!
//! | module | holds |
//! |---|---|
//! | [`topology`] | what hwloc sees, as a tree and as a [`Machine`](lab_core::machine::Machine) |
//! | [`measure`] | the harness: pinning, timing, the guard, statistics, conditions |
//! | [`environment`] | the conditions of a measurement |
//! | [`experiments`] | the measured halves of core's studies, under the same names |
//! | [`trace_file`] | traces on disk, plain or compressed |
//! | [`store`], [`keep`] | where the newest report is kept, and how a run fills it |
//! | [`cli`] | one file for each command |
//! | [`serve`], [`export`], [`assets`] | the browser lab, live or as files |

pub mod assets;
pub mod cli;
pub mod environment;
pub mod experiments;
pub mod export;
pub mod keep;
pub mod measure;
pub mod serve;
pub mod store;
pub mod topology;
pub mod trace_file;
