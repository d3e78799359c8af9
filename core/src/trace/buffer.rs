//! Buffers that carry a place in a simulated address space beside their data.
//!
//! The simulated address is chosen, not the real one: a simulation gives the same counts on every
//! machine and every run.

use std::{ops::Range, panic::Location};

use super::{Access, Kind, Probe};

/// Hands out simulated addresses, so that arrays do not overlap.
#[derive(Clone, Debug)]
pub struct AddressSpace {
    next: u64,
}

/// Where the first array lies: aligned to any page, and not zero.
const FIRST_ADDRESS: u64 = 1 << 32;

impl Default for AddressSpace {
    fn default() -> Self {
        Self {
            next: FIRST_ADDRESS,
        }
    }
}

impl AddressSpace {
    /// The first address of a new array of `bytes` bytes, at a multiple of `align` (a power of two).
    pub fn place(&mut self, bytes: u64, align: u64) -> u64 {
        debug_assert!(align.is_power_of_two());
        let base = self.next.next_multiple_of(align);
        self.next = base + bytes;
        base
    }
}

/// An array that is read through a probe.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<'a, T> {
    data: &'a [T],
    base: u64,
}

/// An array that is read and written through a probe.
#[derive(Debug)]
pub struct BufferMut<'a, T> {
    data: &'a mut [T],
    base: u64,
}

impl<'a, T: Copy> Buffer<'a, T> {
    /// An array at simulated address `base`.
    pub fn new(data: &'a [T], base: u64) -> Self {
        Self { data, base }
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether it has no elements.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Reads element `index`, telling the probe.
    #[inline(always)]
    #[track_caller]
    pub fn get<P: Probe>(&self, index: usize, probe: &mut P) -> T {
        probe.access(access::<T>(self.base, index, Kind::Load));
        self.data[index]
    }

    /// Reads `N` elements from `index` on, as one access.
    ///
    /// # Panics
    /// When they do not all lie within the array.
    #[inline(always)]
    #[track_caller]
    pub fn lanes<const N: usize, P: Probe>(&self, index: usize, probe: &mut P) -> [T; N] {
        probe.access(access::<[T; N]>(
            self.base + (index * size_of::<T>()) as u64,
            0,
            Kind::Load,
        ));
        let lanes = self.data[index..].first_chunk();
        *lanes.expect("all of them within the array")
    }

    /// All of it, for code that reads it once, front to back, and knows no probe: which is told of
    /// accesses of [`BLOCK`] bytes.
    #[inline(always)]
    #[track_caller]
    pub fn all<P: Probe>(&self, probe: &mut P) -> &'a [T] {
        blocks(self.base, size_of_val(self.data), Kind::Load, probe);
        self.data
    }

    /// Some of its elements as an array of their own.
    ///
    /// # Panics
    /// When the range does not lie within the array.
    #[inline(always)]
    pub fn part(&self, range: Range<usize>) -> Buffer<'a, T> {
        Buffer {
            base: self.base + (range.start * size_of::<T>()) as u64,
            data: &self.data[range],
        }
    }
}

impl<'a, T: Copy> BufferMut<'a, T> {
    /// An array at simulated address `base`.
    pub fn new(data: &'a mut [T], base: u64) -> Self {
        Self { data, base }
    }

    /// Number of elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether it has no elements.
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Reads element `index`, telling the probe.
    #[inline(always)]
    #[track_caller]
    pub fn get<P: Probe>(&self, index: usize, probe: &mut P) -> T {
        probe.access(access::<T>(self.base, index, Kind::Load));
        self.data[index]
    }

    /// Writes element `index`, telling the probe.
    #[inline(always)]
    #[track_caller]
    pub fn set<P: Probe>(&mut self, index: usize, value: T, probe: &mut P) {
        probe.access(access::<T>(self.base, index, Kind::Store));
        self.data[index] = value;
    }

    /// Writes `N` elements from `index` on, as one access.
    ///
    /// # Panics
    /// When they do not all lie within the array.
    #[inline(always)]
    #[track_caller]
    pub fn set_lanes<const N: usize, P: Probe>(
        &mut self,
        index: usize,
        values: [T; N],
        probe: &mut P,
    ) {
        probe.access(access::<[T; N]>(
            self.base + (index * size_of::<T>()) as u64,
            0,
            Kind::Store,
        ));
        let lanes = self.data[index..].first_chunk_mut();
        *lanes.expect("all of them within the array") = values;
    }

