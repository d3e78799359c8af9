//! Rules of the house, kept by machine. Each rule is a function from text to what breaks it,
//! is tried on examples that break it, and is then applied to the sources.

mod direction;
mod purity;
mod tidy;
