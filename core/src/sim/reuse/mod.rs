//! Reuse distances: how many distinct lines are used until a line is used again.

mod bins;
mod profile;

pub use profile::{Band, Bin, Profile, Sampling, Temperature};
