//! The worker: all of it that is not shared with the page stands in the library's runs.

fn main() {
    lab_worker::listen();
}
