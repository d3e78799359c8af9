//! Accesses of several cores to one line, written down by hand: `r0 w1 w0`.

use std::sync::Arc;

use super::MOST_CORES;
use crate::trace::{Access, Probe, Source};

/// Words a script has at most.
const LONGEST: usize = 4096;

/// Bytes of a core's own word.
const WORD: u64 = 8;

/// Accesses in the order written, all of them so many times over. Each core has a word of its own,
/// of those that lie in the same line: a protocol sees lines, not words.
#[derive(Clone, Debug)]
pub struct Script {
    accesses: Arc<[Access]>,
    /// Accesses still to come.
    left: u64,
    next: usize,
}

impl Script {
    /// Reads accesses, apart by blanks or commas: `r` or `w` for a load or a store, and the number of
    /// a core.
    ///
    /// # Errors
    /// A sentence about the first word that is no access of one of `cores` cores.
    pub fn parse(text: &str, cores: u16, rounds: u32) -> Result<Self, String> {
        let words = text.split([',', ' ', '\t', '\n', '\r']);
        let words = words.filter(|word| !word.is_empty());
        let accesses: Vec<Access> = words
            .enumerate()
            .map(|(place, word)| read(place, word, cores.min(MOST_CORES)))
            .collect::<Result<_, _>>()?;
        if accesses.is_empty() {
            return Err(
                "No access is written here: write r0 for a load of core 0, w1 for a \
                        store of core 1."
                    .to_owned(),
            );
        }
        if accesses.len() > LONGEST {
            return Err(format!(
                "These are {} accesses, and {LONGEST} at most may be written: let them repeat.",
                accesses.len()
            ));
        }
        Ok(Self {
            left: accesses.len() as u64 * u64::from(rounds),
            accesses: accesses.into(),
            next: 0,
        })
    }

    /// Accesses still to come.
    pub fn left(&self) -> u64 {
        self.left
    }
}

fn read(place: usize, word: &str, cores: u16) -> Result<Access, String> {
    let access = |core: u16| {
        let address = u64::from(core) % WORD * WORD;
        let access = match word.as_bytes()[0] {
            b'r' | b'R' => Access::load(address, WORD as u32),
            b'w' | b'W' => Access::store(address, WORD as u32),
            _ => return None,
        };
        Some(Access { core, ..access })
    };
    let digits = word.get(1..).filter(|digits| !digits.starts_with('+'));
    let core = digits.and_then(|digits| digits.parse().ok());
    match core {
        Some(core) if core >= cores => Err(format!(
            "Access {}, `{word}`: there is no core {core}, only 0 to {}.",
            place + 1,
            cores - 1
        )),
        core => core.and_then(access).ok_or_else(|| {
            format!(
                "Access {}, `{word}`, cannot be read: write r or w and the number of a core, such as \
                 r0 or w1.",
                place + 1
            )
        }),
    }
}

impl Source for Script {
    fn run<P: Probe>(&mut self, most: u64, probe: &mut P) -> u64 {
        let told = most.min(self.left);
        for _ in 0..told {
            probe.access(self.accesses[self.next]);
            self.next = (self.next + 1) % self.accesses.len();
        }
        self.left -= told;
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::coherence::{Coherence, MESI};

    #[test]
    fn accesses_are_told_in_order_round_after_round() {
        let mut script = Script::parse("r0, W1\nr1", 2, 2).unwrap();
        let mut caches = Coherence::new(MESI, 2, 64).unwrap();
        let mut told = Vec::new();
        while script.run(1, &mut caches) > 0 {
            told.push(caches.last()[0].after.letters(2));
        }
        assert_eq!(told, ["EI", "IM", "IM", "SS", "IM", "IM"]);
    }

    #[test]
    fn what_is_no_access_is_refused_in_words() {
        let refused = |text: &str| Script::parse(text, 2, 1).unwrap_err();
        assert!(refused(" ,").starts_with("No access"));
        assert!(refused("r0 r2").contains("Access 2, `r2`: there is no core 2, only 0 to 1"));
        for word in ["x0", "r", "w-1", "w+1", "0", "\u{e9}1", "r99999", "r1.5"] {
            assert!(refused(word).contains("cannot be read"), "{word}");
        }
        assert!(refused(&"r0 ".repeat(5000)).contains("5000 accesses"));
    }
}
