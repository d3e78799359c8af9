//! What a program is lowered to: a list of operations over registers, and what may go wrong in them.
//!
//! Addresses are sums of registers times factors. Where a loop makes nothing but accesses at such
//! addresses, it becomes a list of [`Stream`]s instead: addresses that each grow by a fixed step.

use std::sync::Arc;

use super::{
    ast::{Comparison, Operator},
    layout::PlacedArray,
    problem::Problem,
};
use crate::trace::{Access, Kind};

/// A register: loop variables, scalars and intermediate results, all of 64 bits.
pub type Register = u32;

/// A sum: a constant, and registers times factors (a range of [`Code::terms`]).
#[derive(Clone, Copy, Debug, Default)]
pub struct Form {
    pub constant: i64,
    pub first: u32,
    pub terms: u32,
}

/// What an access is, but for its address and core.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    pub site: u32,
    pub bytes: u32,
    pub kind: Kind,
}

impl Template {
    #[inline(always)]
    pub fn access(self, address: u64, core: u16) -> Access {
        Access {
            address,
            site: self.site.into(),
            bytes: self.bytes,
            core,
            kind: self.kind,
        }
    }
}

/// An operation.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    /// `to` = form
    Set {
        to: Register,
        form: Form,
    },
    /// `to` = a operator b, if that exists
    Apply {
        operator: Operator,
        to: Register,
        a: Form,
        b: Form,
        fault: u32,
    },
    /// The form lies from 0 to below `size`, or the run ends.
    Check {
        form: Form,
        size: u64,
        fault: u32,
    },
    /// An access.
    Access {
        address: Form,
        template: Template,
    },
    /// An access to a generated array, and `to` = what it holds there.
    Fetch {
        to: Register,
        address: Form,
        table: u32,
        template: Template,
    },
    /// Goes to `otherwise` where the comparison does not hold.
    Unless {
        comparison: Comparison,
        a: Form,
        b: Form,
        otherwise: u32,
    },
    Jump(u32),
    /// Starts a loop, or goes behind it.
    Enter(u32),
    /// Starts the streams of a loop where all of them stay inside their arrays; else skips the next
    /// operation.
    Align(u32),
    /// Runs the streams of a loop to its end.
    Run(u32),
    /// The end of a loop's body.
    Next(u32),
    /// Starts the threads of a parallel loop.
    Fork(u32),
    /// The end of a thread.
    Join,
    End,
}

/// A loop.
#[derive(Clone, Debug)]
pub struct Looping {
    pub variable: Register,
    /// Iterations left, this one included.
    pub trips: Register,
    /// The step, as it was at the start.
    pub step: Register,
    pub from: Form,
    pub to: Form,
    pub by: Form,
    /// Where the next iteration starts.
    pub body: u32,
    /// The first operation at which its variable counts.
    pub inside: u32,
    /// The operation behind it.
    pub exit: u32,
    pub name: String,
    pub fault: u32,
}

/// An address that grows by a fixed step with every iteration.
#[derive(Clone, Copy, Debug)]
pub struct Stream {
    pub address: Form,
    /// The factor of the loop variable in it.
    pub factor: i64,
    pub template: Template,
}

/// A loop that makes nothing but accesses at addresses that grow by fixed steps.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Which loop.
    pub looping: u32,
    pub streams: Vec<Stream>,
    /// Indices that must stay below a size.
    pub checks: Vec<(Form, u64)>,
    /// Where the addresses are kept; behind them the steps.
    pub first: Register,
    /// How many accesses of the present iteration are made.
    pub within: Register,
}

/// The values of a generated array.
#[derive(Clone, Debug)]
pub struct Table {
    pub base: u64,
    /// Elements are 2 to this many bytes.
    pub shift: u32,
    pub values: Arc<[u32]>,
}

impl Table {
    /// What lies at an address in the array.
    #[inline(always)]
    pub fn value(&self, address: u64) -> i64 {
        i64::from(self.values[((address - self.base) >> self.shift) as usize])
    }
}

/// A place where a run can end early.
#[derive(Clone, Debug)]
pub struct Fault {
    pub line: u32,
    pub column: u32,
    pub length: u32,
    /// What is written there.
    pub text: String,
    pub cause: Cause,
}

#[derive(Clone, Copy, Debug)]
pub enum Cause {
    /// An index of a dimension of an array.
    Index {
        array: u32,
        dimension: u32,
    },
    Arithmetic,
    Step,
    Threads,
}

/// A lowered program.
#[derive(Debug, Default)]
pub struct Code {
    pub arrays: Arc<[PlacedArray]>,
    pub ops: Vec<Op>,
    pub terms: Vec<(Register, i64)>,
    pub loops: Vec<Looping>,
    pub streams: Vec<Streams>,
    pub tables: Vec<Table>,
    /// Which table holds the values of an array.
    pub table_by_array: Vec<Option<u32>>,
    pub faults: Vec<Fault>,
    pub registers: usize,
}

impl Code {
    /// The values of an array, if it has any.
    pub fn table_of(&self, array: usize) -> Option<&Table> {
        let table = self.table_by_array.get(array).copied().flatten();
        table.and_then(|table| self.tables.get(table as usize))
    }

    /// What a form is worth.
    #[inline(always)]
    pub fn value(&self, form: Form, registers: &[i64]) -> i64 {
        let terms = &self.terms[form.first as usize..][..form.terms as usize];
        let mut sum = form.constant;
        for &(register, factor) in terms {
            sum = sum.wrapping_add(registers[register as usize].wrapping_mul(factor));
        }
        sum
    }

    /// Says that a loop was given up.
    #[cold]
    pub fn idle(&self, looping: &Looping) -> Problem {
        Problem {
            message: "the run is given up: this loop went on for long without any access"
                .to_owned(),
            fix: Some("shorten it, or access something in it".to_owned()),
            ..self.explain(looping.fault, 0)
        }
    }

    /// Says why the run ended.
    #[cold]
    pub fn explain(&self, fault: u32, value: i64) -> Problem {
        let fault = &self.faults[fault as usize];
        let text = &fault.text;
        let (message, fix) = match fault.cause {
            Cause::Index { array, dimension } => {
                let array = &self.arrays[array as usize];
                let which = match array.dims.len() {
                    1 => String::new(),
                    _ => format!(" in dimension {}", dimension + 1),
                };
                let last = array.dims[dimension as usize] - 1;
                let message = format!(
                    "`{text}` is {value}, outside `{}`: its indices{which} go from 0 to {last}",
                    array.name
                );
                (message, "keep the index inside, with bounds or an `if`")
            }
            Cause::Arithmetic => (
                format!("`{text}` has no result in 64 bits"),
                "avoid dividing by 0 and numbers that large",
            ),
            Cause::Step => (
                "a step of 0 never gets to the end".to_owned(),
                "make sure that the step is not 0",
            ),
            Cause::Threads => (
                format!("this starts {value} threads"),
                "run fewer: give each a share of the work",
            ),
        };
        Problem {
            line: fault.line,
            column: fault.column,
            length: fault.length,
            message,
            expected: None,
            fix: Some(fix.to_owned()),
        }
    }
}
