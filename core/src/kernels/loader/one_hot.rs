//! One-hot: labels to rows of floats that are 0 but for a 1 at the label's place.

use bytemuck::Pod;
use thiserror::Error;

use super::{Cost, Floats, Loader, Style, Way, split};
use crate::trace::{Buffer, BufferMut, Probe};

/// A label that names no class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("label {position} names class {label} of {classes}: use labels below {classes}")]
pub struct NoSuchClass {
    /// Where among the labels, from 0.
    pub position: usize,
    /// What it names.
    pub label: u32,
    /// Classes there are.
    pub classes: usize,
}

/// Writes a row of `classes` floats for each label.
///
/// # Errors
/// When a label names no class; the rows before its own have been written.
///
/// # Panics
/// When the output has fewer rows than there are labels.
#[inline]
pub fn one_hot<L: Copy + Into<u32>, S: Style, P: Probe>(
    labels: Buffer<'_, L>,
    classes: usize,
    mut output: BufferMut<'_, f32>,
    probe: &mut P,
) -> Result<(), NoSuchClass> {
    for position in 0..labels.len() {
        let label = labels.get(position, probe).into();
        let place = label as usize;
        if place >= classes {
            return Err(NoSuchClass {
                position,
                label,
                classes,
            });
        }
        let mut row = output.part_mut(classes * position..classes * (position + 1));
        let mut class = 0;
        if S::WAY != Way::Plain {
            while class + S::Floats::LANES <= classes {
                S::Floats::splat(0.0).store(&mut row, class, probe);
                class += S::Floats::LANES;
            }
        }
        while class < classes {
            row.set(class, 0.0, probe);
            class += 1;
        }
        row.set(place, 1.0, probe);
    }
    Ok(())
}

/// [`one_hot`] by name, of labels of type `L` and so many classes.
pub(in crate::kernels) struct OneHot<L, const CLASSES: usize> {
    labels: usize,
    of: std::marker::PhantomData<L>,
}

/// Bytes of a row.
const fn row(classes: usize) -> usize {
    classes * size_of::<f32>()
}

impl<L: Pod + Into<u32> + TryFrom<usize>, const CLASSES: usize> Loader for OneHot<L, CLASSES> {
    const NAME: &'static str = match CLASSES {
        10 => "one-hot-10",
        1000 => "one-hot-1000",
        _ => panic!("a number of classes without a name"),
    };
    const ABOUT: &'static str = match CLASSES {
        10 => "labels of 1 byte to rows of 10 floats, one of them 1 and the others 0",
        _ => "labels of 4 bytes to rows of 1000 floats, one of them 1 and the others 0",
    };
    const SOURCE: (&'static str, &'static str) = ("one_hot.rs", include_str!("one_hot.rs"));
    const WAYS: &'static [Way] = &[Way::Plain, Way::Scalar, Way::X4, Way::X8, Way::X16];

    fn sized(bytes: usize) -> Self {
        Self {
            labels: (bytes / (size_of::<L>() + row(CLASSES))).max(1),
            of: std::marker::PhantomData,
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![
            ("labels", size_of::<L>() * self.labels),
            ("rows", row(CLASSES) * self.labels),
        ]
    }

    fn prepare(&self, memory: &mut [u64]) {
        memory.fill(0);
        let [labels, _] = split(self, memory, 0);
        let mut random = fastrand::Rng::with_seed(1);
        for label in bytemuck::cast_slice_mut::<u8, L>(labels.bytes) {
            if let Ok(class) = L::try_from(random.usize(0..CLASSES)) {
                *label = class;
            }
        }
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [labels, rows] = split(self, memory, base);
        one_hot::<L, S, P>(labels.read(), CLASSES, rows.write(), probe)
            .expect("labels were drawn from the classes");
    }

    fn accesses(&self) -> u64 {
        // The label read, its row written, and then one of its numbers.
        ((1 + CLASSES + 1) * self.labels) as u64
    }

    fn cost(&self) -> Cost {
        let labels = self.labels as f64;
        let numbers = ((CLASSES + 1) * self.labels) as f64;
        Cost {
            elements: labels,
            read: size_of::<L>() as f64 * labels,
            written: 4.0 * numbers,
            rewritten: 4.0 * labels,
            // Each number is written, and the label compared with the number of classes.
            operations: numbers + labels,
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Plain, Scalar, X4, X8, X16};
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    fn rows<L: Copy + Into<u32>, S: Style>(
        labels: &[L],
        classes: usize,
    ) -> Result<Vec<f32>, NoSuchClass> {
        // Something else than the 0 that is to come.
        let mut output = vec![7.0; classes * labels.len()];
        let to = BufferMut::new(&mut output, 0);
        one_hot::<L, S, _>(Buffer::new(labels, 0), classes, to, &mut NoProbe).map(|()| output)
    }

    fn is_right<S: Style>(labels: &[u8], classes: usize) {
        let expected = labels.iter().flat_map(|&label| {
            (0..classes).map(move |class| f32::from(u8::from(class == usize::from(label))))
        });
        let expected: Vec<f32> = expected.collect();
        assert_eq!(rows::<u8, S>(labels, classes), Ok(expected.clone()));
        let long: Vec<u32> = labels.iter().map(|&label| label.into()).collect();
        assert_eq!(rows::<u32, S>(&long, classes), Ok(expected));
    }

    proptest! {
        #[test]
        fn each_row_has_its_one(
            (classes, labels) in (1_usize..80).prop_flat_map(|classes| {
                (Just(classes), prop::collection::vec(0..classes as u8, 0..64))
            }),
        ) {
            is_right::<Scalar>(&labels, classes);
            is_right::<Plain>(&labels, classes);
            is_right::<X4>(&labels, classes);
            is_right::<X8>(&labels, classes);
            is_right::<X16>(&labels, classes);
        }
    }

    #[test]
    fn a_label_that_names_no_class_is_refused() {
        let error = rows::<u32, X8>(&[0, 9, 10, 3], 10).unwrap_err();
        assert_eq!(
            error.to_string(),
            "label 2 names class 10 of 10: use labels below 10"
        );
        assert!(rows::<u8, Plain>(&[0], 0).is_err());
        assert!(rows::<u32, Plain>(&[u32::MAX], 3).is_err());
        assert_eq!(rows::<u8, Plain>(&[], 0), Ok(vec![]));
    }
}
