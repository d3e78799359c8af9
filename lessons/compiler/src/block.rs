//! The blocks of a lesson that hold TOML: figures, quizzes, claims, exercises.

use std::collections::BTreeMap;

use lab_core::{
    machine::Machine,
    parameters::{Arguments, Parameter},
    study::{Info, Study},
};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Choice, Control, Figure, Quiz, Scale, Target,
    check::{claim_is_known, claims, listed},
    fields::{At, Quantity, Toml},
    markdown::{Compiler, Role, escaped},
};

type Text = Option<Spanned<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFigure {
    id: Text,
    study: Text,
    machine: Text,
    caption: Text,
    #[serde(default)]
    variants: Vec<Spanned<String>>,
    #[serde(default)]
    set: BTreeMap<String, Spanned<Quantity>>,
    #[serde(default)]
    control: Vec<Spanned<RawControl>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawControl {
    change: Text,
    label: Text,
    min: Option<Spanned<Quantity>>,
    max: Option<Spanned<Quantity>>,
    step: Option<Spanned<Quantity>>,
    scale: Text,
}

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
    id: Text,
    task: Text,
    answer: Text,
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
    fn raw<T: Deserialize<'t>>(&mut self) -> Option<T> {
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

    fn need_html(&mut self, field: Text, name: &str, line: usize, role: Role) -> String {
        let at = self.need(field, name, line);
        self.compiler.field(&at.value, at.line, role)
    }

    fn need_id(&mut self, field: Text) -> String {
        let at = self.need(field, "id", self.line);
        if !at.value.is_empty() {
            self.compiler.claim_id(&at.value, at.line);
        }
        at.value
    }

    fn number(
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
                "No model and no study of the lab bears on the claim `{}`: choose from {}.",
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
             <p><strong>Claim {name}</strong> <span class=\"verdict\">{verdict}</span> {claim}</p>\n{lab}\n</aside>\n",
            name.to_lowercase(),
            verdict.replace(' ', "-"),
        );
        Some((html, id))
    }

    pub fn exercise(&mut self) -> Option<String> {
        let raw: RawExercise = self.raw()?;
        let id = self.need_id(raw.id);
        let task = self.need_html(raw.task, "task", self.line, Role::Passage);
        let answer = self.need_html(raw.answer, "answer", self.line, Role::Passage);
        Some(format!(
            "<div class=\"exercise\" id=\"{}\">\n{task}\n<details class=\"answer\"><summary>Answer</summary>\n{answer}\n</details>\n</div>\n",
            escaped(&id)
        ))
    }

    pub fn figure(&mut self) -> Option<Figure> {
        let raw: RawFigure = self.raw()?;
        let line = self.line;
        let id = self.need_id(raw.id);
        let caption = self.need_html(raw.caption, "caption", line, Role::Phrase);
        let study = self.need(raw.study, "study", line);
        let machine = self.need(raw.machine, "machine", line);
        let found_study = Study::from_name(&study.value);
        if found_study.is_none() && !study.value.is_empty() {
            let known = listed(Study::ALL.iter().map(|study| study.info().name));
            self.compiler.complain(
                study.line,
                format!("There is no study `{}`: choose from {known}.", study.value),
            );
        }
        let found_machine = Machine::preset(&machine.value);
        if found_machine.is_none() && !machine.value.is_empty() {
            let known = listed(Machine::preset_names());
            self.compiler.complain(
                machine.line,
                format!(
                    "There is no machine `{}`: choose from {known}.",
                    machine.value
                ),
            );
        }
        let (found_study, found_machine) = (found_study?, found_machine?);
        let info = found_study.info();

        let mut variants = Vec::new();
        for variant in raw.variants {
            let At { value, line } = self.toml.at(variant);
            if !info.variants.contains(&value.as_str()) {
                let message = format!(
                    "The study `{}` has no variant `{value}`: choose from {}.",
                    info.name,
                    listed(info.variants)
                );
                self.compiler.complain(line, message);
            }
            variants.push(value);
        }

        let mut arguments = Arguments::default();
        let mut set = Vec::new();
        for (name, quantity) in raw.set {
            if let Some(At { value, line }) = self.number(Some(quantity), &name, line) {
                if let Err(error) = arguments.set(info.parameters, &name, value) {
                    self.compiler
                        .complain(line, format!("{}.", sentence(&error.to_string())));
                }
                set.push((name, value));
            }
        }

        let mut controls: Vec<Control> = Vec::new();
        for control in raw.control {
            let At { value, line } = self.toml.at(control);
            let start = Start {
                info,
                arguments: &arguments,
                machine: &found_machine,
            };
            if let Some(control) = self.control(value, line, &start) {
                if controls.iter().any(|other| other.target == control.target) {
                    self.compiler.complain(
                        line,
                        "Another control of this figure changes the same: remove one.",
                    );
                }
                controls.push(control);
            }
        }
        if let Some(fault) = unsound(&found_machine, &controls) {
            self.compiler.complain(
                line,
                format!("Within the ranges of its controls the figure's machine can break: {fault}. Narrow a range."),
            );
        }
        Some(Figure {
            id,
            study: study.value,
            machine: machine.value,
            caption,
            variants,
            set,
            controls,
        })
    }

    fn control(&mut self, raw: RawControl, line: usize, start: &Start) -> Option<Control> {
        let change = self.need(raw.change, "change", line);
        let label = self.need(raw.label, "label", line).value;
        let (min, max) = (
            self.number(raw.min, "min", line),
            self.number(raw.max, "max", line),
        );
        let step = raw.step.map(|step| self.number(Some(step), "step", line));
        let scale = match (step, raw.scale) {
            (Some(step), None) => Scale::Linear(step?.value),
            (None, Some(scale)) if scale.get_ref() == "powers" => Scale::Powers,
            _ => {
                self.compiler.complain(
                    line,
                    "A control takes either `step = …` or `scale = \"powers\"`: write one of them.",
                );
                return None;
            }
        };
        let found = (!change.value.is_empty()).then(|| start.target(&change.value));
        let (target, value) = match found? {
            Ok(found) => found,
            Err(message) => {
                self.compiler.complain(change.line, message);
                return None;
            }
        };
        let (min, max) = (min?, max?);
        if min.value >= max.value {
            self.compiler
                .complain(max.line, "`max` has to be above `min`: swap or widen them.");
            return None;
        }
        if let Target::Parameter(name) = &target {
            for bound in [&min, &max] {
                if let Err(error) =
                    Arguments::default().set(start.info.parameters, name, bound.value)
                {
                    self.compiler
                        .complain(bound.line, format!("{}.", sentence(&error.to_string())));
                }
            }
        }
        let control = Control {
            target,
            label,
            min: min.value,
            max: max.value,
            scale,
        };
        if !control.takes(control.max) {
            self.compiler.complain(max.line, "`max` is no value the control can take: let whole steps (or doublings of powers of two) lead from `min` to it.");
        } else if !control.takes(value) {
            self.compiler.complain(
                line,
                format!("The figure starts at {value}, which this control cannot take: change its range, or `set` another start."),
            );
        }
        Some(control)
    }
}

