//! The browser lab in a real Chromium, over a real `lab serve` and a real static export.

mod axe;
mod cache;
mod cache_speed;
mod coherence;
mod exercises;
mod experiments;
mod findings;
mod harness;
mod kernels;
mod lab;
mod listening;
mod live;
mod offline;
mod pages;
mod plot;
mod programs;
mod rates;
mod replay;
mod reuse;
mod session;
mod site;
mod size;
mod start;
mod workbench;
