//! The views, one a route.

pub mod cache;
mod compare;
pub mod experiments;
pub mod home;
pub mod kernels;
pub mod lesson;
pub mod machine;
pub mod not_found;
pub mod replay;
pub mod reuse;
