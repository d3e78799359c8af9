//! Trace files on disk or from a pipe: plain or compressed with gzip, of any length.
//!
//! What a file is, is seen from its first bytes, not from its name; a name decides only where the
//! bytes leave it open. Reading keeps one piece of the file in memory, however long it is.

use std::{
    cell::Cell,
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
    rc::Rc,
};

use anyhow::{Context, Result, anyhow, bail};
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use lab_core::trace::{
    Access, Probe,
    file::{Format, Reader, Summary, Writer},
};

/// So much of a file is read, or written, at once.
const PIECE: usize = 256 << 10;

const GZIP: &[u8] = &[0x1f, 0x8b];

/// Files that begin like this hold no trace as it is, and what turns them into one.
const FOREIGN: &[(&[u8], &str, &str)] = &[
    (b"\x28\xb5\x2f\xfd", "is compressed with zstd", "zstd -dc"),
    (b"\xfd7zXZ\0", "is compressed with xz", "xz -dc"),
    (b"BZh", "is compressed with bzip2", "bzip2 -dc"),
    (b"PK\x03\x04", "is a zip archive", "unzip -p"),
    (b"\xff\xfe", "is text in UTF-16", "iconv -f UTF-16 -t UTF-8"),
];

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// The format the file had, or was said to have.
    pub format: Format,
    /// What it held.
    pub summary: Summary,
}

/// Reads the trace at `path` (standard input if that is `-`), telling `probe` of every access.
///
/// The format is found out unless given. After each piece `progress` is told how many bytes of the
/// file are done, and how many there are where that is known: those on disk, compressed or not.
///
/// # Errors
/// Sentences that name the file, and the line where one is wrong. A `lenient` reading skips bad
/// lines and counts them.
pub fn read<P: Probe>(
    path: &Path,
    format: Option<Format>,
    lenient: bool,
    probe: &mut P,
    progress: impl FnMut(u64, Option<u64>),
) -> Result<Contents> {
    if path == Path::new("-") {
        let input = Input {
            name: "standard input".to_owned(),
            bytes: io::stdin().lock(),
            total: None,
        };
        return input.read(format, lenient, probe, progress);
    }
    let name = format!("`{}`", path.display());
    let file = File::open(path).with_context(|| format!("cannot open the trace {name}"))?;
    // Of a pipe or a device the length says nothing
    let about = file.metadata().ok();
    let total = about
        .filter(|about| about.is_file())
        .map(|about| about.len());
    let input = Input {
        name,
        bytes: file,
        total,
    };
    input.read(format, lenient, probe, progress)
}

/// A file that was opened.
struct Input<R> {
    name: String,
    bytes: R,
    total: Option<u64>,
}

impl<R: Read> Input<R> {
    fn read<P: Probe>(
        self,
        format: Option<Format>,
        lenient: bool,
        probe: &mut P,
        mut progress: impl FnMut(u64, Option<u64>),
    ) -> Result<Contents> {
        let name = self.name;
        let wrong_bytes = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                anyhow!(
                    "{name} was cut short: its gzip stream has no end (`gzip -dc` gives what there is of it)"
                )
            }
            _ => anyhow!(error).context(format!("cannot read {name}")),
        };

        let done = Rc::new(Cell::new(0));
        let mut plain = Counted {
            bytes: self.bytes,
            count: Rc::clone(&done),
        };
        let mut first = [0; 8];
        let length = fill(&mut plain, &mut first).map_err(wrong_bytes)?;
        let first = &first[..length];
        refuse(first, &name)?;
        let all = first.chain(plain);
        let mut bytes: Box<dyn Read + '_> = if first.starts_with(GZIP) {
            Box::new(MultiGzDecoder::new(BufReader::with_capacity(PIECE, all)))
        } else {
            Box::new(all)
        };

        let mut piece = vec![0; PIECE];
        let mut length = fill(&mut bytes, &mut piece).map_err(wrong_bytes)?;
        if length == 0 {
            bail!(
                "{name} is empty: it holds no trace (valgrind writes one to standard error, or \
                 where --log-file says)"
            );
        }
        let bare_name = name.trim_matches('`');
        let format = match format.or_else(|| Format::detect(&piece[..length], bare_name)) {
            Some(format) => format,
            None => bail!(
                "neither the first lines of {name} nor its name tell which format it has: give it \
                 with --format {}",
                Format::ALL.map(Format::name).join("|")
            ),
        };

        let mut reader = Reader::new(format, lenient);
        while length > 0 {
            reader
                .feed(&piece[..length], probe)
                .with_context(|| format!("{name} is no whole {format} trace"))?;
            progress(done.get(), self.total);
            length = fill(&mut bytes, &mut piece).map_err(wrong_bytes)?;
        }
        let summary = reader
            .finish(probe)
            .with_context(|| format!("{name} is no whole {format} trace"))?;
        Ok(Contents { format, summary })
    }
}

