//! Why a program misses, reference by reference: how far apart its accesses are, and what evicted its
//! lines.

use std::collections::BTreeMap;

use lab_core::{
    sim::{Cause, Causes, Event, Observer},
    trace::{
        Access, Kind,
        program::{PlacedArray, tokens},
    },
    units::grouped,
};

/// What an array's accesses on one line of the program came to.
#[derive(Clone, Debug, Default)]
struct Reference {
    accesses: u64,
    misses: u64,
    causes: Causes,
    loads: Steps,
    stores: Steps,
}

/// How many different steps are told apart: those of a loop nest are few.
const STEPS: usize = 8;

/// How far each access is from the one before, bytes, and how often.
#[derive(Clone, Debug, Default)]
struct Steps {
    last: Option<u64>,
    seen: Vec<(i64, u64)>,
    all: u64,
}

impl Steps {
    fn to(&mut self, address: u64) {
        let Some(last) = self.last.replace(address) else {
            return;
        };
        let step = address.wrapping_sub(last) as i64;
        self.all += 1;
        let full = self.seen.len() == STEPS;
        match self.seen.iter_mut().find(|(known, _)| *known == step) {
            Some((_, times)) => *times += 1,
            None if full => {}
            None => self.seen.push((step, 1)),
        }
    }

    /// The step of most accesses, if one is.
    fn usual(&self) -> Option<i64> {
        let (step, times) = self.seen.iter().max_by_key(|(_, times)| *times)?;
        (2 * times > self.all).then_some(*step)
    }
}

/// Watches an engine for what each reference of a program does. Put together from the events: the misses
/// are those of the first cache.
#[derive(Clone, Debug, Default)]
pub struct References {
    arrays: Vec<PlacedArray>,
    found: BTreeMap<(u64, usize), Reference>,
    now: Option<(u64, usize)>,
}

impl References {
    /// Of a program with these arrays.
    pub fn new(arrays: &[PlacedArray]) -> Self {
        Self {
            arrays: arrays.to_vec(),
            ..Self::default()
        }
    }

    fn begin(&mut self, access: Access) {
        let holds = |array: &PlacedArray| access.address.wrapping_sub(array.base) < array.bytes;
        let array = self.arrays.iter().position(holds);
        self.now = array.map(|array| (access.site, array));
        let Some(now) = self.now else {
            return;
        };
        let reference = self.found.entry(now).or_default();
        reference.accesses += 1;
        match access.kind {
            Kind::Store => reference.stores.to(access.address),
            _ => reference.loads.to(access.address),
        }
    }

    /// What there is to say of each reference on a line of the program, and whether it makes good use of
    /// its cache lines: `source` is the program, `line` the size of a cache line, bytes.
    pub fn on(&self, site: u64, source: &str, line: u64) -> impl Iterator<Item = (bool, String)> {
        let here = self.found.range((site, 0)..=(site, usize::MAX));
        here.map(move |((_, array), reference)| {
            let name = &self.arrays[*array].name;
            let name = written(source, site, name);
            (reference.thrifty(line), reference.sentences(&name, line))
        })
    }
}

impl Observer for References {
    fn event(&mut self, event: Event) {
        match event {
            Event::Access(access) => self.begin(access),
            Event::Miss {
                depth: 0, cause, ..
            } => {
                let Some(reference) = self.now.and_then(|now| self.found.get_mut(&now)) else {
                    return;
                };
                reference.misses += 1;
                match cause {
                    Some(Cause::Compulsory) => reference.causes.compulsory += 1,
                    Some(Cause::Capacity) => reference.causes.capacity += 1,
                    Some(Cause::Conflict) => reference.causes.conflict += 1,
                    None => {}
                }
            }
            _ => {}
        }
    }
}

impl Reference {
    /// A store to what was loaded just before says nothing of its own.
    fn step(&self) -> Option<u64> {
        let kinds = [&self.loads, &self.stores].into_iter();
        let most = kinds.max_by_key(|steps| steps.all)?;
        most.usual().map(i64::unsigned_abs)
    }

    fn thrifty(&self, line: u64) -> bool {
        let again = self.misses - self.causes.compulsory.min(self.misses);
        self.step().is_none_or(|step| step < line) && again <= self.causes.compulsory
    }

    fn sentences(&self, name: &str, line: u64) -> String {
        let (misses, accesses) = (grouped(self.misses), grouped(self.accesses));
        let counted = format!("`{name}` missed {misses} of {accesses} times");
        let apart = self.step().map(|step| match step {
            0 => "one access after the other is to the same element".to_owned(),
            bytes if bytes >= line => format!(
                "consecutive accesses are {} bytes apart, so each needs another line of {line} bytes",
                grouped(bytes)
            ),
            bytes => format!(
                "consecutive accesses are {bytes} bytes apart, {} to a line of {line} bytes",
                line / bytes
            ),
        });
        let first = match apart {
            Some(apart) => format!("{counted}: {apart}."),
            None => format!("{counted}."),
        };
        let Causes {
            compulsory,
            capacity,
            conflict,
            ..
        } = self.causes;
        let came_back = match (capacity >= conflict, capacity.max(conflict) > compulsory) {
            (_, false) => None,
            (true, true) => Some(format!(
                " {} of these were to lines used before: too much else was used in between for them to \
                 stay (capacity).",
                grouped(capacity)
            )),
            (false, true) => Some(format!(
                " {} of these were to lines used before that others of their set had pushed out \
                 (conflict).",
                grouped(conflict)
            )),
        };
        first + &came_back.unwrap_or_default()
    }
}

/// How a line of the program writes an element of an array, where it writes it one way: `A[i][j]`.
fn written(source: &str, site: u64, array: &str) -> String {
    let text = usize::try_from(site).ok();
    let text = text.and_then(|line| source.lines().nth(line.checked_sub(1)?));
    let text = text.unwrap_or_default();
    let all = tokens(text);
    let mut found: Option<&str> = None;
    for (at, token) in all.iter().enumerate() {
        if &text[token.start..token.end] != array {
            continue;
        }
        let (mut depth, mut end) = (0, token.end);
        for token in &all[at + 1..] {
            match &text[token.start..token.end] {
                "[" => depth += 1,
                "]" => depth -= 1,
                _ if depth == 0 => break,
                _ => continue,
            }
            end = token.end;
        }
        let element = &text[token.start..end];
        if found.is_some_and(|other| other != element) {
            return array.to_owned();
        }
        found = Some(element);
    }
    found.unwrap_or(array).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_quoted_where_a_line_writes_them_one_way() {
        let source =
            "array A[8]: f64\nC[i][j] = C[i][j] + A[i][B[k]] * D[k]; E[i + 1] = E[i] // F[i]\n";
        for (array, element) in [
            ("C", "C[i][j]"),
            ("A", "A[i][B[k]]"),
            ("D", "D[k]"),
            ("E", "E"),
            ("nowhere", "nowhere"),
        ] {
            assert_eq!(written(source, 2, array), element);
        }
        assert_eq!(written(source, 9, "A"), "A");
    }

    #[test]
    fn steps_are_those_of_most_accesses() {
        let mut steps = Steps::default();
        assert_eq!(steps.usual(), None);
        for address in [0, 8, 16, 24, 4096, 4104, 4112] {
            steps.to(address);
        }
        assert_eq!(steps.usual(), Some(8));
        for address in [0, 1000, 5, 77] {
            steps.to(address);
        }
        assert_eq!(steps.usual(), None);
    }
}
