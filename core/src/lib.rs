#![doc = include_str!("../README.md")]
pub mod bounds;
pub mod evidence;
pub mod kernels;
pub mod live;
pub mod machine;
pub mod model;
pub mod parameters;
mod prefetch;
mod presets;
pub mod report;
pub mod sim;
pub mod study;
pub mod topology;
pub mod trace;
pub mod units;
pub mod views;
