//! Triad: the kernel of STREAM, and of write-allocate traffic.

use super::{ARRAY, Arrays, PASSES, Runnable, words};
use crate::{
    parameters::{Arguments, Parameter},
    trace::{Buffer, BufferMut, Probe},
};

/// `a[i] = b[i] + scale · c[i]` over the shortest of the three, not fused.
///
/// STREAM counts 24 bytes an element; a cache that allocates on writes moves 32, since the line of
/// `a` is read before it is written (claim H4).
#[inline]
pub fn triad<P: Probe>(
    mut a: BufferMut<'_, f64>,
    b: Buffer<'_, f64>,
    c: Buffer<'_, f64>,
    scale: f64,
    probe: &mut P,
) {
    for index in 0..a.len().min(b.len()).min(c.len()) {
        let value = b.get(index, probe) + scale * c.get(index, probe);
        a.set(index, value, probe);
    }
}

/// `b[i] = scale · c[i]` over the shorter of the two: STREAM's Scale, which counts 16 bytes an element;
/// 24 are moved.
#[inline]
pub fn scale<P: Probe>(mut b: BufferMut<'_, f64>, c: Buffer<'_, f64>, scale: f64, probe: &mut P) {
    for index in 0..b.len().min(c.len()) {
        let value = scale * c.get(index, probe);
        b.set(index, value, probe);
    }
}

/// [`triad`] by name.
pub(super) struct Triad;

impl Runnable for Triad {
    const NAME: &'static str = "triad";
    const ABOUT: &'static str = "a[i] = b[i] + s · c[i] over three arrays of 8-byte numbers";
    const SOURCE: (&'static str, &'static str) = ("triad.rs", include_str!("triad.rs"));
    const PARAMETERS: &'static [Parameter] = &[ARRAY, PASSES];

    fn accesses(arguments: &Arguments) -> u64 {
        3 * arguments.get(&PASSES) as u64 * words(arguments) as u64
    }

    fn run<P: Probe>(arguments: &Arguments, probe: &mut P) -> u64 {
        let elements = words(arguments);
        let mut arrays = Arrays::default();
        let [at_a, at_b, at_c] =
            ["a", "b", "c"].map(|name| arrays.place::<f64, P>(name, elements, probe));
        let [mut a, b, c] = [0.0, 1.0, 2.0].map(|value| vec![value; elements]);
        for _ in 0..arguments.get(&PASSES) as u64 {
            let [b, c] = [Buffer::new(&b, at_b), Buffer::new(&c, at_c)];
            triad(BufferMut::new(&mut a, at_a), b, c, 3.0, probe);
        }
        a.first().copied().unwrap_or(0.0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Kind, Recorder};

    #[test]
    fn scale_reads_and_writes_each_element_of_the_shorter_array_once() {
        let (mut b, c) = ([0.0; 3], [1.0, 2.0, 4.0, 8.0]);
        let mut recorder = Recorder::default();
        scale(
            BufferMut::new(&mut b, 1024),
            Buffer::new(&c, 0),
            3.0,
            &mut recorder,
        );
        assert_eq!(b, [3.0, 6.0, 12.0]);
        let of = |kind| {
            recorder
                .accesses
                .iter()
                .filter(move |a| a.kind == kind)
                .count()
        };
        assert_eq!((of(Kind::Load), of(Kind::Store)), (3, 3));
    }
}
