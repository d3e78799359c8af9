//! What holds for every trace, however it is cut.

use proptest::prelude::*;

use super::*;

prop_compose! {
    /// Any access there can be; small numbers and steps are as likely as large ones.
    fn any_access()(
        address in prop_oneof![any::<u64>(), 0_u64..10_000, u64::MAX - 5000..=u64::MAX],
        bytes in prop_oneof![1..=u32::MAX, 1_u32..70],
        site in prop_oneof![any::<u64>(), 0_u64..4],
        core in prop_oneof![any::<u16>(), 0_u16..2],
        kind in 0_usize..KINDS,
    ) -> Access {
        let kinds = [Kind::Load, Kind::Store, Kind::Fetch, Kind::StreamLoad, Kind::StreamStore];
        let address = address.min(u64::MAX - u64::from(bytes) + 1);
        Access { site, core, ..Access::new(kinds[kind], address, bytes) }
    }
}

/// Lines of all formats, good ones and bad ones, with all line ends.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        4 => (prop_oneof![Just("I "), Just(" L"), Just(" S"), Just(" M")], any::<u32>(), 0_u32..20)
            .prop_map(|(letter, address, bytes)| format!("{letter} {address:08x},{bytes}")),
        4 => (prop_oneof![Just("0"), Just("r"), Just("w"), Just("i")], any::<u32>(), 0_u32..20)
            .prop_map(|(label, address, bytes)| format!("{label} {address:x} {bytes}")),
        4 => (any::<u32>(), 0_u32..20).prop_map(|(address, bytes)| format!("{address},{bytes}")),
        1 => Just("==1== a remark".to_owned()),
        1 => Just(String::new()),
        1 => Just("x".repeat(LONGEST_LINE + 1)),
        1 => "\\PC{0,20}",
    ];
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("")];
    let lines = prop::collection::vec((line, end), 0..60);
    lines.prop_map(|lines| {
        let lines = lines.into_iter().map(|(line, end)| line + end);
        ("address,bytes\n".to_owned() + &lines.collect::<String>()).into_bytes()
    })
}

/// Sizes of the pieces that a file comes in.
fn any_cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(prop_oneof![1_usize..5, 1_usize..100, 1_usize..3000], 1..20)
}

fn cut<'a>(mut file: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for size in sizes.iter().cycle() {
        let (piece, rest) = file.split_at((*size).min(file.len()));
        pieces.push(piece);
        file = rest;
        if file.is_empty() {
            break;
        }
    }
    pieces
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(accesses in prop::collection::vec(any_access(), 0..200)) {
        for format in [Format::Binary, Format::Csv] {
            let mut writer = Writer::new(format).expect("a format to write");
            let mut file = Vec::new();
            for (at, &access) in accesses.iter().enumerate() {
                writer.access(access);
                if at % 7 == 0 {
                    file.extend_from_slice(writer.bytes());
                    writer.clear();
                }
            }
            file.extend(writer.finish());
            let (summary, heard) = read(format, false, &file)?;
            prop_assert_eq!(summary.accesses, accesses.len() as u64);
            prop_assert_eq!(&heard, &accesses);
        }
    }

    #[test]
    fn text_reads_the_same_in_any_pieces(text in any_text(), cuts in any_cuts(), lenient: bool) {
        for format in [Format::Lackey, Format::Din, Format::Csv] {
            // The first line is there for CSV
            let text = if format == Format::Csv { &text[..] } else { &text[14..] };
            let whole = read_pieces(format, lenient, [text]);
            prop_assert_eq!(whole, read_pieces(format, lenient, cut(text, &cuts)));
        }
    }

    #[test]
    fn binary_reads_the_same_in_any_pieces(
        accesses in prop::collection::vec(any_access(), 0..50),
        damage in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        cuts in any_cuts(),
        lenient: bool,
    ) {
        let mut writer = Writer::binary();
        accesses.iter().for_each(|&access| writer.access(access));
        let mut file = writer.finish();
        if let Some((place, byte)) = damage {
            let place = place.index(file.len());
            file[place] = byte;
        }
        let whole = read_pieces(Format::Binary, lenient, [&file[..]]);
        prop_assert_eq!(whole, read_pieces(Format::Binary, lenient, cut(&file, &cuts)));
    }

    /// The fast way through lackey's usual lines says what the slow one says.
    #[test]
    fn usual_lines_are_read_like_all_others(text in any_text()) {
        let slowed: Vec<u8> = text
            .split_inclusive(|&byte| byte == b'\n')
            .flat_map(|line| [b"\t" as &[u8], line].concat())
            .collect();
        let (fast, heard) = read_pieces(Format::Lackey, true, [&text[..]]);
        let (slow, heard_slowly) = read_pieces(Format::Lackey, true, [&slowed[..]]);
        prop_assert_eq!(heard, heard_slowly);
        prop_assert_eq!(fast.is_ok(), slow.is_ok());
    }
}