/// Refuses what would only give bad lines, and says what to do about it.
fn refuse(first: &[u8], name: &str) -> Result<()> {
    for (magic, what, tool) in FOREIGN {
        if first.starts_with(magic) {
            bail!(
                "{name} {what}, which is not read directly: pipe the output of `{tool}` in, with - \
                 as the file"
            );
        }
    }
    Ok(())
}

/// Fills the buffer as far as there is something to fill it with: pipes give little at a time.
fn fill(bytes: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match bytes.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Counts the bytes that were read.
struct Counted<R> {
    bytes: R,
    count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// A trace file being written: tell it of accesses, then [`finish`](Self::finish) it.
pub struct TraceFile {
    name: String,
    writer: Writer,
    file: Output,
    /// The first that went wrong: a probe cannot say so when it happens.
    failed: Option<io::Error>,
}

enum Output {
    Plain(File),
    Gzip(Box<GzEncoder<File>>),
}

impl TraceFile {
    /// A new file at `path`, compressed if that ends in `.gz`. An existing one is replaced.
    ///
    /// # Errors
    /// When there can be no such file, or the format cannot be written.
    pub fn create(path: &Path, format: Format) -> Result<Self> {
        let name = format!("`{}`", path.display());
        let Some(writer) = Writer::new(format) else {
            bail!("traces are written as csv or bin, not as {format}");
        };
        let file = File::create(path).with_context(|| format!("cannot create the trace {name}"))?;
        let compressed = path
            .extension()
            .is_some_and(|end| end.eq_ignore_ascii_case("gz"));
        let file = if compressed {
            Output::Gzip(Box::new(GzEncoder::new(file, Compression::fast())))
        } else {
            Output::Plain(file)
        };
        Ok(Self {
            name,
            writer,
            file,
            failed: None,
        })
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// When anything could not be written, now or before.
    pub fn finish(mut self) -> Result<()> {
        let last = self.writer.finish();
        let result = match self.failed {
            Some(error) => Err(error),
            None => self.file.write_all(&last).and_then(|()| self.file.end()),
        };
        result.with_context(|| format!("cannot write the trace {}", self.name))
    }
}

impl Probe for TraceFile {
    #[inline]
    fn access(&mut self, access: Access) {
        self.writer.access(access);
        if self.writer.bytes().len() >= PIECE {
            if self.failed.is_none() {
                self.failed = self.file.write_all(self.writer.bytes()).err();
            }
            self.writer.clear();
        }
    }
}

impl Output {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Gzip(file) => file.write_all(bytes),
        }
    }

    fn end(self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Gzip(file) => file.finish().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use lab_core::trace::{NoProbe, Recorder};
    use tempfile::TempDir;

    use super::*;

    const LACKEY: &str = "==1== Command: true\nI  0401ab73,5\n S 1fff000768,8\n M 10,4\n";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    /// What comes of a file with these bytes.
    fn contents(name: &str, bytes: &[u8], format: Option<Format>) -> Result<(Contents, Recorder)> {
        let folder = TempDir::new()?;
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        let mut heard = Recorder::default();
        let contents = read(&path, format, false, &mut heard, |_, _| {})?;
        Ok((contents, heard))
    }

    fn refusal(name: &str, bytes: &[u8]) -> String {
        let error = contents(name, bytes, None).expect_err("refused");
        format!("{error:#}")
    }

    #[test]
    fn a_compressed_trace_is_the_trace() {
        let plain = contents("a", LACKEY.as_bytes(), None).expect("a trace");
        assert_eq!(plain.0.format, Format::Lackey);
        assert_eq!(plain.1.accesses.len(), 4);
        let packed = contents("a.trace.gz", &gzip(LACKEY.as_bytes()), None).expect("a trace");
        assert_eq!(packed.0, plain.0);
        assert_eq!(packed.1.accesses, plain.1.accesses);
        // As gzip files appended to each other are
        let halves = LACKEY.split_at(30);
        let halves = [gzip(halves.0.as_bytes()), gzip(halves.1.as_bytes())].concat();
        let joined = contents("b", &halves, None).expect("a trace");
        assert_eq!(joined.1.accesses, plain.1.accesses);
    }

    #[test]
    fn progress_ends_at_the_length_of_the_file() -> Result<()> {
        let folder = TempDir::new()?;
        let path = folder.path().join("long.gz");
        let packed = gzip(" L 10,4\n".repeat(200_000).as_bytes());
        std::fs::write(&path, &packed)?;
        let mut told = Vec::new();
        let contents = read(&path, None, false, &mut NoProbe, |done, total| {
            told.push((done, total));
        })?;
        assert_eq!(contents.summary.accesses, 200_000);
        assert!(told.len() > 1 && told.is_sorted());
        let length = packed.len() as u64;
        assert_eq!(told.last(), Some(&(length, Some(length))));
        Ok(())
    }

    #[test]
    fn what_is_written_is_read_back() -> Result<()> {
        let folder = TempDir::new()?;
        for format in [Format::Binary, Format::Csv] {
            for name in ["trace", "trace.gz"] {
                let path = folder.path().join(name);
                let mut file = TraceFile::create(&path, format)?;
                let accesses: Vec<Access> = (0..100_000)
                    .map(|i| Access::load(i * i * 12_345, 8))
                    .collect();
                accesses.iter().for_each(|&access| file.access(access));
                file.finish()?;
                let mut heard = Recorder::default();
                let contents = read(&path, None, false, &mut heard, |_, _| {})?;
                assert_eq!(contents.format, format);
                assert!(heard.accesses == accesses, "{format} in {name}");
            }
        }
        Ok(())
    }

    #[test]
    fn errors_name_the_file_and_the_place() {
        let missing = read(Path::new("no/such"), None, false, &mut NoProbe, |_, _| {});
        let missing = format!("{:#}", missing.expect_err("no file"));
        assert!(
            missing.starts_with("cannot open the trace `no/such`: "),
            "{missing}"
        );

        let bad = refusal("a.trace", b" L 10,4\n L zz,8\n");
        assert!(
            bad.ends_with("a.trace` is no whole lackey trace: line 2: `L zz,8`: `zz` is no hexadecimal address"),
            "{bad}"
        );
        for (name, bytes, expected) in [
            (
                "x",
                &b"hello\nworld\n"[..],
                "give it with --format lackey|din|csv|bin",
            ),
            ("x", b"", "x` is empty"),
            ("x.gz", &gzip(b""), "x.gz` is empty"),
            ("x", b"\x28\xb5\x2f\xfd....", "`zstd -dc`"),
            (
                "x.gz",
                &gzip(LACKEY.as_bytes())[..40],
                "x.gz` was cut short",
            ),
        ] {
            let text = refusal(name, bytes);
            assert!(text.contains(expected), "{text}");
        }
        let mut damaged = gzip(LACKEY.as_bytes());
        let end = damaged.len() - 5;
        damaged[end] ^= 1;
        let text = refusal("x.gz", &damaged);
        assert!(
            text.contains("cannot read `") && text.contains("x.gz`: "),
            "{text}"
        );
    }

    #[test]
    fn a_disk_that_is_full_is_reported() -> Result<()> {
        let full = Path::new("/dev/full");
        if !full.exists() {
            eprintln!("skipped: there is no /dev/full here");
            return Ok(());
        }
        let mut file = TraceFile::create(full, Format::Csv)?;
        for address in 0..100_000 {
            file.access(Access::load(address, 1));
        }
        let error = format!("{:#}", file.finish().expect_err("no room"));
        assert!(
            error.starts_with("cannot write the trace `/dev/full`: "),
            "{error}"
        );
        Ok(())
    }
}
