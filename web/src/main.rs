//! The browser lab.
//!
//! Where things go stands in `web/README.md`. Pure logic stands apart from components and is tested
//! natively (`cargo test -p lab-web`).
//!
//! The same wasm runs as the page and, started by `worker.js`, as its worker.

mod app;
mod chart;
mod order;
mod parts;
mod routes;
mod simulation;
mod state;
mod views;

fn main() {
    match simulation::worker::scope() {
        Some(scope) => simulation::worker::run(scope),
        None => app::start(),
    }
}
