//! Every study as the page shows it where no lesson sets it up: a figure without sliders, and the group
//! it stands in.

use std::sync::LazyLock;

use lab_core::study::Study;
use lab_lessons::{Figure, OUTLINE, Outline};

/// The machine shown when none was chosen or measured.
pub const FALLBACK: &str = "laptop";

/// One a study, in the order of [`Study::ALL`].
static PLAIN: LazyLock<Vec<Figure>> = LazyLock::new(|| {
    let figure = |study: &Study| Figure {
        id: study.info().name,
        study: study.info().name,
        machine: FALLBACK,
        caption: "",
        variants: &[],
        set: &[],
        controls: &[],
    };
    Study::ALL.iter().map(figure).collect()
});

/// A study as it is.
pub fn plain(study: Study) -> &'static Figure {
    PLAIN
        .iter()
        .find(|figure| figure.study == study.info().name)
        .expect("every study is listed")
}

/// What a study is about, in a word.
pub fn group(study: Study) -> &'static str {
    match study {
        Study::LatencyLadder
        | Study::Bandwidth
        | Study::StrideSweep
        | Study::TlbReach
        | Study::SetConflicts
        | Study::ParallelChases => "Memory",
        Study::ThreadBandwidth | Study::CoreToCore | Study::FalseSharing => "Cores",
        Study::LoopOrder
        | Study::Tiling
        | Study::Transposition
        | Study::Layouts
        | Study::Batches => "Algorithms",
        Study::Branches
        | Study::Roofline
        | Study::LoaderKernels
        | Study::VectorWidth
        | Study::VectorEfficiency => "Kernels",
        Study::PageFaults
        | Study::CpuUtilisation
        | Study::FileReading
        | Study::Profiling
        | Study::ProfilingOverhead => "System",
    }
}

/// All studies by group; groups in the order of their first study.
pub fn groups() -> Vec<(&'static str, Vec<Study>)> {
    let mut groups: Vec<(&str, Vec<Study>)> = Vec::new();
    for study in Study::ALL {
        let name = group(*study);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, studies)) => studies.push(*study),
            None => groups.push((name, vec![*study])),
        }
    }
    groups
}

/// The lessons that have a figure of a study.
pub fn lessons(study: Study) -> Vec<&'static Outline> {
    let shows = |lesson: &&Outline| lesson.studies.contains(&study.info().name);
    OUTLINE.iter().filter(shows).collect()
}

#[cfg(test)]
mod tests {
    use lab_core::{evidence::Reading, machine::Machine};

    use super::*;
    use crate::state::setup::Setup;

    #[test]
    fn every_study_can_be_set_up_and_predicted_on_every_machine() {
        for study in Study::ALL {
            for machine in Machine::preset_names() {
                let figure = plain(*study);
                let setup = Setup::of(figure, Some(machine), &Default::default(), None).unwrap();
                let curves = study.predicted(&setup.machine, &setup.arguments);
                assert_eq!(curves.len(), study.info().variants.len());
                let (sweep, _) = setup.sweep(figure, None);
                assert_eq!(
                    sweep.curves.len(),
                    study.variants(Reading::Simulated).len(),
                    "{study:?} on {machine}"
                );
            }
        }
    }

    #[test]
    fn every_study_stands_in_one_group() {
        let all: usize = groups().iter().map(|(_, studies)| studies.len()).sum();
        assert_eq!(all, Study::ALL.len());
        assert_eq!(groups().len(), 5);
    }

    #[test]
    fn the_lesson_of_the_ladder_is_found() {
        let found = lessons(Study::LatencyLadder);
        assert!(found.iter().any(|lesson| lesson.id == "memory-ladder"));
    }
}
