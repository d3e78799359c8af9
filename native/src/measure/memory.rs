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
        let advised = advise(&map, pages);
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
            arena.prove_huge()?;
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
    fn prove_huge(&self) -> Result<()> {
        let address = self.map.as_ptr() as usize + self.offset;
        let share = std::fs::read_to_string("/proc/self/smaps")
            .ok()
            .and_then(|smaps| huge_share(&smaps, address))
            .context("the kernel does not tell which pages were given")?;
        anyhow::ensure!(
            share > 0.99,
            "only {:.0} % of the memory came in huge pages (see \
             /sys/kernel/mm/transparent_hugepage/enabled)",
            100.0 * share
        );
        Ok(())
    }
}

/// Asks for pages of that kind.
///
/// # Errors
/// When the system takes no such advice.
#[cfg(target_os = "linux")]
pub fn advise(map: &MmapMut, pages: Pages) -> std::io::Result<()> {
    map.advise(match pages {
        Pages::Base => memmap2::Advice::NoHugePage,
        Pages::Huge => memmap2::Advice::HugePage,
    })
}

/// Asks for pages of that kind.
///
/// # Errors
/// Always: this system takes no such advice.
#[cfg(not(target_os = "linux"))]
pub fn advise(_: &MmapMut, _: Pages) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Which share of the mapping that holds `address` lies in huge pages, from the text of `smaps`:
/// `AnonHugePages` over `Rss`. A share, since the kernel shows neighbouring arenas as one mapping.
fn huge_share(smaps: &str, address: usize) -> Option<f64> {
    let mut inside = false;
    let mut resident = None;
    for line in smaps.lines() {
        let mut words = line.split_ascii_whitespace();
        let first = words.next()?;
        let mut kib = || words.next()?.parse::<f64>().ok();
        if let Some((start, end)) = first.split_once('-') {
            let range =
                usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
            inside = range.contains(&address);
        } else if inside && first == "Rss:" {
            resident = kib();
        } else if inside && first == "AnonHugePages:" {
            return Some(kib()? / resident.filter(|kib| *kib > 0.0)?);
        }
    }
    None
}

/// Memory a measurement may use without pushing others out: what the system calls available, or
/// what is left of the process's control group, whichever is less.
pub fn available_bytes() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let system = meminfo(&text, "MemAvailable")?;
    let group = |file: &str| -> Option<u64> {
        let text = std::fs::read_to_string(format!("/sys/fs/cgroup/memory.{file}")).ok()?;
        // Without a limit the file says `max`.
        text.trim().parse().ok()
    };
    let left = group("max").map(|most| most.saturating_sub(group("current").unwrap_or(0)));
    Some(left.map_or(system, |left| left.min(system)))
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
        let smaps = "1000-3000 rw-p 0 00:00 0\nSize: 8 kB\nRss: 4096 kB\nAnonHugePages:  2048 kB\n\
                     5000-6000 rw-p 0 00:00 0 [heap]\nRss: 4 kB\nAnonHugePages:  4 kB\n\
                     7000-8000 rw-p 0 00:00 0\nRss: 0 kB\nAnonHugePages:  0 kB\n";
        assert_eq!(huge_share(smaps, 0x2000), Some(0.5));
        assert_eq!(huge_share(smaps, 0x5000), Some(1.0));
        assert_eq!(huge_share(smaps, 0x4000), None);
        assert_eq!(huge_share(smaps, 0x7000), None);
    }

    #[test]
    fn meminfo_is_in_kib() {
        let text = "MemTotal:       24613764 kB\nMemAvailable:   100 kB\n";
        assert_eq!(meminfo(text, "MemAvailable"), Some(102_400));
        assert_eq!(meminfo(text, "SwapTotal"), None);
    }
}
