//! An access and what came of it, in sentences.

use lab_core::{
    sim::{Cause, Event, recording::Step},
    trace::{
        Access, Kind,
        program::{Order, PlacedArray},
    },
};

/// An address as it is written here.
pub fn hex(address: u64) -> String {
    format!("0x{address:x}")
}

/// What the program calls an address: an element of an array; nothing outside of all arrays.
pub fn element(arrays: &[PlacedArray], address: u64) -> Option<String> {
    let array = arrays
        .iter()
        .find(|array| address >= array.base && address - array.base < array.bytes)?;
    let within = address - array.base;
    let mut index = within / array.element_bytes.max(1);
    let mut indices = vec![0; array.dims.len()];
    let mut places: Vec<usize> = (0..array.dims.len()).collect();
    if array.order == Order::Row {
        places.reverse();
    }
    for place in places {
        let extent = array.dims[place].max(1);
        indices[place] = index % extent;
        index /= extent;
    }
    let mut name = array.name.clone();
    for index in indices {
        name += &format!("[{index}]");
    }
    let offset = within % array.element_bytes.max(1);
    let field = array.fields.iter().find(|field| field.offset == offset);
    if let Some(field) = field {
        name += &format!(".{}", field.name);
    }
    Some(name)
}

/// Address and bytes of an element as it is written in the program: `A[20][0]`.
///
/// # Errors
/// A sentence that says what there is.
pub fn find(arrays: &[PlacedArray], text: &str) -> Result<(u64, u32), String> {
    let text: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect();
    let name = text.split('[').next().unwrap_or_default();
    if name.is_empty() {
        return Err("Write an element as the program does, or click one.".to_owned());
    }
    let Some(array) = arrays.iter().find(|array| array.name == name) else {
        let names: Vec<&str> = arrays.iter().map(|array| array.name.as_str()).collect();
        return Err(format!(
            "There is no array `{name}`: choose from {}.",
            names.join(", ")
        ));
    };
    let form: String = array.dims.iter().map(|dim| format!("[0..{dim}]")).collect();
    let wrong = || format!("Write an element as {name} with its indices: {name}{form}.");
    let rest = text[name.len()..].strip_suffix(']').ok_or_else(wrong)?;
    let rest = rest.strip_prefix('[').ok_or_else(wrong)?;
    let indices: Vec<u64> = rest
        .split("][")
        .map_while(|index| index.parse().ok())
        .collect();
    let fits = indices
        .iter()
        .zip(&array.dims)
        .all(|(index, dim)| index < dim);
    if indices.len() != array.dims.len() || rest.split("][").count() != indices.len() || !fits {
        return Err(wrong());
    }
    let along = |sum: u64, (index, dim): (&u64, &u64)| sum * dim + index;
    let pairs = indices.iter().zip(&array.dims);
    let element = match array.order {
        Order::Row => pairs.fold(0, along),
        Order::Column => pairs.rev().fold(0, along),
    };
    let bytes = array.element_bytes.max(1);
    Ok((array.base + element * bytes, bytes.min(4096) as u32))
}

/// What a line holds, from the first element that begins or goes on in it to the last: `A[0][4..5]`.
pub fn span(arrays: &[PlacedArray], address: u64, bytes: u64) -> Option<String> {
    let end = address + bytes;
    let array = arrays
        .iter()
        .find(|array| array.base < end && address < array.base + array.bytes)?;
    let from = address.max(array.base);
    let to = end.min(array.base + array.bytes) - 1;
    let size = array.element_bytes.max(1);
    // Of elements as wholes, also where they have fields.
    let name = |at: u64| {
        let whole = PlacedArray {
            fields: Vec::new(),
            ..array.clone()
        };
        element(&[whole], array.base + (at - array.base) / size * size)
    };
    let (first, last) = (name(from)?, name(to)?);
    if first == last {
        return Some(first);
    }
    // What both have in common is said once.
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b);
    let same = first[..same.count()].rfind('[').map_or(0, |at| at + 1);
    let rest = |name: &str| name[same..].trim_end_matches(']').to_owned();
    let (a, b) = (rest(&first), rest(&last));
    if a.contains(']') || b.contains(']') {
        return Some(format!("{first}..{}", &last[same.saturating_sub(1)..]));
    }
    Some(format!("{}{a}..{b}]", &first[..same]))
}

/// What an access does.
pub fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Load => "loads",
        Kind::Store => "stores",
        Kind::Fetch => "fetches",
        Kind::StreamLoad => "streams in",
        Kind::StreamStore => "streams out",
    }
}

/// An access in words: line, verb, element, bytes, address.
pub fn access(access: &Access, arrays: &[PlacedArray]) -> String {
    let what = element(arrays, access.address).unwrap_or_else(|| "memory".to_owned());
    // No line of a program has that number.
    let who = match access.site {
        0 => "Your hand".to_owned(),
        line => format!("Line {line}"),
    };
    format!(
        "{who} {} {what}: {} bytes at {}",
        verb(access.kind),
        access.bytes,
        hex(access.address)
    )
}

