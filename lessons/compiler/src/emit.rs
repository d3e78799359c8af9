//! Lessons as Rust source, in the types of `lab_lessons`.
//!
//! Names of variants are written as `Debug` gives them: they are the same in both crates.

use std::fmt::Write;

use crate::{Block, Choice, Control, Course, Exercise, Figure, Lesson, Quiz};

/// The Rust source of `OUTLINE`, `LESSONS` and `EXERCISES`, for `include!` beside the types.
pub fn to_rust(course: &Course) -> String {
    let mut out = String::new();
    put_outline(&mut out, &course.lessons);
    put_lessons(&mut out, &course.lessons);
    put_exercises(&mut out, &course.exercises);
    out
}

/// The Rust source of a module for each exercise in code, with its grader beside what is handed out and
/// beside the solution, for the author's check; `folder` holds the exercises.
pub fn to_graders(course: &Course, folder: &str) -> String {
    let mut out = String::new();
    let mut graders = String::new();
    for exercise in course.exercises.iter().filter(|exercise| exercise.in_code) {
        let (name, module) = (&exercise.name, exercise.name.replace('-', "_"));
        let [unsolved, solution] = ["unsolved", "solution"].map(|which| {
            let file = |name: &str| format!("{folder}/{}/{name}", exercise.name);
            put(
                &mut out,
                format_args!(
                    "#[allow(dead_code)] mod {module}_{which} {{ #[path = {:?}] pub mod answer; #[path = {:?}] pub mod grader; }}",
                    file(&format!("{which}.rs")),
                    file("grader.rs"),
                ),
            );
            format!("{module}_{which}::grader::grade as fn(&Task) -> Result<Grade, Grade>")
        });
        graders.push_str(&format!("({name:?}, [{unsolved}, {solution}]),"));
    }
    put(
        &mut out,
        format_args!(
            "const GRADERS: &[(&str, [fn(&Task) -> Result<Grade, Grade>; 2])] = &[{graders}];"
        ),
    );
    out
}

fn put_exercises(out: &mut String, exercises: &[Exercise]) {
    out.push_str(
        "/// All exercises, in the order of the course.\npub static EXERCISES: &[Exercise] = &[\n",
    );
    for exercise in exercises {
        let Exercise {
            name,
            title,
            task,
            hints,
            unsolved,
            solution,
            because,
            file,
            kind,
            settings,
            minutes,
            assesses,
            in_code: _,
            order: _,
        } = exercise;
        put(
            out,
            format_args!(
                "Exercise {{ name: {name:?}, title: {title:?}, task: {task:?}, hints: &{hints:?}, unsolved: {unsolved:?}, solution: {solution:?}, because: {because:?}, file: {file:?}, kind: {kind:?}, settings: {settings:?}, minutes: {minutes}, assesses: {assesses:?} }},"
            ),
        );
    }
    out.push_str("];\n");
}

fn put_lessons(out: &mut String, lessons: &[Lesson]) {
    out.push_str(
        "/// All lessons, in the order of the course.\npub static LESSONS: &[Lesson] = &[\n",
    );
    for (at, lesson) in lessons.iter().enumerate() {
        put(
            out,
            format_args!("Lesson {{ outline: &OUTLINE[{at}], blocks: &["),
        );
        for block in &lesson.blocks {
            match block {
                Block::Html(html) => put(out, format_args!("Block::Html({html:?}),")),
                Block::Figure(figure) => put_figure(out, figure),
                Block::Quiz(quiz) => put_quiz(out, quiz),
                Block::Exercise(name) => put(out, format_args!("Block::Exercise({name:?}),")),
            }
        }
        put(out, format_args!("] }},"));
    }
    out.push_str("];\n");
}

/// The lessons without what they consist of: all that a page needs until one is opened.
fn put_outline(out: &mut String, lessons: &[Lesson]) {
    out.push_str(
        "/// What the course consists of, in its order.\npub static OUTLINE: &[Outline] = &[\n",
    );
    for lesson in lessons {
        let Lesson {
            id,
            title,
            summary,
            chapter,
            minutes,
            goals,
            claims,
            blocks,
            order: _,
        } = lesson;
        let mut studies: Vec<&String> = Vec::new();
        let mut exercises: Vec<&String> = Vec::new();
        for block in blocks {
            match block {
                Block::Figure(figure) if !studies.contains(&&figure.study) => {
                    studies.push(&figure.study);
                }
                Block::Exercise(name) => exercises.push(name),
                _ => {}
            }
        }
        put(
            out,
            format_args!(
                "Outline {{ id: {id:?}, title: {title:?}, summary: {summary:?}, chapter: {chapter:?}, minutes: {minutes}, goals: &{goals:?}, claims: &{claims:?}, studies: &{studies:?}, exercises: &{exercises:?} }},"
            ),
        );
    }
    out.push_str("];\n");
}

fn put(out: &mut String, line: std::fmt::Arguments) {
    writeln!(out, "{line}").expect("a String takes everything");
}

fn put_figure(out: &mut String, figure: &Figure) {
    let Figure {
        id,
        study,
        machine,
        caption,
        variants,
        set,
        controls,
    } = figure;
    put(
        out,
        format_args!(
            "Block::Figure(Figure {{ id: {id:?}, study: {study:?}, machine: {machine:?}, caption: {caption:?}, variants: &{variants:?}, set: &{set:?}, controls: &["
        ),
    );
    for Control {
        target,
        label,
        min,
        max,
        scale,
    } in controls
    {
        put(
            out,
            format_args!(
                "Control {{ target: Target::{target:?}, label: {label:?}, min: {min:?}, max: {max:?}, scale: Scale::{scale:?} }},"
            ),
        );
    }
    put(out, format_args!("] }}),"));
}

fn put_quiz(out: &mut String, quiz: &Quiz) {
    let Quiz {
        id,
        question,
        choices,
        explanation,
    } = quiz;
    put(
        out,
        format_args!(
            "Block::Quiz(Quiz {{ id: {id:?}, question: {question:?}, explanation: {explanation:?}, choices: &["
        ),
    );
    for Choice {
        text,
        correct,
        because,
    } in choices
    {
        put(
            out,
            format_args!("Choice {{ text: {text:?}, correct: {correct}, because: {because:?} }},"),
        );
    }
    put(out, format_args!("] }}),"));
}
