//! What the cache view asks for: which program, with which parameters, on which caches, which step.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use lab_core::{
    machine::{Machine, Setting},
    trace::{
        Access, Kind,
        program::{EXAMPLES, Example},
    },
};

use super::{setup, situation::Situation};

/// The machine when none was chosen: its caches are small enough to be drawn line by line.
pub const FALLBACK: &str = "teaching";

/// The program when none was chosen.
const FIRST: &str = "columns";

/// Accesses that are recorded unless more are asked for.
pub const LIMIT: u64 = 1_000_000;

/// The most accesses that a page records.
pub const MOST: u64 = 10_000_000;

/// Letters of a program in an address.
const LONGEST: usize = 12_000;

/// An empty program, as an empty choice would be none; no other is packed so.
const EMPTY: &str = "-";

/// What says that the program is kept elsewhere.
const KEPT: &str = "kept";

/// The key of one of the view's choices in the URL.
pub fn key(name: &str) -> String {
    format!("cache.{name}")
}

/// The example of that name.
pub fn example(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

/// The program's text, and the example it is, if it is one. `kept` is asked for one that was too long for
/// the address.
pub fn program(
    situation: &Situation,
    kept: impl FnOnce() -> Option<String>,
) -> (String, Option<&'static Example>) {
    match situation.get(&key("program")) {
        Some(EMPTY) => return (String::new(), None),
        packed => {
            if let Some(text) = packed.and_then(unpack) {
                return (text, None);
            }
        }
    }
    if let Some(text) = situation.get(&key(KEPT)).and_then(|_| kept()) {
        return (text, None);
    }
    let named = situation.get("example").and_then(example);
    let chosen = named.or_else(|| example(FIRST)).or(EXAMPLES.first());
    (
        chosen.map_or_else(String::new, |example| example.source.to_owned()),
        chosen,
    )
}

/// The situation with another text of the program; parameters, step and bookmarks stay.
pub fn with_text(situation: &Situation, text: &str) -> Situation {
    let found = EXAMPLES.iter().find(|example| example.source == text);
    let packed = found.is_none().then(|| match text {
        "" => EMPTY.to_owned(),
        text => pack(text),
    });
    let long = packed.as_ref().is_some_and(|packed| packed.len() > LONGEST);
    // Another number for another text, as a view is drawn again when its situation has changed.
    let number = long.then(|| {
        let letters = text.bytes();
        let sum = letters.fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        });
        sum.to_string()
    });
    situation
        .with("example", found.map(|example| example.name.to_owned()))
        .with(&key("program"), packed.filter(|_| !long))
        .with(&key(KEPT), number)
}

/// Whether the program is too long for the address, and kept elsewhere.
pub fn too_long(situation: &Situation) -> bool {
    situation.get(&key(KEPT)).is_some()
}

/// The situation with another example, from its beginning.
pub fn with_example(situation: &Situation, name: &str) -> Situation {
    situation
        .without(|key| {
            key.starts_with("cache.param.")
                || matches!(
                    key,
                    "cache.program" | "cache.kept" | "cache.step" | "cache.marks"
                )
        })
        .with("example", Some(name.to_owned()))
}

/// Accesses to record.
pub fn limit(situation: &Situation) -> u64 {
    situation
        .number(&key("limit"))
        .map_or(LIMIT, |limit| (limit as u64).clamp(1, MOST))
}

/// Whether a program that is too long is recorded in slices.
pub fn sampled(situation: &Situation) -> bool {
    situation.get(&key("sample")).is_some()
}

/// Accesses made by hand after the one shown; those after another are not meant.
pub fn by_hand(situation: &Situation, at: u64) -> Vec<Access> {
    let words = situation.get(&key("hand")).unwrap_or_default();
    let Some((after, accesses)) = words.split_once(':') else {
        return Vec::new();
    };
    if after.parse() != Ok(at) {
        return Vec::new();
    }
    let read = |word: &str| {
        let kind = match word.get(..1)? {
            "l" => Kind::Load,
            "s" => Kind::Store,
            _ => return None,
        };
        let (address, bytes) = word[1..].split_once('+')?;
        let address = u64::from_str_radix(address, 16).ok()?;
        let bytes = bytes
            .parse()
            .ok()
            .filter(|bytes| (1..=4096).contains(bytes))?;
        Some(Access::new(kind, address, bytes))
    };
    let accesses = accesses.split('.').filter_map(read);
    accesses.take(MOST_BY_HAND).collect()
}

/// Accesses by hand that an address holds.
pub const MOST_BY_HAND: usize = 32;

/// The situation with these accesses by hand after the one shown.
pub fn with_hand(situation: &Situation, at: u64, accesses: &[Access]) -> Situation {
    let words: Vec<String> = accesses
        .iter()
        .map(|access| {
            let kind = if access.kind == Kind::Store { 's' } else { 'l' };
            format!("{kind}{:x}+{}", access.address, access.bytes)
        })
        .collect();
    let words = (!words.is_empty()).then(|| format!("{at}:{}", words.join(".")));
    situation.with(&key("hand"), words)
}

