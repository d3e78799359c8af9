//! Resizing against its definition, in numbers of 64 bits.

use super::*;
use crate::{
    kernels::loader::{Plain, Scalar, X4, X8, X16},
    trace::NoProbe,
};
use proptest::prelude::*;

fn size((height, width): (usize, usize)) -> Size {
    Size { height, width }
}

/// The value at a place between pixels, by the definition: weights fall off linearly over a pixel's
/// distance, and pixels beyond the edge are like those at it.
fn exact(image: &[u8], from: Size, to: Size, y: usize, x: usize, channel: usize) -> f64 {
    let place = |index: usize, old: usize, new: usize| {
        (index as f64 + 0.5) * (old as f64 / new as f64) - 0.5
    };
    let (down, across) = (
        place(y, from.height, to.height),
        place(x, from.width, to.width),
    );
    let mut sum = 0.0;
    for row in -1..=from.height as i64 {
        for column in -1..=from.width as i64 {
            let near = |place: f64, pixel: i64| (1.0 - (place - pixel as f64).abs()).max(0.0);
            let inside_row = row.clamp(0, from.height as i64 - 1) as usize;
            let inside_column = column.clamp(0, from.width as i64 - 1) as usize;
            let byte = image[3 * (inside_row * from.width + inside_column) + channel];
            sum += near(down, row) * near(across, column) * f64::from(byte);
        }
    }
    sum
}

fn resized<T: Sample, S: Style>(image: &[u8], from: Size, to: Size) -> Vec<T> {
    let mut row = vec![f32::NAN; Scratch::row(from)];
    let (mut places, mut ways) = (vec![0; to.width], vec![0.0; to.width]);
    let mut scratch = Scratch {
        row: BufferMut::new(&mut row, 0),
        places: BufferMut::new(&mut places, 0),
        ways: BufferMut::new(&mut ways, 0),
    };
    let mut output = vec![T::of(0.0); to.bytes()];
    let target = BufferMut::new(&mut output, 0);
    let image = Buffer::new(image, 0);
    resize::<T, S, _>(image, from, &mut scratch, target, to, &mut NoProbe);
    output
}

fn is_right<S: Style>(image: &[u8], from: Size, to: Size) {
    let floats = resized::<f32, S>(image, from, to);
    let bytes = resized::<u8, S>(image, from, to);
    for at in 0..to.bytes() {
        let (pixel, channel) = (at / 3, at % 3);
        let (y, x) = (pixel / to.width, pixel % to.width);
        let exact = exact(image, from, to, y, x, channel);
        let float = f64::from(floats[at]);
        assert!(
            (float - exact).abs() < 1e-3,
            "{:?}: {float}, not {exact}",
            S::WAY
        );
        let byte = f64::from(bytes[at]);
        assert!(
            (byte - exact).abs() < 0.501,
            "{:?}: {byte}, not {exact}",
            S::WAY
        );
    }
}

fn is_right_in_every_style(from: Size, to: Size) {
    let image: Vec<u8> = (0..from.bytes())
        .map(|at| (at * at * 31 / 7) as u8)
        .collect();
    is_right::<Scalar>(&image, from, to);
    is_right::<Plain>(&image, from, to);
    is_right::<X4>(&image, from, to);
    is_right::<X8>(&image, from, to);
    is_right::<X16>(&image, from, to);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn values_are_those_of_the_definition(
        from in (1_usize..12, 1_usize..20),
        to in (0_usize..12, 0_usize..20),
    ) {
        is_right_in_every_style(size(from), size(to));
    }
}

#[test]
fn every_small_width_is_right() {
    for width in 1..64 {
        is_right_in_every_style(size((2, width)), size((1, width * 7 / 8)));
        is_right_in_every_style(size((1, 7)), size((1, width)));
    }
}

#[test]
fn the_same_size_changes_nothing() {
    let image: Vec<u8> = (0..5 * 9 * 3).map(|at| (at * 13) as u8).collect();
    let same = size((5, 9));
    assert_eq!(resized::<u8, X8>(&image, same, same), image);
}

/// By hand: 2 pixels to 4 have centres at −¼, ¼, ¾ and 1¼.
#[test]
fn centres_lie_at_halves() {
    let image = [0, 0, 0, 100, 100, 100];
    let values = resized::<f32, Plain>(&image, size((1, 2)), size((1, 4)));
    let reds: Vec<f32> = values.into_iter().step_by(3).collect();
    assert_eq!(reds, [0.0, 25.0, 75.0, 100.0]);
}
