//! What hwloc sees of a machine: as a tree to draw, and as a [`Machine`] to simulate.
//!
//! What hwloc does not know stays unknown until a [`Machine`] needs a number: then one is assumed,
//! and a note says so.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use hwlocality::{
    Topology,
    object::{
        TopologyObject,
        attributes::ObjectAttributes,
        types::{CacheType, ObjectType},
    },
    topology::builder::TopologyBuilder,
};
use lab_core::{
    machine::{Machine, describe_errors},
    topology::{Object, Part},
    units::format_bytes,
};

mod describe;

pub use describe::{CacheFacts, Facts, NodeFacts, Ways};

/// Whose topology to look at.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The machine this runs on.
    #[default]
    ThisMachine,
    /// A machine saved as hwloc XML (`lstopo file.xml`).
    Xml(PathBuf),
    /// A machine made up in hwloc's synthetic notation: `node:2 core:4 pu:1`.
    Synthetic(String),
}

/// A machine as hwloc sees it.
#[derive(Debug)]
pub struct Seen {
    /// Its parts.
    pub tree: Object,
    /// What a simulation can take from it.
    pub facts: Facts,
    /// Sentences about what hwloc and the system tell differently.
    pub notes: Vec<String>,
    /// Memory as the operating system counts it, where the machine is this one.
    pub system_memory: Option<u64>,
}

impl Seen {
    /// The machine to simulate, with assumed latencies and bandwidths, and notes on what else had
    /// to be assumed.
    ///
    /// # Errors
    /// When hwloc knows no cache of it.
    pub fn machine(&self) -> Result<(Machine, Vec<String>)> {
        let (machine, notes) = self.facts.machine()?;
        machine.check().map_err(|errors| {
            anyhow!(
                "hwloc's account of the machine makes no sense: {}",
                describe_errors(&errors)
            )
        })?;
        Ok((machine, notes))
    }
}

/// Loads the topology of a source.
///
/// # Errors
/// When hwloc cannot: the sentence names the source.
pub fn load(source: &Source) -> Result<Topology> {
    let builder = TopologyBuilder::new();
    match source {
        Source::ThisMachine => builder
            .build()
            .context("hwloc cannot read this machine's topology"),
        Source::Xml(path) => {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            builder
                .from_xml(&text)
                .ok()
                .and_then(|builder| builder.build().ok())
                .with_context(|| {
                    format!(
                        "{} is no hwloc XML: save one with `lstopo {0}`",
                        path.display()
                    )
                })
        }
        Source::Synthetic(text) => builder
            .from_synthetic(text)
            .ok()
            .and_then(|builder| builder.build().ok())
            .with_context(|| {
                format!(
                    "`{text}` is no synthetic machine: write levels from the outside in, such as \
                     `package:2 l2:4 core:1 pu:2`"
                )
            }),
    }
}

/// Looks at the machine of a source.
///
/// # Errors
/// When hwloc cannot load it.
pub fn look(source: &Source) -> Result<Seen> {
    let topology = load(source)?;
    see(&topology, source)
}

/// Looks at a loaded topology.
///
/// # Errors
/// When it has no processing unit.
pub fn see(topology: &Topology, source: &Source) -> Result<Seen> {
    let root = topology.root_object();
    let Some(unit) = measured_unit(topology) else {
        bail!("hwloc sees no processing unit here");
    };
    let here = matches!(source, Source::ThisMachine);
    let processor = processor(topology);
    let name = match source {
        Source::ThisMachine => processor.unwrap_or_else(|| "this machine".to_owned()),
        Source::Xml(path) => {
            let file = path.file_name().unwrap_or(path.as_os_str());
            file.to_string_lossy().into_owned()
        }
        Source::Synthetic(text) => format!("synthetic `{text}`"),
    };
    let system_memory = here.then(crate::measure::memory::total_bytes).flatten();
    let facts = facts(topology, unit, name, system_memory);
    let mut tree = object(root);
    tree.name.clone_from(&facts.name);
    let mut notes = Vec::new();
    if let (Some(seen), Some(system)) = (facts.hwloc_memory, system_memory)
        && seen.abs_diff(system) * 20 > system
    {
        notes.push(format!(
            "hwloc counts {} of memory and the system {}: memory was added or hidden after the \
             firmware made its tables. The lab goes by the system.",
            format_bytes(seen as f64),
            format_bytes(system as f64),
        ));
    }
    notes.extend(uneven_caches(topology, unit));
    Ok(Seen {
        tree,
        facts,
        notes,
        system_memory,
    })
}

