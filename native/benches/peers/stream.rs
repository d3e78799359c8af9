//! Copy, Scale and Triad beside those of STREAM.

use std::{hint::black_box, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use lab_core::{
    kernels::{
        loader::{X8, copy, copy_streamed},
        triad,
    },
    trace::{Buffer, BufferMut, NoProbe},
    units::{Unit, format_bytes},
};
use lab_native::measure::timer::Timer;

use super::{Pair, output};

/// A kernel of STREAM's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stream {
    /// By ordinary stores, or past the caches. A compiler makes STREAM's own a call of the C library,
    /// which for as much streams; with `-fno-builtin` it stays a loop of ordinary stores.
    Copy {
        streamed: bool,
    },
    Scale,
    Triad,
}

impl Stream {
    /// As STREAM prints it.
    fn name(self) -> &'static str {
        match self {
            Stream::Copy { .. } => "Copy:",
            Stream::Scale => "Scale:",
            Stream::Triad => "Triad:",
        }
    }

    /// What we run.
    fn ours(self) -> &'static str {
        match self {
            Stream::Copy { streamed: false } => "copy by ordinary stores",
            Stream::Copy { streamed: true } => "copy past the caches",
            Stream::Scale => "scale",
            Stream::Triad => "triad",
        }
    }

    /// Bytes counted for an element.
    fn bytes(self) -> f64 {
        if self == Stream::Triad { 24.0 } else { 16.0 }
    }
}

pub fn pair<'p>(program: PathBuf, which: Stream) -> Result<Pair<'p>> {
    let run = move || {
        let mut command = Command::new(&program);
        output(command.env("OMP_NUM_THREADS", "1"))
    };
    let first = run()?;
    let number = |words: &str| -> Option<usize> {
        let rest = &first[first.find(words)? + words.len()..];
        rest.split_ascii_whitespace().next()?.parse().ok()
    };
    let elements = number("Array size =").context("STREAM does not tell its array size")?;
    let passes = number("Each kernel will be executed").unwrap_or(10);
    // As STREAM's: one behind the other, on whatever pages memory gets that asks for nothing, first
    // touched in step.
    let mut arrays = vec![0.0; 3 * elements];
    let (a, rest) = arrays.split_at_mut(elements);
    let (b, c) = rest.split_at_mut(elements);
    for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
        (*a, *b, *c) = (1.0, 2.0, 0.0);
    }
    let timer = Timer::calibrated();
    Ok(Pair {
        what: format!(
            "{}, 3 × {}, default pages",
            which.ours(),
            format_bytes((elements * size_of::<f64>()) as f64)
        ),
        tool: match which {
            Stream::Copy { .. } => "STREAM Copy",
            Stream::Scale => "STREAM Scale",
            Stream::Triad => "STREAM Triad",
        },
        unit: Unit::GigabytesPerSecond,
        // Which stores STREAM's Copy was compiled to, it does not tell.
        bound: (!matches!(which, Stream::Copy { .. })).then_some(0.05),
        ours: Box::new(move || {
            let (a, rest) = arrays.split_at_mut(elements);
            let (b, c) = rest.split_at_mut(elements);
            let best = (0..passes)
                .map(|_| pass(which, timer, a, b, c))
                // The first pass warms up, here and there.
                .skip(1)
                .fold(f64::INFINITY, f64::min);
            Ok(which.bytes() * elements as f64 / best)
        }),
        theirs: Box::new(move || {
            let text = run()?;
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(which.name()));
            let rate = line.and_then(|line| line.split_ascii_whitespace().next());
            let megabytes: f64 = rate
                .and_then(|word| word.parse().ok())
                .with_context(|| format!("STREAM printed no {}", which.name()))?;
            Ok(megabytes / 1000.0)
        }),
    })
}

/// One pass over all four kernels of STREAM, in its order: without the others, those of one would be
/// taken in a quarter of the time and find other caches and another mood of the machine. The time of
/// the one asked for, ns.
fn pass(which: Stream, timer: Timer, a: &mut [f64], b: &mut [f64], c: &mut [f64]) -> f64 {
    let streamed = which == Stream::Copy { streamed: true };
    let copying = timer.time(|| {
        let (from, to) = (
            Buffer::new(black_box(&*a), 0),
            BufferMut::new(black_box(&mut *c), 0),
        );
        if streamed {
            copy_streamed(from, to, &mut NoProbe);
        } else {
            // As numbers of 4 bytes, of which there are twice as many.
            let from = Buffer::new(bytemuck::cast_slice(black_box(&*a)), 0);
            copy::<X8, _>(
                from,
                BufferMut::new(bytemuck::cast_slice_mut(c), 0),
                &mut NoProbe,
            );
        }
    });
    let scaling = timer.time(|| {
        let out = BufferMut::new(black_box(&mut *b), 0);
        triad::scale(out, Buffer::new(black_box(&*c), 0), 3.0, &mut NoProbe);
    });
    for ((c, a), b) in c.iter_mut().zip(&*a).zip(black_box(&*b)) {
        *c = a + b;
    }
    let triad_time = timer.time(|| {
        let out = BufferMut::new(black_box(&mut *a), 0);
        let [b, c] = [&*b, &*c].map(|array| Buffer::new(black_box(array), 0));
        triad::triad(out, b, c, 3.0, &mut NoProbe);
        black_box(&mut *a);
    });
    match which {
        Stream::Copy { .. } => copying,
        Stream::Scale => scaling,
        Stream::Triad => triad_time,
    }
}
