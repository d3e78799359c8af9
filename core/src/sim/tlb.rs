//! Address translation: buffers of page numbers, least recently used.

use super::{
    counts::TlbCounts,
    rows::{Sets, Wide},
};
use crate::machine::{Machine, Tlb};

/// Pages from this size on use the entries for huge pages.
pub const HUGE_PAGE: u64 = 2 << 20;

/// The translation buffers of one core, innermost first.
#[derive(Clone, Debug)]
pub(super) struct Tlbs {
    page_shift: u32,
    /// The page translated last: it is the newest entry of the first buffer.
    newest: u64,
    buffers: Vec<Buffer>,
}

#[derive(Clone, Debug)]
struct Buffer {
    name: String,
    /// None where pages of this size have no entries.
    pages: Option<Wide>,
    accesses: u64,
    misses: u64,
}

impl Tlbs {
    pub fn new(machine: &Machine) -> Self {
        let buffer = |tlb: &Tlb| {
            let (entries, ways) = if machine.page >= HUGE_PAGE {
                (tlb.huge_entries, tlb.huge_ways)
            } else {
                (tlb.entries, tlb.ways)
            };
            Buffer {
                name: tlb.name.clone(),
                pages: (entries > 0).then(|| Wide::new(entries / ways, ways as usize)),
                accesses: 0,
                misses: 0,
            }
        };
        Self {
            page_shift: machine.page.trailing_zeros(),
            newest: u64::MAX,
            buffers: machine.tlbs.iter().map(buffer).collect(),
        }
    }

    /// Translates every page from `first` to `last`, two addresses.
    #[inline(always)]
    pub fn translate(&mut self, first: u64, last: u64) {
        if self.buffers.is_empty() {
            return;
        }
        for page in first >> self.page_shift..=last >> self.page_shift {
            let here = page == self.newest && self.buffers[0].pages.is_some();
            if here {
                self.buffers[0].accesses += 1;
            } else {
                self.look_up(page);
                self.newest = page;
            }
        }
    }

    fn look_up(&mut self, page: u64) {
        for buffer in &mut self.buffers {
            buffer.accesses += 1;
            let hit = match &mut buffer.pages {
                Some(pages) => pages.touch(page, 0).hit,
                None => false,
            };
            if hit {
                return;
            }
            buffer.misses += 1;
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = TlbCounts> + '_ {
        self.buffers.iter().map(|buffer| TlbCounts {
            name: buffer.name.clone(),
            accesses: buffer.accesses,
            misses: buffer.misses,
        })
    }

    pub fn reset_counts(&mut self) {
        for buffer in &mut self.buffers {
            (buffer.accesses, buffer.misses) = (0, 0);
        }
    }
}
