mod properties;

use super::*;
use crate::trace::Recorder;

type Outcome = Result<(Summary, Vec<Access>), BadLine>;

/// Reads a whole file that comes in one piece.
fn read(format: Format, lenient: bool, file: &[u8]) -> Outcome {
    read_pieces(format, lenient, [file]).0
}

/// Reads a file in pieces; also gives what was heard, however it went.
fn read_pieces<'a>(
    format: Format,
    lenient: bool,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Outcome, Vec<Access>) {
    let mut reader = Reader::new(format, lenient);
    let mut heard = Recorder::default();
    for piece in pieces {
        if let Err(bad) = reader.feed(piece, &mut heard) {
            return (Err(bad), heard.accesses);
        }
    }
    let summary = reader.finish(&mut heard);
    let accesses = heard.accesses;
    (summary.map(|summary| (summary, accesses.clone())), accesses)
}

/// What a text holds that is all well: kinds, addresses, numbers of bytes, and sites.
fn check(format: Format, text: &str, expected: &[(Kind, u64, u32, u64)]) -> Summary {
    let (summary, heard) = read(format, false, text.as_bytes()).expect("a trace");
    let expected: Vec<Access> = expected
        .iter()
        .map(|&(kind, address, bytes, site)| Access {
            site,
            ..Access::new(kind, address, bytes)
        })
        .collect();
    assert_eq!(heard, expected, "{text}");
    assert_eq!(summary.accesses, expected.len() as u64);
    assert_eq!(summary.lines, text.lines().count() as u64);
    summary
}

#[test]
fn numbers_of_any_length_are_right() {
    let decimal = |text: &str| scan::decimal_or_0x(text.as_bytes());
    for (text, expected) in [
        ("0", Some(0)),
        ("00000000000000000000000000012", Some(12)),
        ("18446744073709551615", Some(u64::MAX)),
        ("18446744073709551616", None),
        ("0xffffffffffffffff", Some(u64::MAX)),
        ("0x10000000000000000", None),
        ("0X0000000000000000fF", Some(255)),
        ("0x", None),
        ("", None),
        ("1a", None),
        ("-1", None),
        ("1 2", None),
    ] {
        assert_eq!(decimal(text), expected, "{text}");
    }
    for length in 1..30 {
        assert_eq!(decimal(&"z".repeat(length)), None);
        let digits = "f".repeat(length);
        let expected = u64::from_str_radix(&digits, 16).ok();
        assert_eq!(decimal(&format!("0x{digits}")), expected);
    }
}

/// What is said of a text that is not.
fn refusal(format: Format, text: &str) -> String {
    read(format, false, text.as_bytes())
        .expect_err("refused")
        .to_string()
}

#[test]
fn lackey_tells_data_accesses_with_their_instruction() {
    let text = "==28390== Lackey, an example Valgrind tool\n\
                ==28390== \n\
                \n\
                I  0401ab70,3\n\
                I  0401ab73,5\n \
                S 1fff000768,8\n \
                M 04a17de0,4\n\
                I  0401b770,1\n \
                L fffffffffffffff0,16\n\
                ==28390== Exit code:       0\n";
    let summary = check(
        Format::Lackey,
        text,
        &[
            (Kind::Fetch, 0x0401_ab70, 3, 0x0401_ab70),
            (Kind::Fetch, 0x0401_ab73, 5, 0x0401_ab73),
            (Kind::Store, 0x1f_ff00_0768, 8, 0x0401_ab73),
            (Kind::Load, 0x04a1_7de0, 4, 0x0401_ab73),
            (Kind::Store, 0x04a1_7de0, 4, 0x0401_ab73),
            (Kind::Fetch, 0x0401_b770, 1, 0x0401_b770),
            (Kind::Load, 0xffff_ffff_ffff_fff0, 16, 0x0401_b770),
        ],
    );
    let counts = (summary.loads, summary.stores, summary.fetches);
    assert_eq!(counts, (2, 2, 3));
}

/// The form of CS:APP's cache lab, with what editors and other systems make of it.
#[test]
fn lackey_is_read_with_any_blanks_and_line_ends() {
    let expected = [
        (Kind::Load, 0x10, 1, 0),
        (Kind::Load, 0x20, 1, 0),
        (Kind::Store, 0x20, 1, 0),
        (Kind::Store, 0xAB, 4, 0),
    ];
    for text in [
        " L 10,1\n M 20,1\n S ab,4\n",
        " L 10,1\r\n M 20,1\r\n S AB,4\r\n",
        " L 10,1\n M 20,1\n S ab,4",
        "L 10,1\nM\t20,1\n S   0xab , 4   \n",
    ] {
        check(Format::Lackey, text, &expected);
    }
}

