//! The blocks of a lesson that hold TOML: quizzes, claims, exercises, and what figures share.

use serde::Deserialize;
use toml::Spanned;

use crate::{
    Choice, Quiz,
    check::{claim_is_known, claims, listed},
    fields::{At, Quantity, Toml},
    markdown::{Compiler, Role, escaped},
};

pub type Text = Option<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawQuiz {
    id: Text,
    question: Text,
    explanation: Text,
    #[serde(default)]
    choice: Vec<Spanned<RawChoice>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    text: Text,
    #[serde(default)]
    correct: bool,
    because: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaim {
    id: Text,
    verdict: Text,
    claim: Text,
    lab: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExercise {
    #[serde(rename = "ref")]
    reference: Text,
    id: Text,
    task: Text,
    answer: Text,
}

/// How an exercise is done.
pub enum Done {
    /// By hand, with its answer folded below: HTML.
    Here(String),
    /// Checked by the lab: its name.
    Checked(String),
}

/// What a course's claim turned out to be.
const VERDICTS: [&str; 3] = ["holds", "holds if", "corrected"];

/// The part of a block's work that needs the lesson around it.
pub struct Reader<'c, 'a, 't> {
    pub compiler: &'c mut Compiler<'a>,
    pub toml: Toml<'t>,
    /// The line of the block's opening fence.
    pub line: usize,
}

impl<'t> Reader<'_, '_, 't> {
    /// The block as its raw type; a complaint if it is not.
    pub fn raw<T: Deserialize<'t>>(&mut self) -> Option<T> {
        match self.toml.read() {
            Ok(raw) => Some(raw),
            Err(At { value, line }) => {
                self.compiler.complain(line, value);
                None
            }
        }
    }

    /// A field that has to be there and to hold something.
    pub fn need(&mut self, field: Text, name: &str, line: usize) -> At<String> {
        match field {
            Some(text) if !text.get_ref().trim().is_empty() => self.toml.text(text),
            Some(text) => {
                let at = self.toml.at(text);
                self.compiler
                    .complain(at.line, format!("The field `{name}` is empty: fill it in."));
                at
            }
            None => {
                self.compiler.complain(
                    line,
                    format!("The field `{name}` is missing: add `{name} = …`."),
                );
                At {
                    value: String::new(),
                    line,
                }
            }
        }
    }

    pub fn need_html(&mut self, field: Text, name: &str, line: usize, role: Role) -> String {
        let at = self.need(field, name, line);
        self.compiler.field(&at.value, at.line, role)
    }

    pub fn need_id(&mut self, field: Text) -> String {
        let at = self.need(field, "id", self.line);
        if !at.value.is_empty() {
            self.compiler.claim_id(&at.value, at.line);
        }
        at.value
    }

    pub fn number(
        &mut self,
        quantity: Option<Spanned<Quantity>>,
        name: &str,
        line: usize,
    ) -> Option<At<f64>> {
        let Some(quantity) = quantity else {
            self.compiler.complain(
                line,
                format!("The field `{name}` is missing: add `{name} = …`."),
            );
            return None;
        };
        let at = self.toml.at(quantity);
        match at.value.number() {
            Ok(value) => Some(At {
                value,
                line: at.line,
            }),
            Err(message) => {
                self.compiler.complain(at.line, message);
                None
            }
        }
    }

    pub fn quiz(&mut self) -> Option<Quiz> {
        let raw: RawQuiz = self.raw()?;
        let line = self.line;
        let id = self.need_id(raw.id);
        let question = self.need_html(raw.question, "question", line, Role::Phrase);
        if raw.choice.len() < 2 {
            self.compiler.complain(
                line,
                "A quiz offers two choices at least: add a `[[choice]]`.",
            );
        }
        let mut choices = Vec::new();
        for choice in raw.choice {
            let At {
                value: choice,
                line,
            } = self.toml.at(choice);
            choices.push(Choice {
                text: self.need_html(choice.text, "text", line, Role::Phrase),
                correct: choice.correct,
                because: self.need_html(choice.because, "because", line, Role::Phrase),
            });
        }
        let correct = choices.iter().filter(|choice| choice.correct).count();
        if correct != 1 {
            self.compiler.complain(
                line,
                format!("Exactly one choice of a quiz is right, not {correct}: set `correct = true` on it alone."),
            );
        }
        let explanation = self.need_html(raw.explanation, "explanation", line, Role::Passage);
        Some(Quiz {
            id,
            question,
            choices,
            explanation,
        })
    }

    /// HTML, and the id of the claim.
    pub fn claim(&mut self) -> Option<(String, At<String>)> {
        let raw: RawClaim = self.raw()?;
        let line = self.line;
        let id = self.need(raw.id, "id", line);
        if !id.value.is_empty() && !claim_is_known(&id.value) {
            let message = format!(
                "No model, study or program of the lab bears on the claim `{}`: choose from {}.",
                id.value,
                listed(claims())
            );
            self.compiler.complain(id.line, message);
        }
        let verdict = self.need(raw.verdict, "verdict", line);
        if !VERDICTS.contains(&verdict.value.as_str()) {
            let message = format!(
                "`{}` is no verdict: choose from {}.",
                verdict.value,
                listed(VERDICTS)
            );
            self.compiler.complain(verdict.line, message);
        }
        let claim = self.need_html(raw.claim, "claim", line, Role::Phrase);
        let lab = self.need_html(raw.lab, "lab", line, Role::Passage);
        let (name, verdict) = (escaped(&id.value), escaped(&verdict.value));
        let html = format!(
            "<aside class=\"claim\" role=\"note\" id=\"claim-{}\" data-claim=\"{name}\" data-verdict=\"{}\">\n\
             <p><strong>Claim {name}:</strong> {claim} <span class=\"verdict\">Verdict: {verdict}</span></p>\n{lab}\n</aside>\n",
            name.to_lowercase(),
            verdict.replace(' ', "-"),
        );
        Some((html, id))
    }

    pub fn exercise(&mut self, exercises: &[String]) -> Option<Done> {
        let raw: RawExercise = self.raw()?;
        if raw.reference.is_some() {
            let name = self.need(raw.reference, "ref", self.line);
            if raw.id.is_some() || raw.task.is_some() || raw.answer.is_some() {
                self.compiler.complain(
                    name.line,
                    "An exercise that is referred to brings its own texts: `ref` stands alone.",
                );
            }
            if !name.value.is_empty() && !exercises.contains(&name.value) {
                let message = format!(
                    "There is no exercise `{}`: choose from {}.",
                    name.value,
                    listed(exercises)
                );
                self.compiler.complain(name.line, message);
            } else if !name.value.is_empty() {
                self.compiler.claim_id(&name.value, name.line);
            }
            return Some(Done::Checked(name.value));
        }
        let id = self.need_id(raw.id);
        let task = self.need_html(raw.task, "task", self.line, Role::Passage);
        let answer = self.need_html(raw.answer, "answer", self.line, Role::Passage);
        Some(Done::Here(format!(
            "<div class=\"exercise\" id=\"{}\">\n{task}\n<details class=\"answer\"><summary>Answer</summary>\n{answer}\n</details>\n</div>\n",
            escaped(&id)
        )))
    }
}
