//! Machines in expressions: presets, changed as on the command line.

use std::sync::Arc;

use lab_core::{
    evidence::Evidence,
    machine::{Figure, Machine, Setting, Tlb},
};
use minijinja::{
    Error, Value,
    value::{Enumerator, Kwargs, Object, Rest},
};

use super::wrong;
use crate::check::listed;

/// A machine with its caches by name: `laptop.L1.sets`.
#[derive(Debug)]
pub struct Shown(pub Machine);

impl Object for Shown {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let machine = &self.0;
        let name = key.as_str()?;
        if let Some(cache) = machine.caches.iter().find(|cache| cache.name == name) {
            return Some(Value::from_pairs([
                ("ways", Value::from(cache.ways)),
                ("sets", cache.sets().into()),
                ("ns", cache.latency_ns.value.into()),
            ]));
        }
        let figure = match name {
            "ns" => machine.memory.latency_ns.value,
            "gbs" => machine.memory.bandwidth_gbs.value,
            "ghz" => machine.clock_ghz.as_ref()?.value,
            _ => return None,
        };
        Some(figure.into())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }
}

/// `machine("small-laptop", "l1.ways=4", levels=1, tlb=[64, 4])`
pub fn named(name: &str, edits: Rest<Value>, words: Kwargs) -> Result<Value, Error> {
    let mut machine = of(&name.into())?;
    if let Some(levels) = words.get::<Option<usize>>("levels")? {
        machine.caches.truncate(levels);
    }
    if let Some(tlb) = words.get::<Option<Vec<u64>>>("tlb")? {
        let [entries, ways] = tlb[..] else {
            return Err(wrong("a TLB is written as entries and ways: `tlb=[64, 4]`"));
        };
        machine.tlbs = vec![Tlb {
            name: "L1 dTLB".into(),
            entries,
            ways,
            huge_entries: 0,
            huge_ways: 0,
            miss_ns: Figure::new(1.0, Evidence::Assumed, "only misses are counted"),
        }];
    }
    words.assert_all_used()?;
    Ok(Value::from_object(Shown(edited(&machine, &edits)?)))
}

/// A machine that was made here, or a preset by name.
pub fn of(value: &Value) -> Result<Machine, Error> {
    if let Some(Shown(machine)) = value.downcast_object_ref() {
        return Ok(machine.clone());
    }
    let name = value.as_str().unwrap_or_default();
    Machine::preset(name).ok_or_else(|| {
        let known = listed(Machine::preset_names());
        wrong(format!(
            "there is no machine `{value}`: choose from {known}"
        ))
    })
}

/// A machine with properties of its caches changed: `l1.policy=srrip`.
pub fn edited(machine: &Machine, edits: &[Value]) -> Result<Machine, Error> {
    let mut machine = machine.clone();
    for edit in edits {
        let text = edit.as_str().unwrap_or_default();
        let Some((setting, value)) = text.split_once('=') else {
            return Err(wrong(format!(
                "`{edit}` changes nothing: write `l1.ways=4`"
            )));
        };
        let setting: Result<Setting, _> = setting.parse();
        setting
            .and_then(|setting| setting.set(&mut machine, value))
            .map_err(|error| wrong(error.to_string()))?;
    }
    machine
        .check()
        .map_err(|errors| wrong(lab_core::machine::describe_errors(&errors)))?;
    Ok(machine)
}
