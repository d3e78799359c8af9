//! Windows against their definition, pixel by pixel.

use super::*;
use crate::kernels::loader::{Plain, Scalar, X4, X8, X16};
use proptest::prelude::*;

fn cropped<S: Style>(
    images: &[u8],
    from: Size,
    windows: &[Window],
    to: Size,
) -> Result<Vec<u8>, Outside> {
    let mut output = vec![0; to.bytes() * windows.len()];
    let (images, windows) = (Buffer::new(images, 0), Buffer::new(windows, 0));
    let target = BufferMut::new(&mut output, 0);
    crop_flip::<S, _>(images, from, windows, target, to, &mut NoProbe).map(|()| output)
}

fn are_right(from: Size, to: Size, windows: &[Window]) {
    let images: Vec<u8> = (0..from.bytes() * windows.len())
        .map(|at| (at * 37 / 11) as u8)
        .collect();
    let mut expected = Vec::new();
    for (image, &[top, left, flip]) in windows.iter().enumerate() {
        for row in 0..to.height {
            for column in 0..to.width {
                let column = if flip == 0 {
                    column
                } else {
                    to.width - 1 - column
                };
                let (row, column) = (row + top as usize, column + left as usize);
                for channel in 0..3 {
                    let pixel = (image * from.height + row) * from.width + column;
                    expected.push(images[3 * pixel + channel]);
                }
            }
        }
    }
    assert_eq!(
        cropped::<Scalar>(&images, from, windows, to).unwrap(),
        expected
    );
    assert_eq!(
        cropped::<Plain>(&images, from, windows, to).unwrap(),
        expected
    );
    assert_eq!(cropped::<X4>(&images, from, windows, to).unwrap(), expected);
    assert_eq!(cropped::<X8>(&images, from, windows, to).unwrap(), expected);
    assert_eq!(
        cropped::<X16>(&images, from, windows, to).unwrap(),
        expected
    );
}

proptest! {
    #[test]
    fn windows_are_copied_and_mirrored(
        (height, width) in (0_usize..5, 0_usize..64),
        (below, beside) in (0_usize..4, 0_usize..20),
        images in 0_usize..5,
        seed in any::<u64>(),
    ) {
        let to = Size { height, width };
        let from = Size { height: height + below, width: width + beside };
        let windows: Vec<Window> = random_windows(images, from, to, seed).collect();
        are_right(from, to, &windows);
    }
}

#[test]
fn every_small_width_is_right() {
    for width in 0..64 {
        let (from, to) = (
            Size {
                height: 3,
                width: width + 1,
            },
            Size { height: 2, width },
        );
        are_right(from, to, &[[0, 0, 1], [1, 1, 0], [1, 1, 1]]);
    }
}

#[test]
fn a_window_outside_is_refused() {
    let (from, to) = (
        Size {
            height: 4,
            width: 5,
        },
        Size {
            height: 2,
            width: 3,
        },
    );
    let images = [0; 60];
    let error = cropped::<Plain>(&images, from, &[[0, 3, 0]], to).unwrap_err();
    assert_eq!(
        error.to_string(),
        "image 0: a window of 2 rows of 3 pixels from row 0, column 3 on does not lie within \
         4 rows of 5"
    );
    assert!(cropped::<X4>(&images, from, &[[3, 0, 1]], to).is_err());
    assert!(cropped::<X4>(&images, from, &[[u32::MAX, 0, 1]], to).is_err());
}
