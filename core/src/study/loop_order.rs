//! Loop order: time of a multiply-add of a matrix product, by size and by the order of the loops
//! (claims T1, O3).
//!
//! Kernel: the nested loops of [`Product`], one step of the outermost loop a round: all of one matrix
//! passes by in each. Orders with the same inner loop behave alike; one of each kind stands here.

use super::{
    REACH,
    definition::*,
    workload::{Algorithm, Body, Lines},
};
use crate::{
    kernels::matmul::{Block, Order, Product},
    machine::Machine,
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
    units::Unit,
};

pub(super) struct LoopOrder;

const ORDERS: [(Variant, Order); 3] = [
    (Variant::new("ikj"), Order::Ikj),
    (Variant::new("ijk"), Order::Ijk),
    (Variant::new("jki"), Order::Jki),
];
const NAMES: [Variant; 3] = names(&ORDERS);
const ISSUES: [Parameter; 3] = [
    issue("issue-ikj", 0.15),
    issue("issue-ijk", 1.2),
    issue("issue-jki", 0.5),
];

/// What the core alone takes for a unit of work.
pub(super) const fn issue(name: &'static str, default: f64) -> Parameter {
    Parameter {
        name,
        meaning: "time of a unit of work when all data is in the first level",
        unit: Unit::Nanoseconds,
        default,
        min: 0.01,
        max: 1000.0,
    }
}

pub(super) static INFO: Info = Info {
    name: "loop-order",
    title: "Matrix product by order of the loops",
    about: "What does a multiply-add cost, as the matrices grow, in each order of the three loops?",
    claims: &["T1", "O3"],
    group: Group::Algorithms,
    first_look: false,
    x: Dimension::new("rows and columns", Unit::Count),
    y: Dimension::new("time per multiply-add", Unit::Nanoseconds),
    variants: &NAMES,
    measured_variants: &NAMES,
    telling_x: None,
    parameters: &[REACH, ISSUES[0], ISSUES[1], ISSUES[2]],
    simulation: Ok(&LoopOrder),
    landmarks: |machine| full_at(machine, |bytes| (bytes / ELEMENT as f64 / 3.0).sqrt()),
};

/// Why a walk down the columns of a matrix is slower than its form.
pub(super) const DOWN_A_COLUMN: &str = "The prediction charges a line what it costs in a sequential read; \
                                        down a column the prefetchers do not fetch ahead as well, \
                                        and each row may be another page.";

/// Bytes of a number.
pub(super) const ELEMENT: u64 = 4;

/// Sides of `matrices` square matrices that together take from an eighth of the first cache to
/// `reach` times the last, or more where that is less than makes columns too long for the first; each
/// an odd number of lines, so that columns use all sets.
pub(super) fn sides(machine: &Machine, arguments: &Arguments, matrices: f64) -> Vec<f64> {
    let per_line = (machine.line() / ELEMENT).max(1);
    let side = |bytes: f64| (bytes / (matrices * ELEMENT as f64)).sqrt();
    let first = side(machine.caches[0].size as f64 / 8.0);
    // All matrices but one are walked down their columns at worst: far enough for these lines to fill
    // the first cache twice.
    let columns = 2 * machine.caches[0].size / machine.caches[0].line;
    let columns = columns as f64 / (matrices - 1.0);
    let last = side(machine.last_level_bytes() as f64 * arguments.get(&REACH))
        .max(columns)
        .max(6.0 * per_line as f64);
    let mut sides: Vec<f64> = (0..)
        .map(|step| first * (f64::from(step) / 3.0).exp2())
        .take_while(|side| *side <= last * 1.001)
        .map(|side| ((side / per_line as f64) as u64 | 1) * per_line)
        .map(|side| side as f64)
        .collect();
    sides.dedup();
    sides
}

