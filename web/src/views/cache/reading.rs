//! What the text of the program means, found out by the worker: who types waits for nothing.

use std::rc::Rc;

use yew::prelude::*;

pub use crate::simulation::jobs::read::Reading;
use crate::simulation::{jobs::read::Read, use_job};

/// How far the reading of a program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is that of the text before.
    Before,
    /// It is of this text with these wishes.
    Current,
    /// There is nobody to read.
    Failed,
}

/// The newest reading of the program, and of what it is.
#[hook]
pub fn use_reading(program: String, wishes: Vec<(String, f64)>) -> (Rc<Reading>, Stage) {
    let asked = use_memo(Read { program, wishes }, Read::clone);
    let read = use_job(Some(asked.clone()), None);
    let known = read.shown.as_ref();
    let stage = match known {
        _ if read.failed => Stage::Failed,
        Some(shown) if shown.0 == asked => Stage::Current,
        _ => Stage::Before,
    };
    let shown = known.cloned();
    let reading = use_memo(shown, |shown| {
        shown.as_ref().map(|it| it.1.clone()).unwrap_or_default()
    });
    (reading, stage)
}
