//! One lesson: its front matter, then its text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use crate::{
    Block, LESSONS, Lesson, Problem,
    block::{Done, Reader},
    check::{Link, is_name, lesson_id},
    fields::{At, Toml},
    markdown::{Compiler, Piece, Role},
    numbers::{self, Files, Numbers},
    spoiler::told,
};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Front {
    title: Option<Spanned<String>>,
    summary: Option<Spanned<String>>,
    chapter: Option<Spanned<String>>,
    order: Option<Spanned<u32>>,
    minutes: Option<Spanned<u32>>,
    #[serde(default)]
    goals: Vec<String>,
    claims: Option<Spanned<Vec<String>>>,
}

/// A lesson, or what is wrong with it, and what it refers to.
pub struct Compiled {
    pub lesson: Option<Lesson>,
    pub problems: Vec<Problem>,
    pub links: Vec<Link>,
    pub headings: BTreeSet<String>,
}

/// The text between the first two lines of `+++`, and the text behind them with its first line.
fn split(text: &str) -> Option<(&str, &str, usize)> {
    let front = text.strip_prefix("+++\n")?;
    let end = if front.starts_with("+++") {
        0
    } else {
        front.find("\n+++")? + 1
    };
    let body = &front[end + 3..];
    let body = match body.strip_prefix('\n') {
        Some(body) => body,
        None if body.is_empty() => body,
        None => return None,
    };
    let before = &text[..text.len() - body.len()];
    Some((&front[..end], body, before.matches('\n').count() + 1))
}

pub fn compile(file: &str, text: &str, files: &Files, exercises: &[String]) -> Compiled {
    let mut compiler = Compiler::new(file, files);
    let id = lesson_id(file);
    if !is_name(id) {
        compiler.complain(
            1,
            format!("`{file}` cannot name a lesson: use lower-case letters, digits and hyphens."),
        );
    }
    let text = &computed(&mut compiler, text);
    let (front, body, line) = split(text).unwrap_or_else(|| {
        compiler.complain(
            1,
            "A lesson starts with front matter: TOML between two lines of `+++`.",
        );
        ("", text, 1)
    });
    let mut lesson = front_matter(&mut compiler, front, id);
    let claims_line = line_of(front, "claims");

    let mut shown = BTreeMap::new();
    let mut unanswered = Vec::new();
    for piece in compiler.render(body, line, Role::Body) {
        let (kind, toml, line) = match piece {
            Piece::Html(html) => {
                push_html(&mut lesson.blocks, html);
                continue;
            }
            Piece::Block { kind, toml, line } => (kind, toml, line),
        };
        let mut reader = Reader {
            compiler: &mut compiler,
            toml: Toml { text: &toml, line },
            line: line - 1,
        };
        match kind.as_str() {
            "figure" => {
                unanswered.clear();
                lesson.blocks.extend(reader.figure().map(Block::Figure));
            }
            "quiz" => {
                unanswered.push(line - 1);
                lesson.blocks.extend(reader.quiz().map(Block::Quiz));
            }
            "claim" => {
                if let Some((html, claim)) = reader.claim() {
                    push_html(&mut lesson.blocks, html);
                    if shown.insert(claim.value.clone(), claim.line).is_some() {
                        compiler.complain(
                            claim.line,
                            format!(
                                "The claim `{}` is shown twice: keep one of the two.",
                                claim.value
                            ),
                        );
                    }
                }
            }
            _ => match reader.exercise(exercises) {
                Some(Done::Here(html)) => push_html(&mut lesson.blocks, html),
                Some(Done::Checked(name)) => {
                    unanswered.clear();
                    lesson.blocks.push(Block::Exercise(name));
                }
                None => {}
            },
        }
    }
    for line in unanswered {
        compiler.complain(
            line,
            "No figure follows this quiz: a quiz asks for a guess that a figure or a checked exercise below it answers.",
        );
    }
    let first = lesson.blocks.iter().find_map(|block| match block {
        Block::Quiz(quiz) => Some(quiz),
        _ => None,
    });
    if let Some((quiz, number)) = first.and_then(|quiz| Some((quiz, told(&lesson.summary, quiz)?)))
    {
        compiler.complain(
            line_of(front, "summary"),
            format!(
                "The summary tells {number}, which is in the answer to the quiz `{}`: ask, and leave the answer to the lesson.",
                quiz.id
            ),
        );
    }
    for claim in &lesson.claims {
        if !shown.contains_key(claim) {
            compiler.complain(claims_line, format!("The lesson names the claim `{claim}` but shows no verdict: add a `claim` block."));
        }
    }
    for (claim, line) in shown {
        if !lesson.claims.contains(&claim) {
            compiler.complain(
                line,
                format!("The claim `{claim}` is missing in the front matter: add it to `claims`."),
            );
        }
    }
    Compiled {
        lesson: compiler.problems.is_empty().then_some(lesson),
        problems: compiler.problems,
        links: compiler.links,
        headings: compiler.headings,
    }
}

