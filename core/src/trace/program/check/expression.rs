//! Whole expressions, data, and elements with their bounds.

use std::collections::BTreeMap;

use super::{
    super::{
        ast::{Expression, ExpressionKind, Name, Operator, Span},
        problem::similar,
        tree::{Element, Node, Value},
    },
    Checker, Entity, fold,
};

impl Checker<'_> {
    /// Whether what it is worth is not kept.
    pub(super) fn is_data(&self, expression: &Expression) -> bool {
        match &expression.kind {
            ExpressionKind::Integer(_) => false,
            ExpressionKind::Real(_) => true,
            ExpressionKind::Name(name) => match self.find(name) {
                Some(Entity::Scalar { declared, .. }) => self.known.data.contains(declared),
                Some(Entity::Constant {
                    declared: Some(declared),
                    ..
                }) => self.known.data.contains(declared),
                _ => false,
            },
            ExpressionKind::Element { array, .. } => match self.find(&array.text) {
                Some(Entity::Array(array)) => self.out.generators[*array].is_none(),
                _ => false,
            },
            ExpressionKind::Binary(_, a, b) => self.is_data(a) || self.is_data(b),
        }
    }

    /// An expression that has to be worked out; none where it cannot, which was told.
    pub(super) fn whole(&mut self, expression: &Expression) -> Option<Value> {
        match &expression.kind {
            ExpressionKind::Integer(value) => Some(Value::Known(*value)),
            ExpressionKind::Real(_) => {
                self.fixable(
                    expression.span,
                    "indices, bounds and conditions are whole numbers",
                    "write a number without fraction",
                );
                None
            }
            ExpressionKind::Name(text) => self.named(text, expression.span),
            ExpressionKind::Element {
                array,
                indices,
                field,
            } => {
                let element = self.element((array, indices, field.as_ref()), expression.span)?;
                if self.out.generators[element.array].is_none() {
                    self.fixable(
                        expression.span,
                        format!(
                            "`{}` has no known values: the lab keeps addresses, not data",
                            array.text
                        ),
                        format!(
                            "give `{}` values where it is declared, such as `= random(64, 1)`",
                            array.text
                        ),
                    );
                    return None;
                }
                Some(Value::Element(Box::new(element)))
            }
            ExpressionKind::Binary(operator, a, b) => {
                let [a, b] = [a, b].map(|side| self.whole(side));
                let value = fold(*operator, a?, b?, expression.span);
                if let Value::Binary(operator, a, b, _) = &value
                    && let (Some(a), Some(b)) = (a.known(), b.known())
                {
                    self.cannot(*operator, (a, b), expression.span);
                    return None;
                }
                Some(value)
            }
        }
    }

    /// An operation on known numbers has no result.
    fn cannot(&mut self, operator: Operator, (a, b): (i64, i64), span: Span) {
        let divides = matches!(operator, Operator::Divide | Operator::Remainder);
        if divides && b == 0 {
            self.fixable(
                span,
                format!("{a} is divided by 0"),
                "divide by something else",
            );
        } else {
            let message = "this does not fit into 64 bits";
            self.fixable(span, message, "work with smaller numbers");
        }
    }

    fn named(&mut self, text: &str, span: Span) -> Option<Value> {
        let name = Name {
            text: text.to_owned(),
            span,
        };
        match self.find(text) {
            Some(Entity::Constant { value, .. }) => Some(Value::Known(*value)),
            Some(Entity::Counter(slot)) => Some(Value::Slot(*slot)),
            Some(Entity::Scalar { slot, declared, .. }) => {
                if self.known.data.contains(declared) {
                    self.fixable(
                        span,
                        format!("`{text}` is made of data, and the lab keeps addresses only"),
                        "use a loop variable or a generated array here",
                    );
                    return None;
                }
                Some(Value::Slot(*slot))
            }
            Some(Entity::Array(_)) => {
                let message = format!("`{text}` is an array");
                self.fixable(
                    span,
                    message,
                    format!("say which element, such as `{text}[i]`"),
                );
                None
            }
            Some(Entity::Record(_)) => {
                self.fixable(
                    span,
                    format!("`{text}` is a type, not a value"),
                    format!("declare an array of it: `array P[64]: {text}`"),
                );
                None
            }
            Some(Entity::Unknown) => None,
            None => {
                self.undeclared(&name, false);
                None
            }
        }
    }

    /// The reads of an expression, from left to right.
    pub(super) fn touches(&mut self, expression: &Expression, nodes: &mut Vec<Node>) {
        match &expression.kind {
            ExpressionKind::Integer(_) | ExpressionKind::Real(_) => {}
            ExpressionKind::Name(text) => match self.find(text) {
                Some(Entity::Array(_) | Entity::Record(_)) | None => {
                    self.named(text, expression.span);
                }
                _ => {}
            },
            ExpressionKind::Element {
                array,
                indices,
                field,
            } => {
                let place = (array, indices.as_slice(), field.as_ref());
                if let Some(element) = self.element(place, expression.span) {
                    nodes.push(Node::Touch {
                        element,
                        store: false,
                        stream: false,
                    });
                }
            }
            ExpressionKind::Binary(_, a, b) => {
                self.touches(a, nodes);
                self.touches(b, nodes);
            }
        }
    }

    /// An element, with as much checked as can be told now.
    pub(super) fn element(
        &mut self,
        (name, indices, field): (&Name, &[Expression], Option<&Name>),
        span: Span,
    ) -> Option<Element> {
        let values: Vec<Option<Value>> = indices.iter().map(|index| self.whole(index)).collect();
        let array = match self.find(&name.text) {
            Some(Entity::Array(array)) => *array,
            Some(Entity::Unknown) => return None,
            Some(_) => {
                let message = format!("`{}` is no array", name.text);
                let fix = format!(
                    "leave out the brackets, or declare an array `{}_`",
                    name.text
                );
                self.fixable(name.span, message, fix);
                return None;
            }
            None => {
                self.undeclared(name, true);
                return None;
            }
        };
        let dims = self.out.arrays[array].dims.len();
        if dims != indices.len() {
            let count = |count: usize, what: &str, many: &str| match count {
                0 => format!("no {what}"),
                1 => format!("1 {what}"),
                _ => format!("{count} {many}"),
            };
            let message = format!(
                "`{}` has {}, and {} given here",
                name.text,
                count(dims, "dimension", "dimensions"),
                count(indices.len(), "index is", "indices are"),
            );
            let expected = format!("`{}{}`", name.text, "[…]".repeat(dims));
            self.note(span, message, Some(expected), None);
            return None;
        }
        let (offset, bytes) = match field {
            None => (0, self.out.arrays[array].element_bytes),
            Some(field) => self.field(array, field)?,
        };
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        for (dimension, (value, index)) in values.iter().zip(indices).enumerate() {
            self.bounds(array, dimension, value, index.span);
        }
        Some(Element {
            array,
            indices: values,
            places: indices.iter().map(|index| index.span).collect(),
            offset,
            bytes: bytes as u32,
            span,
        })
    }

    fn field(&mut self, array: usize, field: &Name) -> Option<(u64, u64)> {
        let placed = &self.out.arrays[array];
        let found = placed.fields.iter().find(|known| known.name == field.text);
        if let Some(found) = found {
            return Some((found.offset, found.bytes));
        }
        let (message, fix) = if placed.fields.is_empty() {
            let message = format!("the elements of `{}` are no records", placed.name);
            (message, format!("leave out `.{}`", field.text))
        } else {
            let names = placed.fields.iter().map(|field| field.name.as_str());
            let fix = match similar(&field.text, names.clone()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("choose from {}", names.collect::<Vec<_>>().join(", ")),
            };
            (
                format!("there is no field `{}` in `{}`", field.text, placed.name),
                fix,
            )
        };
        self.fixable(field.span, message, fix);
        None
    }

    /// Tells of an index that surely leaves the array.
    fn bounds(&mut self, array: usize, dimension: usize, index: &Value, span: Span) {
        let Some(ranges) = &self.ranges else { return };
        let Some(form) = linear(index) else { return };
        let (mut least, mut most) = (form.1, form.1);
        for (slot, factor) in form.0 {
            let Some((first, last)) = ranges.get(&slot) else {
                return;
            };
            let ends = [factor * i128::from(*first), factor * i128::from(*last)];
            least += ends[0].min(ends[1]);
            most += ends[0].max(ends[1]);
        }
        let placed = &self.out.arrays[array];
        let size = i128::from(placed.dims[dimension]);
        let text = self.source.slice(span);
        let which = match placed.dims.len() {
            1 => String::new(),
            _ => format!(" in dimension {}", dimension + 1),
        };
        let name = placed.name.clone();
        let constant = index.known().is_some();
        if most >= size {
            let reaches = match constant {
                true => format!("`{text}` lies outside `{name}`"),
                false => format!("`{text}` runs up to {most}, outside `{name}`"),
            };
            let message = format!("{reaches}: its indices{which} end at {}", size - 1);
            let fix = format!(
                "end the loop earlier, or declare `{name}` with {} or more",
                most + 1
            );
            self.fixable(span, message, fix);
        } else if least < 0 {
            let reaches = match constant {
                true => format!("`{text}` lies outside `{name}`"),
                false => format!("`{text}` runs down to {least}, outside `{name}`"),
            };
            let message = format!("{reaches}: its indices{which} start at 0");
            self.fixable(span, message, "start the loop later, or add to the index");
        }
    }
}

