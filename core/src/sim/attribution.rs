//! Who caused the misses: arrays, and places in the program.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{
    counts::Causes,
    event::{Cause, Event, Observer},
};
use crate::trace::Access;

/// What one array or one place in the program caused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Accesses of the program.
    pub accesses: u64,
    /// Misses of each level on their behalf, innermost first.
    pub misses: Vec<u64>,
    /// Misses of the first level by cause, where they were classified.
    pub first_level: Causes,
}

/// An array of the program: a name for addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Array {
    /// What the program calls it.
    pub name: String,
    /// Its first address.
    pub base: u64,
    /// Its size.
    pub bytes: u64,
}

/// Attributes accesses and misses to arrays and to sites, from the events of an engine.
#[derive(Clone, Debug, Default)]
pub struct Attribution {
    arrays: Vec<(Array, Share)>,
    elsewhere: Share,
    sites: Vec<Site>,
    places: HashMap<u64, usize>,
    /// The access being carried out: which array (none for elsewhere), which entry of `sites`.
    now: (Option<usize>, usize),
}

/// A place in the program. Loops come back: what followed it last time is tried first.
#[derive(Clone, Debug)]
struct Site {
    site: u64,
    share: Share,
    array: Option<usize>,
    next: usize,
}

impl Attribution {
    /// The arrays the program named, in its order, and last what lies in none of them, where
    /// anything does.
    pub fn arrays(&self) -> impl Iterator<Item = (Option<&Array>, &Share)> {
        let named = self
            .arrays
            .iter()
            .map(|(array, share)| (Some(array), share));
        let elsewhere = (self.elsewhere.accesses > 0).then_some((None, &self.elsewhere));
        named.chain(elsewhere)
    }

    /// The places in the program, by number ([`Access::site`]).
    pub fn sites(&self) -> impl Iterator<Item = (u64, &Share)> {
        let mut sites: Vec<_> = self.sites.iter().collect();
        sites.sort_unstable_by_key(|entry| entry.site);
        sites.into_iter().map(|entry| (entry.site, &entry.share))
    }

    #[inline(always)]
    fn begin(&mut self, access: Access) {
        let entry = self.entry(access.site);
        let holds =
            |(array, _): &(Array, Share)| access.address.wrapping_sub(array.base) < array.bytes;
        let guess = self.sites[entry].array;
        let array = match guess {
            Some(at) if holds(&self.arrays[at]) => guess,
            _ => self.arrays.iter().position(holds),
        };
        self.sites[entry].array = array;
        self.now = (array, entry);
        self.each(|share| share.accesses += 1);
    }

    /// The entry of a site.
    #[inline(always)]
    fn entry(&mut self, site: u64) -> usize {
        let before = self.now.1;
        if let Some(last) = self.sites.get(before) {
            if last.site == site {
                return before;
            }
            if self
                .sites
                .get(last.next)
                .is_some_and(|next| next.site == site)
            {
                return last.next;
            }
        }
        let entry = *self.places.entry(site).or_insert_with(|| {
            self.sites.push(Site {
                site,
                share: Share::default(),
                array: None,
                next: 0,
            });
            self.sites.len() - 1
        });
        if let Some(last) = self.sites.get_mut(before) {
            last.next = entry;
        }
        entry
    }

    /// Changes what the present access belongs to.
    #[inline(always)]
    fn each(&mut self, mut change: impl FnMut(&mut Share)) {
        let (array, entry) = self.now;
        change(match array {
            Some(at) => &mut self.arrays[at].1,
            None => &mut self.elsewhere,
        });
        change(&mut self.sites[entry].share);
    }
}

impl Observer for Attribution {
    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        let array = Array {
            name: name.to_owned(),
            base,
            bytes,
        };
        self.arrays.push((array, Share::default()));
    }

    #[inline(always)]
    fn event(&mut self, event: Event) {
        match event {
            Event::Access(access) => self.begin(access),
            Event::Miss { depth, cause, .. } => self.each(|share| {
                if share.misses.len() <= depth {
                    share.misses.resize(depth + 1, 0);
                }
                share.misses[depth] += 1;
                if depth == 0 {
                    let causes = &mut share.first_level;
                    match cause {
                        Some(Cause::Compulsory) => causes.compulsory += 1,
                        Some(Cause::Capacity) => causes.capacity += 1,
                        Some(Cause::Conflict) => causes.conflict += 1,
                        None => {}
                    }
                }
            }),
            _ => {}
        }
    }
}
