//! Lessons as Rust source, in the types of `lab_lessons`.
//!
//! Names of variants are written as `Debug` gives them: they are the same in both crates.

use std::fmt::Write;

use crate::{Block, Choice, Control, Figure, Lesson, Quiz};

/// The Rust source of `LESSONS`, for `include!` beside the types.
pub fn to_rust(lessons: &[Lesson]) -> String {
    let mut out = String::new();
    put_outline(&mut out, lessons);
    out.push_str(
        "/// All lessons, in the order of the course.\npub static LESSONS: &[Lesson] = &[\n",
    );
    for lesson in lessons {
        let Lesson {
            id,
            title,
            summary,
            chapter,
            minutes,
            claims,
            blocks,
            order: _,
        } = lesson;
        put(
            &mut out,
            format_args!(
                "Lesson {{ id: {id:?}, title: {title:?}, summary: {summary:?}, chapter: {chapter:?}, minutes: {minutes}, claims: &{claims:?}, blocks: &["
            ),
        );
        for block in blocks {
            match block {
                Block::Html(html) => put(&mut out, format_args!("Block::Html({html:?}),")),
                Block::Figure(figure) => put_figure(&mut out, figure),
                Block::Quiz(quiz) => put_quiz(&mut out, quiz),
                Block::Exercise(name) => put(&mut out, format_args!("Block::Exercise({name:?}),")),
            }
        }
        put(&mut out, format_args!("] }},"));
    }
    out.push_str("];\n");
    out
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
            claims,
            ..
        } = lesson;
        let mut studies: Vec<&String> = Vec::new();
        for block in &lesson.blocks {
            if let Block::Figure(figure) = block
                && !studies.contains(&&figure.study)
            {
                studies.push(&figure.study);
            }
        }
        put(
            out,
            format_args!(
                "Outline {{ id: {id:?}, title: {title:?}, summary: {summary:?}, chapter: {chapter:?}, minutes: {minutes}, claims: &{claims:?}, studies: &{studies:?} }},"
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
