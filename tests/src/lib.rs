//! What the tests share: where the workspace stands, and how to start its `lab`.

pub mod lab;
pub mod workspace;