/// What a figure shows before anybody touches a control.
struct Start<'s> {
    info: &'static Info,
    arguments: &'s Arguments,
    machine: &'s Machine,
}

impl Start<'_> {
    /// What `change` names, and its value at the start.
    fn target(&self, change: &str) -> Result<(Target, f64), String> {
        if change == "line" {
            return Ok((Target::CacheLine, self.machine.line() as f64));
        }
        let parameter = self
            .info
            .parameters
            .iter()
            .find(|parameter| parameter.name == change);
        if let Some(parameter) = parameter {
            return Ok((
                Target::Parameter(change.to_owned()),
                self.arguments.get(parameter),
            ));
        }
        let caches = &self.machine.caches;
        let level = change.split_once('.').and_then(|(name, field)| {
            let index = caches.iter().position(|cache| cache.name == name)?;
            match field {
                "size" => Some((Target::CacheSize(index), caches[index].size as f64)),
                "ways" => Some((Target::CacheWays(index), caches[index].ways as f64)),
                _ => None,
            }
        });
        level.ok_or_else(|| {
            let parameters = self
                .info
                .parameters
                .iter()
                .map(|Parameter { name, .. }| (*name).to_owned());
            let fields = caches
                .iter()
                .flat_map(|cache| ["size", "ways"].map(|field| format!("{}.{field}", cache.name)));
            let known = listed(parameters.chain(["line".to_owned()]).chain(fields));
            format!("`{change}` is nothing a control can change here: choose from {known}.")
        })
    }
}

impl Control {
    /// Whether the slider has a stop at `value`.
    fn takes(&self, value: f64) -> bool {
        let inside = (self.min..=self.max).contains(&value);
        let steps = match self.scale {
            Scale::Linear(step) if step > 0.0 => (value - self.min) / step,
            Scale::Linear(_) => return false,
            Scale::Powers if self.min > 0.0 && self.min.log2().fract() == 0.0 => value.log2(),
            Scale::Powers => return false,
        };
        inside && (steps - steps.round()).abs() < 1e-6
    }
}

/// What breaks the machine when its controls stand at their ends, in every combination.
fn unsound(machine: &Machine, controls: &[Control]) -> Option<String> {
    let of_machine: Vec<_> = controls
        .iter()
        .filter(|control| !matches!(control.target, Target::Parameter(_)))
        .collect();
    (0..1_u64 << of_machine.len().min(12)).find_map(|ends| {
        let mut machine = machine.clone();
        for (index, control) in of_machine.iter().enumerate() {
            let value = if ends >> index & 1 == 1 {
                control.max
            } else {
                control.min
            } as u64;
            match control.target {
                Target::CacheSize(level) => machine.caches[level].size = value,
                Target::CacheWays(level) => machine.caches[level].ways = value,
                Target::CacheLine => machine
                    .caches
                    .iter_mut()
                    .for_each(|cache| cache.line = value),
                Target::Parameter(_) => {}
            }
        }
        machine
            .check()
            .err()
            .and_then(|faults| faults.first().map(ToString::to_string))
    })
}

/// The text with a capital first, unless it starts with a name.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
