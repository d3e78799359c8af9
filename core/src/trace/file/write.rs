//! Writing traces down.

use super::{
    Format,
    binary::Encoder,
    csv::{HEADER, name_of},
};
use crate::trace::{Access, Probe};

/// Writes down every access it hears, into bytes that its owner takes away from time to time.
///
/// What it writes a [`Reader`](super::Reader) of the same format reads back as the same accesses.
///
/// ```
/// use lab_core::trace::{Access, Probe, file::Writer};
///
/// let mut writer = Writer::csv();
/// writer.access(Access::load(0x1000, 8));
/// let text = b"address,bytes,kind,site,core\n0x1000,8,load,0x0,0\n";
/// assert_eq!(writer.finish(), text);
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    /// None for CSV, which remembers nothing.
    encoder: Option<Encoder>,
}

impl Writer {
    /// Writes [`Format::Binary`].
    pub fn binary() -> Self {
        let mut bytes = Vec::new();
        Encoder::head(&mut bytes);
        Self {
            bytes,
            encoder: Some(Encoder::default()),
        }
    }

    /// Writes [`Format::Csv`].
    pub fn csv() -> Self {
        Self {
            bytes: format!("{HEADER}\n").into_bytes(),
            encoder: None,
        }
    }

    /// Writes `format`, if it is one that holds all that an access is.
    pub fn new(format: Format) -> Option<Self> {
        match format {
            Format::Binary => Some(Self::binary()),
            Format::Csv => Some(Self::csv()),
            Format::Lackey | Format::Din => None,
        }
    }

    /// What was written since it was last [taken](Self::clear).
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the [bytes](Self::bytes): they lie elsewhere now.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The last bytes of the file.
    pub fn finish(mut self) -> Vec<u8> {
        if let Some(encoder) = &self.encoder {
            encoder.end(&mut self.bytes);
        }
        self.bytes
    }
}

impl Probe for Writer {
    #[inline]
    fn access(&mut self, access: Access) {
        match &mut self.encoder {
            Some(encoder) => encoder.access(access, &mut self.bytes),
            None => row(access, &mut self.bytes),
        }
    }
}

fn row(access: Access, bytes: &mut Vec<u8>) {
    let Access {
        address,
        site,
        bytes: size,
        core,
        kind,
    } = access;
    let kind = name_of(kind);
    let line = format!("{address:#x},{size},{kind},{site:#x},{core}\n");
    bytes.extend_from_slice(line.as_bytes());
}
