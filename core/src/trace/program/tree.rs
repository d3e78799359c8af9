//! A program with every name found and every parameter a number: what is counted and lowered.

use super::ast::{Comparison, Operator, Span};

/// A whole number, worked out while the program runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Known(i64),
    /// What a variable holds.
    Slot(u32),
    Binary(Operator, Box<Value>, Box<Value>, Span),
    /// What a generated array holds there; reading it is an access.
    Element(Box<Element>),
}

/// An element of an array, or a field of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    pub array: usize,
    pub indices: Vec<Value>,
    /// Where each index is written.
    pub places: Vec<Span>,
    /// From the start of the element.
    pub offset: u64,
    pub bytes: u32,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Node {
    /// An access.
    Touch {
        element: Element,
        store: bool,
        stream: bool,
    },
    /// `target += …`: the target's load, what is between, the target's store. Its index arrays are
    /// read once.
    Update {
        element: Element,
        between: Vec<Node>,
        stream: bool,
    },
    Set {
        slot: u32,
        value: Value,
        /// It is set elsewhere as well.
        changes: bool,
    },
    For(Box<Loop>),
    If {
        condition: Test,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
}

#[derive(Clone, Debug)]
pub struct Loop {
    pub slot: u32,
    pub from: Value,
    /// The value behind the last.
    pub to: Value,
    pub step: Value,
    pub parallel: bool,
    pub body: Vec<Node>,
    /// The head, for faults.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Test {
    Compare(Comparison, Value, Value),
    And(Box<Test>, Box<Test>),
    Or(Box<Test>, Box<Test>),
    Not(Box<Test>),
}

/// What a variable can hold, both ends included; wide enough that nothing overflows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    pub least: i128,
    pub most: i128,
}

impl Interval {
    pub const ANY: Self = Self {
        least: i64::MIN as i128,
        most: i64::MAX as i128,
    };

    pub fn new(least: i128, most: i128) -> Self {
        Self { least, most }
    }

    /// Whether numbers in it can be added and scaled a little without leaving 64 bits.
    pub fn tame(self) -> bool {
        self.least >= -(1 << 62) && self.most <= 1 << 62
    }

    pub fn within(self, size: u64) -> bool {
        self.least >= 0 && self.most < i128::from(size)
    }

    /// What 64 bits hold of it: anything else stops the run.
    fn clamped(self) -> Self {
        Self {
            least: self.least.clamp(Self::ANY.least, Self::ANY.most),
            most: self.most.clamp(Self::ANY.least, Self::ANY.most),
        }
    }

    fn around(corners: [i128; 4]) -> Self {
        Self {
            least: corners.into_iter().min().unwrap_or(0),
            most: corners.into_iter().max().unwrap_or(0),
        }
    }
}

/// An array's generated values lie in here.
pub type Bounds = [Interval];

impl Value {
    /// What it can be, given what the variables can be and what generated arrays hold.
    pub fn interval(&self, slots: &Bounds, arrays: &Bounds) -> Interval {
        match self {
            Value::Known(value) => Interval::new((*value).into(), (*value).into()),
            Value::Slot(slot) => slots.get(*slot as usize).copied().unwrap_or(Interval::ANY),
            Value::Element(element) => arrays.get(element.array).copied().unwrap_or(Interval::ANY),
            Value::Binary(operator, a, b, _) => {
                let (a, b) = (a.interval(slots, arrays), b.interval(slots, arrays));
                combine(*operator, a, b)
            }
        }
    }

    /// Whether it is the same whatever happens.
    pub fn known(&self) -> Option<i64> {
        match self {
            Value::Known(value) => Some(*value),
            _ => None,
        }
    }
}

