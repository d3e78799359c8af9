//! The browser lab in a real Chromium, over a real `lab serve` and a real static export.

mod axe;
mod harness;
mod session;
mod site;
