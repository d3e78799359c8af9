//! Collation: what a batch holds, and what is refused.

use super::*;
use proptest::prelude::*;

fn padded(
    values: &[u32],
    offsets: &[u32],
    width: usize,
    rows: usize,
) -> Result<Vec<u32>, CollateError> {
    let mut batch = vec![1234; width * rows];
    let to = BufferMut::new(&mut batch, 0);
    let (values, offsets) = (Buffer::new(values, 0), Buffer::new(offsets, 0));
    pad(values, offsets, to, width, 77, &mut NoProbe).map(|()| batch)
}

fn packed(
    values: &[u32],
    offsets: &[u32],
    order: &[u32],
    room: usize,
) -> Result<(Vec<u32>, Vec<u32>), CollateError> {
    let (mut batch, mut starts) = (vec![0; room], vec![0; order.len() + 1]);
    let count = pack(
        Buffer::new(values, 0),
        Buffer::new(offsets, 0),
        Buffer::new(order, 0),
        BufferMut::new(&mut batch, 0),
        BufferMut::new(&mut starts, 0),
        order.len() % 4,
        &mut NoProbe,
    )?;
    batch.truncate(count);
    Ok((batch, starts))
}

proptest! {
    #[test]
    fn batches_hold_the_samples(
        samples in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..64), 0..30),
        extra in 0_usize..3,
        seed in any::<u64>(),
    ) {
        let values = samples.concat();
        let mut offsets = vec![0];
        for sample in &samples {
            offsets.push(offsets[offsets.len() - 1] + sample.len() as u32);
        }
        let width = samples.iter().map(Vec::len).max().unwrap_or(0) + extra;
        let batch = padded(&values, &offsets, width, samples.len()).unwrap();
        for (row, sample) in samples.iter().enumerate() {
            for column in 0..width {
                let expected = sample.get(column).copied().unwrap_or(77);
                prop_assert_eq!(batch[width * row + column], expected);
            }
        }
        let mut order: Vec<u32> = (0..samples.len() as u32).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        let (batch, starts) = packed(&values, &offsets, &order, values.len()).unwrap();
        prop_assert_eq!(starts.len(), order.len() + 1);
        for (place, &sample) in order.iter().enumerate() {
            let own = starts[place] as usize..starts[place + 1] as usize;
            prop_assert_eq!(&batch[own], &samples[sample as usize][..]);
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let said = |error: CollateError| error.to_string();
    let values = [1, 2, 3, 4, 5];
    assert_eq!(
        said(padded(&values, &[0, 2, 5], 2, 2).unwrap_err()),
        "sample 1 has 3 values, a row has room for 2: give it more"
    );
    for offsets in [[0, 2, 6], [0, 6, 6]] {
        let error = padded(&values, &offsets, 9, 2).unwrap_err();
        assert!(matches!(error, CollateError::Span { to: 6, .. }));
    }
    assert_eq!(
        said(packed(&values, &[0, 3, 2], &[1], 5).unwrap_err()),
        "sample 1 spans values 3 to 2 of 5: offsets must rise up to that"
    );
    assert_eq!(
        said(packed(&values, &[0, 3, 5], &[1, 2], 5).unwrap_err()),
        "place 1 asks for sample 2 of 2: use numbers below 2"
    );
    let error = packed(&values, &[0, 3, 5], &[1, 0], 4).unwrap_err();
    assert!(matches!(error, CollateError::Room { room: 2, .. }));
    assert_eq!(padded(&values, &[], 3, 0), Ok(vec![]));
}