fn combine(operator: Operator, a: Interval, b: Interval) -> Interval {
    let interval = match operator {
        Operator::Add => Interval::new(a.least + b.least, a.most + b.most),
        Operator::Subtract => Interval::new(a.least - b.most, a.most - b.least),
        Operator::Multiply => Interval::around([
            a.least * b.least,
            a.least * b.most,
            a.most * b.least,
            a.most * b.most,
        ]),
        // By what is always of one sign; else at most as far from zero as the dividend.
        Operator::Divide if b.least > 0 || b.most < 0 => Interval::around([
            a.least / b.least,
            a.least / b.most,
            a.most / b.least,
            a.most / b.most,
        ]),
        Operator::Divide => {
            let far = a.least.abs().max(a.most.abs());
            Interval::new(-far, far)
        }
        // The sign of the dividend, closer to zero than the divisor.
        Operator::Remainder => {
            let far = (b.least.abs().max(b.most.abs()) - 1).max(0);
            let least = if a.least < 0 { (-far).max(a.least) } else { 0 };
            let most = if a.most > 0 { far.min(a.most) } else { 0 };
            Interval::new(least, most)
        }
        Operator::Min => Interval::new(a.least.min(b.least), a.most.min(b.most)),
        Operator::Max => Interval::new(a.least.max(b.least), a.most.max(b.most)),
    };
    interval.clamped()
}

/// The operators as the language has them: 64 bits, division towards zero; nothing where the result
/// does not exist or does not fit.
#[inline]
pub fn apply(operator: Operator, a: i64, b: i64) -> Option<i64> {
    match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder => a.checked_rem(b),
        Operator::Min => Some(a.min(b)),
        Operator::Max => Some(a.max(b)),
    }
}

/// Whether two numbers compare like that.
#[inline]
pub fn holds(comparison: Comparison, a: i64, b: i64) -> bool {
    match comparison {
        Comparison::Equal => a == b,
        Comparison::Unequal => a != b,
        Comparison::Less => a < b,
        Comparison::AtMost => a <= b,
        Comparison::More => a > b,
        Comparison::AtLeast => a >= b,
    }
}

/// How often a loop runs: not at all where its step leads away from the end. None for a step of 0.
#[inline]
pub fn trips(from: i64, to: i64, step: i64) -> Option<u64> {
    let (distance, stride) = if step >= 0 {
        (i128::from(to) - i128::from(from), i128::from(step))
    } else {
        (i128::from(from) - i128::from(to), -i128::from(step))
    };
    match stride {
        0 => None,
        _ if distance <= 0 => Some(0),
        1 => Some(distance as u64),
        // What loops mostly span fits 64 bits, where division is fast.
        _ => Some(match u64::try_from(distance) {
            Ok(distance) => distance.div_ceil(stride as u64),
            Err(_) => ((distance + stride - 1) / stride) as u64,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPERATORS: [Operator; 7] = [
        Operator::Add,
        Operator::Subtract,
        Operator::Multiply,
        Operator::Divide,
        Operator::Remainder,
        Operator::Min,
        Operator::Max,
    ];

    proptest! {
        #[test]
        fn intervals_hold_every_result(
            (a, b, c, d) in (-20_i64..20, 0_i64..9, -20_i64..20, 0_i64..9),
            operator in prop::sample::select(OPERATORS.to_vec()),
        ) {
            let interval = combine(
                operator,
                Interval::new(a.into(), (a + b).into()),
                Interval::new(c.into(), (c + d).into()),
            );
            for left in a..=a + b {
                for right in c..=c + d {
                    if let Some(value) = apply(operator, left, right) {
                        prop_assert!(interval.least <= value.into() && interval.most >= value.into());
                    }
                }
            }
        }

        #[test]
        fn trips_are_counted(from in -30_i64..30, to in -30_i64..30, step in -7_i64..7) {
            let mut steps = 0;
            let mut at = from;
            while step > 0 && at < to || step < 0 && at > to {
                at += step;
                steps += 1;
            }
            prop_assert_eq!(trips(from, to, step), (step != 0).then_some(steps));
        }
    }
}
