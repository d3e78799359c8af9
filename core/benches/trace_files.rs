//! How fast trace files are read: millions of lines (or records) a second, on one core.
//!
//! ```text
//! cargo bench --package lab-core --bench trace_files
//! ```
//!
//! Each format holds the same accesses, as they look in a program: of every three, an instruction,
//! another one, and the load or store it makes. They are fed in pieces of 256 KiB, as files are, to
//! a probe that adds the addresses up, so that what is timed is reading. The best of several runs is
//! shown, and the median beside it: the wider apart they are, the busier the machine was.

use std::{fmt::Write, hint::black_box, time::Instant};

use lab_core::trace::{
    Access, Kind, Probe,
    file::{Format, Reader, Writer},
};

const ACCESSES: usize = 3_000_000;
const PIECE: usize = 256 << 10;
const RUNS: usize = 9;
/// Lackey lines a second that an import must reach, in millions.
const GOAL: f64 = 10.0;

#[derive(Default)]
struct Sum {
    addresses: u64,
    accesses: u64,
}

impl Probe for Sum {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.addresses = self.addresses.wrapping_add(access.address ^ access.site);
        self.accesses += 1;
    }
}

/// Instructions run through a function of 1 KiB; data is a walk over one array, a jump about
/// another, and the stack.
fn program() -> Vec<Access> {
    let mut random = fastrand::Rng::with_seed(1);
    let mut accesses = Vec::with_capacity(ACCESSES);
    let (mut instruction, mut walk) = (0x0401_ab70_u64, 0x04a0_0000_u64);
    for step in 0.. {
        if accesses.len() >= ACCESSES {
            break;
        }
        for _ in 0..2 {
            let bytes = random.u32(2..8);
            instruction += u64::from(bytes);
            if instruction >= 0x0401_af70 {
                instruction = 0x0401_ab70;
            }
            accesses.push(Access {
                site: instruction,
                ..Access::new(Kind::Fetch, instruction, bytes)
            });
        }
        let data = match step % 3 {
            0 => {
                walk += 8;
                Access::load(walk, 8)
            }
            1 => Access::load(0x0500_0000 + random.u64(0..1 << 20) * 4, 4),
            _ => Access::store(0x1f_ff00_0760 - random.u64(0..16) * 8, 8),
        };
        accesses.push(Access {
            site: instruction,
            ..data
        });
    }
    accesses
}

/// The accesses as a file of one format.
fn file(format: Format, accesses: &[Access]) -> Vec<u8> {
    if let Some(mut writer) = Writer::new(format) {
        accesses.iter().for_each(|&access| writer.access(access));
        return writer.finish();
    }
    let mut text = String::new();
    for access in accesses {
        let (address, bytes) = (access.address, access.bytes);
        let written = match (format, access.kind) {
            (Format::Lackey, Kind::Fetch) => writeln!(text, "I  {address:08x},{bytes}"),
            (Format::Lackey, Kind::Load) => writeln!(text, " L {address:08x},{bytes}"),
            (Format::Lackey, _) => writeln!(text, " S {address:08x},{bytes}"),
            (_, Kind::Fetch) => writeln!(text, "2 {address:x}"),
            (_, Kind::Load) => writeln!(text, "0 {address:x}"),
            _ => writeln!(text, "1 {address:x}"),
        };
        written.expect("memory");
    }
    text.into_bytes()
}

/// Seconds to read it.
fn read(format: Format, file: &[u8]) -> f64 {
    let start = Instant::now();
    let mut reader = Reader::new(format, false);
    let mut sum = Sum::default();
    for piece in file.chunks(PIECE) {
        reader.feed(piece, &mut sum).expect("a trace");
    }
    let summary = reader.finish(&mut sum).expect("a trace");
    let seconds = start.elapsed().as_secs_f64();
    assert_eq!(summary.accesses, sum.accesses);
    black_box(sum.addresses);
    seconds
}

fn main() {
    let accesses = program();
    let millions = accesses.len() as f64 / 1e6;
    println!("format   M lines/s best, median      MB/s   bytes/access");
    for format in Format::ALL {
        let file = file(format, &accesses);
        let mut seconds: Vec<f64> = (0..RUNS).map(|_| read(format, &file)).collect();
        seconds.sort_by(f64::total_cmp);
        let (best, median) = (millions / seconds[0], millions / seconds[RUNS / 2]);
        let megabytes = file.len() as f64 / 1e6;
        let goal = match format {
            Format::Lackey if best < GOAL => "  short of the goal of 10",
            Format::Lackey => "  goal: 10",
            _ => "",
        };
        println!(
            "{:8} {best:14.1} {median:8.1} {:9.0} {:14.1}{goal}",
            format.name(),
            megabytes / seconds[0],
            megabytes / millions,
        );
    }
}
