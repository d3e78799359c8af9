//! What lessons may refer to: headings of other lessons, views, claims, names.

use std::collections::{BTreeMap, BTreeSet};

use lab_core::{model, study::Study, trace::program::EXAMPLES, views::View};

use crate::{LESSONS, Problem};

/// Languages a code block may name. A name outside this list is more often a misspelt block.
pub const LANGUAGES: [&str; 10] = [
    "text", "rust", "c", "cpp", "python", "toml", "json", "sh", "asm", "csv",
];

/// A link to a lesson, checked when all lessons are known.
#[derive(Clone, Debug)]
pub struct Link {
    pub file: String,
    pub line: usize,
    pub lesson: String,
    pub heading: Option<String>,
}

/// The lessons there are, with their headings.
#[derive(Default)]
pub struct Places(BTreeMap<String, BTreeSet<String>>);

impl Places {
    pub fn add(&mut self, file: &str, headings: BTreeSet<String>) {
        self.0.insert(lesson_id(file).to_owned(), headings);
    }

    /// What is wrong with a link.
    pub fn problem(&self, link: Link) -> Option<Problem> {
        let message = match (self.0.get(&link.lesson), &link.heading) {
            (None, _) => format!(
                "There is no lesson `{}`: choose from {}.",
                link.lesson,
                listed(self.0.keys())
            ),
            (Some(headings), Some(heading)) if !headings.contains(heading) => format!(
                "The lesson `{}` has no heading `{heading}`: choose from {}.",
                link.lesson,
                listed(headings)
            ),
            _ => return None,
        };
        Some(Problem {
            file: format!("{LESSONS}/{}", link.file),
            line: link.line,
            message,
        })
    }
}

/// The address that `view:NAME` or `view:NAME?KEY=VALUE&…` means, or what is wrong with it.
pub fn view_address(link: &str) -> Result<String, String> {
    let (name, state) = link.split_once('?').unwrap_or((link, ""));
    let view = View::from_name(name).ok_or_else(|| {
        let known = listed(View::ALL.iter().map(|view| view.info().name));
        format!("There is no view `{name}`: choose from {known}.")
    })?;
    let keys = state.split('&').map(|pair| pair.split_once('='));
    for key in keys.filter(|_| !state.is_empty()) {
        let Some((key, _)) = key else {
            return Err(format!(
                "`{state}` is no state of a view: write `KEY=VALUE&…`."
            ));
        };
        if !view.takes(key) {
            return Err(format!("The view `{name}` has no state `{key}`."));
        }
    }
    let mark = if state.is_empty() { "" } else { "?" };
    Ok(format!("#{}{mark}{state}", view.info().route))
}

/// The id of the lesson in a file.
pub fn lesson_id(file: &str) -> &str {
    file.strip_suffix(".md").unwrap_or(file)
}

/// Whether some model, study or program of the lab bears on a claim.
pub fn claim_is_known(id: &str) -> bool {
    claims().any(|claim| claim == id)
}

/// All claims the lab has a model, a study or a program for.
pub fn claims() -> impl Iterator<Item = &'static str> {
    let of_models = model::models().flat_map(|model| model.claims);
    let of_studies = Study::ALL.iter().flat_map(|study| study.info().claims);
    let of_programs = EXAMPLES.iter().flat_map(|example| example.claims);
    let all: BTreeSet<&str> = of_models
        .chain(of_studies)
        .chain(of_programs)
        .copied()
        .collect();
    all.into_iter()
}

/// Whether a name can stand in an address and as an id: lower case, digits, hyphens.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && !text.ends_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// A heading as a name: `Why 2ᵏ is slow` becomes `why-2-is-slow`.
pub fn slug(heading: &str) -> String {
    let mut slug = String::new();
    for c in heading.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if c != '\'' && c != '’' && !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    slug.trim_start_matches(|c: char| !c.is_ascii_lowercase())
        .to_owned()
}

/// Names for a message: `a`, `b`, `c`.
pub fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<_> = names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    if names.is_empty() {
        "none there are".to_owned()
    } else {
        names.join(", ")
    }
}
