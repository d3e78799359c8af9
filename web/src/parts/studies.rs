//! Every study as the page shows it where no lesson sets it up: a figure without sliders, and in
//! groups.

use std::sync::LazyLock;

use lab_core::study::{Group, Study};
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

/// All studies by group; groups in the order of their first study.
pub fn groups() -> Vec<(Group, Vec<Study>)> {
    let mut groups: Vec<(Group, Vec<Study>)> = Vec::new();
    for &study in Study::ALL {
        let group = study.info().group;
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, studies)) => studies.push(study),
            None => groups.push((group, vec![study])),
        }
    }
    groups
}

/// Whether each of these words stands in what is said of a study: its question, its title, its topic, the
/// lessons that show it.
pub fn answers(study: Study, words: &str) -> bool {
    let info = study.info();
    let mut said = [info.about, info.title, info.group.title(), info.name].join(" ");
    for lesson in lessons(study) {
        said.push(' ');
        said.push_str(lesson.title);
    }
    said.make_ascii_lowercase();
    let words = words.to_ascii_lowercase();
    words.split_whitespace().all(|word| said.contains(word))
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
    fn studies_are_found_by_words_of_their_question() {
        let found = |words: &str| {
            let all = Study::ALL.iter().copied();
            all.filter(|study| answers(*study, words))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("").len(), Study::ALL.len());
        assert_eq!(found("Counters THREADS"), [Study::FalseSharing]);
        assert!(found("memory").contains(&Study::LatencyLadder));
        assert_eq!(found("alchemy"), []);
    }

    #[test]
    fn the_lesson_of_the_ladder_is_found() {
        let found = lessons(Study::LatencyLadder);
        assert!(found.iter().any(|lesson| lesson.id == "memory-ladder"));
    }
}
