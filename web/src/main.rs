//! The browser lab.
//!
//! Where things go stands in `web/README.md`. Work that takes time is a job of the worker (the crate
//! `lab-worker`), asked with [`simulation::use_job`]. Pure logic stands apart from
//! components and is tested natively (`cargo test -p lab-web`).

mod app;
mod chart;
mod order;
mod parts;
mod routes;
mod scroll;
mod simulation;
mod state;
mod views;

fn main() {
    // The worker is the same program, and fetches other parts of it.
    if !lab_worker::listen() {
        app::start();
    }
}
