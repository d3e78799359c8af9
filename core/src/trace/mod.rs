//! Where accesses come from.
//!
//! A kernel is written once, over buffers that tell a [`Probe`] of every access. With [`NoProbe`]
//! the telling compiles to nothing and the kernel is the code that gets timed; with a simulator as
//! the probe the same kernel is an address stream. Other programs' accesses come from trace
//! [files](file); what a student types is the [loop language](program).

mod buffer;
pub mod file;
mod probe;
pub mod program;
mod slices;
mod source;

pub use buffer::{AddressSpace, BLOCK, Buffer, BufferMut};
pub use probe::{Access, Kind, NoProbe, Probe, Recorder, Spread};
pub use slices::{REACH, SLICES, Slices};
pub use source::Source;
