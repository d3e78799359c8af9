//! Checksums of whole arrays, as others wrote them: yardsticks of how fast bytes can be read and
//! something be computed from each.

use super::{Cost, Loader, Style, Way, split};
use crate::trace::{BLOCK, Buffer, BufferMut, Probe};

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the `crc32c` crate.
#[inline]
pub fn crc32c<P: Probe>(input: Buffer<'_, u8>, probe: &mut P) -> u32 {
    crc32c::crc32c(input.all(probe))
}

/// XXH3 of 64 bits with seed 0 (Y. Collet), by the `xxhash-rust` crate.
#[inline]
pub fn xxh3<P: Probe>(input: Buffer<'_, u8>, probe: &mut P) -> u64 {
    xxhash_rust::xxh3::xxh3_64(input.all(probe))
}

/// [`crc32c`], or [`xxh3`], by name.
pub(in crate::kernels) struct Checksum<const XXH3: bool> {
    bytes: usize,
}

impl<const XXH3: bool> Loader for Checksum<XXH3> {
    const NAME: &'static str = if XXH3 { "xxh3" } else { "crc32c" };
    const ABOUT: &'static str = if XXH3 {
        "XXH3 of all bytes, 64 bits"
    } else {
        "CRC-32C of all bytes"
    };
    const SOURCE: (&'static str, &'static str) = ("checksums.rs", include_str!("checksums.rs"));
    /// As their crates have them: with what instructions is theirs to choose.
    const WAYS: &'static [Way] = &[Way::Plain];

    fn sized(bytes: usize) -> Self {
        Self {
            bytes: bytes.max(1),
        }
    }

    fn arrays(&self) -> Vec<(&'static str, usize)> {
        vec![("bytes", self.bytes), ("checksum", size_of::<u64>())]
    }

    fn run<S: Style, P: Probe>(&self, memory: &mut [u64], base: u64, probe: &mut P) {
        let [bytes, checksum] = split(self, memory, base);
        let mut checksum: BufferMut<'_, u64> = checksum.write();
        let found = if XXH3 {
            xxh3(bytes.read(), probe)
        } else {
            crc32c(bytes.read(), probe).into()
        };
        checksum.set(0, found, probe);
    }

    fn accesses(&self) -> u64 {
        self.bytes.div_ceil(BLOCK) as u64 + 1
    }

    fn cost(&self) -> Cost {
        let words = (self.bytes as f64 / 8.0).ceil();
        Cost {
            elements: self.bytes as f64,
            read: self.bytes as f64,
            written: 8.0,
            // For each 8 bytes: one step of the CRC; of XXH3 an exclusive or, a multiplication and two
            // additions.
            operations: if XXH3 { 4.0 * words } else { words },
            ..Cost::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::NoProbe;
    use proptest::prelude::*;

    fn crc(bytes: &[u8]) -> u32 {
        crc32c(Buffer::new(bytes, 0), &mut NoProbe)
    }

    /// The polynomial, bit by bit.
    fn crc_by_bits(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| {
                crc >> 1 ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 }
            })
        })
    }

    #[test]
    fn crc32c_is_that_of_its_specification() {
        assert_eq!(crc(b"123456789"), 0xe306_9283);
        // RFC 3720, appendix B.4.
        assert_eq!(crc(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc(&[0xff; 32]), 0x62a8_ab43);
        let rising: [u8; 32] = std::array::from_fn(|at| at as u8);
        assert_eq!(crc(&rising), 0x46dd_794e);
        let falling = rising.map(|byte| 31 - byte);
        assert_eq!(crc(&falling), 0x113f_db5c);
    }

    proptest! {
        #[test]
        fn crc32c_is_the_polynomials(
            bytes in prop::collection::vec(any::<u8>(), 0..5000), start in 0_usize..64,
        ) {
            let bytes = &bytes[start.min(bytes.len())..];
            prop_assert_eq!(crc(bytes), crc_by_bits(bytes));
        }
    }

    /// The values by which the xxHash project checks itself (`xxhsum`'s sanity test), of the front of
    /// its own stream of bytes, one for each of the algorithm's ways with an input's length.
    #[test]
    fn xxh3_gives_the_values_of_its_project() {
        let mut state = 2_654_435_761_u64;
        let bytes: Vec<u8> = (0..2367)
            .map(|_| {
                let byte = (state >> 56) as u8;
                state = state.wrapping_mul(11_400_714_785_074_694_797);
                byte
            })
            .collect();
        for (length, expected) in [
            (0, 0x2d06_8005_38d3_94c2),
            (1, 0xc44b_dff4_074e_ecdb),
            (6, 0x27b5_6a84_cd2d_7325),
            (12, 0xa713_daf0_dfbb_77e7),
            (24, 0xa3fe_70bf_9d35_10eb),
            (48, 0x397d_a259_ecba_1f11),
            (80, 0xbcde_fbbb_2c47_c90a),
            (195, 0xcd94_217e_e362_ec3a),
            (403, 0xcdeb_804d_65c6_dea4),
            (512, 0x617e_4959_9013_cb6b),
            (2048, 0xdd59_e2c3_a5f0_38e0),
            (2240, 0x6e73_a905_39cf_2948),
            (2367, 0xcb37_aeb9_e5d3_61ed),
        ] {
            let found = xxh3(Buffer::new(&bytes[..length], 0), &mut NoProbe);
            assert_eq!(found, expected, "{length} bytes: {found:x}");
        }
    }

    /// Vectors take what is aligned; the sum must not show it.
    #[test]
    fn xxh3_does_not_see_where_its_bytes_lie() {
        let mut random = fastrand::Rng::with_seed(5);
        let bytes: Vec<u8> = (0..700).map(|_| random.u8(..)).collect();
        let mut moved = vec![0; 800];
        for length in (0..64).chain([240, 241, 700]) {
            let expected = xxh3(Buffer::new(&bytes[..length], 0), &mut NoProbe);
            for start in [1, 7, 31] {
                moved[start..start + length].copy_from_slice(&bytes[..length]);
                let there = Buffer::new(&moved[start..start + length], 0);
                assert_eq!(xxh3(there, &mut NoProbe), expected);
            }
        }
    }
}
