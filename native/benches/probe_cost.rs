//! The no-op probe is free: every kernel beside a twin on plain slices, without probe or buffer.
//!
//! ```text
//! cargo bench --package lab-native --bench probe_cost
//! ```
//!
//! Kernel and twin run in turn on the same data inside the first-level cache, where a single
//! instruction too many would show. What is judged is the ratio of neighbouring times: *free* when
//! its whole 95 % interval lies below the bound, *not free* (exit code 1) when all of it lies above,
//! and *inconclusive* when it straddles the bound.

use std::{hint::black_box, process::ExitCode};

use lab_core::{
    kernels::{Kernel, chase, gather, stride, sum, triad},
    trace::{Buffer, BufferMut, NoProbe},
};
use lab_native::measure::{stats, timer::Timer};

/// Bytes of each array: three of them fit the smallest first-level caches of today.
const BYTES: usize = 8 << 10;
const WORDS: usize = BYTES / 8;
/// Elements from one access of the strided walk to the next.
const STRIDE: usize = 8;
/// Steps of one chase.
const STEPS: usize = 1024;
/// Pairs of samples.
const ROUNDS: usize = 101;
/// What a probed kernel may take, as a multiple of its twin.
const BOUND: f64 = 1.02;

/// The twins: what one would write without the lab.
mod plain {
    pub fn sequential_sum(data: &[u64]) -> u64 {
        data.iter().fold(0, |total, word| total.wrapping_add(*word))
    }

    pub fn strided_walk(data: &[u64], stride: usize) -> u64 {
        let (mut total, mut index) = (0_u64, 0);
        while index < data.len() {
            total = total.wrapping_add(data[index]);
            index += stride;
        }
        total
    }

    pub fn random_gather(data: &[u64], indices: &[u32]) -> u64 {
        let mut total = 0_u64;
        for &index in indices {
            if let Some(word) = data.get(index as usize) {
                total = total.wrapping_add(*word);
            }
        }
        total
    }

    pub fn permutation_chase(data: &[u8], start: u64, steps: usize) -> u64 {
        let mut offset = start;
        for _ in 0..steps {
            let word = data[offset as usize..].first_chunk().expect("a word");
            offset = u64::from_ne_bytes(*word);
        }
        offset
    }

    pub fn triad(a: &mut [f64], b: &[f64], c: &[f64], scale: f64) {
        for ((a, b), c) in a.iter_mut().zip(b).zip(c) {
            *a = b + scale * c;
        }
    }
}

/// Runs the kernel (`true`) or its twin (`false`) so many times over.
type Body<'b> = Box<dyn FnMut(bool, u64) + 'b>;

/// Calls one of two expressions, over and over; neither sees through the other's arguments.
macro_rules! body {
    ($probed:expr, $plain:expr) => {
        Box::new(move |probed, repetitions| {
            if probed {
                for _ in 0..repetitions {
                    black_box($probed);
                }
            } else {
                for _ in 0..repetitions {
                    black_box($plain);
                }
            }
        })
    };
}

fn main() -> ExitCode {
    let words: Vec<u64> = (0..WORDS as u64).collect();
    let indices = gather::random_indices(WORDS, WORDS, 1);
    let mut linked = vec![0_u64; WORDS];
    chase::link_cycle(&mut linked, 64, 1);
    let [b, c] = [1.0, 2.0].map(|value| vec![value; WORDS]);
    let mut a = vec![0.0; WORDS];

    let timer = Timer::calibrated();
    let mut not_free = false;
    println!("probed kernel / plain twin, median of {ROUNDS} pairs [95 % interval], bound {BOUND}");
    for kernel in Kernel::ALL {
        let (words, indices, linked) = (&words[..], &indices[..], &linked[..]);
        let (b, c, a) = (&b[..], &c[..], &mut a[..]);
        let body: Body<'_> = match kernel {
            Kernel::SequentialSum => body!(
                sum::sequential_sum(Buffer::new(black_box(words), 0), &mut NoProbe),
                plain::sequential_sum(black_box(words))
            ),
            Kernel::StridedWalk => body!(
                stride::strided_walk(
                    Buffer::new(black_box(words), 0),
                    black_box(STRIDE),
                    &mut NoProbe
                ),
                plain::strided_walk(black_box(words), black_box(STRIDE))
            ),
            Kernel::RandomGather => body!(
                gather::random_gather(
                    Buffer::new(black_box(words), 0),
                    Buffer::new(black_box(indices), 0),
                    &mut NoProbe
                ),
                plain::random_gather(black_box(words), black_box(indices))
            ),
            Kernel::PermutationChase => {
                // Each call goes on where the last one ended: calls that start afresh overlap, by as
                // much as the branch predictor makes of the loop's end.
                let (bytes, mut place) = (bytemuck::cast_slice(linked), 0);
                Box::new(move |probed, repetitions| {
                    if probed {
                        for _ in 0..repetitions {
                            let data = Buffer::new(black_box(linked), 0);
                            place = chase::permutation_chase(data, place, STEPS, &mut NoProbe);
                        }
                    } else {
                        for _ in 0..repetitions {
                            place = plain::permutation_chase(black_box(bytes), place, STEPS);
                        }
                    }
                    black_box(place);
                })
            }
            Kernel::Triad => body!(
                triad::triad(
                    BufferMut::new(black_box(&mut *a), 0),
                    Buffer::new(black_box(b), 0),
                    Buffer::new(black_box(c), 0),
                    black_box(3.0),
                    &mut NoProbe
                ),
                plain::triad(
                    black_box(&mut *a),
                    black_box(b),
                    black_box(c),
                    black_box(3.0)
                )
            ),
        };
        let (ratio, low, high) = compare(&timer, body);
        let verdict = if high <= BOUND {
            "free"
        } else if low > BOUND {
            not_free = true;
            "not free"
        } else {
            "inconclusive"
        };
        println!(
            "{:18} {ratio:.3} [{low:.3}-{high:.3}]  {verdict}",
            kernel.name()
        );
    }
    if not_free {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// The median ratio of kernel to twin, with its interval.
fn compare(timer: &Timer, mut body: Body<'_>) -> (f64, f64, f64) {
    let mut repetitions = 1;
    while timer.time(|| body(false, repetitions)) < timer.shortest_sample_ns() {
        repetitions *= 2;
    }
    body(true, repetitions);
    let ratios: Vec<f64> = (0..ROUNDS)
        .map(|round| {
            // ABBA: whoever goes first changes from pair to pair.
            let order = [round % 2 == 0, round % 2 != 0];
            let times = order.map(|probed| timer.time(|| body(probed, repetitions)));
            let probed = times[usize::from(!order[0])];
            let plain = times[usize::from(order[0])];
            probed / plain
        })
        .collect();
    let (ratio, spread) = stats::median(&ratios).expect("there are pairs");
    (ratio, spread.low, spread.high)
}
