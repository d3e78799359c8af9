//! From statements to a [tree](super::tree): names found, parameters put in, everything that can be
//! told without running checked.
//!
//! An expression is either *whole* (worked out while the program runs: literals, parameters, loop
//! variables, generated arrays and what is made of them) or *data* (elements of arrays without
//! generator, and what is made of them). The lab keeps addresses, not data: indices, bounds and
//! conditions have to be whole. Whether a scalar is data shows only when all that is assigned to
//! it is known, so the program is walked until nothing new is learnt.

mod declare;
mod expression;
mod flow;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ast::{Expression, ExpressionKind, Name, Operator, Span, Statement},
    generate::Generator,
    layout::{Kind, PlacedArray},
    parse::MOST_PROBLEMS,
    problem::{Problem, Source, similar, sort},
    token::KEYWORDS,
    tree::{Element, Interval, Node, Value},
};

/// Threads of a `parallel for`.
pub const MOST_THREADS: u64 = 64;

/// A program with its names found.
#[derive(Debug, Default)]
pub struct Checked {
    pub arrays: Vec<PlacedArray>,
    /// Where the values of an array come from, if it has any.
    pub generators: Vec<Option<Generator>>,
    pub slots: Vec<Slot>,
    pub nodes: Vec<Node>,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Slot {
    pub name: String,
    pub interval: Interval,
    pub role: Role,
}

/// How a variable changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It counts a loop.
    Counter,
    /// Never, after its declaration: another name for a value.
    Name,
    /// By assignments.
    Scalar,
}

/// What a name stands for.
#[derive(Clone, Debug)]
enum Entity {
    Constant {
        value: i64,
        /// Where, if by `let`.
        declared: Option<usize>,
    },
    Record(Kind),
    Array(usize),
    Counter(u32),
    Scalar {
        slot: u32,
        /// Declared inside the `parallel for` that is being looked at.
        private: bool,
        /// Where it is declared.
        declared: usize,
    },
    /// Its declaration is wrong: nothing is known of it, and nothing more is said.
    Unknown,
}

/// What is learnt of scalars, by the place of their declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Facts {
    data: BTreeSet<usize>,
    /// Assigned to after their declaration.
    changed: BTreeSet<usize>,
}

struct Checker<'a> {
    source: &'a Source<'a>,
    doubtful: &'a BTreeSet<String>,
    values: &'a [(String, i64)],
    scope: Vec<(Name, Entity)>,
    known: Facts,
    learnt: Facts,
    out: Checked,
    /// Whether an array has its place from the program, and its alignment.
    wanted: Vec<(bool, u64)>,
    problems: Vec<Problem>,
    /// Blocks around.
    depth: usize,
    parallel: bool,
    /// First and last value of the counters around, while all of them surely run.
    ranges: Option<BTreeMap<u32, (i64, i64)>>,
    /// Intervals of the slots and of what generated arrays hold.
    intervals: Vec<Interval>,
    contents: Vec<Interval>,
}

/// Finds names and checks; the tree is of use only where there are no problems.
pub fn check(
    statements: &[Statement],
    source: &Source,
    doubtful: &BTreeSet<String>,
    values: &[(String, i64)],
) -> (Checked, Vec<Problem>) {
    let mut known = Facts::default();
    loop {
        let mut checker = Checker {
            source,
            doubtful,
            values,
            scope: Vec::new(),
            known,
            learnt: Facts::default(),
            out: Checked::default(),
            wanted: Vec::new(),
            problems: Vec::new(),
            depth: 0,
            parallel: false,
            ranges: Some(BTreeMap::new()),
            intervals: Vec::new(),
            contents: Vec::new(),
        };
        checker.out.nodes = checker.block(statements);
        if checker.learnt.data.is_subset(&checker.known.data)
            && checker.learnt.changed.is_subset(&checker.known.changed)
        {
            checker.place();
            let mut problems = checker.problems;
            sort(&mut problems);
            problems.dedup();
            problems.truncate(MOST_PROBLEMS);
            return (checker.out, problems);
        }
        // Only ever more is learnt: the walks end.
        known = checker.known;
        known.data.append(&mut checker.learnt.data);
        known.changed.append(&mut checker.learnt.changed);
    }
}

