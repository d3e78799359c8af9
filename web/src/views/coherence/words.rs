//! An access to a shared line in sentences.

use lab_core::sim::coherence::{Bus, State, Supplier, Touch};

/// Who does what: `core 1 writes`.
pub fn access(touch: &Touch) -> String {
    let does = if touch.writes { "writes" } else { "reads" };
    format!("core {} {does}", touch.core)
}

/// Where a line comes from.
pub fn supplier(supplier: Supplier) -> String {
    match supplier {
        Supplier::Memory => "memory".to_owned(),
        Supplier::Cache(core) => format!("core {core}"),
    }
}

/// What a state means for the cache that has the line in it.
fn meaning(state: State) -> &'static str {
    match state {
        State::M => "the only copy, and newer than memory's",
        State::E => "the only copy, as good as memory's",
        State::S => "a copy as good as memory's, and others may have one",
        State::I => "no copy",
    }
}

/// What happened, step by step.
pub fn story(touch: &Touch, cores: u16) -> Vec<String> {
    let Touch { core, .. } = *touch;
    let state = |state: State| format!("{} ({})", state.letter(), meaning(state));
    let mut story = vec![format!(
        "Core {core} has the line in {}.",
        state(touch.before.of(core))
    )];
    story.push(match touch.bus {
        None if touch.writes => "That is enough to write: nobody else hears of it.".to_owned(),
        None => "That is enough to read: nobody else hears of it.".to_owned(),
        Some(Bus::Read) => "So it asks on the bus to read the line: BusRd.".to_owned(),
        Some(Bus::ReadExclusive) => {
            "So it asks on the bus for the line, to be the only one who has it: BusRdX.".to_owned()
        }
        Some(Bus::Upgrade) => {
            "Others may have it too, so it tells them on the bus that it will write: BusUpgr. No data \
             moves."
                .to_owned()
        }
    });
    match touch.supplier {
        Some(Supplier::Cache(from)) => {
            let too = touch
                .written_back
                .map_or("", |_| ", and memory takes it too");
            story.push(format!(
                "Core {from} sends the line, since memory's copy is old{too}."
            ));
        }
        Some(Supplier::Memory) => story.push("Memory sends the line.".to_owned()),
        None => {}
    }
    for other in (0..cores).filter(|other| *other != core) {
        let (before, after) = (touch.before.of(other), touch.after.of(other));
        if before != after {
            let verb = if after == State::I {
                "loses its copy"
            } else {
                "keeps a copy"
            };
            let (before, after) = (before.letter(), after.letter());
            story.push(format!("Core {other} {verb}: {before} becomes {after}."));
        }
    }
    story.push(format!(
        "Now core {core} has it in {}.",
        state(touch.after.of(core))
    ));
    story
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_core::{
        sim::coherence::{Coherence, MESI},
        trace::Access,
    };

    #[test]
    fn a_contended_line_is_told() {
        let mut caches = Coherence::new(MESI, 2, 64).unwrap();
        let of = |core, access: Access| Access { core, ..access };
        caches.access(of(0, Access::store(0, 8)));
        let read = caches.access(of(1, Access::load(8, 8)))[0];
        assert_eq!(
            story(&read, 2),
            [
                "Core 1 has the line in I (no copy).",
                "So it asks on the bus to read the line: BusRd.",
                "Core 0 sends the line, since memory's copy is old, and memory takes it too.",
                "Core 0 keeps a copy: M becomes S.",
                "Now core 1 has it in S (a copy as good as memory's, and others may have one).",
            ]
        );
        let write = caches.access(of(0, Access::store(0, 8)))[0];
        let told = story(&write, 2);
        assert!(told[1].contains("BusUpgr"), "{told:?}");
        assert_eq!(told[2], "Core 1 loses its copy: S becomes I.");
        let again = caches.access(of(0, Access::store(0, 8)))[0];
        assert_eq!(story(&again, 2).len(), 3);
    }
}
