//! What kind of knowledge a number is. Every number the lab shows carries one of these.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of knowledge a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Timed or counted on hardware, with a spread.
    Measured,
    /// Counted by a simulator, access by access.
    Simulated,
    /// Computed by a closed form.
    Modelled,
    /// What hardware, firmware or a datasheet says of itself; nobody checked.
    Reported,
    /// Chosen by us, because nothing better is known.
    Assumed,
    /// Not to be had here; the reason stands beside it.
    Unavailable,
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::Measured => "measured",
            Evidence::Simulated => "simulated",
            Evidence::Modelled => "modelled",
            Evidence::Reported => "reported",
            Evidence::Assumed => "assumed",
            Evidence::Unavailable => "unavailable",
        })
    }
}

/// One of the three readings of a kernel, in the order they always stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// By a closed form.
    Predicted,
    /// Access by access.
    Simulated,
    /// On the machine.
    Measured,
}

impl Reading {
    /// The three, in their order.
    pub const ALL: [Reading; 3] = [Reading::Predicted, Reading::Simulated, Reading::Measured];

    /// What kind of knowledge this reading is.
    pub fn evidence(self) -> Evidence {
        match self {
            Reading::Predicted => Evidence::Modelled,
            Reading::Simulated => Evidence::Simulated,
            Reading::Measured => Evidence::Measured,
        }
    }

    /// Its name in lower case, as it stands in legends, files and test hooks.
    pub fn name(self) -> &'static str {
        match self {
            Reading::Predicted => "predicted",
            Reading::Simulated => "simulated",
            Reading::Measured => "measured",
        }
    }
}
