//! How many accesses a program makes, without making them.
//!
//! A loop whose variable no bound or condition inside depends on makes so many times what one
//! iteration makes. Where some do depend on it, its iterations are counted one by one, for as long
//! as that is quick; else the largest number of iterations is taken for all.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Extent,
    code::Code,
    tree::{Element, Interval, Loop, Node, Test, Value, apply, holds, trips},
};

/// Steps of counting before an upper bound has to do.
const MOST_STEPS: u64 = 1 << 20;

/// Counting one by one takes too long, or depends on what only a run knows.
struct GiveUp;

struct Counter<'a> {
    code: &'a Code,
    /// What variables hold, where that is known.
    slots: Vec<Option<i64>>,
    steps: u64,
    /// By the variable of a loop: whether all its iterations make the same, and the scalars that it
    /// changes.
    loops: BTreeMap<u32, (bool, Vec<u32>)>,
}

/// Counts the accesses of a program whose variables stay in these intervals.
pub fn count(nodes: &[Node], code: &Code, slots: &[Interval]) -> Extent {
    let mut counter = Counter {
        code,
        slots: vec![None; slots.len()],
        steps: 0,
        loops: BTreeMap::new(),
    };
    if let Ok(count) = counter.nodes(nodes) {
        return Extent::Exact(count);
    }
    let contents = (0..code.arrays.len()).map(|at| match code.table_of(at) {
        Some(table) => {
            let most = table.values.iter().max().copied().unwrap_or(0);
            Interval::new(0, most.into())
        }
        None => Interval::ANY,
    });
    let contents: Vec<Interval> = contents.collect();
    Extent::AtMost(
        Limits {
            slots,
            contents: &contents,
        }
        .nodes(nodes),
    )
}

impl Counter<'_> {
    fn step(&mut self) -> Result<(), GiveUp> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(GiveUp);
        }
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<u64, GiveUp> {
        let mut count = 0_u64;
        for node in nodes {
            count = count.saturating_add(self.node(node)?);
        }
        Ok(count)
    }

    fn node(&mut self, node: &Node) -> Result<u64, GiveUp> {
        self.step()?;
        match node {
            Node::Touch { element, .. } => Ok(1 + fetches_of(element)),
            Node::Update {
                element, between, ..
            } => Ok(2 + fetches_of(element) + self.nodes(between)?),
            Node::Set { slot, value, .. } => {
                // What decides nothing need not be known.
                self.slots[*slot as usize] = self.value(value).ok();
                Ok(fetches(value))
            }
            Node::For(looped) => self.looped(looped),
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                let mut count = 0;
                let branch = match self.test(condition, &mut count)? {
                    true => then,
                    false => otherwise,
                };
                Ok(self.nodes(branch)?.saturating_add(count))
            }
        }
    }

    fn looped(&mut self, looped: &Loop) -> Result<u64, GiveUp> {
        let bounds = [&looped.from, &looped.to, &looped.step];
        let mut count = bounds.into_iter().map(fetches).sum::<u64>();
        let [from, to, step] = bounds.map(|bound| self.value(bound));
        let (from, to, step) = (from?, to?, step?);
        let times = trips(from, to, step).ok_or(GiveUp)?;
        if times == 0 {
            return Ok(count);
        }
        let slot = looped.slot as usize;
        self.slots[slot] = Some(from);
        let (alike, changed) = self.loops.entry(looped.slot).or_insert_with(|| {
            let (mut deciding, mut changed) = (BTreeSet::new(), BTreeSet::new());
            let mut known = usize::MAX;
            // What decides may be made of what is set earlier.
            while deciding.len() != known {
                known = deciding.len();
                decide(&looped.body, &mut deciding, &mut changed);
            }
            let alike = !deciding.contains(&looped.slot) && deciding.is_disjoint(&changed);
            (alike, changed.into_iter().collect())
        });
        if *alike {
            let changed = changed.clone();
            let once = self.nodes(&looped.body)?;
            for slot in changed {
                self.slots[slot as usize] = None;
            }
            return Ok(count.saturating_add(once.saturating_mul(times)));
        }
        for time in 0..times {
            self.step()?;
            let value = from.wrapping_add((time as i64).wrapping_mul(step));
            self.slots[slot] = Some(value);
            count = count.saturating_add(self.nodes(&looped.body)?);
        }
        Ok(count)
    }

    fn value(&self, value: &Value) -> Result<i64, GiveUp> {
        match value {
            Value::Known(value) => Ok(*value),
            Value::Slot(slot) => self.slots[*slot as usize].ok_or(GiveUp),
            Value::Binary(operator, a, b, _) => {
                apply(*operator, self.value(a)?, self.value(b)?).ok_or(GiveUp)
            }
            Value::Element(element) => {
                let array = &self.code.arrays[element.array];
                let mut offset = 0;
                let strides = array.strides();
                for (at, index) in element.indices.iter().enumerate() {
                    let index = u64::try_from(self.value(index)?).map_err(|_| GiveUp)?;
                    if index >= array.dims[at] {
                        return Err(GiveUp);
                    }
                    offset += index * strides[at];
                }
                let table = self.code.table_of(element.array).ok_or(GiveUp)?;
                Ok(table.value(array.base + offset))
            }
        }
    }

    /// How the test comes out; adds what it reads on the way.
    fn test(&self, test: &Test, count: &mut u64) -> Result<bool, GiveUp> {
        Ok(match test {
            Test::Compare(comparison, a, b) => {
                *count += fetches(a) + fetches(b);
                holds(*comparison, self.value(a)?, self.value(b)?)
            }
            Test::And(a, b) => self.test(a, count)? && self.test(b, count)?,
            Test::Or(a, b) => self.test(a, count)? || self.test(b, count)?,
            Test::Not(inner) => !self.test(inner, count)?,
        })
    }
}