#[test]
fn din_has_words_behind_numbers_and_bytes_behind_letters() {
    let text = "2 0 \n0 1003 a remark\n1 0x70f60888 ff\n\n3 10\r\n\
                r 1003 10\nW 0XfF 1 # one\ni 400 4\nm 8 2\n";
    check(
        Format::Din,
        text,
        &[
            (Kind::Fetch, 0, 4, 0),
            (Kind::Load, 0x1000, 4, 0),
            (Kind::Store, 0x70f6_0888, 4, 0),
            (Kind::Load, 0x10, 4, 0),
            (Kind::Load, 0x1003, 16, 0),
            (Kind::Store, 0xff, 1, 0),
            (Kind::Fetch, 0x400, 4, 0x400),
            (Kind::Load, 8, 2, 0x400),
        ],
    );
}

#[test]
fn csv_takes_columns_in_any_order() {
    check(
        Format::Csv,
        "address\n16\n0x10\n",
        &[(Kind::Load, 16, 1, 0), (Kind::Load, 16, 1, 0)],
    );
    check(
        Format::Csv,
        "\u{feff}Kind, site, \"Address\", bytes\r\n\
         store, 7, \"0xFF\", 8\r\n\
         ,, 1,\r\n\
         M, 0x9, 2, 4\r\n\
         stream-store,, 3, 64\r\n",
        &[
            (Kind::Store, 0xff, 8, 7),
            (Kind::Load, 1, 1, 0),
            (Kind::Load, 2, 4, 9),
            (Kind::Store, 2, 4, 9),
            (Kind::StreamStore, 3, 64, 0),
        ],
    );
    let (_, heard) = read(Format::Csv, false, b"core,addr\n3,1\n").expect("a trace");
    assert_eq!(heard[0].core, 3);
    // Columns of other tools are passed over by who is lenient
    let (_, heard) = read(Format::Csv, true, b"time,addr\n0.5,1\n").expect("a trace");
    assert_eq!(heard, [Access::load(1, 1)]);
}

#[test]
fn bad_lines_are_reported_with_number_and_reason() {
    for (format, text, expected) in [
        (
            Format::Lackey,
            " L 10,4\n L zz,8\n",
            "line 2: `L zz,8`: `zz` is no hexadecimal address",
        ),
        (
            Format::Lackey,
            "\n\nhello",
            "line 3: `hello`: `hello` is no kind of access (I, L, S or M)",
        ),
        (
            Format::Lackey,
            " L 10\n",
            "line 1: `L 10`: an address, a comma and a number of bytes must follow",
        ),
        (
            Format::Lackey,
            " L 10,a\n",
            "line 1: `L 10,a`: `a` is no number of bytes",
        ),
        (
            Format::Lackey,
            " L 10,\n",
            "line 1: `L 10,`: `` is no number of bytes",
        ),
        (
            Format::Lackey,
            " L 10,0\n",
            "line 1: `L 10,0`: an access of 0 bytes touches nothing",
        ),
        (
            Format::Lackey,
            " L 10,4294967296\n",
            "line 1: `L 10,4294967296`: no access has 4294967296 bytes",
        ),
        (
            Format::Lackey,
            " L 12345678123456789,4\n",
            "line 1: `L 12345678123456789,4`: `12345678123456789` is no hexadecimal address",
        ),
        (
            Format::Lackey,
            " L fffffffffffffff0,17\n",
            "line 1: `L fffffffffffffff0,17`: 17 bytes from 0xfffffffffffffff0 on reach beyond the last address",
        ),
        (
            Format::Lackey,
            " L \u{1b}[2J,4\n",
            "line 1: `L \\u{1b}[2J,4`: `\\u{1b}[2J` is no hexadecimal address",
        ),
        (
            Format::Din,
            "0 10\n9 10\n",
            "line 2: `9 10`: `9` is no kind of access (0, 1, 2 or r, w, i)",
        ),
        (Format::Din, "0\n", "line 1: `0`: an address must follow"),
        (
            Format::Din,
            "r 10\n",
            "line 1: `r 10`: a number of bytes must follow the address after `r`",
        ),
        (
            Format::Din,
            "r 10 x\n",
            "line 1: `r 10 x`: `x` is no hexadecimal number of bytes",
        ),
        (
            Format::Din,
            "4 10\n",
            "line 1: `4 10`: a copy-back, flush or invalidate record is no access of a program",
        ),
        (
            Format::Csv,
            "",
            "line 1: there is no first line that names the columns, as `address,bytes,kind,site,core`",
        ),
        (
            Format::Csv,
            "0x10,4\n",
            "line 1: `0x10,4`: `0x10` is no column; the first line names those there are, of `address,bytes,kind,site,core`",
        ),
        (
            Format::Csv,
            "kind,bytes\n",
            "line 1: `kind,bytes`: no column is named `address`",
        ),
        (
            Format::Csv,
            "addr,address\n",
            "line 1: `addr,address`: `address` names a column for the second time",
        ),
        (
            Format::Csv,
            "address,bytes\n1\n",
            "line 2: `1`: there are fewer fields than columns",
        ),
        (
            Format::Csv,
            "address\n1,2\n",
            "line 2: `1,2`: there are more fields than columns",
        ),
        (
            Format::Csv,
            "address,bytes\n,2\n",
            "line 2: `,2`: the address is missing",
        ),
        (
            Format::Csv,
            "address\nff\n",
            "line 2: `ff`: `ff` is no address (decimal, or hexadecimal after 0x)",
        ),
        (
            Format::Csv,
            "address,core\n1,65536\n",
            "line 2: `1,65536`: `65536` is no core: they end at 65535",
        ),
        (
            Format::Csv,
            "address,kind\n1,x\n",
            "line 2: `1,x`: `x` is no kind of access (load, store, modify, fetch, stream-load or stream-store)",
        ),
    ] {
        assert_eq!(refusal(format, text), expected);
    }
}

