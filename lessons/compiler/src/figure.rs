//! Figures: a study on a machine, with controls, all checked against the lab's core.

use std::collections::BTreeMap;

use lab_core::{
    machine::{Machine, Setting},
    parameters::{Arguments, Parameter},
    study::{Info, Study},
};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Control, Figure, Scale, Target,
    block::{Reader, Text},
    check::listed,
    fields::{At, Quantity},
    markdown::Role,
};

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

impl Reader<'_, '_, '_> {
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
        let setting = change.parse::<Setting>().ok();
        let level = setting.and_then(|setting| {
            let value = setting.number(self.machine)?;
            Some((Target::Machine(setting.to_string()), value))
        });
        level.ok_or_else(|| {
            let parameters = self
                .info
                .parameters
                .iter()
                .map(|Parameter { name, .. }| (*name).to_owned());
            let caches = self.machine.caches.iter();
            let fields = caches
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
    let of_machine: Vec<(Setting, &Control)> = controls
        .iter()
        .filter_map(|control| match &control.target {
            Target::Machine(setting) => Some((setting.parse().ok()?, control)),
            Target::Parameter(_) => None,
        })
        .collect();
    (0..1_u64 << of_machine.len().min(12)).find_map(|ends| {
        let mut machine = machine.clone();
        for (index, (setting, control)) in of_machine.iter().enumerate() {
            let high = ends >> index & 1 == 1;
            let value = if high { control.max } else { control.min };
            if let Err(fault) = setting.set(&mut machine, &value.to_string()) {
                return Some(fault.to_string());
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
