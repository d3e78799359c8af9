//! Page faults, measured: fresh mappings of each kind, touched once a base page.

use std::{cell::RefCell, hint::black_box};

use anyhow::{Context, Result, ensure};
use lab_core::{
    evidence::{Evidence, Reading},
    machine::{Figure, Machine},
    parameters::Arguments,
    report::Series,
    study::{
        Study,
        page_faults::{
            AGAIN, BASE, BASE_PAGE, FAULT, HUGE_FAULT, HUGE_PAGE, MAJOR, MAP, POPULATED, RESERVED,
            TOUCH, TRANSPARENT,
        },
    },
};
use memmap2::{Mmap, MmapMut, MmapOptions};

use super::{Bench, Live, Measurement, Variant};
use crate::measure::{
    Case, Deaf, faults,
    memory::{Pages, advise},
    nanoseconds, scratch,
};

/// The study, and what was counted beside the timing.
#[derive(Default)]
pub(super) struct PageFaults {
    counted: RefCell<Vec<String>>,
}

/// Bytes that calibration maps: another size than the curve's.
const CALIBRATED: usize = 24 << 20;
/// Bytes whose faults are counted.
const COUNTED: usize = 16 << 20;
/// Files end here: each sample reads all of it from the disk.
const LARGEST_FILE: u64 = 16 << 20;

impl Measurement for PageFaults {
    fn calibrate(&self, _: &Machine, bench: &Bench) -> Result<Vec<(&'static str, Figure)>> {
        let mut there = fresh(BASE, CALIBRATED)?;
        touch(&mut there, CALIBRATED);
        let mut cases = vec![
            Case::prepared(1.0, 1.0, nanoseconds, || (), |()| fresh(BASE, CALIBRATED)),
            touched_again(1.0, CALIBRATED, there),
            first_touch(1.0, CALIBRATED, BASE),
        ];
        let huge = available(TRANSPARENT).is_ok();
        if huge {
            cases.push(first_touch(1.0, CALIBRATED, TRANSPARENT));
        }
        let points = bench.harness.measure(&mut cases, &mut Deaf);
        let times: Vec<f64> = points.iter().flatten().map(|point| point.y).collect();
        ensure!(
            times.len() >= 3,
            "calibrating the page faults gave no samples"
        );
        let pages = CALIBRATED as f64 / BASE_PAGE as f64;
        let (map, touched) = (times[0], times[1]);
        // What is left of a page's time without its share of the mapping and its touch.
        let fault = |time: f64| time - map / pages - touched;
        let figure = |value, source| Figure::new(value, Evidence::Measured, source);
        let mut found = vec![
            (MAP.name, figure(map, "24 MiB mapped, untouched")),
            (
                TOUCH.name,
                figure(touched, "24 MiB that are there, touched"),
            ),
            (
                FAULT.name,
                figure(fault(times[2]), "24 MiB in base pages, touched once"),
            ),
        ];
        if let Some(&time) = times.get(3) {
            let value = fault(time) * (HUGE_PAGE / BASE_PAGE) as f64;
            let source = "24 MiB in transparent huge pages, touched once";
            found.push((HUGE_FAULT.name, figure(value, source)));
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
        let study = Study::PageFaults;
        let file = NotInMemory::new();
        let variants = study.variants(Reading::Measured).iter().map(|&variant| {
            let xs = study.xs(machine, arguments, variant).into_iter();
            let ready = match variant {
                MAJOR => file.as_ref().map(|_| ()).map_err(|why| format!("{why:#}")),
                _ => available(variant).map_err(|why| format!("{why:#}")),
            };
            if let Err(why) = ready {
                return Ok(Variant::Unavailable(variant, why));
            }
            let cases = match (variant, &file) {
                (AGAIN, _) => xs
                    .map(|x| Ok(touched_again(x, x as usize, fresh(BASE, x as usize)?)))
                    .collect::<Result<_>>()?,
                (MAJOR, Ok(file)) => xs
                    .filter(|x| *x <= LARGEST_FILE as f64)
                    .map(|x| file.case(x))
                    .collect(),
                _ => xs.map(|x| first_touch(x, x as usize, variant)).collect(),
            };
            Ok(Variant::Cases(variant, cases))
        });
        let variants = variants.collect::<Result<Vec<_>>>()?;
        let mut counted = self.counted.borrow_mut();
        for variant in &variants {
            if let Variant::Cases(name, _) = variant {
                counted.extend(count(name, file.as_ref().ok()));
            }
        }
        Ok(live.measure(study, bench, variants))
    }

    fn notes(&self, _: &Machine, _: &[Series], _: &[Series]) -> Vec<String> {
        let mut notes = vec![
            "Times of fresh mappings hold mapping, faults and touches, and not the unmapping; the \
             kernel's clearing of the pages is in the faults."
                .to_owned(),
            "A file is read from front to back, so the kernel reads ahead: only a touch that finds \
             nothing under way counts as a major fault, one that waits for a page on its way as a \
             minor one."
                .to_owned(),
        ];
        notes.extend(self.counted.take());
        notes
    }
}

/// Maps so many bytes and touches them; one unit of work is a base page. What unmapping takes is not
/// timed.
fn first_touch(x: f64, bytes: usize, variant: &'static str) -> Case<'static> {
    // Whether there is memory was tried before; an empty map would be seen in the counts.
    let body = move |()| {
        let mut map = fresh(variant, bytes).ok()?;
        touch(&mut map, bytes);
        Some(map)
    };
    Case::prepared(x, pages(bytes), nanoseconds, || (), body)
}

/// Touches what is there, or is from the first repetition on.
fn touched_again(x: f64, bytes: usize, mut map: MmapMut) -> Case<'static> {
    Case::timed(x, pages(bytes), nanoseconds, move |repetitions| {
        (0..repetitions).for_each(|_| touch(&mut map, bytes));
    })
}

/// Base pages in so many bytes.
fn pages(bytes: usize) -> f64 {
    bytes as f64 / BASE_PAGE as f64
}

/// A fresh mapping of that kind, larger than asked for where huge pages need the room to align.
fn fresh(variant: &str, bytes: usize) -> Result<MmapMut> {
    let huge = HUGE_PAGE as usize;
    let mut options = MmapOptions::new();
    match variant {
        TRANSPARENT => options.len(bytes + huge),
        RESERVED => options.len(bytes.next_multiple_of(huge)).huge(Some(21)),
        POPULATED => options.len(bytes).populate(),
        _ => options.len(bytes),
    };
    let map = options
        .map_anon()
        .with_context(|| format!("the system gave no {bytes} bytes of memory"))?;
    match variant {
        TRANSPARENT => {
            advise(&map, Pages::Huge)
                .context("this system has no transparent huge pages to ask for")?;
        }
        // Where nobody asks for huge pages, the advice against them may be refused.
        BASE => drop(advise(&map, Pages::Base)),
        _ => {}
    }
    Ok(map)
}

/// Writes a byte into each base page of the part aligned to huge pages, or of all where that part
/// is smaller.
fn touch(map: &mut MmapMut, bytes: usize) {
    let aligned = map.as_ptr().align_offset(HUGE_PAGE as usize);
    let from = if aligned + bytes <= map.len() {
        aligned
    } else {
        0
    };
    for place in (from..from + bytes).step_by(BASE_PAGE as usize) {
        map[place] = 1;
    }
    black_box(map.as_ptr());
}

/// # Errors
/// Why there are no pages of that kind.
fn available(variant: &str) -> Result<()> {
    if variant == RESERVED {
        // Reserved pages are taken when they are mapped: as many as the largest mapping needs.
        return fresh(RESERVED, 64 << 20).map(drop).context(
            "no huge pages are reserved here (see /proc/sys/vm/nr_hugepages; 32 of 2 MiB are \
             needed)",
        );
    }
    let mut map = fresh(variant, COUNTED)?;
    if variant == TRANSPARENT {
        let (minor, _) = faults::during(|| touch(&mut map, COUNTED))
            .context("the kernel does not tell how many page faults there were")?;
        ensure!(
            minor < COUNTED as u64 / BASE_PAGE / 2,
            "the kernel gave base pages where huge ones were asked for: {minor} faults in {} pages",
            COUNTED as u64 / BASE_PAGE
        );
    }
    Ok(())
}

/// How many faults touching takes, as a sentence.
fn count(variant: &str, file: Option<&NotInMemory>) -> Option<String> {
    let pages = COUNTED as u64 / BASE_PAGE;
    let (minor, major) = match variant {
        AGAIN => {
            let mut map = fresh(BASE, COUNTED).ok()?;
            touch(&mut map, COUNTED);
            faults::during(|| touch(&mut map, COUNTED))?
        }
        MAJOR => {
            let file = file?;
            file.evict();
            faults::during(|| drop(file.touch(COUNTED)))?
        }
        _ => {
            let mut map = fresh(variant, COUNTED).ok()?;
            faults::during(|| touch(&mut map, COUNTED))?
        }
    };
    Some(format!(
        "Counted, \u{201c}{variant}\u{201d}: touching {pages} pages of 4 KiB took {minor} minor and \
         {major} major faults."
    ))
}

/// A file that is put out of memory before each use.
struct NotInMemory(std::fs::File);

impl NotInMemory {
    /// # Errors
    /// When there is no room for the file, or the system keeps it in memory.
    fn new() -> Result<Self> {
        let file = Self(scratch::file(LARGEST_FILE)?);
        file.evict();
        let (_, major) = faults::during(|| drop(file.touch(COUNTED)))
            .context("the kernel does not tell how many page faults there were")?;
        ensure!(
            major > 0,
            "the system kept the file in memory although it was advised to let it go"
        );
        Ok(file)
    }

