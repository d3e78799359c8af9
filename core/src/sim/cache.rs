//! One set-associative cache with least-recently-used replacement, told what to do in long lists.

use super::rows::{Narrow, Sets, Wide};

/// What a cache is asked for: a look-up of a load or of a store, or that a dirty line arrives.
///
/// As `line << 2 | what`, where lines have the size of the first level's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order(u64);

const STORE: u64 = 1;
const WRITE_BACK: u64 = 2;

impl Order {
    /// No order, to fill lists with.
    pub const NONE: Self = Self(0);

    #[inline(always)]
    pub fn look_up(line: u64, store: bool) -> Self {
        Self(line << 2 | u64::from(store))
    }

    #[inline(always)]
    fn write_back(line: u64) -> Self {
        Self(line << 2 | WRITE_BACK)
    }
}

/// What became of a list of orders.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Orders for the next cache.
    pub passed_on: usize,
    /// Lines that came in because they were written back.
    pub brought: u64,
    /// Lines that came into free ways.
    pub free: u64,
}

/// Look-ups of loads, look-ups of stores and dirty lines in a list.
pub(super) fn kinds(orders: &[Order]) -> [u64; 3] {
    let stores = orders.iter().map(|order| order.0 & STORE).sum();
    let dirty = orders.iter().map(|order| order.0 >> 1 & 1).sum();
    [orders.len() as u64 - stores - dirty, stores, dirty]
}

/// Who watches the orders as they are carried out.
pub(super) trait Watcher {
    /// A look-up of a line.
    fn look_up(&mut self, line: u64, hit: bool);

    /// A dirty line arrived.
    fn write_back(&mut self, line: u64);
}

/// The lines of a cache.
#[derive(Clone, Debug)]
pub(super) enum Tags {
    Four(Narrow<4>),
    Eight(Narrow<8>),
    Twelve(Narrow<12>),
    Sixteen(Narrow<16>),
    Any(Wide),
}

impl Tags {
    pub fn new(sets: u64, ways: u64) -> Self {
        match ways {
            4 if sets.is_power_of_two() => Tags::Four(Narrow::new(sets)),
            8 if sets.is_power_of_two() => Tags::Eight(Narrow::new(sets)),
            12 if sets.is_power_of_two() => Tags::Twelve(Narrow::new(sets)),
            16 if sets.is_power_of_two() => Tags::Sixteen(Narrow::new(sets)),
            _ => Tags::Any(Wide::new(sets, ways as usize)),
        }
    }

    /// The first line number that does not fit; none where all do.
    pub fn reach(&self) -> Option<u64> {
        match self {
            Tags::Four(sets) => Some(sets.reach()),
            Tags::Eight(sets) => Some(sets.reach()),
            Tags::Twelve(sets) => Some(sets.reach()),
            Tags::Sixteen(sets) => Some(sets.reach()),
            Tags::Any(_) => None,
        }
    }

    /// The same lines where any number fits.
    pub fn widened(self) -> Wide {
        match self {
            Tags::Four(sets) => sets.widened(),
            Tags::Eight(sets) => sets.widened(),
            Tags::Twelve(sets) => sets.widened(),
            Tags::Sixteen(sets) => sets.widened(),
            Tags::Any(sets) => sets,
        }
    }

    /// Carries out orders one after the other, and writes what they ask of the next cache to `next`,
    /// which has room for twice as many and one.
    ///
    /// A look-up makes its line the most recently used of its set; where it was absent it is asked
    /// for outside, and what it pushed out is sent on if dirty. A line that arrives makes its copy
    /// dirty without making it recent, and comes in where there is none. Lines are `1 << shift` times
    /// as long as those of the first level; stores make them dirty if `writes`.
    pub fn carry_out(
        &mut self,
        orders: &[Order],
        next: &mut [Order],
        (shift, writes): (u32, bool),
        watcher: &mut impl Watcher,
    ) -> Done {
        let shift = (shift, if writes { STORE } else { 0 });
        match self {
            Tags::Four(sets) => carry_out(sets, orders, next, shift, watcher),
            Tags::Eight(sets) => carry_out(sets, orders, next, shift, watcher),
            Tags::Twelve(sets) => carry_out(sets, orders, next, shift, watcher),
            Tags::Sixteen(sets) => carry_out(sets, orders, next, shift, watcher),
            Tags::Any(sets) => carry_out(sets, orders, next, shift, watcher),
        }
    }
}

/// Rows up to so many bytes are near in any case: less than the second cache of most machines. A page
/// can neither ask for lines nor touch what the system has not given.
const NEAR: usize = if cfg!(target_family = "wasm") {
    usize::MAX
} else {
    256 << 10
};
/// Orders from one that is carried out to the one whose row is approached: the rows of large caches lie
/// in memory, and the list tells long before which are wanted.
const AHEAD: usize = 12;

#[inline(always)]
fn carry_out<S: Sets>(
    sets: &mut S,
    orders: &[Order],
    next: &mut [Order],
    (shift, writes): (u32, u64),
    watcher: &mut impl Watcher,
) -> Done {
    let mut done = Done::default();
    let mut passed_on = 0;
    let far = sets.bytes() > NEAR;
    let line_of = |order: &Order| order.0 >> 2 >> shift;
    for order in orders.iter().take(if far { AHEAD } else { 0 }) {
        sets.approach(line_of(order));
    }
    // Twice as many, and one beyond the last.
    let next = &mut next[..2 * orders.len() + 1];
    for (place, order) in orders.iter().enumerate() {
        if far && let Some(order) = orders.get(place + AHEAD) {
            sets.approach(line_of(order));
        }
        let line = line_of(order);
        let used = if order.0 & WRITE_BACK == 0 {
            let used = sets.touch(line, order.0 & writes);
            watcher.look_up(line, used.hit);
            // Written in any case, kept if it missed: there is no branch to be guessed wrong.
            next[passed_on] = *order;
            passed_on += usize::from(!used.hit);
            used
        } else {
            watcher.write_back(line);
            if sets.write_back(line) {
                continue;
            }
            done.brought += 1;
            sets.touch(line, 1)
        };
        done.free += u64::from(used.free);
        next[passed_on] = Order::write_back(used.victim << shift);
        passed_on += usize::from(used.dirty);
    }
    done.passed_on = passed_on;
    done
}
