//! Memory to measure in: pages of a known size, first touched by the measuring thread.

use anyhow::{Context, Result};
use memmap2::MmapMut;

/// Which pages to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// The base pages of the system, 4 KiB on x86.
    Base,
    /// Transparent huge pages, 2 MiB on x86.
    Huge,
}

/// Size and alignment of a huge page, where they exist as we use them.
const HUGE_PAGE: usize = 2 << 20;

/// A zeroed stretch of memory, aligned to a huge page.
#[derive(Debug)]
pub struct Arena {
    map: MmapMut,
    /// Where the aligned part starts, in bytes.
    offset: usize,
    words: usize,
}

impl Arena {
    /// At least `bytes` bytes in pages of that kind, every page touched by the calling thread.
    ///
    /// # Errors
    /// When the system has no memory to give, or gave other pages than asked for; the error says
    /// which.
    pub fn new(bytes: usize, pages: Pages) -> Result<Self> {
        let rounded = bytes.next_multiple_of(HUGE_PAGE);
        let mut map = MmapMut::map_anon(rounded + HUGE_PAGE)
            .with_context(|| format!("the system gave no {rounded} bytes of memory"))?;
        #[cfg(target_os = "linux")]
        let advised = map.advise(match pages {
            Pages::Base => memmap2::Advice::NoHugePage,
            Pages::Huge => memmap2::Advice::HugePage,
        });
        #[cfg(not(target_os = "linux"))]
        let advised: std::io::Result<()> = Err(std::io::ErrorKind::Unsupported.into());
        if pages == Pages::Huge {
            advised.context("this system has no transparent huge pages to ask for")?;
        }
        let offset = map.as_ptr().align_offset(HUGE_PAGE);
        map[offset..offset + rounded].fill(0);
        let arena = Self {
            map,
            offset,
            words: bytes / size_of::<u64>(),
        };
        if pages == Pages::Huge {
            arena.prove_huge(rounded)?;
        }
        Ok(arena)
    }

    /// All of it, as 8-byte words.
    pub fn words(&mut self) -> &mut [u64] {
        let bytes = &mut self.map[self.offset..self.offset + self.words * size_of::<u64>()];
        bytemuck::cast_slice_mut(bytes)
    }

    /// # Errors
    /// When the kernel says that less than all of it lies in huge pages.
    fn prove_huge(&self, asked: usize) -> Result<()> {
        let address = self.map.as_ptr() as usize + self.offset;
        let smaps = std::fs::read_to_string("/proc/self/smaps")
            .context("the kernel does not tell which pages were given")?;
        let huge = huge_bytes(&smaps, address)
            .context("the kernel does not tell which pages were given")?;
        anyhow::ensure!(
            huge >= asked,
            "only {huge} of {asked} bytes came in huge pages (see \
             /sys/kernel/mm/transparent_hugepage/enabled)"
        );
        Ok(())
    }
}

/// `AnonHugePages` of the mapping that holds `address`, in bytes, from the text of `smaps`.
fn huge_bytes(smaps: &str, address: usize) -> Option<usize> {
    let mut inside = false;
    for line in smaps.lines() {
        let mut words = line.split_ascii_whitespace();
        let first = words.next()?;
        if let Some((start, end)) = first.split_once('-') {
            let range =
                usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
            inside = range.contains(&address);
        } else if inside && first == "AnonHugePages:" {
            return Some(words.next()?.parse::<usize>().ok()? << 10);
        }
    }
    None
}

/// Memory a measurement may use without pushing others out: what the system calls available.
pub fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    meminfo(&text, "MemAvailable")
}

/// All memory the kernel manages.
pub fn total_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    meminfo(&text, "MemTotal")
}

fn meminfo(text: &str, name: &str) -> Option<u64> {
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("{name}:")))?;
    let kib: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_is_zeroed_aligned_and_large_enough() {
        let mut arena = Arena::new(100_000, Pages::Base).unwrap();
        let words = arena.words();
        assert_eq!(words.len(), 12_500);
        assert!(words.iter().all(|&word| word == 0));
        assert_eq!(words.as_ptr() as usize % HUGE_PAGE, 0);
    }

    #[test]
    fn the_right_mapping_is_read() {
        let smaps = "1000-3000 rw-p 0 00:00 0\nSize: 8 kB\nAnonHugePages:  2048 kB\n\
                     5000-6000 rw-p 0 00:00 0 [heap]\nAnonHugePages:  4 kB\n";
        assert_eq!(huge_bytes(smaps, 0x2000), Some(2 << 20));
        assert_eq!(huge_bytes(smaps, 0x5000), Some(4 << 10));
        assert_eq!(huge_bytes(smaps, 0x4000), None);
    }

    #[test]
    fn meminfo_is_in_kib() {
        let text = "MemTotal:       24613764 kB\nMemAvailable:   100 kB\n";
        assert_eq!(meminfo(text, "MemAvailable"), Some(102_400));
        assert_eq!(meminfo(text, "SwapTotal"), None);
    }
}