/// The processing unit that is measured, and whose caches are described: the last core of the
/// fastest kind (the first core serves most interrupts), its first hardware thread.
pub fn measured_unit(topology: &Topology) -> Option<&TopologyObject> {
    let allowed = topology.allowed_cpuset();
    let mut candidates = allowed.clone_target();
    if let Ok(kinds) = topology.cpu_kinds()
        && let Some(fastest) = kinds.max_by_key(|kind| kind.efficiency)
    {
        let fastest = &candidates & &fastest.cpuset;
        if !fastest.is_empty() {
            candidates = fastest;
        }
    }
    let last = candidates.last_set()?;
    let last = topology
        .objects_with_type(ObjectType::PU)
        .find(|unit| unit.os_index() == Some(usize::from(last)))?;
    let siblings = last.first_ancestor_with_type(ObjectType::Core)?;
    topology
        .objects_with_type(ObjectType::PU)
        .find(|unit| {
            unit.is_in_subtree(siblings)
                && unit.cpuset().is_some_and(|set| candidates.includes(&*set))
        })
        .or(Some(last))
}

/// The processor's own name.
fn processor(topology: &Topology) -> Option<String> {
    topology
        .objects_with_type(ObjectType::Package)
        .chain([topology.root_object()])
        .find_map(|object| object.info("CPUModel"))
        .map(|name| {
            name.to_string_lossy()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        })
        .filter(|name| !name.is_empty())
}

/// The caches a processing unit loads data through, innermost first.
fn data_caches(unit: &TopologyObject) -> impl Iterator<Item = (&TopologyObject, CacheFacts)> {
    unit.ancestors().filter_map(|object| {
        let Some(ObjectAttributes::Cache(cache)) = object.attributes() else {
            return None;
        };
        (cache.cache_type() != CacheType::Instruction).then(|| {
            let facts = CacheFacts {
                level: cache.depth() as u32,
                size: cache.size().map(Into::into),
                line: cache.line_size().map(|line| line.get() as u64),
                ways: Ways::from(cache.associativity()),
                shared_by: 1,
            };
            (object, facts)
        })
    })
}

fn facts(
    topology: &Topology,
    unit: &TopologyObject,
    name: String,
    system_memory: Option<u64>,
) -> Facts {
    let cores_in = |object: &TopologyObject| cores(topology, object);
    let nodes: Vec<_> = topology.objects_with_type(ObjectType::NUMANode).collect();
    let matrix = distances(topology, &nodes);
    Facts {
        name,
        cores: cores_in(topology.root_object()),
        caches: data_caches(unit)
            .map(|(object, facts)| CacheFacts {
                shared_by: cores_in(object),
                ..facts
            })
            .collect(),
        hwloc_memory: Some(topology.root_object().total_memory()).filter(|bytes| *bytes > 0),
        system_memory,
        nodes: nodes
            .iter()
            .enumerate()
            .map(|(index, node)| NodeFacts {
                memory: local_memory(node),
                cores: cores_in(node),
                distances: matrix.as_ref().map(|rows| rows[index].clone()),
            })
            .collect(),
    }
}

/// Cores that an object covers; hardware threads where cores are unknown. At least one.
fn cores(topology: &Topology, object: &TopologyObject) -> u32 {
    let Some(set) = object.cpuset() else {
        return 0;
    };
    let count = |part| {
        topology
            .objects_with_type(part)
            .filter(|inner| inner.is_inside_cpuset(set))
            .count() as u32
    };
    match count(ObjectType::Core) {
        0 => count(ObjectType::PU),
        cores => cores,
    }
}

