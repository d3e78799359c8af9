//! The loop language against kernels over probes: for every example, the same accesses in the same
//! order, from code that shares nothing with the language but the probe.

use lab_core::{
    kernels::{
        chase,
        gather::{random_gather, random_indices},
        matmul::{Block, Order, Product},
        matrix_sum::{along_rows, down_columns},
        mixture::hot_and_cold,
        records::{Columns, Layout, Records, sum_fields},
        sum::sequential_sum,
        transpose::Transposition,
    },
    trace::{
        Access, Buffer, BufferMut, Kind, Probe, Recorder,
        program::{EXAMPLES, Instance, Program},
    },
};

/// Where an example's arrays lie, by name.
struct Arrays(Instance);

impl Arrays {
    fn base(&self, name: &str) -> u64 {
        let mut arrays = self.0.arrays().iter();
        arrays
            .find(|array| array.name == name)
            .expect("an array")
            .base
    }
}

/// Zeros to run on: what the elements hold does not change where they lie.
fn zeros<T: Copy + Default>(count: usize) -> Vec<T> {
    vec![T::default(); count]
}

/// The kernel of an example with its default parameters; none for an example nobody wrote one for.
fn kernel(name: &str, at: &Arrays, probe: &mut Recorder) -> Option<()> {
    match name {
        "rows" | "columns" => {
            let data = zeros::<f64>(24 * 24);
            let data = Buffer::new(&data, at.base("A"));
            let sum = if name == "rows" {
                along_rows
            } else {
                down_columns
            };
            sum(data, (24, 24, 24), probe);
        }
        // Column by column in an array that lies column by column: the rows of its transpose.
        "columns-fortran" => {
            let data = zeros::<f64>(24 * 24);
            along_rows(Buffer::new(&data, at.base("A")), (24, 24, 24), probe);
        }
        "scan" => {
            let data = zeros::<f32>(1024);
            along_rows(Buffer::new(&data, at.base("A")), (1, 1024, 1024), probe);
        }
        "stride" => strided(&zeros(8 * 16), at.base("A"), (8, 16, 16), probe),
        "conflict-padded" => strided(&zeros(8 * 16), at.base("A"), (8, 16, 32), probe),
        "matmul-ijk" | "matmul-ikj" | "matmul-jik" | "matmul-jki" | "matmul-kij" | "matmul-kji"
        | "matmul-tiled" => {
            let (a, mut c) = (zeros::<f64>(100), zeros(100));
            let mut product = Product::new(
                Buffer::new(&a, at.base("A")),
                Buffer::new(&a, at.base("B")),
                BufferMut::new(&mut c, at.base("C")),
                10,
            );
            let order = match &name[7..] {
                "ijk" => Order::Ijk,
                "ikj" => Order::Ikj,
                "jik" => Order::Jik,
                "jki" => Order::Jki,
                "kij" => Order::Kij,
                "kji" => Order::Kji,
                _ => {
                    product.tiled(2, Order::Ijk, Block::whole(10), probe);
                    return Some(());
                }
            };
            product.ordered(order, Block::whole(10), probe);
        }
        "transpose" | "transpose-tiled" | "transpose-bits" => {
            let side = if name == "transpose-bits" { 16 } else { 24 };
            let (from, mut to) = (zeros::<f64>(side * side), zeros(side * side));
            let mut both = Transposition::new(
                Buffer::new(&from, at.base("A")),
                BufferMut::new(&mut to, at.base("B")),
                side,
            );
            match name {
                "transpose" => both.by_rows(0..side, 0..side, probe),
                "transpose-tiled" => both.tiled(2, 0..side, 0..side, probe),
                // Morton order is what a recursion down to single elements makes.
                _ => both.recursive(1, 0..side, 0..side, probe),
            }
        }
        // Fields of 4 bytes: the kernel's have 8, so the test has loops of its own for these.
        "aos" => fields(at.base("points"), (4, 256), &[0], false, probe),
        "aos-whole" => fields(at.base("points"), (4, 256), &[0, 1, 2], true, probe),
        "soa" => {
            let x = zeros::<f32>(256);
            along_rows(Buffer::new(&x, at.base("x")), (1, 256, 256), probe);
        }
        "soa-whole" => {
            let [x, y, z] = ["x", "y", "z"].map(|field| (zeros::<f32>(256), at.base(field)));
            let (mut w, at_w) = (zeros::<f32>(256), at.base("w"));
            let [x, y, z] = [&x, &y, &z].map(|(data, base)| Buffer::new(data, *base));
            let mut w = BufferMut::new(&mut w, at_w);
            for i in 0..256 {
                let sum = x.get(i, probe) + y.get(i, probe) + z.get(i, probe);
                w.set(i, sum, probe);
            }
        }
        "aosoa" => {
            let points = zeros::<f32>(4 * 256);
            let points = Buffer::new(&points, at.base("points"));
            for packet in 0..64 {
                for i in 0..4 {
                    points.get(packet * 16 + i, probe);
                }
            }
        }
        // With V = 1 a packet is a record.
        "layouts" => fields(at.base("points"), (4, 256), &[0, 1, 2, 3], false, probe),
        "padding" => padded(at.base("samples"), probe),
        "hot-cold" | "hot-cold-streaming" => {
            // A row of the log is one element longer than what is written of it.
            let (mut table, mut log) = (zeros::<u64>(12), zeros::<u64>(17 * 64));
            for round in 0..64 {
                let table = BufferMut::new(&mut table, at.base("table"));
                let row = &mut log[round * 17..round * 17 + 16];
                let row = BufferMut::new(row, at.base("log") + 8 * 17 * round as u64);
                if name == "hot-cold" {
                    hot_and_cold::<false, _>(table, row, 16, probe);
                } else {
                    hot_and_cold::<true, _>(table, row, 16, probe);
                }
            }
        }
        "gather" => {
            let indices = random_indices(1000, 1024, 1);
            random_gather(
                Buffer::new(&zeros(1024), at.base("data")),
                Buffer::new(&indices, at.base("indices")),
                probe,
            );
        }
        "zipf" => favourites(at, probe),
        "chase" => {
            let mut next = zeros::<u64>(256);
            chase::link_cycle(&mut next, 8, 1);
            let next = Buffer::new(&next, at.base("next"));
            chase::permutation_chase(next, 0, 4 * 256, probe);
        }
        "false-sharing" => {
            let (mut sum, a) = (zeros::<i64>(4), zeros::<i64>(128));
            let (mut sum, a) = (
                BufferMut::new(&mut sum, at.base("sum")),
                Buffer::new(&a, at.base("A")),
            );
            for step in 0..32 {
                for thread in 0..4 {
                    let mut core = OnCore(thread as u16, &mut *probe);
                    let total = sum.get(thread, &mut core) + a.get(thread * 32 + step, &mut core);
                    sum.set(thread, total, &mut core);
                }
            }
        }
        _ => return None,
    }
    Some(())
}