    /// Puts it out of memory, untimed, and touches it.
    fn case(&self, x: f64) -> Case<'_> {
        let bytes = x as usize;
        let body = move |()| self.touch(bytes);
        Case {
            may_wait: true,
            ..Case::prepared(x, pages(bytes), nanoseconds, || self.evict(), body)
        }
    }

    fn evict(&self) {
        // Whether it works was tried before.
        let _ = scratch::evict(&self.0);
    }

    /// Maps it and reads a byte of each base page.
    fn touch(&self, bytes: usize) -> Option<Mmap> {
        // SAFETY: the file has no name, so that nobody else can write or shorten it while it is
        // mapped, and nobody here does.
        let map = unsafe { MmapOptions::new().len(bytes).map(&self.0) }.ok()?;
        let sum = map
            .iter()
            .step_by(BASE_PAGE as usize)
            .fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        black_box(sum);
        Some(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's own counters are the oracle.
    #[test]
    #[cfg(target_os = "linux")]
    fn each_base_page_takes_one_fault_and_only_once() {
        let pages = COUNTED as u64 / BASE_PAGE;
        let mut map = fresh(BASE, COUNTED).unwrap();
        let (first, _) = faults::during(|| touch(&mut map, COUNTED)).unwrap();
        assert!((pages..pages + 50).contains(&first), "{first} of {pages}");
        let (again, _) = faults::during(|| touch(&mut map, COUNTED)).unwrap();
        assert!(again < 50, "{again}");
        let mut map = fresh(POPULATED, COUNTED).unwrap();
        let (populated, _) = faults::during(|| touch(&mut map, COUNTED)).unwrap();
        assert!(populated < 50, "{populated}");
    }
}