#[test]
fn the_lenient_skip_bad_lines_and_count_them() {
    let text = "hello\n L 10,4\n L 10\n S 20,4\n".to_owned() + &"x\n".repeat(10) + " L 30,4";
    let (summary, heard) = read(Format::Lackey, true, text.as_bytes()).expect("lenient");
    let expected = [
        Access::load(0x10, 4),
        Access::store(0x20, 4),
        Access::load(0x30, 4),
    ];
    assert_eq!(heard, expected);
    assert_eq!((summary.lines, summary.skipped), (15, 12));
    let places: Vec<Place> = summary.first_skipped.iter().map(|bad| bad.place).collect();
    assert_eq!(places, [1, 3, 5, 6, 7].map(Place::Line));
    // Not even they can do without names of columns
    assert!(read(Format::Csv, true, b"1\n2\n").is_err());
}

#[test]
fn a_line_may_be_long_but_not_too_long() {
    let remark = |length: usize| format!("0 10 {}\n1 20\n", "x".repeat(length - 5));
    assert!(read(Format::Din, false, remark(LONGEST_LINE).as_bytes()).is_ok());
    let long = remark(LONGEST_LINE + 1);
    let (summary, heard) = read(Format::Din, true, long.as_bytes()).expect("lenient");
    assert_eq!(heard, [Access::store(0x20, 4)]);
    assert_eq!(summary.skipped, 1);
    let bad = refusal(Format::Din, &long);
    assert!(
        bad.starts_with("line 1: `0 10 xxx")
            && bad.ends_with("x…`: the line is longer than 4096 bytes"),
        "{bad}"
    );

    // Nobody need wait for the end of a line that has none
    let mut reader = Reader::new(Format::Lackey, false);
    let fed = (0..10).try_for_each(|_| reader.feed(&[b'x'; 1000], &mut Recorder::default()));
    assert!(fed.is_err());
    // Valgrind tells the command, which may be as long as it likes
    let text = format!("==1== Command: {}\n L 10,4\n", "x".repeat(10_000));
    for pieces in [
        text.as_bytes().chunks(text.len()),
        text.as_bytes().chunks(100),
    ] {
        let (result, heard) = read_pieces(Format::Lackey, false, pieces);
        assert!(result.is_ok());
        assert_eq!(heard, [Access::load(0x10, 4)]);
    }
}

