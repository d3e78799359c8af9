//! From the batch engine to the step engine, in the middle of a run: for the first access that the
//! batch engine does not know (streaming, or of another core).

use super::{Engine, Options};
use crate::{
    machine::{Machine, MachineError},
    sim::{batch::Batch, level::Held},
};

impl Engine {
    /// Takes over what a batch engine holds and counted.
    ///
    /// # Errors
    /// All that is wrong with the description.
    pub(in crate::sim) fn adopt(
        machine: &Machine,
        options: Options,
        mut batch: Batch,
    ) -> Result<Self, Vec<MachineError>> {
        let mut engine = Self::new(machine, options)?;
        let counts = batch.counts();
        engine.accesses = counts.accesses;
        engine.bytes = counts.bytes;
        engine.memory = counts.memory;
        let levels = engine.caches.iter_mut().zip(batch.into_levels());
        for ((cache, (lines, twin)), counts) in levels.zip(counts.levels) {
            for (set, line, dirty) in lines.oldest_first() {
                let way = cache.free_way(set, true).expect("as many ways as before");
                let held = Held {
                    line,
                    dirty,
                    used: 0,
                    prefetched: None,
                };
                cache.put(set, way, held);
                cache.policy.fill(set, way);
            }
            cache.twin = twin;
            cache.causes = counts.misses_by_cause.unwrap_or_default();
            cache.counts = counts;
        }
        Ok(engine)
    }
}