/// Accesses to index arrays in a value.
fn fetches(value: &Value) -> u64 {
    match value {
        Value::Known(_) | Value::Slot(_) => 0,
        Value::Binary(_, a, b, _) => fetches(a) + fetches(b),
        Value::Element(element) => 1 + fetches_of(element),
    }
}

/// Accesses to index arrays on the way to an element.
fn fetches_of(element: &Element) -> u64 {
    element.indices.iter().map(fetches).sum()
}

/// All of a test.
fn most_fetches(test: &Test) -> u64 {
    match test {
        Test::Compare(_, a, b) => fetches(a) + fetches(b),
        Test::And(a, b) | Test::Or(a, b) => most_fetches(a) + most_fetches(b),
        Test::Not(inner) => most_fetches(inner),
    }
}

/// Adds the variables on which bounds and conditions in there depend, and the scalars that change.
fn decide(nodes: &[Node], deciding: &mut BTreeSet<u32>, changed: &mut BTreeSet<u32>) {
    for node in nodes {
        match node {
            Node::Touch { .. } => {}
            Node::Update { between, .. } => decide(between, deciding, changed),
            Node::Set {
                slot,
                value,
                changes,
            } => {
                if *changes {
                    changed.insert(*slot);
                }
                if deciding.contains(slot) {
                    slots_of(value, deciding);
                }
            }
            Node::For(looped) => {
                for bound in [&looped.from, &looped.to, &looped.step] {
                    slots_of(bound, deciding);
                }
                decide(&looped.body, deciding, changed);
            }
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                slots_of_test(condition, deciding);
                decide(then, deciding, changed);
                decide(otherwise, deciding, changed);
            }
        }
    }
}

fn slots_of_test(test: &Test, slots: &mut BTreeSet<u32>) {
    match test {
        Test::Compare(_, a, b) => {
            slots_of(a, slots);
            slots_of(b, slots);
        }
        Test::And(a, b) | Test::Or(a, b) => {
            slots_of_test(a, slots);
            slots_of_test(b, slots);
        }
        Test::Not(inner) => slots_of_test(inner, slots),
    }
}

fn slots_of(value: &Value, slots: &mut BTreeSet<u32>) {
    match value {
        Value::Known(_) => {}
        Value::Slot(slot) => {
            slots.insert(*slot);
        }
        Value::Binary(_, a, b, _) => {
            slots_of(a, slots);
            slots_of(b, slots);
        }
        Value::Element(element) => {
            for index in &element.indices {
                slots_of(index, slots);
            }
        }
    }
}

/// The most that can happen.
struct Limits<'a> {
    slots: &'a [Interval],
    contents: &'a [Interval],
}

impl Limits<'_> {
    fn nodes(&self, nodes: &[Node]) -> u64 {
        let counts = nodes.iter().map(|node| self.node(node));
        counts.fold(0, u64::saturating_add)
    }

    fn node(&self, node: &Node) -> u64 {
        match node {
            Node::Touch { element, .. } => 1 + fetches_of(element),
            Node::Update {
                element, between, ..
            } => (2 + fetches_of(element)).saturating_add(self.nodes(between)),
            Node::Set { value, .. } => fetches(value),
            Node::For(looped) => {
                let bounds = [&looped.from, &looped.to, &looped.step];
                let [from, to, step] =
                    bounds.map(|bound| bound.interval(self.slots, self.contents));
                let clamp = |value: i128| value.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
                // The smallest step over the largest distance, either way.
                let up = match step.most > 0 {
                    true => trips(clamp(from.least), clamp(to.most), clamp(step.least.max(1))),
                    false => None,
                };
                let down = match step.least < 0 {
                    true => trips(clamp(from.most), clamp(to.least), clamp(step.most.min(-1))),
                    false => None,
                };
                let times = up.max(down).unwrap_or(0);
                let reads = bounds.into_iter().map(fetches).sum::<u64>();
                let once = self.nodes(&looped.body);
                once.saturating_mul(times).saturating_add(reads)
            }
            Node::If {
                condition,
                then,
                otherwise,
            } => {
                let branch = self.nodes(then).max(self.nodes(otherwise));
                branch.saturating_add(most_fetches(condition))
            }
        }
    }
}
