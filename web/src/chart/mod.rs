//! The charts of the lab: the three-readings plot, exhibits beside it, and that of reuse distances.
//!
//! Whoever has a `lab_core::report::Experiment` (or its axes and series) shows it with
//! [`ThreeReadings`], and its exhibits with [`ExhibitView`]; [`LocalityPlot`] shows what one run's reuse distances were; nothing else in the
//! page draws curves. `scale`, `style`, `layout` and `words` are pure and tested natively; `plot`
//! draws the SVG, `view` adds pointer, keyboard (`cursor`), legend and table.
//!
//! A view that needs another *mark on x* adds a [`Landmark`]; another *look of curves* belongs to
//! `style` and the style sheet `chart.css`.

mod cursor;
mod exhibit;
pub mod layout;
mod legend;
pub mod plot;
mod reuse;
pub mod scale;
pub mod style;
pub mod table;
mod view;
pub mod words;

pub use exhibit::ExhibitView;
pub use lab_core::study::Landmark;
pub use reuse::{LocalityPlot, word as band_word};
pub use view::{MOST_VARIANTS, ThreeReadings};
