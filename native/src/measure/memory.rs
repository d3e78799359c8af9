//! Memory to measure on, with pages of a size of our choice, and proof of what was had.

use std::fmt;

use memmap2::{MmapMut, MmapOptions};

/// Which pages to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// The smallest: 4 KiB on x86.
    Small,
    /// Transparent huge pages: 2 MiB on x86.
    Huge,
}

impl fmt::Display for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Pages::Small => "4 KiB pages",
            Pages::Huge => "huge pages",
        })
    }
}

/// Size of a huge page: regions start at a multiple of it and take whole ones, with either kind of
/// page, so that both have the same addresses modulo every cache's sets.
pub const HUGE_PAGE: usize = 2 << 20;

/// A region of memory, zeroed and touched by the thread that made it.
#[derive(Debug)]
pub struct Region {
    map: MmapMut,
    start: usize,
    bytes: usize,
}

impl Region {
    /// Maps and touches `bytes` bytes on these pages.
    ///
    /// # Errors
    /// When there is not enough memory, or these pages cannot be had: why, as a sentence.
    pub fn new(bytes: usize, pages: Pages) -> Result<Self, String> {
        let whole = bytes.next_multiple_of(HUGE_PAGE);
        let map = MmapOptions::new()
            .len(whole + HUGE_PAGE)
            .map_anon()
            .map_err(|error| format!("{bytes} bytes of memory cannot be had: {error}"))?;
        let start = map.as_ptr().align_offset(HUGE_PAGE);
        let mut region = Self { map, start, bytes };
        region.advise(whole, pages)?;
        // First touch, by the thread that will measure, one store for each small page.
        for byte in region.map[start..start + whole].iter_mut().step_by(4096) {
            *byte = 0;
        }
        region.prove(pages)?;
        Ok(region)
    }

    /// The region as words.
    pub fn words(&mut self) -> &mut [u64] {
        bytemuck::cast_slice_mut(self.view())
    }

    /// The region as floating-point numbers.
    pub fn floats(&mut self) -> &mut [f64] {
        bytemuck::cast_slice_mut(self.view())
    }

    fn view(&mut self) -> &mut [u8] {
        let bytes = self.bytes / 8 * 8;
        &mut self.map[self.start..self.start + bytes]
    }

    #[cfg(target_os = "linux")]
    fn advise(&self, whole: usize, pages: Pages) -> Result<(), String> {
        let advice = match pages {
            Pages::Small => memmap2::Advice::NoHugePage,
            Pages::Huge => memmap2::Advice::HugePage,
        };
        match (self.map.advise_range(advice, self.start, whole), pages) {
            (Ok(()), _) => Ok(()),
            // A kernel without huge pages does not know how to do without them either.
            (Err(_), Pages::Small) => Ok(()),
            (Err(error), Pages::Huge) => {
                Err(format!("this kernel has no transparent huge pages: {error}"))
            }
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn advise(&self, _: usize, pages: Pages) -> Result<(), String> {
        match pages {
            Pages::Small => Ok(()),
            Pages::Huge => Err("huge pages can be asked for on Linux only".to_owned()),
        }
    }

    /// Looks which pages the region really lies on.
    #[cfg(target_os = "linux")]
    fn prove(&self, pages: Pages) -> Result<(), String> {
        let first = self.map.as_ptr() as usize + self.start;
        let range = first..first + self.bytes.next_multiple_of(HUGE_PAGE);
        let text = std::fs::read_to_string("/proc/self/smaps").unwrap_or_default();
        let share = huge_share(&text, &range);
        match (pages, share) {
            (_, None) => Err(
                "/proc/self/smaps does not tell which pages were used, so nothing is claimed"
                    .to_owned(),
            ),
            (Pages::Small, Some(share)) if share > 0.0 => Err(format!(
                "the kernel used huge pages for {:.0} % of it, against the wish",
                100.0 * share
            )),
            (Pages::Huge, Some(share)) if share < 0.99 => Err(format!(
                "the kernel gave huge pages for {:.0} % of it only (memory is fragmented, or \
                 /sys/kernel/mm/transparent_hugepage/enabled says never)",
                100.0 * share
            )),
            _ => Ok(()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn prove(&self, _: Pages) -> Result<(), String> {
        Ok(())
    }
}

/// The least share of huge pages, by bytes, among the mappings that `range` lies in, from the text
/// of `/proc/self/smaps`; none where it does not say.
///
/// Neighbouring mappings of the same kind may show up as one: that one's share counts.
#[cfg(any(target_os = "linux", test))]
fn huge_share(smaps: &str, range: &std::ops::Range<usize>) -> Option<f64> {
    let mut inside = false;
    let mut resident = None;
    let mut least: Option<f64> = None;
    for line in smaps.lines() {
        let Some(word) = line.split_ascii_whitespace().next() else {
            continue;
        };
        if let Some((from, to)) = word.split_once('-')
            && let (Ok(from), Ok(to)) =
                (usize::from_str_radix(from, 16), usize::from_str_radix(to, 16))
        {
            inside = from < range.end && range.start < to;
            resident = None;
        } else if inside {
            let kibibytes = || line.split_ascii_whitespace().nth(1)?.parse::<f64>().ok();
            match word {
                "Rss:" => resident = kibibytes(),
                "AnonHugePages:" => {
                    let share = match resident {
                        Some(resident) if resident > 0.0 => kibibytes()? / resident,
                        _ => 0.0,
                    };
                    least = Some(least.map_or(share, |least| least.min(share)));
                }
                _ => {}
            }
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SMAPS: &str = "\
7f0000000000-7f0000400000 rw-p 00000000 00:00 0 \nSize: 4096 kB\nRss: 4096 kB\nAnonHugePages: 4096 kB\n\
7f0000400000-7f0000600000 rw-p 00000000 00:00 0 \nSize: 2048 kB\nRss: 2048 kB\nAnonHugePages: 0 kB\n\
7f0000600000-7f0000800000 r-xp 00000000 08:01 12 /usr/lib/x.so\nSize: 2048 kB\nRss: 0 kB\n";

    #[test]
    fn pages_are_told_from_the_kernel_s_account() {
        let at = |from: usize, to: usize| huge_share(SMAPS, &(from..to));
        let base = 0x7f00_0000_0000;
        assert_eq!(at(base, base + 0x40_0000), Some(1.0));
        assert_eq!(at(base, base + 0x60_0000), Some(0.0));
        assert_eq!(at(base + 0x60_0000, base + 0x70_0000), None);
        assert_eq!(at(0x1000, 0x2000), None);
    }

    #[test]
    fn a_region_has_the_words_asked_for() {
        let mut region = Region::new(4096 + 24, Pages::Small).unwrap();
        assert_eq!(region.words().len(), 515);
        assert!(region.words().iter().all(|word| *word == 0));
        assert_eq!(region.words().as_ptr() as usize % HUGE_PAGE, 0);
        // Where huge pages cannot be had, that is said; where they can, the size is the same.
        match Region::new(4096 + 24, Pages::Huge) {
            Ok(mut region) => assert_eq!(region.floats().len(), 515),
            Err(why) => assert!(!why.is_empty()),
        }
    }

    #[test]
    fn too_much_is_refused_in_words() {
        let why = Region::new(1 << 60, Pages::Small).unwrap_err();
        assert!(why.contains("cannot be had"), "{why}");
    }

    proptest! {
        #[test]
        fn any_account_is_read_or_refused(text: String, start in 0_usize..1 << 40) {
            let _ = huge_share(&text, &(start..start + 4096));
        }
    }
}