impl Checker<'_> {
    fn note(
        &mut self,
        span: Span,
        message: impl Into<String>,
        expected: Option<String>,
        fix: Option<String>,
    ) {
        let problem = self.source.problem(span, message.into(), expected, fix);
        self.problems.push(problem);
    }

    /// A problem with its mending.
    fn fixable(&mut self, span: Span, message: impl Into<String>, fix: impl Into<String>) {
        self.note(span, message, None, Some(fix.into()));
    }

    fn find(&self, name: &str) -> Option<&Entity> {
        let all = self.scope.iter().rev();
        all.map(|(known, entity)| (known, entity))
            .find(|(known, _)| known.text == name)
            .map(|(_, entity)| entity)
    }

    /// Declares a name, unless it is taken.
    fn declare(&mut self, name: &Name, entity: Entity) {
        let taken = self.scope.iter().find(|(known, _)| known.text == name.text);
        if let Some((known, earlier)) = taken {
            let line = self.source.line(known.span.start);
            let counts = matches!(earlier, Entity::Counter(_));
            let counter = matches!(entity, Entity::Counter(_));
            let message = if counts {
                format!("`{}` already counts the loop of line {line}", name.text)
            } else {
                format!("`{}` is declared already, on line {line}", name.text)
            };
            let fix = match entity {
                Entity::Scalar { .. }
                | Entity::Constant {
                    declared: Some(_), ..
                } if !counts => "leave out `let` to change it".to_owned(),
                _ if counter => "choose another name for this loop".to_owned(),
                _ => "choose another name".to_owned(),
            };
            self.fixable(name.span, message, fix);
        }
        if matches!(name.text.as_str(), "min" | "max") {
            let message = format!("`{}` is a function of the language", name.text);
            self.fixable(name.span, message, "choose another name");
        }
        self.scope.push((name.clone(), entity));
    }

    fn undeclared(&mut self, name: &Name, indexed: bool) {
        if self.doubtful.contains(&name.text) {
            return;
        }
        let known = self.scope.iter().map(|(known, _)| known.text.as_str());
        let fix = match similar(&name.text, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if indexed => format!("declare it, such as `array {}[64]: f32`", name.text),
            None => match similar(&name.text, KEYWORDS.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!(
                    "declare it, such as `param {0} = 64` or `let {0} = 0`",
                    name.text
                ),
            },
        };
        let message = format!("`{}` is not declared", name.text);
        self.fixable(name.span, message, fix);
        // Said once.
        self.scope.push((name.clone(), Entity::Unknown));
    }

    fn slot(&mut self, name: &str, interval: Interval, role: Role) -> u32 {
        let slot = self.out.slots.len() as u32;
        self.out.slots.push(Slot {
            name: name.to_owned(),
            interval,
            role,
        });
        self.intervals.push(interval);
        slot
    }

    fn interval(&self, value: &Value) -> Interval {
        value.interval(&self.intervals, &self.contents)
    }

    /// A block: what is declared in it ends with it.
    fn block(&mut self, statements: &[Statement]) -> Vec<Node> {
        let outside = self.scope.len();
        let mut nodes = Vec::new();
        for statement in statements {
            self.statement(statement, &mut nodes);
        }
        if self.depth > 0 {
            // Names that were found missing stay known as missing.
            let mut inside = self.scope.split_off(outside);
            inside.retain(|(_, entity)| matches!(entity, Entity::Unknown));
            self.scope.append(&mut inside);
        }
        nodes
    }

    fn statement(&mut self, statement: &Statement, nodes: &mut Vec<Node>) {
        match statement {
            Statement::Param(param) => self.param(param),
            Statement::Record(record) => self.record(record),
            Statement::Array(array) => self.array(array),
            Statement::Let { name, value } => self.declare_scalar(name, value, nodes),
            Statement::Assign {
                target,
                operator,
                value,
                stream,
            } => match &target.kind {
                ExpressionKind::Element {
                    array,
                    indices,
                    field,
                } => {
                    let place = (array, indices.as_slice(), field.as_ref());
                    let element = self.element(place, target.span);
                    self.store(element, (*operator, value, *stream), nodes);
                }
                ExpressionKind::Name(text) => {
                    if *stream {
                        self.fixable(
                            target.span,
                            format!("`{text}` is a scalar: it lies in a register, not in memory"),
                            "leave out `stream`",
                        );
                    }
                    let name = Name {
                        text: text.clone(),
                        span: target.span,
                    };
                    self.assign(&name, *operator, value, nodes);
                }
                _ => {}
            },
            Statement::Read { value, stream } => {
                let first = nodes.len();
                self.touches(value, nodes);
                for node in &mut nodes[first..] {
                    if let Node::Touch { stream: hint, .. } = node {
                        *hint = *stream;
                    }
                }
            }
            Statement::For(looped) => self.for_loop(looped, nodes),
            Statement::If {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.condition(condition);
                let certain = self.ranges.take();
                self.depth += 1;
                let then = self.block(then);
                let otherwise = self.block(otherwise);
                self.depth -= 1;
                self.ranges = certain;
                if let Some(condition) = condition {
                    nodes.push(Node::If {
                        condition,
                        then,
                        otherwise,
                    });
                }
            }
            Statement::Headless { names, body } => {
                let certain = self.ranges.take();
                let outside = self.scope.len();
                for name in names {
                    if self.find(&name.text).is_none() {
                        self.scope.push((name.clone(), Entity::Unknown));
                    }
                }
                self.depth += 1;
                self.block(body);
                self.depth -= 1;
                self.scope.truncate(outside);
                self.ranges = certain;
            }
        }
    }

    /// `element = value`, or with an operator.
    fn store(
        &mut self,
        element: Option<Element>,
        (operator, value, stream): (Option<Operator>, &Expression, bool),
        nodes: &mut Vec<Node>,
    ) {
        let mut between = Vec::new();
        self.touches(value, &mut between);
        let Some(element) = element else { return };
        if self.out.generators[element.array].is_some() {
            let name = self.out.arrays[element.array].name.clone();
            self.fixable(
                element.span,
                format!("`{name}` holds generated values, which do not change"),
                "store to an array without generator",
            );
        }
        if operator.is_some() {
            nodes.push(Node::Update {
                element,
                between,
                stream,
            });
        } else {
            nodes.append(&mut between);
            nodes.push(Node::Touch {
                element,
                store: true,
                stream,
            });
        }
    }

    fn declare_scalar(&mut self, name: &Name, value: &Expression, nodes: &mut Vec<Node>) {
        let declared = name.span.start;
        if self.is_data(value) {
            self.learnt.data.insert(declared);
        }
        if self.known.data.contains(&declared) {
            self.touches(value, nodes);
            let slot = self.slot(&name.text, Interval::ANY, Role::Scalar);
            self.declare(name, self.scalar(slot, declared));
            return;
        }
        let fixed = !self.known.changed.contains(&declared);
        match self.whole(value) {
            None => self.declare(name, Entity::Unknown),
            Some(Value::Known(value)) if fixed => {
                let declared = Some(declared);
                self.declare(name, Entity::Constant { value, declared });
            }
            Some(value) => {
                let (interval, role) = match fixed {
                    true => (self.interval(&value), Role::Name),
                    false => (Interval::ANY, Role::Scalar),
                };
                let slot = self.slot(&name.text, interval, role);
                nodes.push(Node::Set {
                    slot,
                    value,
                    changes: !fixed,
                });
                self.declare(name, self.scalar(slot, declared));
            }
        }
    }

    fn scalar(&self, slot: u32, declared: usize) -> Entity {
        Entity::Scalar {
            slot,
            private: self.parallel,
            declared,
        }
    }

    /// `scalar = value`, or with an operator.
    fn assign(
        &mut self,
        name: &Name,
        operator: Option<Operator>,
        value: &Expression,
        nodes: &mut Vec<Node>,
    ) {
        let entity = self.find(&name.text).cloned();
        let (slot, private, declared) = match entity {
            Some(Entity::Scalar {
                slot,
                private,
                declared,
            }) => (Some(slot), private, declared),
            // Taken for a constant until this walk saw that it changes.
            Some(Entity::Constant {
                declared: Some(declared),
                ..
            }) => (None, true, declared),
            Some(Entity::Unknown) => return self.touches(value, nodes),
            None => return self.undeclared(name, false),
            Some(other) => {
                let (what, fix) = match other {
                    Entity::Counter(_) => ("counts a loop", "name a copy of it with `let`"),
                    Entity::Array(_) => ("is an array", "say which element, such as `A[i] = …`"),
                    Entity::Record(_) => ("is a type", "declare a scalar with `let`"),
                    _ => ("is a parameter", "declare a scalar with `let`"),
                };
                let message = format!("`{}` {what}: nothing can be assigned to it", name.text);
                return self.fixable(name.span, message, fix);
            }
        };
        self.learnt.changed.insert(declared);
        if self.is_data(value) {
            self.learnt.data.insert(declared);
        }
        if self.known.data.contains(&declared) {
            return self.touches(value, nodes);
        }
        let place = name.span.to(value.span);
        let Some(value) = self.whole(value) else {
            return;
        };
        if self.parallel && !private {
            self.fixable(
                name.span,
                format!("the threads would race for `{}`", name.text),
                "declare it with `let` inside the `parallel for`",
            );
        }
        let Some(slot) = slot else { return };
        let value = match operator {
            Some(operator) => {
                let old = Box::new(Value::Slot(slot));
                Value::Binary(operator, old, Box::new(value), place)
            }
            None => value,
        };
        nodes.push(Node::Set {
            slot,
            value,
            changes: true,
        });
    }
}

/// An operation, worked out now where both sides are known.
fn fold(operator: Operator, a: Value, b: Value, span: Span) -> Value {
    let known = a.known().zip(b.known());
    match known.and_then(|(a, b)| super::tree::apply(operator, a, b)) {
        Some(value) => Value::Known(value),
        None => Value::Binary(operator, Box::new(a), Box::new(b), span),
    }
}
