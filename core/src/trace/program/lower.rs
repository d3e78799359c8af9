//! From the [tree](super::tree) to [`Code`].

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ast::{Operator, Span},
    check::{Checked, Role},
    code::{Cause, Code, Fault, Form, Looping, Op, Register, Stream, Streams, Table, Template},
    problem::Source,
    tree::{Element, Interval, Loop, Node, Test, Value},
};
use crate::trace::Kind;

/// A form while it is made.
#[derive(Clone, Debug, Default)]
struct Sum {
    constant: i64,
    terms: Vec<(Register, i64)>,
}

impl Sum {
    fn constant(constant: i64) -> Self {
        Self {
            constant,
            terms: Vec::new(),
        }
    }

    fn register(register: Register) -> Self {
        Self {
            constant: 0,
            terms: vec![(register, 1)],
        }
    }

    /// Adds another one so many times, in 64 bits that wrap: what is added up fits in the end, or is
    /// checked before it is used.
    fn add(&mut self, other: &Sum, times: i64) {
        let scaled = |factor: i64| factor.wrapping_mul(times);
        self.constant = self.constant.wrapping_add(scaled(other.constant));
        for &(register, factor) in &other.terms {
            let known = self.terms.iter_mut().find(|(known, _)| *known == register);
            match known {
                Some((_, sum)) => *sum = sum.wrapping_add(scaled(factor)),
                None => self.terms.push((register, scaled(factor))),
            }
        }
        self.terms.retain(|(_, factor)| *factor != 0);
    }
}

struct Lowering<'a> {
    checked: &'a Checked,
    source: &'a Source<'a>,
    code: Code,
    /// What variables can hold, and generated arrays.
    slots: Vec<Interval>,
    contents: Vec<Interval>,
    /// Variables that are but names for sums.
    names: BTreeMap<u32, Sum>,
}

/// Lowers a program that has no problems.
pub fn lower(checked: &Checked, source: &Source) -> Code {
    let mut code = Code {
        arrays: Arc::from(checked.arrays.as_slice()),
        registers: checked.slots.len(),
        ..Code::default()
    };
    let mut contents = Vec::new();
    for (array, generator) in checked.arrays.iter().zip(&checked.generators) {
        let count = array.bytes / array.element_bytes;
        let table = generator.map(|_| code.tables.len() as u32);
        code.table_by_array.push(table);
        contents.push(generator.map_or(Interval::ANY, |generator| {
            code.tables.push(Table {
                base: array.base,
                shift: array.element_bytes.trailing_zeros(),
                values: generator.values(count),
            });
            Interval::new(0, i128::from(generator.bound(count)) - 1)
        }));
    }
    let mut lowering = Lowering {
        checked,
        source,
        code,
        slots: checked.slots.iter().map(|slot| slot.interval).collect(),
        contents,
        names: BTreeMap::new(),
    };
    lowering.nodes(&checked.nodes);
    lowering.code.ops.push(Op::End);
    lowering.code
}

