//! The browser lab.
//!
//! Where to go: a new **view** is a file in `views` and a variant of [`routes::Route`]; whoever has
//! curves shows them with [`chart::ThreeReadings`]; a lesson's figure is [`parts::figure`]; what the
//! page knows is [`state::session`]; work that takes time runs in [`simulation`]'s worker. Pure
//! logic stands apart from components and is tested natively (`cargo test -p lab-web`).
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
