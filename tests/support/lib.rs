//! What the tests that cross crates share. They drive the real `lab` binary, in a home of its
//! own, and real headless Chromium.

pub mod browser;
pub mod http;
pub mod lab;
pub mod reports;
pub mod site;
