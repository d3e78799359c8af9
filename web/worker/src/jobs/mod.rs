//! The jobs, a file each: a question, what is found, and the run that finds it.
//!
//! Another one is a file here, its module and its line in the list.

pub mod grade;
pub mod record;
pub mod reuse;
pub mod sweep;
pub mod time;

use crate::job::{Begin, begin};

/// How each is begun; the worker's list.
pub(crate) const JOBS: &[Begin] = &[
    begin::<grade::Grade>(),
    begin::<record::Record>(),
    begin::<reuse::Reuse>(),
    begin::<sweep::Sweep>(),
    begin::<time::Time>(),
];
