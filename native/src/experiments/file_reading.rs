//! Reading a file, measured: the user's or one made for it, in requests in random order.

use std::{
    cell::{OnceCell, RefCell},
    hint::black_box,
};

use anyhow::Result;
use lab_core::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::Series,
    study::{
        Study, Variant,
        file_reading::{
            CALL, COLD_MAP, COLD_RANDOM, COLD_READ, COLD_SEQUENTIAL, COPY, DEVICE, DIRECT, FAULT,
            FAULT_AROUND, LATENCY, MAP, PAGE, POPULATED, READ, READAHEAD, SUM,
        },
    },
    units::format_bytes,
};
use memmap2::Advice;

use super::{Bench, Curve, Live, Measurement};
use crate::measure::{
    Case, Taking,
    data_file::DataFile,
    memory::{Arena, Pages},
    stats,
};

/// The study, the file, and what is to be said of it.
#[derive(Default)]
pub(super) struct FileReading {
    source: OnceCell<Result<Source, String>>,
    said: RefCell<Vec<String>>,
}

/// Bytes of the file that are read.
const PART: u64 = 32 << 20;
/// Bytes and requests of a sample that waits for the device.
const COLD_PART: u64 = 16 << 20;
const COLD_REQUESTS: u64 = 256;
/// The largest request, and the buffer.
const LARGEST: usize = 4 << 20;
/// Requests that calibrate: none is of the curve's sizes.
const COPIED: usize = 192 << 10;
const COLD_SIZES: [usize; 2] = [8 << 10, 2 << 20];

/// The file in all ways it is read.
struct Source {
    data: DataFile,
    direct: Result<DataFile, String>,
    /// Bytes of it that are read: whole pages.
    part: u64,
}

impl Source {
    fn new(bench: &Bench) -> Result<Self> {
        let data = match &bench.data {
            Some(path) => DataFile::open(path)?,
            None => DataFile::made(PART)?,
        };
        let direct = data.direct().and_then(|direct| {
            // Some file systems open it so, and refuse the first read.
            direct.read(&mut bytes(&mut buffer(LARGEST)?)[..PAGE as usize], 0)?;
            Ok(direct)
        });
        Ok(Self {
            direct: direct.map_err(|why| format!("{why:#}")),
            part: data.bytes.min(PART) / PAGE as u64 * PAGE as u64,
            data,
        })
    }

    /// The starts of the requests of a sample, in random order, always the same.
    fn requests(&self, variant: Variant, x: usize) -> Vec<u64> {
        let step = x as u64;
        let (bytes, most) = match variant {
            COLD_READ | DIRECT => (COLD_PART, COLD_REQUESTS),
            // Each page is a request of its own to the device.
            COLD_RANDOM => (COLD_PART, COLD_REQUESTS * PAGE as u64 / step),
            COLD_MAP | COLD_SEQUENTIAL => (COLD_PART, u64::MAX),
            _ => (PART, u64::MAX),
        };
        let mut starts: Vec<u64> = (0..self.part.min(bytes) / step)
            .map(|request| request * step)
            .collect();
        fastrand::Rng::with_seed(1).shuffle(&mut starts);
        starts.truncate(most.max(1) as usize);
        starts
    }

    /// Brings the file to where this variant expects it.
    fn prepare(&self, variant: Variant, buffer: &mut Arena) -> Result<()> {
        match variant {
            COLD_READ | COLD_MAP | COLD_SEQUENTIAL | COLD_RANDOM => {
                self.data.evict(self.part as usize)
            }
            DIRECT => Ok(()),
            _ => {
                let buffer = bytes(buffer);
                let mut at = 0;
                while at < self.part {
                    let step = (self.part - at).min(buffer.len() as u64);
                    self.data.read(&mut buffer[..step as usize], at)?;
                    at += step;
                }
                Ok(())
            }
        }
    }

    /// Reads these requests of `x` bytes and adds up what they hold.
    fn pass(
        &self,
        variant: Variant,
        x: usize,
        requests: &[u64],
        buffer: &mut Arena,
    ) -> Result<u64> {
        let advice = match variant {
            READ | COLD_READ => return pass_read(&self.data, x, requests, buffer),
            DIRECT => {
                let direct = self.direct.as_ref();
                let direct = direct.map_err(|why| anyhow::anyhow!(why.clone()))?;
                return pass_read(direct, x, requests, buffer);
            }
            COLD_SEQUENTIAL => Some(Advice::Sequential),
            COLD_RANDOM => Some(Advice::Random),
            _ => None,
        };
        let populate = variant == POPULATED;
        self.data.mapped(self.part as usize, populate, |map| {
            if let Some(advice) = advice {
                map.advise(advice)?;
            }
            let add = |sum: u64, &at: &u64| sum.wrapping_add(add_up(&map[at as usize..][..x]));
            Ok(requests.iter().fold(0, add))
        })
    }

