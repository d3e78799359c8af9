//! Reuse distances: how many distinct lines are used until a line is used again.
//!
//! [`Distances`] looks at every access, [`Sampled`] at those to some of the lines. Both are probes,
//! and both end in a [`Profile`].

mod bins;
mod exact;
mod marks;
mod profile;
mod table;

pub use exact::Distances;
pub use profile::{Band, Bin, Profile, Sampling, Temperature};

use std::ops::RangeInclusive;

use crate::trace::{Access, Kind};

/// The lines that an access of data touches; none for a fetch of instructions.
#[inline(always)]
fn lines_of(access: Access, shift: u32) -> RangeInclusive<u64> {
    if access.kind == Kind::Fetch {
        return 1..=0;
    }
    let bytes = u64::from(access.bytes.max(1));
    access.address >> shift..=access.address.saturating_add(bytes - 1) >> shift
}