/// Predictions that are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quest {
    /// Of each access after the one shown, without end.
    Next,
    /// Of so many accesses from all over the run, the same ones for each who has the seed.
    Drawn {
        /// How many, at most.
        length: u64,
        /// What they are drawn by.
        seed: u64,
    },
}

impl Quest {
    /// Questions that one asks for at most.
    pub const MOST: u64 = 100;

    /// The one in the address: `next`, or length and seed as `10-7`.
    pub fn of(situation: &Situation) -> Option<Self> {
        let word = situation.get(&key("challenge"))?;
        let drawn = word.split_once('-').and_then(|(length, seed)| {
            let length = length.parse::<u64>().ok()?.clamp(1, Self::MOST);
            let seed = seed.parse().ok()?;
            Some(Self::Drawn { length, seed })
        });
        Some(drawn.unwrap_or(Self::Next))
    }

    /// Its word in an address.
    pub fn word(self) -> String {
        match self {
            Self::Next => "next".to_owned(),
            Self::Drawn { length, seed } => format!("{length}-{seed}"),
        }
    }

    /// Which accesses are shown when one is asked for what the next does, rising.
    pub fn places(self, accesses: u64) -> Vec<u64> {
        let Self::Drawn { length, seed } = self else {
            return Vec::new();
        };
        let room = accesses.saturating_sub(1);
        if room == 0 {
            return Vec::new();
        }
        let mut state = seed;
        let mut places: Vec<u64> = Vec::new();
        // Where there are few accesses the same one comes up again and again.
        for _ in 0..50 * length {
            // SplitMix64, Steele, Lea and Flood 2014
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let place = (mixed ^ (mixed >> 31)) % room;
            if let Err(at) = places.binary_search(&place) {
                places.insert(at, place);
            }
            if places.len() as u64 == length {
                break;
            }
        }
        places
    }
}

/// Caches as the view's choices make them: a preset, and its settings changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The machine, changes included.
    pub machine: Machine,
    /// What the choices describe cannot be built: the machine is the preset as it is.
    pub problem: Option<String>,
    /// Whether anything was changed.
    pub changed: bool,
}

impl Config {
    /// What the keys below `prefix` say; `choice` names the machine.
    pub fn of(
        choice: Option<&str>,
        prefix: &str,
        situation: &Situation,
        this: Option<&Machine>,
    ) -> Self {
        let (described, _) = setup::machine(choice, FALLBACK, this);
        let mut machine = described.clone();
        let mut refused = None;
        // What names no setting is another of the view's choices; a level that this machine lacks was
        // set of another one.
        for (name, value) in situation.below(&format!("{prefix}.")) {
            let Ok(setting) = name.parse::<Setting>() else {
                continue;
            };
            let there = setting.get(&machine).is_some();
            if let (true, Err(why)) = (there, setting.set(&mut machine, value)) {
                refused = Some(format!("{setting} stays as it is: {why}."));
            }
        }
        let impossible = setup::check(&machine).err();
        if impossible.is_some() {
            machine = described.clone();
        }
        let problem = impossible.or(refused);
        Self {
            changed: machine != described,
            machine,
            problem,
        }
    }
}

/// What programs are full of; each is one byte in an address. The order is part of every shared
/// address: only append.
const COMMON: [&str; 24] = [
    "\n            ",
    "\n        ",
    "\n    ",
    "\n}\n",
    "param ",
    "array ",
    "parallel for ",
    "for ",
    " in 0..N {",
    " in 0..",
    " step ",
    " in ",
    "[N][N]: ",
    "][",
    "]: ",
    "f64",
    "f32",
    "i32",
    "let ",
    " = ",
    " + ",
    " * ",
    "N",
    "// ",
];

/// A byte that no sensible text has: the place of each common piece.
fn stand_in(index: usize) -> u8 {
    // Control characters but for tab, line feed and carriage return; what is behind 0x1f no UTF-8 has.
    const FREE: [u8; 24] = [
        1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    ];
    FREE[index]
}

