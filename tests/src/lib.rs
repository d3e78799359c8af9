//! What the tests share: where the workspace stands, how to start its `lab`, how to
//! talk to it, and what to show it.

pub mod http;
pub mod lab;
pub mod reports;
pub mod workspace;
