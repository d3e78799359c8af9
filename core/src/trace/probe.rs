//! The probe: what a kernel's buffers tell of every access.

use serde::{Deserialize, Serialize};

/// What an access does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A read.
    #[default]
    Load,
    /// A write.
    Store,
    /// A read of instructions.
    Fetch,
    /// A read with the hint that the data is not needed again (non-temporal).
    StreamLoad,
    /// A write with the hint that the data is not needed again (non-temporal).
    StreamStore,
}

impl Kind {
    /// Whether it writes.
    #[inline(always)]
    pub fn writes(self) -> bool {
        matches!(self, Kind::Store | Kind::StreamStore)
    }
}

/// One access of a program to memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Access {
    /// First byte.
    pub address: u64,
    /// Which place in the program it comes from: the line of the source, or the address of the
    /// instruction where a trace gives that. 0 where nobody knows.
    pub site: u64,
    /// How many bytes.
    pub bytes: u32,
    /// Which core makes it, from 0.
    pub core: u16,
    /// What it does.
    pub kind: Kind,
}

impl Access {
    /// An access of the first core from nowhere in particular.
    #[inline(always)]
    pub fn new(kind: Kind, address: u64, bytes: u32) -> Self {
        Self {
            address,
            site: 0,
            bytes,
            core: 0,
            kind,
        }
    }

    /// A read of `bytes` bytes from `address` on.
    #[inline(always)]
    pub fn load(address: u64, bytes: u32) -> Self {
        Self::new(Kind::Load, address, bytes)
    }

    /// A write of `bytes` bytes from `address` on.
    #[inline(always)]
    pub fn store(address: u64, bytes: u32) -> Self {
        Self::new(Kind::Store, address, bytes)
    }
}

/// Something that is told of every access, in program order.
///
/// Kernels are generic over it and never dispatch dynamically, so that [`NoProbe`] costs nothing.
pub trait Probe {
    /// Told before the access happens.
    fn access(&mut self, access: Access);

    /// Told where an array lies, before the first access to it, by programs that know.
    #[inline(always)]
    fn array(&mut self, _name: &str, _base: u64, _bytes: u64) {}
}

/// Hears nothing and costs nothing: the native, timed form of a kernel.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    #[inline(always)]
    fn access(&mut self, _: Access) {}
}

/// Keeps every access, for tests and for stepping through small programs.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    /// What it was told, in order.
    pub accesses: Vec<Access>,
    /// The arrays it was told of: name, first address and bytes.
    pub arrays: Vec<(String, u64, u64)>,
}

impl Probe for Recorder {
    fn access(&mut self, access: Access) {
        self.accesses.push(access);
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        self.arrays.push((name.to_owned(), base, bytes));
    }
}

/// Tells another probe of the same accesses, with everything above `base` spread apart.
///
/// A kernel that reads one word of each line runs on an array of just these words, and the simulator
/// hears the addresses they have in the real array: it then runs at its own speed, not at that of
/// the memory below it.
#[derive(Debug)]
pub struct Spread<'p, P> {
    /// Who is told.
    pub probe: &'p mut P,
    /// Where the array starts, in both address spaces.
    pub base: u64,
    /// By how much distances from `base` grow.
    pub factor: u64,
}

impl<P: Probe> Probe for Spread<'_, P> {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.probe.access(Access {
            address: self.base + (access.address - self.base) * self.factor,
            ..access
        });
    }
}

/// Both are told.
impl<A: Probe, B: Probe> Probe for (A, B) {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        self.0.access(access);
        self.1.access(access);
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        self.0.array(name, base, bytes);
        self.1.array(name, base, bytes);
    }
}

/// Told where there is one.
impl<P: Probe> Probe for Option<P> {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        if let Some(probe) = self {
            probe.access(access);
        }
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        if let Some(probe) = self {
            probe.array(name, base, bytes);
        }
    }
}

/// Told in another's name.
impl<P: Probe> Probe for &mut P {
    #[inline(always)]
    fn access(&mut self, access: Access) {
        P::access(self, access);
    }

    fn array(&mut self, name: &str, base: u64, bytes: u64) {
        P::array(self, name, base, bytes);
    }
}