/// `count` elements `stride` apart, so many times.
fn strided(
    data: &[f64],
    base: u64,
    (count, stride, passes): (usize, usize, usize),
    probe: &mut Recorder,
) {
    for _ in 0..passes {
        // A column of a matrix with rows of that length.
        down_columns(Buffer::new(data, base), (count, 1, stride), probe);
    }
}

/// Some fields of records of 4-byte fields, and a store to the last field where wanted.
fn fields(
    base: u64,
    (of, records): (usize, usize),
    read: &[usize],
    store: bool,
    probe: &mut Recorder,
) {
    let mut data = zeros::<f32>(of * records);
    let mut data = BufferMut::new(&mut data, base);
    for record in 0..records {
        let mut sum = 0.0;
        for field in read {
            sum += data.get(record * of + field, probe);
        }
        if store {
            data.set(record * of + of - 1, sum, probe);
        }
    }
}

/// Records as Rust lays them out for C: offsets and size come from the compiler.
fn padded(base: u64, probe: &mut Recorder) {
    #[repr(C)]
    struct Sample {
        x: f32,
        y: f64,
        id: u8,
    }
    for i in 0..256 {
        let record = base + (i * size_of::<Sample>()) as u64;
        let at = |offset: usize| record + offset as u64;
        probe.access(Access::load(at(std::mem::offset_of!(Sample, x)), 4));
        probe.access(Access::load(at(std::mem::offset_of!(Sample, id)), 1));
        probe.access(Access::store(at(std::mem::offset_of!(Sample, y)), 8));
    }
}

