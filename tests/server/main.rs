//! `lab serve` as a hostile page, a curious neighbour or a broken client meets it.

mod files;
mod guard;
mod runs;
