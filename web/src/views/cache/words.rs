//! A step in words.

use lab_core::{
    sim::{Cause, Event, recording::Step},
    trace::{Kind, program::PlacedArray},
};

use crate::simulation::protocol::Seen;

/// The element of an array at an address, as the program writes it: `A[3][0]`.
pub fn element(arrays: &[PlacedArray], address: u64) -> String {
    let holds = |array: &&PlacedArray| address.wrapping_sub(array.base) < array.bytes;
    let Some(array) = arrays.iter().find(holds) else {
        return format!("{address:#x}");
    };
    let offset = address - array.base;
    let mut rest = offset / array.element_bytes.max(1);
    let mut indices = vec![0; array.dims.len()];
    let column = array.order == lab_core::trace::program::Order::Column;
    let order: Vec<usize> = if column {
        (0..array.dims.len()).collect()
    } else {
        (0..array.dims.len()).rev().collect()
    };
    for dim in order {
        indices[dim] = rest % array.dims[dim].max(1);
        rest /= array.dims[dim].max(1);
    }
    let inside = offset % array.element_bytes.max(1);
    let field = array.fields.iter().find(|field| field.offset == inside);
    let field = field.map_or(String::new(), |field| format!(".{}", field.name));
    let indices: String = indices.iter().map(|index| format!("[{index}]")).collect();
    format!("{}{indices}{field}", array.name)
}

/// What happened at a step, as sentences.
pub fn sentences(seen: &Seen, step: &Step) -> Vec<String> {
    let name = |cache: usize| {
        let cache = step.caches.get(cache);
        cache.map_or("the cache", |cache| cache.name.as_str())
    };
    let bytes = |cache: usize| step.caches.get(cache).map_or(1, |cache| cache.line_bytes);
    let what = match step.access.kind {
        Kind::Load => "Load",
        Kind::Store => "Store to",
        Kind::Fetch => "Fetch",
        Kind::StreamLoad => "Streaming load",
        Kind::StreamStore => "Streaming store to",
    };
    let mut told = vec![format!(
        "{what} {} (line {}, {} bytes at {:#x}).",
        element(&seen.arrays, step.access.address),
        step.access.site,
        step.access.bytes,
        step.access.address
    )];
    for event in &step.events {
        told.extend(match *event {
            Event::Hit { cache, set, way } => {
                Some(format!("{} hits: the line lies in set {set}, way {way}.", name(cache)))
            }
            Event::Miss {
                cache, set, cause, ..
            } => Some(format!(
                "{} misses in set {set}{}",
                name(cache),
                match cause {
                    None => ".",
                    Some(Cause::Compulsory) => ": compulsory, it was never asked for this line before.",
                    Some(Cause::Capacity) => {
                        ": capacity, a fully associative cache of this size has lost the line too."
                    }
                    Some(Cause::Conflict) => {
                        ": conflict, a fully associative cache of this size would still hold the line."
                    }
                }
            )),
            Event::Eviction {
                cache, line, dirty, way, ..
            } => Some(format!(
                "{} evicts the {}line of {} from way {way}.",
                name(cache),
                if dirty { "dirty " } else { "" },
                element(&seen.arrays, line * bytes(cache)),
            )),
            Event::WriteBack { cache, to, .. } => Some(format!(
                "{} writes it back to {}.",
                name(cache),
                to.map_or("memory", name)
            )),
            Event::Prefetch { cache, line } => Some(format!(
                "{} prefetches the line of {}.",
                name(cache),
                element(&seen.arrays, line * bytes(cache))
            )),
            Event::BackInvalidation { cache, line, .. } => Some(format!(
                "{} loses the line of {}, which an inclusive cache outside lost.",
                name(cache),
                element(&seen.arrays, line * bytes(cache))
            )),
            Event::Access(_) | Event::LookUp { .. } | Event::Fill { .. } => None,
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use lab_core::trace::program::Program;

    use super::*;

    #[test]
    fn elements_are_written_as_the_program_writes_them() {
        let source = "record P { x: f32, y: f64 }\narray A[3][5]: f32\narray B[3][5]: f32 order column\narray Q[4]: P\nA[0][0]";
        let program = Program::parse(source).unwrap();
        let instance = program.with(&[]).unwrap();
        let arrays = instance.arrays();
        let at = |array: usize, offset: u64| element(arrays, arrays[array].base + offset);
        assert_eq!(at(0, 4 * (2 * 5 + 3)), "A[2][3]");
        assert_eq!(at(1, 4 * (3 * 3 + 2)), "B[2][3]");
        assert_eq!(at(2, 16 * 3 + 8), "Q[3].y");
        assert_eq!(element(arrays, 3), "0x3");
    }
}
