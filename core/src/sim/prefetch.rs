//! The prefetchers: from the look-ups of a cache to the lines it should fetch next.
//!
//! None of them crosses a page of 4 KiB: what lies behind it in memory is another matter.

use std::collections::HashSet;

use crate::machine::Prefetcher;

/// Bytes of the page a prefetcher stays inside.
pub const PAGE: u64 = 4096;
/// Sites the stride prefetcher knows at once: a site's entry is its number modulo this.
pub const STRIDE_SITES: usize = 64;
/// Pages the stream prefetcher follows at once.
pub const STREAMS: usize = 16;
/// Lines a stream runs ahead.
pub const STREAM_DEPTH: u64 = 2;

/// What a prefetcher learns of a look-up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub address: u64,
    pub site: u64,
    /// Whether the look-up missed.
    pub miss: bool,
    /// Whether it was the first use of a prefetched line.
    pub first_use: bool,
}

/// The prefetchers of one cache.
#[derive(Clone, Debug)]
pub(super) struct Predictors {
    line_shift: u32,
    predictors: Vec<Predictor>,
    /// Lines that prefetched ones pushed out and that did not come back yet.
    pushed: HashSet<u64>,
}

#[derive(Clone, Debug)]
enum Predictor {
    NextLine,
    AdjacentPair,
    Stride(Vec<Stride>),
    Stream(Vec<Stream>),
}

/// What is known of a site.
#[derive(Clone, Copy, Debug)]
struct Stride {
    site: u64,
    address: u64,
    /// The last step, and the one before it: 0 where there was none.
    step: i64,
    before: i64,
}

/// A page being followed, the most recently used first in its list.
#[derive(Clone, Copy, Debug)]
struct Stream {
    page: u64,
    /// The line of the last trigger.
    line: u64,
}

impl Predictors {
    pub fn new(kinds: &[Prefetcher], line: u64) -> Self {
        let predictor = |kind: &Prefetcher| match kind {
            Prefetcher::NextLine => Predictor::NextLine,
            Prefetcher::AdjacentPair => Predictor::AdjacentPair,
            Prefetcher::Stride => Predictor::Stride(vec![
                Stride {
                    site: u64::MAX,
                    address: 0,
                    step: 0,
                    before: 0,
                };
                STRIDE_SITES
            ]),
            Prefetcher::Stream => Predictor::Stream(Vec::with_capacity(STREAMS)),
        };
        Self {
            line_shift: line.trailing_zeros(),
            predictors: kinds.iter().map(predictor).collect(),
            pushed: HashSet::new(),
        }
    }

    /// A prefetched line pushed this one out.
    pub fn pushed_out(&mut self, line: u64) {
        self.pushed.insert(line);
    }

    /// A line came in.
    pub fn came_in(&mut self, line: u64) {
        if !self.pushed.is_empty() {
            self.pushed.remove(&line);
        }
    }

    /// Whether a line that is missed was pushed out by a prefetched one; asked once.
    pub fn lost_to_prefetch(&mut self, line: u64) -> bool {
        !self.pushed.is_empty() && self.pushed.remove(&line)
    }

    /// Learns of a look-up and names the lines to fetch.
    pub fn look_up(&mut self, seen: Seen, mut ask: impl FnMut(u64)) {
        let shift = self.line_shift;
        let line = seen.address >> shift;
        let page = seen.address / PAGE;
        let mut ask_in_page = |wanted: u64| {
            if (wanted << shift) / PAGE == page && wanted != line {
                ask(wanted);
            }
        };
        for predictor in &mut self.predictors {
            match predictor {
                Predictor::NextLine => {
                    if seen.miss || seen.first_use {
                        ask_in_page(line + 1);
                    }
                }
                Predictor::AdjacentPair => {
                    if seen.miss {
                        ask_in_page(line ^ 1);
                    }
                }
                Predictor::Stride(sites) => {
                    let entry = &mut sites[seen.site as usize % STRIDE_SITES];
                    entry.see(seen.site, seen.address);
                    if entry.step != 0 && entry.step == entry.before {
                        ask_in_page(seen.address.wrapping_add_signed(entry.step) >> shift);
                    }
                }
                Predictor::Stream(streams) => {
                    if seen.miss || seen.first_use {
                        follow(streams, page, line, &mut ask_in_page);
                    }
                }
            }
        }
    }
}

impl Stride {
    fn see(&mut self, site: u64, address: u64) {
        if self.site == site {
            self.before = self.step;
            self.step = address.wrapping_sub(self.address) as i64;
        } else {
            (self.site, self.step, self.before) = (site, 0, 0);
        }
        self.address = address;
    }
}

/// A trigger in a page: if it is a neighbour of the page's last one, runs on in that direction.
fn follow(streams: &mut Vec<Stream>, page: u64, line: u64, ask: &mut impl FnMut(u64)) {
    match streams.iter().position(|stream| stream.page == page) {
        Some(at) => {
            let stream = &mut streams[..=at];
            stream.rotate_right(1);
            let last = std::mem::replace(&mut stream[0].line, line);
            for ahead in 1..=STREAM_DEPTH {
                if line == last + 1 {
                    ask(line + ahead);
                } else if line + 1 == last && line >= ahead {
                    ask(line - ahead);
                }
            }
        }
        None => {
            if streams.len() == STREAMS {
                streams.pop();
            }
            streams.insert(0, Stream { page, line });
        }
    }
}