    /// Why a variant is not to be had.
    fn refusal(&self, variant: Variant, buffer: &mut Arena) -> Option<String> {
        match (variant, &self.direct) {
            (DIRECT, Err(why)) => Some(why.clone()),
            _ => self
                .prepare(variant, buffer)
                .err()
                .map(|why| format!("{why:#}")),
        }
    }
}

fn pass_read(data: &DataFile, x: usize, requests: &[u64], buffer: &mut Arena) -> Result<u64> {
    let buffer = &mut bytes(buffer)[..x];
    let mut sum = 0_u64;
    for &at in requests {
        data.read(buffer, at)?;
        sum = sum.wrapping_add(add_up(buffer));
    }
    Ok(sum)
}

/// Memory aligned as O_DIRECT asks for. Base pages: what a loader's buffers lie in.
fn buffer(bytes: usize) -> Result<Arena> {
    Arena::new(bytes, Pages::Base)
}

fn bytes(arena: &mut Arena) -> &mut [u8] {
    bytemuck::cast_slice_mut(arena.words())
}

/// The sum of the words in whole pages.
fn add_up(bytes: &[u8]) -> u64 {
    let words: &[u64] = bytemuck::cast_slice(bytes);
    words
        .iter()
        .fold(0, |sum: u64, word| sum.wrapping_add(*word))
}

impl Measurement for FileReading {
    fn calibrate(&self, _: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let mut found = Vec::new();
        if let Ok(source) = self.source(bench)
            && let Err(why) = calibrate(source, bench, &mut found)
        {
            let note = format!("The formulas rest on assumed parameters: {why:#}.");
            self.said.borrow_mut().push(note);
        }
        Ok(found)
    }

    fn measure(
        &self,
        machine: &Machine,
        arguments: &Arguments,
        bench: &Bench,
        live: &mut Live<'_>,
    ) -> Result<Vec<Series>> {
        let study = Study::FileReading;
        let names = study.variants(Reading::Measured);
        let source = match self.source(bench) {
            Ok(source) => source,
            Err(why) => {
                let none = names.iter();
                let none = none.map(|&name| Curve::Unavailable(name, why.clone()));
                return Ok(live.measure(study, bench, none.collect()));
            }
        };
        let mut xs = study.xs(machine, arguments, READ);
        let all = xs.len();
        xs.retain(|x| *x <= source.part as f64);
        let mut said = self.said.borrow_mut();
        said.push(format!(
            "Read: the first {} of {}.",
            format_bytes(source.part as f64),
            source.data.name
        ));
        if xs.len() < all {
            said.push("The file is too short for larger requests.".to_owned());
        }
        if bench.quick {
            xs = xs.into_iter().step_by(2).collect();
        }
        let buffer = &RefCell::new(buffer(LARGEST)?);
        let case = |name, x| Case {
            // Who waits for a disk is off its processor, and nobody's fault.
            may_wait: ![READ, MAP, POPULATED].contains(&name),
            ..Case::sampled(x, move |taking| {
                sample(source, taking, name, x as usize, &mut buffer.borrow_mut())
            })
        };
        let variants =
            names.iter().map(
                |&name| match source.refusal(name, &mut buffer.borrow_mut()) {
                    Some(why) => Curve::Unavailable(name, why),
                    None => Curve::Cases(name, xs.iter().map(|&x| case(name, x)).collect()),
                },
            );
        Ok(live.measure(study, bench, variants.collect()))
    }

    fn notes(&self, _: &Machine, _: &[Series], measured: &[Series]) -> Vec<String> {
        let mut notes = self.said.take();
        notes.extend([
            "Requests come in random order, and every byte is added up. Each sample maps the file \
             afresh, so a mapping pays its faults; what one fault brings serves the requests near \
             it later, which is why a mapping's rate hardly depends on the size of a request."
                .to_owned(),
            "Not in memory means: not in this system's page cache, which was looked at before each \
             sample. A drive's own cache, or the host of a virtual machine, may still hold it."
                .to_owned(),
            "The formulas let nothing overlap. The kernel reads ahead, within a large request \
             and around a fault, while earlier bytes are copied or added up: then less is waited \
             for. Advised sequential it reads further ahead, of which random requests use little \
             at first; advised random it reads single pages, and each waits for the device."
                .to_owned(),
        ]);
        notes.extend(crossing(measured));
        notes
    }
}

impl FileReading {
    fn source(&self, bench: &Bench) -> &Result<Source, String> {
        self.source
            .get_or_init(|| Source::new(bench).map_err(|why| format!("{why:#}")))
    }
}

/// From which request on reading beats mapping, as a sentence.
fn crossing(measured: &[Series]) -> Option<String> {
    let points = |name: Variant| {
        let mut all = measured.iter();
        all.find(|series| series.variant == name.name())
            .map(|series| series.points.as_slice())
    };
    let pairs = || {
        points(READ)
            .into_iter()
            .flatten()
            .zip(points(MAP).unwrap_or_default())
    };
    pairs().next()?;
    Some(match pairs().find(|(read, map)| read.y > map.y) {
        Some((read, _)) => format!(
            "In memory, reading is faster than a fresh mapping from requests of {} on.",
            format_bytes(read.x)
        ),
        None => "In memory, a fresh mapping is faster than reading at every size.".to_owned(),
    })
}

