//! Keeps a thread's memory near its processor: pages it touches first come from its NUMA node.
//!
//! The system puts them there by itself while there is room, and may move them later; the binding
//! holds them there. It is no strict one, under which the kernel would rather end the process than
//! give a page of another node: whether it works is tried, and what was found is told.

use anyhow::{Context, Result, ensure};
use hwlocality::{
    Topology,
    bitmap::Bitmap,
    cpu::cpuset::CpuSet,
    memory::{
        binding::{MemoryBindingFlags, MemoryBindingPolicy},
        nodeset::NodeSet,
    },
};

/// Bytes touched to see where memory comes from.
const TRIAL: usize = 1 << 20;

/// Where a thread's memory comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Memory {
    /// The nodes of its processor: bound by us, and tried.
    Near(NodeSet),
    /// Those that whoever started this process had bound it to: left as it was.
    Chosen(NodeSet),
}

impl Memory {
    /// In words; there are so many nodes in all.
    pub fn text(&self, nodes: usize) -> String {
        match self {
            Memory::Near(near) if nodes == 1 => {
                format!("bound to NUMA node {}, the only one", numbers(near))
            }
            Memory::Near(near) => format!(
                "bound to NUMA node {}, the processor's, of {nodes} nodes",
                numbers(near)
            ),
            Memory::Chosen(chosen) => format!(
                "bound to NUMA node {} by whoever started the lab, and left so",
                numbers(chosen)
            ),
        }
    }
}

/// The system's numbers of the nodes, as hwloc lists them: `0-1`.
fn numbers(nodes: &NodeSet) -> String {
    Bitmap::from(nodes.clone()).to_string()
}

/// Binds what the calling thread touches from now on to the nodes of these processors, unless it was
/// bound elsewhere before it came to them from `home`.
///
/// # Errors
/// When the system does not bind memory, or puts it elsewhere nevertheless.
pub fn bind(topology: &Topology, home: &CpuSet, place: &CpuSet) -> Result<Memory> {
    let (bound, policy) = topology
        .memory_binding::<NodeSet>(MemoryBindingFlags::THREAD)
        .context("the system does not tell where memory comes from")?;
    let by_default = matches!(policy, Some(MemoryBindingPolicy::FirstTouch));
    if !by_default && bound != NodeSet::from_cpuset(topology, home) {
        return Ok(Memory::Chosen(bound));
    }
    let near = NodeSet::from_cpuset(topology, place);
    topology
        .bind_memory(&near, MemoryBindingPolicy::Bind, MemoryBindingFlags::THREAD)
        .context("the system does not bind a thread's memory to a node")?;
    // Writing ones: the pages of a zeroed vector need not be there.
    let trial = vec![1_u8; TRIAL];
    let found: NodeSet = topology
        .area_memory_location(trial.as_slice(), MemoryBindingFlags::empty())
        .context("the system does not tell on which node memory lies")?;
    ensure!(
        near.includes(&found),
        "memory bound to NUMA node {} was put on {}",
        numbers(&near),
        numbers(&found)
    );
    Ok(Memory::Near(near))
}

/// Lets the calling thread's memory come from where the system puts it.
pub fn release(topology: &Topology) {
    // A thread whose memory stays bound measures no worse.
    let _ = topology.unbind_memory(MemoryBindingFlags::THREAD);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::{Source, load};
    use hwlocality::cpu::binding::CpuBindingFlags;

    /// What the system says is bound is the oracle. In a thread of its own: bindings are a thread's.
    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_bound_and_released() {
        let topology = load(&Source::ThisMachine).unwrap();
        let found = std::thread::spawn(move || {
            let home = topology.cpu_binding(CpuBindingFlags::THREAD).unwrap();
            let bound = || {
                topology
                    .memory_binding::<NodeSet>(MemoryBindingFlags::THREAD)
                    .unwrap()
            };
            let (_, before) = bound();
            // Where the system refuses, it says why; a container may.
            let memory = bind(&topology, &home, &home).map_err(|why| {
                assert!(!format!("{why:#}").is_empty());
            });
            let Ok(Memory::Near(near)) = memory else {
                return;
            };
            assert_eq!(bound(), (near, Some(MemoryBindingPolicy::Bind)));
            release(&topology);
            assert_eq!(bound().1, before);
        });
        found.join().unwrap();
    }

    #[test]
    fn what_is_bound_is_said() {
        let mut node = NodeSet::new();
        node.set(1);
        let near = Memory::Near(node.clone());
        assert_eq!(
            near.text(2),
            "bound to NUMA node 1, the processor's, of 2 nodes"
        );
        assert_eq!(near.text(1), "bound to NUMA node 1, the only one");
        assert!(Memory::Chosen(node).text(2).contains("by whoever started"));
    }
}