impl Lowering<'_> {
    fn here(&self) -> u32 {
        self.code.ops.len() as u32
    }

    fn push(&mut self, op: Op) -> u32 {
        self.code.ops.push(op);
        self.here() - 1
    }

    fn fresh(&mut self) -> Register {
        self.code.registers += 1;
        self.code.registers as Register - 1
    }

    fn form(&mut self, sum: &Sum) -> Form {
        let first = self.code.terms.len() as u32;
        self.code.terms.extend_from_slice(&sum.terms);
        Form {
            constant: sum.constant,
            first,
            terms: sum.terms.len() as u32,
        }
    }

    fn fault(&mut self, span: Span, cause: Cause) -> u32 {
        let problem = self.source.problem(span, String::new(), None, None);
        self.code.faults.push(Fault {
            line: problem.line,
            column: problem.column,
            length: problem.length,
            text: self.source.slice(span).to_owned(),
            cause,
        });
        self.code.faults.len() as u32 - 1
    }

    fn interval(&self, value: &Value) -> Interval {
        value.interval(&self.slots, &self.contents)
    }

    /// A value as a sum; what is no sum is worked out into a register.
    fn sum(&mut self, value: &Value) -> Sum {
        match value {
            Value::Known(value) => Sum::constant(*value),
            Value::Slot(slot) => match self.names.get(slot) {
                Some(sum) => sum.clone(),
                None => Sum::register(*slot),
            },
            Value::Element(element) => self.fetch(element),
            Value::Binary(operator, a, b, span) => {
                let [mut left, mut right] = [a, b].map(|side| self.sum(side));
                let tame = [value, a, b]
                    .into_iter()
                    .all(|value| self.interval(value).tame());
                match operator {
                    Operator::Add if tame => left.add(&right, 1),
                    Operator::Subtract if tame => left.add(&right, -1),
                    Operator::Multiply
                        if tame && (left.terms.is_empty() || right.terms.is_empty()) =>
                    {
                        if left.terms.is_empty() {
                            std::mem::swap(&mut left, &mut right);
                        }
                        let mut product = Sum::default();
                        product.add(&left, right.constant);
                        left = product;
                    }
                    _ => return self.apply(*operator, &left, &right, *span),
                }
                left
            }
        }
    }

    fn apply(&mut self, operator: Operator, left: &Sum, right: &Sum, span: Span) -> Sum {
        let [a, b] = [left, right].map(|side| self.form(side));
        let fault = self.fault(span, Cause::Arithmetic);
        let to = self.fresh();
        self.push(Op::Apply {
            operator,
            to,
            a,
            b,
            fault,
        });
        Sum::register(to)
    }

    /// Where an element lies; its indices are read and checked on the way.
    fn address(&mut self, element: &Element) -> Sum {
        let array = &self.checked.arrays[element.array];
        let mut address = Sum::constant((array.base + element.offset) as i64);
        let sums: Vec<Sum> = element
            .indices
            .iter()
            .map(|index| self.sum(index))
            .collect();
        let parts = element.indices.iter().zip(&element.places).zip(&sums);
        for (dimension, ((index, place), sum)) in parts.enumerate() {
            let size = array.dims[dimension];
            if !self.interval(index).within(size) {
                let fault = self.fault(
                    *place,
                    Cause::Index {
                        array: element.array as u32,
                        dimension: dimension as u32,
                    },
                );
                let form = self.form(sum);
                self.push(Op::Check { form, size, fault });
            }
        }
        for (sum, stride) in sums.iter().zip(array.strides()) {
            address.add(sum, stride as i64);
        }
        address
    }

    fn template(&self, element: &Element, kind: Kind) -> Template {
        Template {
            site: self.source.line(element.span.start),
            bytes: element.bytes,
            kind,
        }
    }

    /// Reads a generated array.
    fn fetch(&mut self, element: &Element) -> Sum {
        let address = self.address(element);
        let address = self.form(&address);
        let template = self.template(element, Kind::Load);
        let to = self.fresh();
        let table = self.code.table_by_array[element.array].unwrap_or_default();
        self.push(Op::Fetch {
            to,
            address,
            table,
            template,
        });
        Sum::register(to)
    }

    fn access(&mut self, element: &Element, address: Form, store: bool, stream: bool) {
        let kind = match (store, stream) {
            (false, false) => Kind::Load,
            (false, true) => Kind::StreamLoad,
            (true, false) => Kind::Store,
            (true, true) => Kind::StreamStore,
        };
        let template = self.template(element, kind);
        self.push(Op::Access { address, template });
    }

    fn nodes(&mut self, nodes: &[Node]) {
        for node in nodes {
            self.node(node);
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Touch {
                element,
                store,
                stream,
            } => {
                let address = self.address(element);
                let address = self.form(&address);
                self.access(element, address, *store, *stream);
            }
            Node::Update {
                element,
                between,
                stream,
            } => {
                let address = self.address(element);
                let address = self.form(&address);
                self.access(element, address, false, false);
                self.nodes(between);
                self.access(element, address, true, *stream);
            }
            Node::Set { slot, value, .. } => {
                let sum = self.sum(value);
                let role = |slot: u32| self.checked.slots.get(slot as usize).map(|slot| slot.role);
                let changes = |(register, _): &(u32, i64)| role(*register) == Some(Role::Scalar);
                if role(*slot) == Some(Role::Name) && !sum.terms.iter().any(changes) {
                    // What it is made of stays as it is for as long as the name is known.
                    self.names.insert(*slot, sum);
                } else {
                    let form = self.form(&sum);
                    self.push(Op::Set { to: *slot, form });
                }
            }
            Node::For(looped) => self.looped(looped),
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                let mut misses = Vec::new();
                self.test(condition, true, &mut misses);
                self.nodes(then);
                if otherwise.is_empty() {
                    self.land(&misses);
                } else {
                    let over = self.push(Op::Jump(0));
                    self.land(&misses);
                    self.nodes(otherwise);
                    self.land(&[over]);
                }
            }
        }
    }

    /// Makes these jumps lead here.
    fn land(&mut self, jumps: &[u32]) {
        let here = self.here();
        for &at in jumps {
            match &mut self.code.ops[at as usize] {
                Op::Jump(to) | Op::Unless { otherwise: to, .. } => *to = here,
                _ => {}
            }
        }
    }

    /// Goes on where the test comes out as wanted; else jumps, from the places added to `misses`.
    fn test(&mut self, test: &Test, wanted: bool, misses: &mut Vec<u32>) {
        match test {
            Test::Compare(comparison, a, b) => {
                let [a, b] = [a, b].map(|side| self.sum(side));
                let [a, b] = [a, b].map(|side| self.form(&side));
                let comparison = if wanted {
                    *comparison
                } else {
                    comparison.opposite()
                };
                misses.push(self.push(Op::Unless {
                    comparison,
                    a,
                    b,
                    otherwise: 0,
                }));
            }
            Test::Not(inner) => self.test(inner, !wanted, misses),
            Test::And(left, right) if wanted => {
                self.test(left, true, misses);
                self.test(right, true, misses);
            }
            Test::Or(left, right) if !wanted => {
                self.test(left, false, misses);
                self.test(right, false, misses);
            }
            // The first decides if it comes out as wanted, else the second does.
            Test::And(left, right) | Test::Or(left, right) => {
                let mut first = Vec::new();
                self.test(left, !wanted, &mut first);
                // The left side came out otherwise than wanted: for `or`, look at the right one.
                self.test(right, wanted, misses);
                self.land(&first);
            }
        }
    }

    fn looped(&mut self, looped: &Loop) {
        let [from, to, by] = [&looped.from, &looped.to, &looped.step].map(|value| {
            let sum = self.sum(value);
            self.form(&sum)
        });
        let cause = match looped.parallel {
            true => Cause::Threads,
            false => Cause::Step,
        };
        let fault = self.fault(looped.span, cause);
        let at = self.code.loops.len() as u32;
        let [trips, step] = [self.fresh(), self.fresh()];
        self.code.loops.push(Looping {
            variable: looped.slot,
            trips,
            step,
            from,
            to,
            by,
            body: 0,
            inside: 0,
            exit: 0,
            name: self.checked.slots[looped.slot as usize].name.clone(),
            fault,
        });
        let start = self.push(if looped.parallel {
            Op::Fork(at)
        } else {
            Op::Enter(at)
        });
        self.nodes(&looped.body);
        let (mut body, mut inside) = (start + 1, start + 1);
        if !looped.parallel && self.streams(at, looped.slot, body) {
            (body, inside) = (start + 3, start + 2);
        }
        self.push(if looped.parallel {
            Op::Join
        } else {
            Op::Next(at)
        });
        let exit = self.here();
        let looping = &mut self.code.loops[at as usize];
        (looping.body, looping.exit) = (body, exit);
        looping.inside = inside;
    }

    /// Turns a body from `start` on into streams, if it is nothing but accesses.
    fn streams(&mut self, looping: u32, variable: Register, start: u32) -> bool {
        let body = &self.code.ops[start as usize..];
        let (mut streams, mut checks) = (Vec::new(), Vec::new());
        for op in body {
            match *op {
                Op::Access { address, template } => {
                    let terms = &self.code.terms[address.first as usize..];
                    let terms = &terms[..address.terms as usize];
                    let own = terms.iter().find(|(register, _)| *register == variable);
                    streams.push(Stream {
                        address,
                        factor: own.map_or(0, |(_, factor)| *factor),
                        template,
                    });
                }
                Op::Check { form, size, .. } => checks.push((form, size)),
                _ => return false,
            }
        }
        if streams.is_empty() {
            return false;
        }
        let within = self.fresh();
        let first = self.code.registers as Register;
        self.code.registers += 2 * streams.len();
        let at = self.code.streams.len() as u32;
        self.code.streams.push(Streams {
            looping,
            streams,
            checks,
            first,
            within,
        });
        let start = start as usize;
        let ops = [Op::Align(at), Op::Run(at)];
        self.code.ops.splice(start..start, ops);
        true
    }
}