/// One sample, in bytes a nanosecond: prepares, checks, then times.
fn sample(
    source: &Source,
    taking: &mut Taking,
    variant: Variant,
    x: usize,
    buffer: &mut Arena,
) -> Result<f64> {
    let requests = source.requests(variant, x);
    source.prepare(variant, buffer)?;
    source.data.check(source.part)?;
    let (outcome, time) = taking.time(|| source.pass(variant, x, &requests, buffer));
    black_box(outcome?);
    Ok((x * requests.len()) as f64 / time.max(1.0))
}

/// The parameters, from requests of other sizes than the curve's.
fn calibrate(
    source: &Source,
    bench: &Bench,
    found: &mut Vec<(&'static str, Figure)>,
) -> Result<()> {
    let figure = |value, source| Figure::new(value, Evidence::Measured, source);
    let mut buffer = buffer(LARGEST)?;
    source.prepare(READ, &mut buffer)?;
    let data = &source.data;
    let call = median(bench, 1001, || data.read(&mut bytes(&mut buffer)[..64], 0))?;
    found.push((CALL.name, figure(call, "reads of 64 bytes in memory")));
    let copied = COPIED.min(source.part as usize);
    let copy = median(bench, 101, || {
        black_box(pass_read(data, copied, &[0], &mut buffer)?);
        Ok(())
    })?;
    if copy > call {
        let rate = copied as f64 / (copy - call);
        found.push((COPY.name, figure(rate, "reads of 192 KiB in memory")));
    }
    let sum = data.mapped(source.part as usize, false, |map| {
        black_box(add_up(map));
        median(bench, 7, || {
            black_box(add_up(map));
            Ok(())
        })
    })?;
    let rate = source.part as f64 / sum.max(1.0);
    found.push((SUM.name, figure(rate, "a mapping added up again")));
    let windows = (source.part as f64 / FAULT_AROUND).ceil();
    let faults = median(bench, 7, || {
        data.mapped(source.part as usize, false, |map| {
            let touched = map.iter().step_by(FAULT_AROUND as usize);
            black_box(touched.fold(0_u8, |sum, byte| sum.wrapping_add(*byte)));
            Ok(())
        })
    })?;
    let how = "a byte of each 64 KiB of a fresh mapping, mapping and unmapping included";
    found.push((FAULT.name, figure(faults / windows, how)));
    if let Some(ahead) = data.readahead() {
        let how = "read_ahead_kb of the file's device";
        let ahead = Figure::new(ahead as f64, Evidence::Reported, how);
        found.push((READAHEAD.name, ahead));
    }
    let [small, large] = COLD_SIZES;
    if source.part < 4 * large as u64 {
        anyhow::bail!("the file is too short to tell the latency of its device");
    }
    let (variant, how) = if source.direct.is_ok() {
        (DIRECT, "reads of 8 KiB and 2 MiB with O_DIRECT")
    } else {
        (COLD_READ, "reads of 8 KiB and 2 MiB not in memory")
    };
    let mut times = [0.0; 2];
    for (time, size) in times.iter_mut().zip([small, large]) {
        let mut requests = source.requests(variant, size).into_iter().cycle();
        *time = median_after(
            bench,
            7,
            |buffer| source.prepare(variant, buffer),
            |buffer| {
                let request = requests.next().unwrap_or(0);
                black_box(source.pass(variant, size, &[request], buffer)?);
                Ok(())
            },
            &mut buffer,
        )?;
    }
    let per_byte = (times[1] - times[0]) / (large - small) as f64;
    if per_byte > 0.0 {
        found.push((DEVICE.name, figure(1.0 / per_byte, how)));
        let latency = times[0] - small as f64 * per_byte;
        found.push((LATENCY.name, figure(latency, how)));
    }
    Ok(())
}

/// The median time of `body`, ns.
fn median(bench: &Bench, times: usize, mut body: impl FnMut() -> Result<()>) -> Result<f64> {
    median_after(bench, times, |()| Ok(()), |()| body(), &mut ())
}

/// The median time of `body`, ns, each time after `prepare`, which is not timed.
fn median_after<T: ?Sized>(
    bench: &Bench,
    times: usize,
    mut prepare: impl FnMut(&mut T) -> Result<()>,
    mut body: impl FnMut(&mut T) -> Result<()>,
    with: &mut T,
) -> Result<f64> {
    let mut taken = Vec::with_capacity(times);
    for _ in 0..times {
        prepare(with)?;
        let mut outcome = Ok(());
        taken.push(bench.harness.timer.time(|| outcome = body(with)));
        outcome?;
    }
    Ok(stats::median(&taken).map_or(0.0, |(time, _)| time))
}

#[cfg(test)]
mod tests;