/// A text in letters that an address can hold.
pub fn pack(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let common = COMMON
            .iter()
            .position(|piece| rest.starts_with(piece))
            .map(|index| (stand_in(index), COMMON[index].len()));
        if let Some((byte, length)) = common {
            bytes.push(byte);
            rest = &rest[length..];
        } else {
            // Control characters mean nothing in a program.
            if !first.is_control() || first == '\n' || first == '\t' {
                let mut buffer = [0; 4];
                bytes.extend_from_slice(first.encode_utf8(&mut buffer).as_bytes());
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// The text that was packed; nothing for what is no such packing.
pub fn unpack(packed: &str) -> Option<String> {
    if packed.len() > LONGEST {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(packed).ok()?;
    let mut text = Vec::new();
    for byte in bytes {
        match (0..COMMON.len()).find(|index| stand_in(*index) == byte) {
            Some(index) => text.extend_from_slice(COMMON[index].as_bytes()),
            None => text.push(byte),
        }
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn examples_are_short_in_an_address_and_come_back() {
        for example in EXAMPLES {
            let packed = pack(example.source);
            assert_eq!(unpack(&packed).as_deref(), Some(example.source));
            assert!(
                packed.len() < example.source.len() * 6 / 5,
                "{}",
                example.name
            );
        }
    }

    #[test]
    fn a_text_that_is_an_example_is_called_by_its_name() {
        let situation = with_text(&Situation::default(), "array A[4]: f64\n");
        assert!(situation.get("cache.program").is_some());
        assert_eq!(program(&situation, || None).0, "array A[4]: f64\n");
        // An empty editor stays empty.
        for text in ["", "\n"] {
            let (again, example) = program(&with_text(&situation, text), || None);
            assert!(again == text && example.is_none(), "{again:?}");
        }
        let situation = with_text(&situation, EXAMPLES[0].source);
        assert_eq!(situation.get("cache.program"), None);
        assert_eq!(situation.get("example"), Some(EXAMPLES[0].name));
    }

    #[test]
    fn a_text_too_long_for_an_address_is_kept_elsewhere() {
        let long = "// many words, none of which matters, in many a line\n".repeat(3000);
        let situation = with_text(&Situation::default(), &long);
        assert!(too_long(&situation) && situation.to_query().len() < 100);
        assert_eq!(program(&situation, || Some(long.clone())).0, long);
        let other = with_text(&situation, &format!("{long}\n"));
        assert_ne!(situation, other);
        // In another browser there is no such text: the view begins as ever.
        assert!(program(&situation, || None).1.is_some());
        let short = with_text(&other, "array A[4]: f64\n");
        assert!(!too_long(&short));
    }

    #[test]
    fn another_example_begins_at_its_beginning() {
        let before = Situation::parse("cache.step=9&cache.param.N=3&machine=laptop&cache.ways=2");
        let after = with_example(&before, "rows");
        assert_eq!(
            after.to_query(),
            "cache.l1.ways=2&example=rows&machine=laptop"
        );
    }

    #[test]
    fn the_first_cache_can_be_changed_and_the_impossible_is_said() {
        let config = |query: &str| Config::of(None, "cache", &Situation::parse(query), None);
        assert!(!config("").changed);
        let direct = config("cache.ways=1&cache.policy=fifo");
        assert_eq!(direct.machine.caches[0].ways, 1);
        assert!(direct.changed && direct.problem.is_none());
        let unread = config("cache.l1.size=abc&cache.l1.ways=1");
        assert!(
            unread
                .problem
                .unwrap()
                .starts_with("l1.size stays as it is: ")
        );
        assert_eq!(unread.machine.caches[0].ways, 1);
        assert!(config("cache.l3.size=abc").problem.is_none());
        let impossible = config("cache.ways=7");
        assert!(impossible.problem.is_some() && !impossible.changed);
    }

    #[test]
    fn accesses_by_hand_survive_the_address_and_belong_to_their_place() {
        let made = [Access::load(0x1_0f00, 8), Access::store(0x20, 4)];
        let situation = with_hand(&Situation::default(), 20, &made);
        assert_eq!(situation.get("cache.hand"), Some("20:l10f00+8.s20+4"));
        assert_eq!(by_hand(&situation, 20), made);
        assert!(by_hand(&situation, 21).is_empty());
        assert_eq!(with_hand(&situation, 20, &[]), Situation::default());
        let odd = Situation::parse("cache.hand=3:x1%2B8.l%2B8.lzz%2B1.s8%2B0.l8%2B4");
        assert_eq!(by_hand(&odd, 3), [Access::load(8, 4)]);
    }

    #[test]
    fn a_challenge_is_the_same_for_each_who_has_its_word() {
        let of = |word: &str| Quest::of(&Situation::parse(&format!("cache.challenge={word}")));
        assert_eq!(Quest::of(&Situation::default()), None);
        assert_eq!(of("next"), Some(Quest::Next));
        let drawn = of("10-7").unwrap();
        assert_eq!(drawn.word(), "10-7");
        let places = drawn.places(576);
        assert!(places.len() == 10 && places.is_sorted() && places[9] < 575);
        assert_eq!(places, of("10-7").unwrap().places(576));
        assert_ne!(places, of("10-8").unwrap().places(576));
        assert_eq!(drawn.places(4), [0, 1, 2]);
        assert!(drawn.places(1).is_empty() && drawn.places(0).is_empty());
        assert_eq!(of("9999-1").unwrap().word(), "100-1");
    }

    proptest! {
        #[test]
        fn every_text_survives_the_address(text in "[ -~\n\té→]{0,400}") {
            prop_assert_eq!(unpack(&pack(&text)), Some(text));
        }

        #[test]
        fn no_address_breaks_the_reading(packed in "\\PC{0,60}") {
            let _ = unpack(&packed);
        }
    }
}