#[test]
fn formats_are_recognised() {
    for (first_bytes, name, expected) in [
        ("==1== Lackey", "", Some(Format::Lackey)),
        (
            "hello from the program\nI  0401ab70,3\n",
            "",
            Some(Format::Lackey),
        ),
        ("\n L 10,1\n", "x.din", Some(Format::Lackey)),
        ("0 10\n", "", Some(Format::Din)),
        ("r 10 4\n", "", Some(Format::Din)),
        ("bytes,ADDRESS\n", "", Some(Format::Csv)),
        ("\u{89}", "", None),
        ("?", "x.CSV.gz", Some(Format::Csv)),
        ("?", "a.b/x.din", Some(Format::Din)),
        ("?", "x.txt", None),
        ("", "", None),
    ] {
        assert_eq!(
            Format::detect(first_bytes.as_bytes(), name),
            expected,
            "{first_bytes} {name}"
        );
    }
    assert_eq!(
        Format::detect(&Writer::binary().finish(), "x.csv"),
        Some(Format::Binary)
    );
    for format in Format::ALL {
        assert_eq!(Format::from_name(format.name()), Some(format));
    }
}

/// As the module says, byte by byte.
#[test]
fn the_binary_format_is_as_described() {
    let mut file = vec![0x89, b'L', b'L', b'T', b'\r', b'\n', 0x1a, b'\n', 1];
    file.extend([0x80 | 0x40 | 4 << 3, 0x80, 0x40, 0x0e]); // load, 8 bytes at +0x1000, site +7
    file.push(4 << 3); // the same step again, the same site
    file.extend([0x80 | 1, 1, 0x80, 0x01]); // store at −1 … of 128 bytes: beyond the end
    let bad = read(Format::Binary, false, &file)
        .expect_err("beyond")
        .to_string();
    assert_eq!(
        bad,
        "byte 14: 128 bytes from 0xffffffffffffffff on reach beyond the last address"
    );
    file.truncate(14);
    file.extend([0x07, 0x81, 0x02]); // core 257
    file.extend([0x82, 6, 3]); // fetch of 3 bytes at 3
    file.extend([0x0f, 3]);
    let (summary, heard) = read(Format::Binary, false, &file).expect("a trace");
    let load = Access {
        site: 7,
        ..Access::load(0x1000, 8)
    };
    assert_eq!(
        heard,
        [
            load,
            Access {
                address: 0x2000,
                ..load
            },
            Access {
                site: 7,
                core: 257,
                ..Access::new(Kind::Fetch, 3, 3)
            },
        ]
    );
    assert_eq!((summary.lines, summary.accesses), (5, 3));

    let mut again = Writer::binary();
    heard.iter().for_each(|&access| again.access(access));
    assert_eq!(again.finish(), file);
}

#[test]
fn damaged_binary_files_are_refused_with_the_place() {
    let mut writer = Writer::binary();
    (0..10).for_each(|i| writer.access(Access::load(i * i * 1000, 4)));
    let whole = writer.finish();
    let refusal = |file: &[u8]| {
        read(Format::Binary, false, file)
            .expect_err("damaged")
            .to_string()
    };
    for length in 0..whole.len() {
        let expected =
            format!("byte {length}: the file ends here without an end record: it was cut short");
        assert_eq!(refusal(&whole[..length]), expected);
        // What there is of it can be had
        let lenient = read(Format::Binary, true, &whole[..length]);
        assert_eq!(lenient.is_ok(), length >= 9);
    }
    let end = whole.len() - 2;
    for (place, damage, expected) in [
        (
            0,
            0,
            "byte 0: the file does not begin like a binary trace of the lab",
        ),
        (
            8,
            2,
            "byte 0: the file has version 2 of the binary trace; version 1 is known",
        ),
        (9, 5, "byte 9: 0x05 begins no record"),
        (9, 0x17, "byte 9: 0x17 begins no record"),
        (
            end + 1,
            9,
            &format!("byte {end}: the end record tells of 9 accesses, but there are 10"),
        ),
    ] {
        let mut damaged = whole.clone();
        damaged[place] = damage;
        assert_eq!(refusal(&damaged), expected);
    }
    let longer = [&whole[..], b"\n"].concat();
    assert_eq!(
        refusal(&longer),
        format!("byte {}: nothing may follow the end record", whole.len())
    );
    let wide = [&whole[..9], &[0x80][..], &[0xff; 9], &[2]].concat();
    assert_eq!(refusal(&wide), "byte 9: a number has more than 64 bits");
    let core = [&whole[..9], &[7, 0x80, 0x80, 4]].concat();
    assert_eq!(
        refusal(&core),
        "byte 9: 65536 is no core: they end at 65535"
    );
}
