//! What an axis is of, where something follows from it.

use serde::{Deserialize, Serialize};

/// What an axis is of, where something follows from it: labels are for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Bytes that are used over and over.
    WorkingSet,
    /// Lines that are used over and over.
    Lines,
    /// Threads at work at once.
    Threads,
    /// Time of one access.
    TimePerAccess,
    /// Anything else, or what a lab newer than this one knows.
    #[default]
    #[serde(other)]
    Other,
}
