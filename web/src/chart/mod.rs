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
pub use reuse::{LocalityPlot, word as band_word};
pub use view::{MOST_VARIANTS, ThreeReadings};

use lab_core::{machine::Machine, study::Study};

/// A named place on the x axis: where a cache is full, where a line ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Landmark {
    /// Where.
    pub x: f64,
    /// Its name: `L2`.
    pub label: String,
}

/// The landmarks of a study on a machine: capacities along working sets and sizes of matrices, the
/// line along strides.
pub fn landmarks(study: Study, machine: &Machine) -> Vec<Landmark> {
    match study {
        Study::LatencyLadder
        | Study::Bandwidth
        | Study::CpuUtilisation
        | Study::LoaderKernels
        | Study::VectorWidth => machine
            .caches
            .iter()
            .map(|cache| Landmark {
                x: cache.size as f64,
                label: cache.name.clone(),
            })
            .collect(),
        Study::StrideSweep | Study::FalseSharing => vec![Landmark {
            x: machine.line() as f64,
            label: "line".to_owned(),
        }],
        // Where a tile of three fits, by the rule of thumb.
        Study::Tiling => machine
            .caches
            .iter()
            .map(|cache| Landmark {
                x: (cache.size as f64 / 4.0 / 3.0).sqrt(),
                label: format!("√({}/3)", cache.name),
            })
            .collect(),
        // Where all of the matrices together fill a cache.
        Study::LoopOrder | Study::Transposition => {
            let matrices = if study == Study::LoopOrder { 3.0 } else { 2.0 };
            machine
                .caches
                .iter()
                .map(|cache| Landmark {
                    x: (cache.size as f64 / 4.0 / matrices).sqrt(),
                    label: cache.name.clone(),
                })
                .collect()
        }
        Study::Layouts
        | Study::ThreadBandwidth
        | Study::CoreToCore
        | Study::TlbReach
        | Study::SetConflicts
        | Study::ParallelChases
        | Study::Branches
        | Study::PageFaults
        | Study::Roofline
        | Study::VectorEfficiency
        | Study::FileReading
        | Study::Profiling
        | Study::ProfilingOverhead => Vec::new(),
        // Where the samples and the two arrays they are distributed in fill a cache.
        Study::Batches => machine
            .caches
            .iter()
            .map(|cache| Landmark {
                x: cache.size as f64 / 24.0,
                label: cache.name.clone(),
            })
            .collect(),
    }
}
