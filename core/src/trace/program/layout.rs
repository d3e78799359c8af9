//! Where arrays lie: types, records, dimensions, addresses.

use serde::{Deserialize, Serialize};

use super::token::TYPES;

/// How elements of several dimensions lie in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The last index runs fastest, as in C, Rust and NumPy.
    #[default]
    Row,
    /// The first index runs fastest, as in Fortran and Julia.
    Column,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Bytes from the start of the record.
    pub offset: u64,
    /// Its size.
    pub bytes: u64,
}

/// An array with its place in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedArray {
    /// What the program calls it.
    pub name: String,
    /// Its first address.
    pub base: u64,
    /// Its size.
    pub bytes: u64,
    /// The size of an element, with padding.
    pub element_bytes: u64,
    /// Elements along each dimension, as declared.
    pub dims: Vec<u64>,
    /// How they lie.
    pub order: Order,
    /// The fields of an element, where it is a record.
    pub fields: Vec<Field>,
}

/// Alignment of an array where the program says nothing: a line of most machines.
pub const ALIGNMENT: u64 = 64;
/// Where the first array lies if the program says nothing: not at 0, where no program has data, and
/// a number that is easy to read.
const FIRST: u64 = 0x1_0000;
/// Bytes of one array.
pub const LARGEST: u64 = 1 << 40;
/// Addresses end here.
pub const ADDRESSES: u64 = 1 << 48;

/// Size of a type of the language.
pub fn size_of_type(name: &str) -> Option<u64> {
    let found = TYPES.iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| *bytes)
}

/// An element: its size, and its fields if it is a record.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    pub bytes: u64,
    pub fields: Vec<Field>,
}

impl Kind {
    /// Fields laid out as C does: each at a multiple of its size, the whole a multiple of the
    /// largest.
    pub fn record(fields: impl IntoIterator<Item = (String, u64)>) -> Self {
        let mut end = 0_u64;
        let mut align = 1;
        let mut placed = Vec::new();
        for (name, bytes) in fields {
            let offset = end.next_multiple_of(bytes.max(1));
            end = offset + bytes;
            align = align.max(bytes);
            placed.push(Field {
                name,
                offset,
                bytes,
            });
        }
        Self {
            bytes: end.next_multiple_of(align),
            fields: placed,
        }
    }
}

impl PlacedArray {
    /// By how many bytes an index moves the address, for each dimension.
    pub fn strides(&self) -> Vec<u64> {
        let mut strides = vec![0; self.dims.len()];
        let mut stride = self.element_bytes;
        let mut step = |at: usize| {
            strides[at] = stride;
            stride *= self.dims[at];
        };
        match self.order {
            Order::Row => (0..self.dims.len()).rev().for_each(&mut step),
            Order::Column => (0..self.dims.len()).for_each(&mut step),
        }
        strides
    }

    /// Whether some byte belongs to both.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.base < other.base + other.bytes && other.base < self.base + self.bytes
    }
}

/// Gives every array without a place one behind those before it, around those with a place.
/// `wanted` says which have one, and the alignment of the others.
pub fn place(arrays: &mut [PlacedArray], wanted: &[(bool, u64)]) {
    let mut next = FIRST;
    for at in 0..arrays.len() {
        let (fixed, align) = wanted[at];
        if fixed {
            continue;
        }
        let mut base = next.next_multiple_of(align);
        // Every move passes an array, so there are at most as many as arrays.
        for _ in 0..arrays.len() {
            arrays[at].base = base;
            let in_the_way = |other: usize| wanted[other].0 && arrays[at].overlaps(&arrays[other]);
            let ends = (0..arrays.len())
                .filter(|other| in_the_way(*other))
                .map(|other| arrays[other].base + arrays[other].bytes);
            match ends.max() {
                Some(end) => base = end.next_multiple_of(align),
                None => break,
            }
        }
        next = arrays[at].base + arrays[at].bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_padded_as_c_does() {
        let fields = [("x", 4), ("y", 8), ("id", 1)];
        let record = Kind::record(fields.map(|(name, bytes)| (name.to_owned(), bytes)));
        let offsets: Vec<_> = record.fields.iter().map(|field| field.offset).collect();
        assert_eq!((record.bytes, offsets), (24, vec![0, 8, 16]));
    }

    #[test]
    fn arrays_are_placed_around_those_that_have_a_place() {
        let array = |base, bytes| PlacedArray {
            name: String::new(),
            base,
            bytes,
            element_bytes: 4,
            dims: vec![bytes / 4],
            order: Order::Row,
            fields: Vec::new(),
        };
        let mut arrays = [array(0, 100), array(0x1_0080, 8), array(0, 64), array(0, 4)];
        let free = (false, 64);
        place(&mut arrays, &[free, (true, 1), free, free]);
        let bases = arrays.map(|array| array.base);
        assert_eq!(bases, [0x1_0000, 0x1_0080, 0x1_00c0, 0x1_0100]);
    }
}