/// Why a miss was one.
pub fn cause(cause: Option<Cause>) -> &'static str {
    match cause {
        Some(Cause::Compulsory) => {
            "a compulsory miss: the line is asked for here for the first time"
        }
        Some(Cause::Capacity) => {
            "a capacity miss: even a fully associative cache of this size would have lost the line"
        }
        Some(Cause::Conflict) => {
            "a conflict miss: a fully associative cache of this size would still hold the line, but \
             its set was too full"
        }
        None => "a miss",
    }
}

/// Who is asked after the cache that missed in event `at`; nothing where something beside it served
/// the line, such as its victim cache.
fn asked_next(step: &Step, at: usize, depth: usize) -> Option<&str> {
    let depth_of = |cache: usize| step.caches.get(cache).map(|cache| cache.depth);
    // The caches of all cores stand in one list: only the next look-up tells which lies outside.
    let mut asked = step.events[at + 1..]
        .iter()
        .filter_map(|event| match event {
            Event::LookUp { cache, .. } => Some(*cache),
            _ => None,
        });
    let next = asked.next().filter(|cache| depth_of(*cache) > Some(depth));
    let outermost = step.caches.iter().all(|cache| cache.depth <= depth);
    match next.and_then(|cache| step.caches.get(cache)) {
        Some(next) => Some(&next.name),
        None => outermost.then_some("memory"),
    }
}

/// What happened, cache by cache, a sentence each.
pub fn story(step: &Step, arrays: &[PlacedArray]) -> Vec<String> {
    let name = |cache: usize| {
        step.caches
            .get(cache)
            .map_or("a cache", |cache| cache.name.as_str())
    };
    let bytes = |cache: usize| step.caches.get(cache).map_or(1, |cache| cache.line_bytes);
    let line = |cache: usize, line: u64| {
        let address = line * bytes(cache);
        match element(arrays, address) {
            Some(element) => format!("the line from {element}"),
            None => format!("line {}", hex(line)),
        }
    };
    let mut story = Vec::new();
    for (at, event) in step.events.iter().enumerate() {
        let sentence = match *event {
            Event::Access(_) | Event::LookUp { .. } => continue,
            Event::Hit { cache, set, way } => {
                format!("{} hits in set {set}, way {way}.", name(cache))
            }
            Event::Miss {
                cache,
                depth,
                set,
                cause: why,
            } => {
                let next = match asked_next(step, at, depth) {
                    Some("memory") => "; memory answers".to_owned(),
                    Some(next) => format!("; {next} is asked"),
                    None => String::new(),
                };
                format!("{} misses in set {set}, {}{next}.", name(cache), cause(why))
            }
            Event::Fill {
                cache,
                set,
                way,
                line: filled,
                prefetched,
            } => format!(
                "{} {} {} in set {set}, way {way}.",
                name(cache),
                if prefetched {
                    "prefetched"
                } else {
                    "now holds"
                },
                line(cache, filled)
            ),
            Event::Eviction {
                cache,
                set,
                line: gone,
                dirty,
                ..
            } => format!(
                "To make room, {} evicts {} from set {set}{}.",
                name(cache),
                line(cache, gone),
                if dirty {
                    ", which is dirty"
                } else {
                    ", which is clean"
                }
            ),
            Event::WriteBack {
                cache,
                line: gone,
                to,
            } => format!(
                "{} writes {} back to {}.",
                name(cache),
                line(cache, gone),
                to.map_or("memory", name)
            ),
            Event::Prefetch {
                cache,
                line: wanted,
            } => {
                format!(
                    "The prefetcher of {} asks for {}.",
                    name(cache),
                    line(cache, wanted)
                )
            }
            Event::BackInvalidation {
                cache, line: gone, ..
            } => format!(
                "{} must give up {}: an inclusive cache outside lost it.",
                name(cache),
                line(cache, gone)
            ),
        };
        story.push(sentence);
    }
    story
}

