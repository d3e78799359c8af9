//! The prefetchers once more, from their definitions: whole histories instead of tables.

use std::collections::BTreeMap;

use lab_core::machine::Prefetcher;

/// Lines that a look-up makes the prefetchers ask for.
#[derive(Default)]
pub struct Histories {
    /// By entry of the stride table: the site there, and its addresses, latest last.
    sites: BTreeMap<u64, (u64, Vec<u64>)>,
    /// Pages followed and the line of the last trigger, latest first.
    streams: Vec<(u64, u64)>,
}

impl Histories {
    pub fn look_up(
        &mut self,
        kinds: &[Prefetcher],
        (address, site, line_size): (u64, u64, u64),
        (miss, first_use): (bool, bool),
    ) -> Vec<u64> {
        let line = address / line_size;
        let mut asked: Vec<i128> = Vec::new();
        for kind in kinds {
            match kind {
                Prefetcher::NextLine if miss || first_use => asked.push(i128::from(line) + 1),
                Prefetcher::AdjacentPair if miss => {
                    let pair = if line.is_multiple_of(2) {
                        line + 1
                    } else {
                        line - 1
                    };
                    asked.push(pair.into());
                }
                Prefetcher::Stride => {
                    let entry = self.sites.entry(site % 64).or_insert((site, Vec::new()));
                    if entry.0 != site {
                        *entry = (site, Vec::new());
                    }
                    entry.1.push(address);
                    if let [.., a, b, c] = entry.1[..] {
                        let (step, before) = (c as i128 - b as i128, b as i128 - a as i128);
                        if step == before && step != 0 {
                            asked.push((c as i128 + step).div_euclid(line_size.into()));
                        }
                    }
                }
                Prefetcher::Stream if miss || first_use => {
                    let page = address / 4096;
                    match self.streams.iter().position(|(other, _)| *other == page) {
                        Some(at) => {
                            let (_, last) = self.streams.remove(at);
                            for ahead in 1..=2 {
                                if line == last + 1 {
                                    asked.push(i128::from(line) + ahead);
                                } else if line + 1 == last {
                                    asked.push(i128::from(line) - ahead);
                                }
                            }
                        }
                        None => self.streams.truncate(15),
                    }
                    self.streams.insert(0, (page, line));
                }
                _ => {}
            }
        }
        let in_page = |wanted: &i128| {
            *wanted != i128::from(line)
                && (wanted * i128::from(line_size)).div_euclid(4096) == i128::from(address / 4096)
        };
        asked.retain(in_page);
        asked.into_iter().map(|line| line as u64).collect()
    }
}
