//! What holds for every loader kernel; each file tests its own against a scalar reference.

use super::*;
use crate::trace::{Kind, Recorder};

/// Bytes of all arrays of a kernel after a run in one of its ways.
fn after(kernel: LoaderKernel, way: Way, bytes: usize) -> Vec<u64> {
    let timed = kernel.timed(bytes);
    let mut memory = vec![0; timed.words()];
    timed.prepare(&mut memory);
    timed.run(way, &mut memory);
    memory
}

/// Whether two memories hold the same: bit for bit, or floats that differ by no more than that,
/// relatively.
fn same(one: &[u64], other: &[u64], tolerance: f64) -> bool {
    let floats = |memory| bytemuck::cast_slice::<u64, f32>(memory).iter().copied();
    one == other
        || tolerance > 0.0
            && floats(one).zip(floats(other)).all(|(one, other)| {
                let (one, other) = (f64::from(one), f64::from(other));
                (one - other).abs() <= tolerance * other.abs()
            })
}

#[test]
fn every_way_of_a_kernel_gives_the_same() {
    for &kernel in LoaderKernel::ALL {
        assert_eq!(LoaderKernel::from_name(kernel.name()), Some(kernel));
        for bytes in [1, 700, 5000, 65_536] {
            let plain = after(kernel, Way::Plain, bytes);
            let tolerance = kernel.timed(bytes).tolerance();
            for &way in kernel.ways() {
                assert!(
                    same(&after(kernel, way, bytes), &plain, tolerance),
                    "{}, {} over {bytes} bytes",
                    kernel.name(),
                    way.name()
                );
            }
        }
    }
}

#[test]
fn what_is_compiled_in_one_way_gives_the_same() {
    for &kernel in LoaderKernel::ALL {
        let way = kernel.narrow_way();
        assert!(way.width().is_none_or(|width| width <= 4), "{way:?}");
        for bytes in [1, 5000] {
            let timed = kernel.timed_narrow(bytes);
            let mut memory = vec![0; timed.words()];
            timed.prepare(&mut memory);
            timed.run(way, &mut memory);
            let same = after(kernel, way, bytes);
            assert!(memory == same, "{} over {bytes} bytes", kernel.name());
        }
    }
}

#[test]
fn a_kernel_takes_the_memory_it_is_given() {
    for &kernel in LoaderKernel::ALL {
        for bytes in [1 << 14, 1 << 18] {
            let taken = 8 * kernel.timed(bytes).words();
            assert!(
                taken <= bytes + 1024 && 10 * taken >= 9 * bytes,
                "{} takes {taken} of {bytes}",
                kernel.name()
            );
        }
    }
}

/// The model of the traffic, against what the kernel tells of its accesses: every byte it reads or
/// writes, once, unless it says otherwise by reading more.
#[test]
fn the_model_counts_the_bytes_that_are_accessed() {
    for &kernel in LoaderKernel::ALL {
        let mut recorder = Recorder::default();
        kernel.simulate(1 << 14, 1, &mut recorder, |_| ());
        let bytes = |kind: Kind| -> f64 {
            let own = recorder
                .accesses
                .iter()
                .filter(|access| access.kind == kind);
            own.map(|access| f64::from(access.bytes)).sum()
        };
        let cost = kernel.cost(1 << 14);
        assert_eq!(bytes(Kind::Load), cost.read, "{} reads", kernel.name());
        assert_eq!(bytes(Kind::Store), cost.written, "{} writes", kernel.name());
        assert_eq!(bytes(Kind::StreamStore), cost.streamed, "{}", kernel.name());
        assert!(cost.elements > 0.0 && cost.operations > 0.0);
    }
}