/// Where `count` matrices lie, one behind the other.
pub(super) fn split<const COUNT: usize>(
    memory: &mut [u64],
    elements: usize,
) -> [&mut [f32]; COUNT] {
    let mut rest: &mut [f32] = bytemuck::cast_slice_mut(memory);
    [(); COUNT].map(|()| {
        let (matrix, behind) = std::mem::take(&mut rest).split_at_mut(elements);
        rest = behind;
        matrix
    })
}

#[derive(Clone, Copy)]
pub(super) struct Step {
    side: usize,
    order: Order,
}

impl Body for Step {
    fn words(&self) -> usize {
        (3 * self.side * self.side).div_ceil(2)
    }

    fn units(&self) -> f64 {
        (self.side * self.side) as f64
    }

    fn round<P: Probe>(&self, memory: &mut [u64], base: u64, round: u64, probe: &mut P) {
        let side = self.side;
        let bytes = (side * side) as u64 * ELEMENT;
        let [a, b, c] = split(memory, side * side);
        let mut product = Product::new(
            Buffer::new(a, base),
            Buffer::new(b, base + bytes),
            BufferMut::new(c, base + 2 * bytes),
            side,
        );
        let outermost = (round % side as u64) as usize;
        let step = outermost..outermost + 1;
        let whole = Block::whole(side);
        let block = match self.order {
            Order::Ijk | Order::Ikj => Block { i: step, ..whole },
            Order::Jik | Order::Jki => Block { j: step, ..whole },
            Order::Kij | Order::Kji => Block { k: step, ..whole },
        };
        product.ordered(self.order, block, probe);
    }

    fn accesses(&self) -> f64 {
        4.0 * Body::units(self)
    }

    fn element(&self) -> f64 {
        ELEMENT as f64
    }

    fn lines(&self, b: f64, held: f64) -> Lines {
        lines(self.order, self.side as f64, b, held)
    }
}

/// Lines moved by one step of the outermost loop into a cache of `held` lines, `b` elements each.
fn lines(order: Order, n: f64, b: f64, held: f64) -> Lines {
    let (row, matrix) = (n / b, n * n / b);
    if 3.0 * matrix <= held {
        return Lines::default();
    }
    match order {
        // A row of A and one of C; B by columns, whose lines last until the next column or do not.
        Order::Ijk => Lines {
            fetched: 2.0 * row
                + if matrix + 2.0 * row <= held {
                    0.0
                } else if n + 2.0 * row <= held {
                    matrix
                } else {
                    n * n
                },
            dirty: row,
        },
        // All of B, row by row; the row of C stays.
        Order::Ikj => Lines {
            fetched: 2.0 * row
                + if matrix + 2.0 * row <= held {
                    0.0
                } else {
                    matrix
                },
            dirty: row,
        },
        // All of A, column by column, and the column of C each time; both miss with every access
        // when two columns do not fit.
        _ => {
            if matrix + 2.0 * n <= held {
                // Neighbouring steps use the same lines of B and C.
                Lines {
                    fetched: 2.0 * row,
                    dirty: row,
                }
            } else if 2.0 * n <= held {
                Lines {
                    fetched: matrix + 2.0 * n,
                    dirty: n,
                }
            } else {
                Lines {
                    fetched: 2.0 * n * n + n,
                    dirty: n * n,
                }
            }
        }
    }
}

impl Algorithm for LoopOrder {
    type Work = Step;
    const FIRST: Variant = NAMES[0];

    fn xs(machine: &Machine, arguments: &Arguments, _: Variant) -> Vec<f64> {
        sides(machine, arguments, 3.0)
    }

    fn work(machine: &Machine, arguments: &Arguments, variant: Variant, x: Option<f64>) -> Step {
        let first = <Self as Algorithm>::xs(machine, arguments, variant)[0];
        Step {
            side: x.unwrap_or(first) as usize,
            order: variant.of(&ORDERS),
        }
    }

    fn slower(_: Variant) -> &'static str {
        DOWN_A_COLUMN
    }

    fn issue(variant: Variant) -> &'static Parameter {
        &ISSUES[variant.place(&ORDERS)]
    }
}
