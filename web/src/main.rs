//! The browser lab.
//!
//! Where to go: a new **view** is a file in `views` and a variant of [`routes::Route`]; whoever has
//! curves shows them with [`chart::ThreeReadings`]; a lesson's figure is [`parts::figure`]; what the
//! page knows is [`state::session`]; work that takes time is a job of the worker, another
//! program (the crate `lab-worker`), asked with [`simulation::use_job`]. Pure logic stands apart from components and is tested natively (`cargo test -p lab-web`).

mod app;
mod chart;
mod order;
mod parts;
mod routes;
mod simulation;
mod state;
mod views;

fn main() {
    app::start();
}
