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
    kernels::{
        chase, gather,
        matmul::{Block, Order, Product},
        matrix_sum,
        records::{Columns, Layout, Records, sum_fields},
        stride, sum,
        transpose::Transposition,
        triad,
    },
    trace::{Buffer, BufferMut, NoProbe},
};
use lab_native::measure::{stats, timer::Timer};

/// Bytes of each array: three of them fit the smallest first-level caches of today.
const BYTES: usize = 8 << 10;
const WORDS: usize = BYTES / 8;
/// Elements from one access of the strided walk to the next.
const STRIDE: usize = 8;
/// Rows and columns of a matrix of 4-byte numbers.
const SIDE: usize = 44;
/// Rows of a matrix with long rows.
const FEW: usize = 2;
/// Fields of a record, and those of them that are read.
const FIELDS: usize = 4;
const USED: usize = 2;
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

    pub fn row_sum(data: &[f64], side: usize) -> f64 {
        let mut total = 0.0;
        for row in data.chunks_exact(side) {
            for element in row {
                total += element;
            }
        }
        total
    }

    pub fn column_sum(data: &[f64], side: usize) -> f64 {
        let mut total = 0.0;
        for j in 0..side {
            for i in 0..side {
                total += data[i * side + j];
            }
        }
        total
    }

    pub fn record_sum(data: &[u64], fields: usize, records: usize, used: usize) -> u64 {
        let mut total = 0_u64;
        for record in 0..records {
            for field in 0..used {
                total = total.wrapping_add(data[record * fields + field]);
            }
        }
        total
    }

    pub fn field_sum(data: &[u64], records: usize, used: usize) -> u64 {
        let mut total = 0_u64;
        for record in 0..records {
            for field in 0..used {
                total = total.wrapping_add(data[field * records + record]);
            }
        }
        total
    }

    pub fn matmul_ijk(a: &[f32], b: &[f32], c: &mut [f32], side: usize) {
        for i in 0..side {
            for j in 0..side {
                for k in 0..side {
                    c[i * side + j] += a[i * side + k] * b[k * side + j];
                }
            }
        }
    }

    pub fn matmul_ikj(a: &[f32], b: &[f32], c: &mut [f32], (few, pitch): (usize, usize)) {
        for i in 0..few {
            for k in 0..few {
                let row = &b[k * pitch..(k + 1) * pitch];
                for (c, b) in c[i * pitch..(i + 1) * pitch].iter_mut().zip(row) {
                    *c += a[i * pitch + k] * b;
                }
            }
        }
    }

    pub fn transpose(from: &[f32], to: &mut [f32], side: usize) {
        for i in 0..side {
            for j in 0..side {
                to[j * side + i] = from[i * side + j];
            }
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

    let (words, indices, linked) = (&words[..], &indices[..], &linked[..]);
    let (b, c) = (&b[..], &c[..]);
    let a = &mut a[..];

    let numbers: Vec<f32> = (0..SIDE * SIDE).map(|index| (index % 3) as f32).collect();
    let doubles: Vec<f64> = numbers.iter().map(|&number| f64::from(number)).collect();
    let mut result = vec![0.0_f32; SIDE * SIDE];
    let (numbers, doubles, result) = (&numbers[..], &doubles[..], &mut result[..]);
    let shape = (SIDE, SIDE, SIDE);

    let mut bench = Bench::default();
    println!("probed kernel / plain twin, median of {ROUNDS} pairs [95 % interval], bound {BOUND}");
    bench.compare(
        "sequential-sum",
        body!(
            sum::sequential_sum(Buffer::new(black_box(words), 0), &mut NoProbe),
            plain::sequential_sum(black_box(words))
        ),
    );
    bench.compare(
        "strided-walk",
        body!(
            stride::strided_walk(
                Buffer::new(black_box(words), 0),
                black_box(STRIDE),
                &mut NoProbe
            ),
            plain::strided_walk(black_box(words), black_box(STRIDE))
        ),
    );
    bench.compare(
        "random-gather",
        body!(
            gather::random_gather(
                Buffer::new(black_box(words), 0),
                Buffer::new(black_box(indices), 0),
                &mut NoProbe
            ),
            plain::random_gather(black_box(words), black_box(indices))
        ),
    );
    // Each call goes on where the last one ended: calls that start afresh overlap, by as much as the
    // branch predictor makes of the loop's end.
    let (bytes, mut place) = (bytemuck::cast_slice(linked), 0);
    bench.compare(
        "permutation-chase",
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
        }),
    );
    bench.compare(
        "triad",
        body!(
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
    );
    bench.compare(
        "row-sum",
        body!(
            matrix_sum::along_rows(
                Buffer::new(black_box(doubles), 0),
                black_box(shape),
                &mut NoProbe
            ),
            plain::row_sum(black_box(doubles), black_box(SIDE))
        ),
    );
    bench.compare(
        "column-sum",
        body!(
            matrix_sum::down_columns(
                Buffer::new(black_box(doubles), 0),
                black_box(shape),
                &mut NoProbe
            ),
            plain::column_sum(black_box(doubles), black_box(SIDE))
        ),
    );
    let records = WORDS / FIELDS;
    let (of_records, of_columns) = (Records::of(records, FIELDS), Columns::of(records, FIELDS));
    bench.compare(
        "records-aos",
        body!(
            sum_fields(
                Buffer::new(black_box(words), 0),
                black_box(of_records),
                records,
                black_box(USED),
                &mut NoProbe
            ),
            plain::record_sum(
                black_box(words),
                black_box(FIELDS),
                records,
                black_box(USED)
            )
        ),
    );
    bench.compare(
        "records-soa",
        body!(
            sum_fields(
                Buffer::new(black_box(words), 0),
                black_box(of_columns),
                records,
                black_box(USED),
                &mut NoProbe
            ),
            plain::field_sum(black_box(words), black_box(records), black_box(USED))
        ),
    );
    let of_ijk = &mut *result;
    bench.compare(
        "matmul-ijk",
        body!(
            Product::new(
                Buffer::new(black_box(numbers), 0),
                Buffer::new(black_box(numbers), 0),
                BufferMut::new(black_box(&mut *of_ijk), 0),
                black_box(SIDE)
            )
            .ordered(Order::Ijk, Block::whole(black_box(SIDE)), &mut NoProbe),
            plain::matmul_ijk(
                black_box(numbers),
                black_box(numbers),
                black_box(&mut *of_ijk),
                black_box(SIDE)
            )
        ),
    );
    // Few rows, long ones: what is compared is the inner loop and not the way into it.
    let (few, pitch) = (FEW, SIDE * SIDE / FEW);
    let block = || Block {
        i: 0..black_box(few),
        j: 0..black_box(pitch),
        k: 0..black_box(few),
    };
    let of_ikj = &mut *result;
    bench.compare(
        "matmul-ikj",
        body!(
            Product::new(
                Buffer::new(black_box(numbers), 0),
                Buffer::new(black_box(numbers), 0),
                BufferMut::new(black_box(&mut *of_ikj), 0),
                black_box(pitch)
            )
            .ordered(Order::Ikj, block(), &mut NoProbe),
            plain::matmul_ikj(
                black_box(numbers),
                black_box(numbers),
                black_box(&mut *of_ikj),
                black_box((few, pitch))
            )
        ),
    );
    bench.compare(
        "transpose",
        body!(
            Transposition::new(
                Buffer::new(black_box(numbers), 0),
                BufferMut::new(black_box(&mut *result), 0),
                black_box(SIDE)
            )
            .by_rows(0..black_box(SIDE), 0..black_box(SIDE), &mut NoProbe),
            plain::transpose(black_box(numbers), black_box(&mut *result), black_box(SIDE))
        ),
    );
    if bench.not_free {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Compares kernels with their twins, and remembers whether one was not free.
struct Bench {
    timer: Timer,
    not_free: bool,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            timer: Timer::calibrated(),
            not_free: false,
        }
    }
}

impl Bench {
    fn compare(&mut self, kernel: &str, body: Body<'_>) {
        let (ratio, low, high) = compare(&self.timer, body);
        let verdict = if high <= BOUND {
            "free"
        } else if low > BOUND {
            self.not_free = true;
            "not free"
        } else {
            "inconclusive"
        };
        println!("{kernel:18} {ratio:.3} [{low:.3}-{high:.3}]  {verdict}");
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
