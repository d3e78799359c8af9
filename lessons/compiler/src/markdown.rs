//! Markdown to HTML: headings with ids, formulas as MathML, checked links, accessible tables.

use std::{collections::BTreeSet, ops::Range};

use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use pulldown_cmark::{
    BrokenLink, CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd, html,
};

use crate::{
    LESSONS, Problem,
    check::{LANGUAGES, Link, is_name, listed, slug},
    fields::newlines,
    numbers::Files,
};

/// What has been found in one lesson so far.
pub struct Compiler<'a> {
    pub file: &'a str,
    pub files: &'a Files,
    pub problems: Vec<Problem>,
    pub links: Vec<Link>,
    /// Ids of headings, figures, quizzes and exercises.
    pub ids: BTreeSet<String>,
    pub headings: BTreeSet<String>,
    formulas: LatexToMathML,
}

/// Where Markdown stands, which decides what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The lesson itself: anything.
    Body,
    /// A field of a block, with paragraphs: no headings, no blocks.
    Passage,
    /// A field of a block that is one run of text: no paragraph is written around it.
    Phrase,
}

/// What a piece of Markdown became.
pub enum Piece {
    Html(String),
    /// A fenced block that is no code: its kind, its TOML, the line the TOML starts on.
    Block {
        kind: String,
        toml: String,
        line: usize,
    },
}

/// Fenced blocks that hold TOML.
pub const BLOCKS: [&str; 4] = ["figure", "quiz", "claim", "exercise"];

pub type Located<'t> = (Event<'t>, Range<usize>);

impl<'a> Compiler<'a> {
    pub fn new(file: &'a str, files: &'a Files) -> Self {
        Self {
            file,
            files,
            problems: Vec::new(),
            links: Vec::new(),
            ids: BTreeSet::new(),
            headings: BTreeSet::new(),
            formulas: LatexToMathML::new(MathCoreConfig::default())
                .expect("no macros are defined that could be wrong"),
        }
    }

    pub fn complain(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            file: format!("{LESSONS}/{}", self.file),
            line,
            message: message.into(),
        });
    }

    /// Takes an id for an element of the lesson's page.
    pub fn claim_id(&mut self, id: &str, line: usize) {
        if !is_name(id) {
            self.complain(
                line,
                format!(
                    "`{id}` is no id: use lower-case letters, digits and hyphens, a letter first."
                ),
            );
        } else if !self.ids.insert(id.to_owned()) {
            self.complain(
                line,
                format!(
                    "The id `{id}` is taken in this lesson: name or word one of the two otherwise."
                ),
            );
        }
    }

    /// A field of a block as HTML.
    pub fn field(&mut self, text: &str, line: usize, role: Role) -> String {
        let mut html = String::new();
        for piece in self.render(text, line, role) {
            match piece {
                Piece::Html(part) => html.push_str(&part),
                Piece::Block { kind, line, .. } => self.complain(
                    line.saturating_sub(1),
                    format!("A `{kind}` block cannot stand inside another: move it to the lesson's own text."),
                ),
            }
        }
        html.trim().to_owned()
    }

    /// Renders `text`, whose first line is `line` of the lesson.
    pub fn render(&mut self, text: &str, line: usize, role: Role) -> Vec<Piece> {
        let options =
            Options::ENABLE_TABLES | Options::ENABLE_MATH | Options::ENABLE_HEADING_ATTRIBUTES;
        let mut broken = Vec::new();
        let mut note_broken = |link: BrokenLink<'_>| {
            if link.link_type == LinkType::Reference {
                broken.push((link.span.start, link.reference.to_string()));
            }
            None
        };
        let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut note_broken));
        let events: Vec<Located> = parser.into_offset_iter().collect();
        for (offset, reference) in broken {
            self.complain(
                line + newlines(text, offset),
                format!("The link names `[{reference}]`, which is defined nowhere: define it, or write code in backticks."),
            );
        }
        let mut pass = Pass {
            compiler: self,
            text,
            line,
            role,
            level: 1,
            depth: 0,
            paragraphs: 0,
            out: Vec::new(),
            pieces: Vec::new(),
        };
        let mut rest = events.as_slice();
        while let Some((first, others)) = rest.split_first() {
            rest = pass.event(first, others);
        }
        pass.flush();
        pass.pieces
    }
}

/// One walk over the events of one text.
pub struct Pass<'p, 'a, 't> {
    pub compiler: &'p mut Compiler<'a>,
    text: &'t str,
    line: usize,
    role: Role,
    /// Level of the last heading; the page's own is 1.
    level: usize,
    /// Open block-level elements.
    depth: usize,
    paragraphs: usize,
    pub out: Vec<Event<'t>>,
    pieces: Vec<Piece>,
}

impl<'t> Pass<'_, '_, 't> {
    pub fn line_of(&self, range: &Range<usize>) -> usize {
        self.line + newlines(self.text, range.start)
    }

    pub fn complain(&mut self, range: &Range<usize>, message: impl Into<String>) {
        let line = self.line_of(range);
        self.compiler.complain(line, message);
    }