/// Variables with their factors, and what is added; none where it is no such sum.
fn linear(value: &Value) -> Option<(BTreeMap<u32, i128>, i128)> {
    let found = match value {
        Value::Known(value) => (BTreeMap::new(), i128::from(*value)),
        Value::Slot(slot) => (BTreeMap::from([(*slot, 1)]), 0),
        Value::Element(_) => return None,
        Value::Binary(operator, a, b, _) => {
            let (mut a, mut b) = (linear(a)?, linear(b)?);
            match operator {
                Operator::Add | Operator::Subtract => {
                    let sign = if *operator == Operator::Add { 1 } else { -1 };
                    for (slot, factor) in b.0 {
                        let sum = a.0.entry(slot).or_default();
                        *sum = sum.checked_add(factor.checked_mul(sign)?)?;
                    }
                    a.1 = a.1.checked_add(b.1.checked_mul(sign)?)?;
                    a
                }
                Operator::Multiply => {
                    if !a.0.is_empty() {
                        std::mem::swap(&mut a, &mut b);
                    }
                    if !a.0.is_empty() {
                        return None;
                    }
                    for factor in b.0.values_mut() {
                        *factor = factor.checked_mul(a.1)?;
                    }
                    b.1 = b.1.checked_mul(a.1)?;
                    b
                }
                _ => return None,
            }
        }
    };
    // Far beyond any array: the run will tell.
    let tame = |number: &i128| number.abs() < 1 << 60;
    let all_tame = tame(&found.1) && found.0.values().all(tame);
    all_tame.then_some(found)
}