/// The outcome at the first cache, in a word.
pub fn outcome(step: &Step) -> (&'static str, &'static str) {
    let found = step.events.iter().find_map(|event| match event {
        Event::Hit { .. } => Some(("hit", "hit")),
        Event::Miss { cause, .. } => Some(match cause {
            Some(Cause::Compulsory) => ("compulsory miss", "compulsory"),
            Some(Cause::Capacity) => ("capacity miss", "capacity"),
            Some(Cause::Conflict) => ("conflict miss", "conflict"),
            None => ("miss", "capacity"),
        }),
        _ => None,
    });
    found.unwrap_or(("passes by", "hit"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{
        machine::Machine,
        sim::{Options, recording::Recording},
        trace::program::Program,
    };

    #[test]
    fn elements_are_named_in_both_orders() {
        let text =
            "array A[3][4]: f64\narray B[3][4]: f64 order column\nlet s = A[1][2] + B[1][2]\n";
        let instance = Program::parse(text).unwrap().with(&[]).unwrap();
        let arrays = instance.arrays();
        assert_eq!(element(arrays, arrays[0].base + 6 * 8).unwrap(), "A[1][2]");
        assert_eq!(element(arrays, arrays[1].base + 7 * 8).unwrap(), "B[1][2]");
        assert_eq!(element(arrays, 3), None);
        for text in ["A[1][2]", "B[1][2]", "A[2][3]", "B[0][0]"] {
            let (address, bytes) = find(arrays, text).unwrap();
            assert_eq!(
                (element(arrays, address).as_deref(), bytes),
                (Some(text), 8)
            );
        }
        assert_eq!(find(arrays, " B [1] [2] "), find(arrays, "B[1][2]"));
        let refused = |text: &str| find(arrays, text).unwrap_err();
        assert!(refused("C[1]").contains("choose from A, B"));
        for text in ["A", "A[1]", "A[3][0]", "A[1][x]", "A[1][2][0]", "A[1][2"] {
            assert!(refused(text).contains("A[0..3][0..4]"), "{text}");
        }
    }

    #[test]
    fn a_line_is_named_by_what_it_holds() {
        let text = "array A[3][4]: f64\narray B[3]: f64\nlet s = A[1][2] + B[1]\n";
        let instance = Program::parse(text).unwrap().with(&[]).unwrap();
        let arrays = instance.arrays();
        let of = |array: usize, bytes: u64, line| span(arrays, arrays[array].base + bytes, line);
        assert_eq!(of(0, 0, 16).unwrap(), "A[0][0..1]");
        assert_eq!(of(0, 48, 16).unwrap(), "A[1][2..3]");
        assert_eq!(of(0, 16, 64).unwrap(), "A[0][2]..[2][1]");
        assert_eq!(of(0, 8, 4).unwrap(), "A[0][1]");
        assert_eq!(of(1, 0, 64).unwrap(), "B[0..2]");
        assert_eq!(span(arrays, 0, 16), None);
    }

    #[test]
    fn a_story_names_set_cause_and_who_left() {
        let text = "array A[1024]: f64\nfor p in 0..2 {\n    for i in 0..64 {\n        A[i * 16] = 1\n    }\n}\n";
        let instance = Program::parse(text).unwrap().with(&[]).unwrap();
        let machine = Machine::preset("teaching").unwrap();
        let options = Options {
            classify: true,
            ..Options::default()
        };
        let mut run = Recording::new(&machine, options, instance.start(), 1000).unwrap();
        run.advance(1000);
        let first = run.step(0).unwrap();
        let told = access(&first.access, instance.arrays());
        assert!(
            told.starts_with("Line 4 stores A[0]: 8 bytes at 0x"),
            "{told}"
        );
        let story_of = |step: &Step| story(step, instance.arrays()).join(" ");
        assert!(story_of(&first).contains("L1 misses in set"));
        assert!(story_of(&first).contains("compulsory miss"));
        let late = run.step(100).unwrap();
        assert!(
            story_of(&late).contains("evicts the line from A["),
            "{}",
            story_of(&late)
        );
    }

    #[test]
    fn on_several_cores_a_story_follows_the_way_of_its_core() {
        let mut machine = Machine::preset("teaching").unwrap();
        machine.cores = 2;
        let mut shared = machine.caches[0].clone();
        "L3".clone_into(&mut shared.name);
        shared.shared_by = 2;
        let mut second = machine.caches[0].clone();
        "L2".clone_into(&mut second.name);
        machine.caches.truncate(1);
        for (factor, mut outer) in [(4, second), (16, shared)] {
            outer.size = machine.caches[0].size * factor;
            machine.caches.push(outer);
        }
        let by = |core, address| Access {
            core,
            ..Access::load(address, 8)
        };
        let trace = [by(0, 0), by(1, 0), by(1, 4096)];
        let mut run = Recording::new(&machine, Options::default(), trace.iter(), 10).unwrap();
        run.advance(10);
        let told = |run: &mut Recording<_>, at| story(&run.step(at).unwrap(), &[]).join(" ");
        let second = told(&mut run, 1);
        for sentence in ["a miss; L2 is asked.", "a miss; L3 is asked.", "L3 hits"] {
            assert!(second.contains(sentence), "`{sentence}` is not in {second}");
        }
        assert!(!second.contains("memory answers"), "{second}");
        let third = told(&mut run, 2);
        for sentence in [
            "L1 misses",
            "; L2 is asked.",
            "; L3 is asked.",
            "; memory answers.",
        ] {
            assert!(third.contains(sentence), "`{sentence}` is not in {third}");
        }
    }
}