    fn flush(&mut self) {
        let mut text = String::new();
        html::push_html(&mut text, self.out.drain(..));
        if !text.trim().is_empty() {
            self.pieces.push(Piece::Html(text));
        }
    }

    pub fn raw(&mut self, html: impl Into<String>) {
        self.out.push(Event::Html(html.into().into()));
    }

    /// Treats one event, with those after it if it takes them too; returns what is left.
    pub fn event<'e>(
        &mut self,
        (event, range): &Located<'t>,
        rest: &'e [Located<'t>],
    ) -> &'e [Located<'t>] {
        match event {
            Event::Start(tag) => return self.start(tag, range, rest),
            Event::End(tag) => self.end(tag),
            Event::InlineMath(latex) => self.formula(latex, range, MathDisplay::Inline),
            Event::DisplayMath(latex) => self.formula(latex, range, MathDisplay::Block),
            Event::Html(_) | Event::InlineHtml(_) => self.complain(
                range,
                "HTML is not taken in lessons: write Markdown, or put `<` in backticks.",
            ),
            other => {
                let event = match other {
                    Event::Text(text) => {
                        self.check_dollars(range);
                        Event::Text(whole_numbers(text).into())
                    }
                    other => other.clone(),
                };
                self.out.push(event);
            }
        }
        rest
    }

    /// A `$` left over in text is a formula that was not recognised, unless it is escaped.
    fn check_dollars(&mut self, range: &Range<usize>) {
        let escaped = |at: usize| self.text[..at].ends_with('\\');
        let lone = self.text[range.clone()]
            .match_indices('$')
            .map(|(at, _)| range.start + at)
            .find(|at| !escaped(*at));
        if let Some(at) = lone {
            self.complain(
                &(at..at),
                "A `$` here neither opens nor closes a formula: check that it has a partner and that braces pair up, or write `\\$` for the sign.",
            );
        }
    }

    fn start<'e>(
        &mut self,
        tag: &Tag<'t>,
        range: &Range<usize>,
        rest: &'e [Located<'t>],
    ) -> &'e [Located<'t>] {
        let is_span = matches!(
            tag,
            Tag::Emphasis | Tag::Strong | Tag::Link { .. } | Tag::Image { .. } | Tag::Paragraph
        );
        if self.role == Role::Phrase && !is_span {
            self.complain(
                range,
                "This field is a single run of text: no lists, tables, quotes or code blocks.",
            );
        }
        match tag {
            Tag::Paragraph => {
                self.depth += 1;
                self.paragraphs += 1;
                if self.role == Role::Phrase {
                    if self.paragraphs == 2 {
                        self.complain(
                            range,
                            "This field is a single paragraph: join the paragraphs.",
                        );
                    }
                } else {
                    self.out.push(Event::Start(tag.clone()));
                }
            }
            Tag::Heading {
                level,
                id,
                classes,
                attrs,
            } => {
                self.depth += 1;
                if !classes.is_empty() || !attrs.is_empty() {
                    self.complain(
                        range,
                        "A heading takes an id in its braces and nothing else: write `{#name}`.",
                    );
                }
                self.heading(*level as usize, id.as_deref(), range, rest);
            }
            Tag::CodeBlock(kind) => {
                let (inside, after) = until(rest, &TagEnd::CodeBlock);
                self.code(kind, range, inside);
                return after;
            }
            Tag::Image { dest_url, .. } => {
                let (inside, after) = until(rest, &TagEnd::Image);
                self.image(dest_url, &plain(inside), range);
                return after;
            }
            Tag::Link {
                link_type,
                dest_url,
                title,
                ..
            } => {
                let (inside, _) = until(rest, &TagEnd::Link);
                let has_picture = inside
                    .iter()
                    .any(|(event, _)| matches!(event, Event::Start(Tag::Image { .. })));
                if plain(inside).trim().is_empty() && !has_picture {
                    self.complain(range, "The link has no text: say where it leads.");
                }
                let target = self.target(dest_url, *link_type, range);
                self.out.push(Event::Start(Tag::Link {
                    link_type: LinkType::Inline,
                    dest_url: target.into(),
                    title: title.clone(),
                    id: "".into(),
                }));
            }
            Tag::Table(alignments) => {
                let (inside, after) = until(rest, &TagEnd::Table);
                self.table(alignments, inside);
                return after;
            }
            Tag::Emphasis | Tag::Strong => self.out.push(Event::Start(tag.clone())),
            _ => {
                self.depth += 1;
                self.out.push(Event::Start(tag.clone()));
            }
        }
        rest
    }

    fn end(&mut self, tag: &TagEnd) {
        if !matches!(
            tag,
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image
        ) {
            self.depth = self.depth.saturating_sub(1);
        }
        if !(self.role == Role::Phrase && *tag == TagEnd::Paragraph) {
            self.out.push(Event::End(*tag));
        }
    }

    fn heading(
        &mut self,
        level: usize,
        id: Option<&str>,
        range: &Range<usize>,
        rest: &[Located<'t>],
    ) {
        let inside = rest
            .iter()
            .position(|(event, _)| matches!(event, Event::End(TagEnd::Heading(_))));
        let words = plain(&rest[..inside.unwrap_or(rest.len())]);
        let id = id.map_or_else(|| slug(&words), str::to_owned);
        let line = self.line_of(range);
        if self.role != Role::Body || self.depth > 1 {
            self.complain(range, "A heading cannot stand inside a block, a quote or a list: write bold text instead.");
        } else if level == 1 {
            self.complain(
                range,
                "The title is the page's heading of level 1: start with `##`.",
            );
        } else if level > self.level + 1 {
            let (hashes, expected) = ("#".repeat(level), "#".repeat(self.level + 1));
            self.complain(
                range,
                format!("The heading skips a level: `{hashes}` cannot come before `{expected}`."),
            );
        }
        self.level = level.max(1);
        if id.is_empty() {
            self.complain(
                range,
                "The heading has no letters to make an id of: add one in braces, `{#name}`.",
            );
        } else {
            self.compiler.claim_id(&id, line);
            self.compiler.headings.insert(id.clone());
        }
        self.raw(format!("<h{level} id=\"{}\">", escaped(&id)));
    }

    fn formula(&mut self, latex: &str, range: &Range<usize>, display: MathDisplay) {
        match self
            .compiler
            .formulas
            .convert_with_local_state(latex, display)
        {
            Ok(result) if display == MathDisplay::Block => {
                // A wide formula scrolls in its own box, which the keyboard has to reach.
                self.out.push(Event::InlineHtml(
                    format!(
                        "<span class=\"formula\" tabindex=\"0\">{}</span>",
                        result.mathml
                    )
                    .into(),
                ));
            }
            Ok(result) => self.out.push(Event::InlineHtml(result.mathml.into())),
            Err(error) => {
                let line = self.line_of(range) + newlines(latex, error.0.start);
                let reason = error.error_message();
                self.compiler.complain(
                    line,
                    format!("The formula `{}` is wrong: {}", latex.trim(), reason.trim()),
                );
            }
        }
    }

    fn code(&mut self, kind: &CodeBlockKind, range: &Range<usize>, inside: &[Located<'t>]) {
        let CodeBlockKind::Fenced(info) = kind else {
            self.complain(range, "Text indented by four blanks is code in Markdown: put it in a fence, or indent it less.");
            return;
        };
        let source = self.text[range.clone()].trim_end();
        let last = source.lines().last().unwrap_or_default();
        let last = last.trim_start_matches([' ', '>', '\t']);
        if source.lines().count() < 2 || !(last.starts_with("```") || last.starts_with("~~~")) {
            self.complain(
                range,
                "The fence is never closed: end the block with the marks it starts with.",
            );
        }
        let text: String = inside
            .iter()
            .filter_map(|(event, _)| match event {
                Event::Text(text) => Some(&**text),
                _ => None,
            })
            .collect();
        let language = info.trim();
        if BLOCKS.contains(&language) {
            if self.depth > 0 {
                self.complain(range, format!("A `{language}` block cannot stand in a list or a quote: move it to the left."));
                return;
            }
            self.flush();
            self.pieces.push(Piece::Block {
                kind: language.to_owned(),
                toml: text,
                line: self.line_of(range) + 1,
            });
        } else if LANGUAGES.contains(&language) {
            let text = escaped(&text);
            self.raw(format!(
                "<pre tabindex=\"0\"><code class=\"language-{language}\">{text}</code></pre>\n"
            ));
        } else {
            let known = listed(BLOCKS.iter().chain(&LANGUAGES));
            self.complain(range, format!("`{language}` is neither a block nor a language the lab knows: choose from {known}."));
        }
    }
}

/// The events up to the end of `tag`, and those behind it. For elements that do not nest.
pub fn until<'e, 't>(
    events: &'e [Located<'t>],
    tag: &TagEnd,
) -> (&'e [Located<'t>], &'e [Located<'t>]) {
    let end = events
        .iter()
        .position(|(event, _)| matches!(event, Event::End(end) if end == tag))
        .unwrap_or(events.len());
    (&events[..end], events.get(end + 1..).unwrap_or_default())
}

/// The words of some events.
pub fn plain(events: &[Located]) -> String {
    events
        .iter()
        .map(|(event, _)| match event {
            Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => text,
            Event::SoftBreak | Event::HardBreak => " ",
            _ => "",
        })
        .collect()
}

/// The text with narrow spaces that do not break between the thousands of its numbers.
fn whole_numbers(text: &str) -> String {
    let bytes = text.as_bytes();
    let digits = |range: Range<usize>| {
        let found = bytes.get(range);
        found.is_some_and(|found| found.iter().all(u8::is_ascii_digit))
    };
    let parts = text.char_indices().map(|(at, letter)| {
        let between = letter == ' ' && at > 0 && digits(at - 1..at) && digits(at + 1..at + 4);
        let ends = !digits(at + 4..at + 5);
        if between && ends { '\u{202f}' } else { letter }
    });
    parts.collect()
}

/// Text for an attribute or between tags.
pub fn escaped(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark_escape::escape_html(&mut html, text).expect("a String takes everything");
    html
}