    /// All of it, for code that writes it once, front to back, and knows no probe: which is told of
    /// accesses of [`BLOCK`] bytes, of this kind.
    #[inline(always)]
    #[track_caller]
    pub fn all_mut<P: Probe>(&mut self, kind: Kind, probe: &mut P) -> &mut [T] {
        blocks(self.base, size_of_val(self.data), kind, probe);
        self.data
    }

    /// Writes element `index`, telling the probe of a store that goes past the caches. The store
    /// itself is an ordinary one: stable Rust has no portable other.
    #[inline(always)]
    #[track_caller]
    pub fn stream<P: Probe>(&mut self, index: usize, value: T, probe: &mut P) {
        probe.access(access::<T>(self.base, index, Kind::StreamStore));
        self.data[index] = value;
    }

    /// Some of its elements as an array of their own.
    ///
    /// # Panics
    /// When the range does not lie within the array.
    #[inline(always)]
    pub fn part_mut(&mut self, range: Range<usize>) -> BufferMut<'_, T> {
        BufferMut {
            base: self.base + (range.start * size_of::<T>()) as u64,
            data: &mut self.data[range],
        }
    }

    /// The same array, to be read while nothing writes it.
    #[inline(always)]
    pub fn as_buffer(&self) -> Buffer<'_, T> {
        Buffer::new(self.data, self.base)
    }

    /// Its first `N` times `elements` elements as `N` arrays that are written side by side.
    ///
    /// # Panics
    /// When there are not so many.
    #[inline(always)]
    pub fn parts_mut<const N: usize>(&mut self, elements: usize) -> [BufferMut<'_, T>; N] {
        let mut rest = &mut *self.data;
        let mut base = self.base;
        std::array::from_fn(|_| {
            let (data, behind) = std::mem::take(&mut rest).split_at_mut(elements);
            rest = behind;
            let part = BufferMut { data, base };
            base += (elements * size_of::<T>()) as u64;
            part
        })
    }
}

impl Buffer<'_, u64> {
    /// Reads the word at byte offset `offset`, telling the probe.
    ///
    /// The offset is used as it is, not divided to an index and multiplied again: on the way from
    /// one load to the next these two steps cost half as much as the load itself (1.88 ns against
    /// 1.25 ns a step in the first-level cache of a Zen 3; 1.25 ns is what bare pointers take).
    ///
    /// # Panics
    /// When fewer than 8 bytes lie behind the offset.
    #[inline(always)]
    #[track_caller]
    pub fn get_at<P: Probe>(&self, offset: u64, probe: &mut P) -> u64 {
        probe.access(Access {
            site: caller(),
            ..Access::load(self.base + offset, size_of::<u64>() as u32)
        });
        let bytes: &[u8] = bytemuck::cast_slice(self.data);
        let word = bytes[offset as usize..]
            .first_chunk()
            .expect("a whole word behind the offset");
        u64::from_ne_bytes(*word)
    }
}

/// Bytes of an access by code that handles an array as a whole: a vector of today.
pub const BLOCK: usize = 32;

/// Tells of accesses from front to back.
#[inline(always)]
#[track_caller]
fn blocks<P: Probe>(base: u64, bytes: usize, kind: Kind, probe: &mut P) {
    let site = caller();
    for start in (0..bytes).step_by(BLOCK) {
        let block = BLOCK.min(bytes - start);
        probe.access(Access {
            site,
            ..Access::new(kind, base + start as u64, block as u32)
        });
    }
}

#[inline(always)]
#[track_caller]
fn access<T>(base: u64, index: usize, kind: Kind) -> Access {
    let bytes = size_of::<T>();
    Access {
        site: caller(),
        ..Access::new(kind, base + (index * bytes) as u64, bytes as u32)
    }
}

/// The line of the kernel's source that made the access: a kernel is one file.
#[inline(always)]
#[track_caller]
fn caller() -> u64 {
    u64::from(Location::caller().line())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Recorder;

    #[test]
    fn parts_lie_one_after_the_other() {
        let mut data = [0_u32; 7];
        let mut whole = BufferMut::new(&mut data, 1000);
        let mut recorder = Recorder::default();
        for (number, mut part) in whole.parts_mut::<3>(2).into_iter().enumerate() {
            assert_eq!(part.len(), 2);
            part.set(1, number as u32 + 1, &mut recorder);
        }
        assert_eq!(whole.as_buffer().get(3, &mut recorder), 2);
        let told: Vec<_> = recorder.accesses.iter().map(|told| told.address).collect();
        assert_eq!(told, [1004, 1012, 1020, 1012]);
        assert_eq!(data, [0, 1, 0, 2, 0, 3, 0]);
    }
}