/// The line of the lesson in which its front matter gives a field.
fn line_of(front: &str, field: &str) -> usize {
    let at = front.lines().position(|line| line.starts_with(field));
    at.unwrap_or(0) + 2
}

/// The text with its numbers in their places.
fn computed(compiler: &mut Compiler, text: &str) -> String {
    let mut numbers = Numbers::new(compiler.files, LESSONS);
    let (text, blocks, unclosed) = numbers::blocks(text, 1);
    if let Some(line) = unclosed {
        compiler.complain(
            line,
            "The fence is never closed: end the block with the marks it starts with.",
        );
    }
    let wrong: Vec<_> = blocks
        .into_iter()
        .flat_map(|(line, block)| numbers.define(&block, line))
        .collect();
    let (text, further) = match wrong.is_empty() {
        true => numbers.fill(&text, 1),
        // What could not be named is missed everywhere: once is enough.
        false => (text, Vec::new()),
    };
    for (line, message) in wrong.into_iter().chain(further) {
        compiler.complain(line, message);
    }
    text
}

/// Adds HTML to the block before, where that is HTML too.
fn push_html(blocks: &mut Vec<Block>, html: String) {
    match blocks.last_mut() {
        Some(Block::Html(before)) => before.push_str(&html),
        _ => blocks.push(Block::Html(html)),
    }
}

fn front_matter(compiler: &mut Compiler, front: &str, id: &str) -> Lesson {
    let toml = Toml {
        text: front,
        line: 2,
    };
    let raw = toml.read::<Front>().unwrap_or_else(|At { value, line }| {
        compiler.complain(line, value);
        Front::default()
    });
    let readable = compiler.problems.is_empty();
    let mut reader = Reader {
        compiler,
        toml,
        line: 1,
    };
    // One complaint is enough for front matter that cannot be read at all.
    let mut text = |field, name| match readable {
        true => reader.need(field, name, 1).value,
        false => String::new(),
    };
    let (title, summary, chapter) = (
        text(raw.title, "title"),
        text(raw.summary, "summary"),
        text(raw.chapter, "chapter"),
    );
    let mut missing = |name| {
        if readable {
            compiler.complain(
                1,
                format!("The field `{name}` is missing: add `{name} = …`."),
            );
        }
    };
    let mut number = |field: Option<Spanned<u32>>, name| {
        if field.is_none() {
            missing(name);
        }
        field.map_or(0, Spanned::into_inner)
    };
    let (order, minutes) = (number(raw.order, "order"), number(raw.minutes, "minutes"));
    if raw.claims.is_none() {
        missing("claims");
    }
    Lesson {
        id: id.to_owned(),
        title,
        summary,
        chapter,
        minutes,
        goals: raw.goals,
        claims: raw.claims.map(Spanned::into_inner).unwrap_or_default(),
        blocks: Vec::new(),
        order,
    }
}
