//! Keeps the measuring thread on one processor.

use hwlocality::{Topology, cpu::{binding::CpuBindingFlags, cpuset::CpuSet}};

use crate::topology::measured_unit;

/// While it lives, the thread that made it stays on one processor; then it may go where it went
/// before.
#[derive(Debug)]
pub struct Pin<'t> {
    topology: &'t Topology,
    before: Option<CpuSet>,
    /// The processor, as the system numbers it; or why the thread is not pinned, as a sentence.
    pub processor: Result<usize, String>,
}

impl<'t> Pin<'t> {
    /// Pins the calling thread to [`measured_unit`], where the system allows.
    pub fn new(topology: &'t Topology) -> Self {
        let mut pin = Self {
            topology,
            before: None,
            processor: Err("hwloc sees no processing unit".to_owned()),
        };
        let Some(unit) = measured_unit(topology) else {
            return pin;
        };
        let (Some(set), Some(index)) = (unit.cpuset(), unit.os_index()) else {
            return pin;
        };
        // Without the way back there is no way forth: the thread may serve others later.
        pin.processor = topology
            .cpu_binding(CpuBindingFlags::THREAD)
            .map_err(|error| error.to_string())
            .and_then(|before| {
                topology
                    .bind_cpu(set, CpuBindingFlags::THREAD)
                    .map_err(|error| error.to_string())?;
                pin.before = Some(before);
                Ok(index)
            })
            .map_err(|error| format!("the system does not let a thread be pinned: {error}"));
        pin
    }
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // It was allowed there before; if not any more, staying here does no harm.
            let _ = self.topology.bind_cpu(before, CpuBindingFlags::THREAD);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_goes_back_where_it_was() {
        let topology = Topology::new().unwrap();
        let binding = || topology.cpu_binding(CpuBindingFlags::THREAD).unwrap();
        let before = binding();
        {
            let pin = Pin::new(&topology);
            if pin.processor.is_ok() {
                assert_eq!(binding().weight(), Some(1));
            }
        }
        assert_eq!(binding(), before);
    }
}
