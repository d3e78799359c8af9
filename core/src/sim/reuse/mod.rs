//! Reuse distances: how many distinct lines are used until a line is used again.
//!
//! [`Distances`] looks at every access, [`Sampled`] at those to some of the lines. Both are probes,
//! and both end in a [`Profile`]. [`Run`] is a
//! kernel with one of them and a machine's caches as its probes.

mod bins;
mod exact;
mod marks;
mod profile;
mod run;
mod sampled;

pub use exact::Distances;
pub use profile::{Band, Bin, Profile, Sampling, Temperature};
pub use run::{Locality, Run};
pub use sampled::Sampled;

use crate::trace::{Access, Kind};

/// Tells `each` of the lines that an access of data touches; none for a fetch of instructions.
#[inline(always)]
fn for_lines(access: Access, shift: u32, mut each: impl FnMut(u64)) {
    if access.kind == Kind::Fetch {
        return;
    }
    let bytes = u64::from(access.bytes.max(1));
    let first = access.address >> shift;
    let last = access.address.saturating_add(bytes - 1) >> shift;
    each(first);
    // Most accesses lie in one line: they are not made to pay for a loop.
    if first != last {
        (first + 1..=last).for_each(each);
    }
}
