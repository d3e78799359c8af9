//! The course as the page gets it.

use lab_core::{
    machine::{Machine, Setting},
    parameters::Arguments,
    study::{Study, Variant},
};
use lab_lessons::{Block, Figure, LESSONS, Target, exercise::EXERCISES, lesson};

fn figures() -> impl Iterator<Item = &'static Figure> {
    LESSONS
        .iter()
        .flat_map(|lesson| lesson.blocks)
        .filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        })
}

#[test]
fn lessons_are_found_by_id_in_their_order() {
    let ids: Vec<_> = LESSONS.iter().map(|lesson| lesson.outline.id).collect();
    assert_eq!(
        ids,
        [
            "memory-ladder",
            "strides",
            "rows-or-columns",
            "tiles",
            "without-knowing-the-cache",
            "records-or-columns",
            "who-evicted-my-data"
        ]
    );
    assert_eq!(lesson("strides").unwrap().outline.title, "Strides");
    assert!(lesson("none").is_none());
}

#[test]
fn lessons_and_exercises_say_what_they_are_for() {
    for lesson in LESSONS.iter().map(|lesson| lesson.outline) {
        assert!(lesson.goals.len() >= 2, "{}", lesson.id);
        assert!(lesson.minutes >= 5, "{}", lesson.id);
    }
    for exercise in EXERCISES {
        let name = exercise.name;
        assert!(
            exercise.minutes >= 5 && !exercise.assesses.is_empty(),
            "{name}"
        );
        let lessons = LESSONS
            .iter()
            .filter(|it| it.outline.exercises.contains(&name));
        assert_eq!(lessons.count(), 1, "{name} stands in one lesson");
    }
}

#[test]
fn every_lesson_asks_before_it_shows() {
    for lesson in LESSONS {
        let place = |wanted: fn(&Block) -> bool| lesson.blocks.iter().position(wanted).unwrap();
        let quiz = place(|block| matches!(block, Block::Quiz(_)));
        assert!(
            quiz < place(|block| matches!(block, Block::Figure(_) | Block::Exercise(_))),
            "{}",
            lesson.outline.id
        );
    }
}

/// How many accesses a figure simulates, all controls that cost time at their ends.
fn accesses(figure: &Figure, at_their_most: bool) -> u64 {
    let study = Study::from_name(figure.study).unwrap();
    let mut machine = Machine::preset(figure.machine).unwrap();
    let mut arguments = Arguments::default();
    let parameters = study.info().parameters;
    for (name, value) in figure.set {
        arguments.set(parameters, name, *value).unwrap();
    }
    for control in figure.controls.iter().filter(|_| at_their_most) {
        match control.target {
            Target::Parameter(name) => arguments.set(parameters, name, control.max).unwrap(),
            Target::Machine(setting) if setting.ends_with(".size") => {
                let setting: Setting = setting.parse().unwrap();
                setting.set(&mut machine, &control.max.to_string()).unwrap();
            }
            Target::Machine(_) => {}
        }
    }
    machine.check().unwrap();
    let variants = study.info().variants;
    let shown = |variant: &&Variant| {
        figure.variants.is_empty() || figure.variants.contains(&variant.name())
    };
    variants
        .iter()
        .filter(shown)
        .flat_map(|&variant| {
            let xs = study.xs(&machine, &arguments, variant);
            xs.into_iter()
                .map(move |x| (variant, x))
                .collect::<Vec<_>>()
        })
        .map(|(variant, x)| {
            let value = study.simulate(&machine, &arguments, variant, x).unwrap();
            value.simulated_accesses
        })
        .sum()
}

/// A page has 100 ms for a rerun. Natively, a random access takes some 60 ns of simulation and a
/// streamed one some 7 to 16: these counts stay below 60 ms at first and below 100 at the most. What
/// has no sliders is simulated once, point by point as they are drawn, and may take a second or two.
#[test]
fn figures_are_small_enough_to_be_simulated_while_a_slider_moves() {
    for figure in figures() {
        let (first, most) = match figure.study {
            "latency-ladder" => (500_000, 1_000_000),
            "bandwidth" => (8_000_000, 8_000_000),
            _ if figure.controls.is_empty() => (60_000_000, 60_000_000),
            _ => (3_000_000, 3_000_000),
        };
        let counted = (accesses(figure, false), accesses(figure, true));
        assert!(
            counted.0 <= first && counted.1 <= most,
            "{}: {counted:?}",
            figure.id
        );
    }
}

#[test]
fn html_is_clean() {
    for lesson in LESSONS {
        for block in lesson.blocks {
            let Block::Html(html) = block else { continue };
            for foreign in ["<h1", "<script", "style=", "$$", "```", "merror"] {
                assert!(
                    !html.contains(foreign),
                    "{foreign} in {}",
                    lesson.outline.id
                );
            }
            for element in ["p", "table", "math", "aside", "details", "div", "li", "pre"] {
                let opened = html.matches(&format!("<{element}>")).count()
                    + html.matches(&format!("<{element} ")).count();
                let closed = html.matches(&format!("</{element}>")).count();
                assert_eq!(opened, closed, "{element} in {}", lesson.outline.id);
            }
        }
    }
}

#[test]
fn a_lesson_that_is_fetched_is_the_lesson_that_was_compiled() {
    for lesson in LESSONS {
        let file = serde_json::to_string(lesson.blocks).unwrap();
        assert_eq!(
            lab_lessons::read(file).unwrap(),
            lesson.blocks,
            "{}",
            lesson.outline.id
        );
        let outline = lab_lessons::outline(lesson.outline.id);
        assert_eq!(outline, Some(lesson.outline));
    }
    assert!(lab_lessons::read("[{\"Html\": 1}]".to_owned()).is_err());
}
