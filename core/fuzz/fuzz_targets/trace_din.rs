//! Any bytes as Dinero's traces.
#![no_main]

mod trace;

use lab_core::trace::file::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| trace::hold(Format::Din, file));
