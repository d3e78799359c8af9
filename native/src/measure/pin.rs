//! Holds the measuring thread on one processor, and its memory near.

use anyhow::{Context, Result};
use hwlocality::{
    Topology,
    cpu::{binding::CpuBindingFlags, cpuset::CpuSet},
    object::{TopologyObject, types::ObjectType},
};

use super::near::{self, Memory};
use crate::topology::measured_unit;

/// The calling thread stays on one processor until this is dropped.
#[derive(Debug)]
pub struct Pinned<'t> {
    topology: &'t Topology,
    before: CpuSet,
    /// The system's number of the processor.
    pub processor: usize,
    /// Where its memory comes from, or why it is not bound.
    pub memory: Result<Memory>,
}

/// Pins the calling thread to the processor whose caches are described ([`measured_unit`]), or to
/// the last one where it may not run there, and binds the memory it touches to that processor's
/// NUMA node.
///
/// # Errors
/// When the system does not let us.
pub fn pin(topology: &Topology) -> Result<Pinned<'_>> {
    let before = topology
        .cpu_binding(CpuBindingFlags::THREAD)
        .context("the system does not tell where this thread may run")?;
    let allowed =
        |unit: &&TopologyObject| unit.os_index().is_some_and(|index| before.is_set(index));
    let unit = measured_unit(topology)
        .filter(allowed)
        .or_else(|| topology.objects_with_type(ObjectType::PU).rfind(allowed))
        .context("this thread may run on no processor that hwloc knows")?;
    let set = unit
        .cpuset()
        .context("hwloc gives a processor without a number")?;
    topology
        .bind_cpu(set, CpuBindingFlags::THREAD)
        .context("the system does not let this thread stay on one processor")?;
    let memory = near::bind(topology, &before, &set);
    Ok(Pinned {
        topology,
        memory,
        before,
        processor: unit.os_index().unwrap_or_default(),
    })
}

impl Pinned<'_> {
    /// Where its memory comes from, in words.
    ///
    /// # Errors
    /// Why it is not bound.
    pub fn memory(&self) -> Result<String, String> {
        let nodes = self
            .topology
            .objects_with_type(ObjectType::NUMANode)
            .count();
        match &self.memory {
            Ok(memory) => Ok(memory.text(nodes)),
            Err(why) => Err(format!("{why:#}")),
        }
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        if matches!(self.memory, Ok(Memory::Near(_))) {
            near::release(self.topology);
        }
        // A thread that cannot be let go measures no worse; it only stays where it is.
        let _ = self
            .topology
            .bind_cpu(&self.before, CpuBindingFlags::THREAD);
    }
}