/// Requests by Zipf's law with exponent 1.1, drawn here by searching the sums from the front.
fn favourites(at: &Arrays, probe: &mut Recorder) {
    let weights: Vec<f64> = (1..=512).map(|rank| f64::from(rank).powf(-1.1)).collect();
    let all: f64 = weights.iter().fold(0.0, |sum, weight| sum + weight);
    let mut random = fastrand::Rng::with_seed(1);
    let wanted: Vec<u32> = (0..1000)
        .map(|_| {
            let lot = random.f64() * all;
            let mut sum = 0.0;
            let rank = weights.iter().position(|weight| {
                sum += weight;
                sum > lot
            });
            rank.unwrap_or(511) as u32
        })
        .collect();
    let mut place: Vec<u32> = (0..512).collect();
    fastrand::Rng::with_seed(2).shuffle(&mut place);
    let wanted = Buffer::new(&wanted, at.base("wanted"));
    let place = Buffer::new(&place, at.base("place"));
    let data = zeros::<f64>(512);
    let data = Buffer::new(&data, at.base("data"));
    for i in 0..1000 {
        let rank = wanted.get(i, probe);
        let element = place.get(rank as usize, probe);
        data.get(element as usize, probe);
    }
}

/// Tells of accesses as another core's.
struct OnCore<'p>(u16, &'p mut Recorder);

impl Probe for OnCore<'_> {
    fn access(&mut self, access: Access) {
        self.1.access(Access {
            core: self.0,
            ..access
        });
    }
}

/// What both must agree in; the site is a line of either's own source.
fn told(recorder: &Recorder) -> Vec<(Kind, u64, u32, u16)> {
    let accesses = recorder.accesses.iter();
    accesses
        .map(|access| (access.kind, access.address, access.bytes, access.core))
        .collect()
}

#[test]
fn every_example_makes_the_accesses_of_its_kernel() {
    for example in EXAMPLES {
        let program = Program::parse(example.source).expect("examples are right");
        let instance = program.with(&[]).expect("defaults are right");
        let mut by_language = Recorder::default();
        instance.start().run(u64::MAX, &mut by_language);
        let mut by_kernel = Recorder::default();
        kernel(example.name, &Arrays(instance), &mut by_kernel)
            .unwrap_or_else(|| panic!("no kernel for the example `{}`", example.name));
        let (language, kernel) = (told(&by_language), told(&by_kernel));
        let differ = language.iter().zip(&kernel).position(|(a, b)| a != b);
        if let Some(place) = differ {
            panic!(
                "{}: access {place} is {:?} by the language, {:?} by the kernel",
                example.name, language[place], kernel[place]
            );
        }
        assert_eq!(language.len(), kernel.len(), "{}", example.name);
    }
}

/// The kernels on 8-byte fields against programs written for them here.
#[test]
fn layouts_walk_as_programs_do() {
    let source = "
        array aos[50][4]: u64
        array soa[4][50]: u64
        for i in 0..50 { for f in 0..3 { aos[i][f] } }
        for i in 0..50 { for f in 0..3 { soa[f][i] } }
        for i in 0..50 { for f in 0..4 { aos[i][f] } }";
    let instance = Program::parse(source).unwrap().with(&[]).unwrap();
    let mut by_language = Recorder::default();
    instance.start().run(u64::MAX, &mut by_language);
    let at = Arrays(instance);
    let data = zeros::<u64>(200);
    let aos = Buffer::new(&data, at.base("aos"));
    let mut by_kernel = Recorder::default();
    sum_fields(aos, Records::of(50, 4), 50, 3, &mut by_kernel);
    let soa = Buffer::new(&data, at.base("soa"));
    sum_fields(soa, Columns::of(50, 4), 50, 3, &mut by_kernel);
    // All fields of all records: a plain scan.
    sequential_sum(aos, &mut by_kernel);
    assert_eq!(told(&by_language), told(&by_kernel));
}