fn local_memory(node: &TopologyObject) -> Option<u64> {
    match node.attributes() {
        Some(ObjectAttributes::NUMANode(node)) => node.local_memory().map(Into::into),
        _ => None,
    }
}

/// Rows of the firmware's distance matrix, in the order of `nodes`.
fn distances(topology: &Topology, nodes: &[&TopologyObject]) -> Option<Vec<Vec<u32>>> {
    let matrices = topology
        .distances_with_type(None, ObjectType::NUMANode)
        .ok()?;
    let matrix = matrices.iter().find(|matrix| {
        matrix
            .name()
            .is_some_and(|name| name.to_bytes() == b"NUMALatency")
    })?;
    let places = nodes
        .iter()
        .map(|node| matrix.object_idx(node))
        .collect::<Option<Vec<_>>>()?;
    let (width, values) = (matrix.num_objects(), matrix.distances());
    let row = |from: usize| {
        places
            .iter()
            .map(|to| u32::try_from(values[from * width + to]).ok())
            .collect::<Option<Vec<_>>>()
    };
    places.iter().map(|from| row(*from)).collect()
}

/// Says so where other cores have other caches than the one described.
fn uneven_caches(topology: &Topology, unit: &TopologyObject) -> Option<String> {
    let sizes = |unit: &TopologyObject| -> Vec<_> {
        data_caches(unit)
            .map(|(_, facts)| (facts.level, facts.size))
            .collect()
    };
    let own = sizes(unit);
    topology
        .objects_with_type(ObjectType::PU)
        .any(|other| sizes(other) != own)
        .then(|| {
            format!(
                "Not all cores have the same caches: described and measured is CPU {}, of the \
                 fastest kind.",
                unit.os_index().unwrap_or_default()
            )
        })
}

/// hwloc's tree as the lab draws it, memory before what computes.
fn object(seen: &TopologyObject) -> Object {
    let index = seen.os_index().map_or_else(
        || seen.logical_index().to_string(),
        |index| index.to_string(),
    );
    let (part, name) = match seen.object_type() {
        ObjectType::Machine => (Part::Machine, "machine".to_owned()),
        ObjectType::Package => (Part::Package, format!("package {index}")),
        ObjectType::NUMANode => (Part::Memory, format!("node {index}")),
        ObjectType::Core => (Part::Core, format!("core {}", seen.logical_index())),
        ObjectType::PU => (Part::Thread, format!("CPU {index}")),
        ObjectType::Die => (Part::Group, format!("die {index}")),
        other => match seen.attributes() {
            Some(ObjectAttributes::Cache(cache)) => {
                let kind = match cache.cache_type() {
                    CacheType::Data => "d",
                    CacheType::Instruction => "i",
                    _ => "",
                };
                (Part::Cache, format!("L{}{kind}", cache.depth()))
            }
            _ => (Part::Group, other.to_string().to_lowercase()),
        },
    };
    let mut drawn = Object::new(part, name, detail(seen));
    let children = seen.memory_children().chain(seen.normal_children());
    drawn.children = children.map(object).collect();
    drawn
}

fn detail(seen: &TopologyObject) -> String {
    let known = |bytes: Option<u64>| {
        bytes.map_or_else(
            || "size unknown".to_owned(),
            |bytes| format_bytes(bytes as f64),
        )
    };
    match seen.attributes() {
        Some(ObjectAttributes::NUMANode(_)) => known(local_memory(seen)),
        Some(ObjectAttributes::Cache(cache)) => {
            let mut detail = known(cache.size().map(Into::into));
            match Ways::from(cache.associativity()) {
                Ways::Unknown => {}
                Ways::Full => detail.push_str(", fully associative"),
                Ways::Count(ways) => detail.push_str(&format!(", {ways} ways")),
            }
            if let Some(line) = cache.line_size() {
                detail.push_str(&format!(", lines of {line} B"));
            }
            detail
        }
        _ if seen.object_type() == ObjectType::Machine && seen.total_memory() > 0 => {
            format_bytes(seen.total_memory() as f64)
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests;
