//! What every reader of trace files is held to.

use lab_core::trace::{
    Access, Probe, Recorder,
    file::{BadLine, Format, Reader, Summary, Writer},
};

type Outcome = (Result<Summary, BadLine>, Vec<Access>);

fn read<'a>(format: Format, lenient: bool, pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut reader = Reader::new(format, lenient);
    let mut heard = Recorder::default();
    for piece in pieces {
        if let Err(bad) = reader.feed(piece, &mut heard) {
            return (Err(bad), heard.accesses);
        }
    }
    (reader.finish(&mut heard), heard.accesses)
}

/// Any bytes are a trace or are refused, whatever pieces they come in; the accesses of a trace are
/// possible ones, and are read back when they were written down.
pub fn hold(format: Format, file: &[u8]) {
    let _ = Format::detect(file, "");
    let size = file
        .iter()
        .fold(file.len(), |sum, &byte| sum + usize::from(byte))
        % 67
        + 1;
    for lenient in [false, true] {
        let (result, heard) = read(format, lenient, std::iter::once(file));
        let in_pieces = read(format, lenient, file.chunks(size));
        assert_eq!((&result, &heard), (&in_pieces.0, &in_pieces.1));

        for access in &heard {
            assert!(access.bytes > 0);
            assert!(
                access
                    .address
                    .checked_add(u64::from(access.bytes) - 1)
                    .is_some()
            );
        }
        match &result {
            Ok(summary) => {
                let kinds = summary.loads + summary.stores + summary.fetches;
                assert_eq!(summary.accesses, kinds);
                assert_eq!(summary.accesses, heard.len() as u64);
                assert!(lenient || summary.skipped == 0);
            }
            Err(bad) => assert!(!bad.to_string().contains('\n')),
        }
        for format in [Format::Binary, Format::Csv] {
            let mut writer = Writer::new(format).expect("a format that is written");
            heard.iter().for_each(|&access| writer.access(access));
            let written = writer.finish();
            let (result, again) = read(format, false, std::iter::once(&written[..]));
            assert!(result.is_ok());
            assert_eq!(again, heard);
        }
    }
}
