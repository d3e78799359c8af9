//! Vectors of bytes, and the shuffles that send bytes of several vectors to others.

use std::ops::BitOr;

use wide::{i8x32, u8x16, u8x32};

use crate::trace::{Buffer, BufferMut, Probe};

/// Bytes of a block: what a shuffle instruction picks from. The longer shuffles of x86 pick within
/// each block, so a longer vector does the work of several short ones side by side.
pub(super) const BLOCK: usize = 16;

/// A vector of one or more blocks.
pub(super) trait Bytes: Copy + BitOr<Output = Self> {
    /// Its blocks.
    const BLOCKS: usize;
    /// Reads its blocks, the first at `index`, each next one `apart` bytes further.
    fn load<P: Probe>(data: &Buffer<'_, u8>, index: usize, apart: usize, probe: &mut P) -> Self;
    /// Writes its blocks likewise.
    fn store<P: Probe>(
        self,
        data: &mut BufferMut<'_, u8>,
        index: usize,
        apart: usize,
        probe: &mut P,
    );
    /// In each block, for each byte the one at the place that `from` names; 0 where it says
    /// [`NOTHING`].
    fn pick(self, from: [u8; BLOCK]) -> Self;
}

/// Picks no byte.
pub(super) const NOTHING: u8 = 0x80;

impl Bytes for u8x16 {
    const BLOCKS: usize = 1;

    #[inline(always)]
    fn load<P: Probe>(data: &Buffer<'_, u8>, index: usize, _: usize, probe: &mut P) -> Self {
        Self::new(data.lanes(index, probe))
    }

    #[inline(always)]
    fn store<P: Probe>(self, data: &mut BufferMut<'_, u8>, index: usize, _: usize, probe: &mut P) {
        data.set_lanes(index, self.to_array(), probe);
    }

    #[inline(always)]
    fn pick(self, from: [u8; BLOCK]) -> Self {
        self.shuffle_zeroing(Self::new(from))
    }
}

impl Bytes for u8x32 {
    const BLOCKS: usize = 2;

    #[inline(always)]
    fn load<P: Probe>(data: &Buffer<'_, u8>, index: usize, apart: usize, probe: &mut P) -> Self {
        let blocks: [[u8; BLOCK]; 2] = [data.lanes(index, probe), data.lanes(index + apart, probe)];
        bytemuck::cast(blocks)
    }

    #[inline(always)]
    fn store<P: Probe>(
        self,
        data: &mut BufferMut<'_, u8>,
        index: usize,
        apart: usize,
        probe: &mut P,
    ) {
        let blocks: [[u8; BLOCK]; 2] = bytemuck::cast(self);
        data.set_lanes(index, blocks[0], probe);
        data.set_lanes(index + apart, blocks[1], probe);
    }

    #[inline(always)]
    fn pick(self, from: [u8; BLOCK]) -> Self {
        let from: i8x32 = bytemuck::cast([from; 2]);
        bytemuck::cast(self.swizzle_half(from))
    }
}

/// Which bytes of `N` blocks in go to which of `N` blocks out: by block out, by block in, for each
/// byte out its place in, or [`NOTHING`].
pub(super) type Network<const N: usize> = [[[u8; BLOCK]; N]; N];

/// The networks of pixels of `C` bytes, 16 of them at a time.
pub(super) struct Networks<const C: usize>;

impl<const C: usize> Networks<C> {
    /// From pixels to one block for each channel.
    pub const TO_PLANES: Network<C> = {
        let mut network = [[[NOTHING; BLOCK]; C]; C];
        let mut byte = 0;
        while byte < C * BLOCK {
            network[byte % C][byte / BLOCK][byte / C] = (byte % BLOCK) as u8;
            byte += 1;
        }
        network
    };

    /// From one block for each channel to pixels.
    pub const TO_PIXELS: Network<C> = {
        let mut network = [[[NOTHING; BLOCK]; C]; C];
        let mut byte = 0;
        while byte < C * BLOCK {
            network[byte / BLOCK][byte % C][byte % BLOCK] = (byte / C) as u8;
            byte += 1;
        }
        network
    };

    /// From pixels to the same, last first.
    pub const MIRROR: Network<C> = {
        let mut network = [[[NOTHING; BLOCK]; C]; C];
        let mut byte = 0;
        while byte < C * BLOCK {
            let from = C * (BLOCK - 1 - byte / C) + byte % C;
            network[byte / BLOCK][from / BLOCK][byte % BLOCK] = (from % BLOCK) as u8;
            byte += 1;
        }
        network
    };
}

/// Sends vectors through a network.
#[inline(always)]
pub(super) fn through<const N: usize, V: Bytes>(network: &Network<N>, from: [V; N]) -> [V; N] {
    network.map(|picks| {
        let mut out = from[0].pick(picks[0]);
        for block in 1..N {
            out = out | from[block].pick(picks[block]);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent<const C: usize>(network: &Network<C>) -> Vec<u8> {
        let bytes: Vec<u8> = (0..C * BLOCK).map(|byte| byte as u8).collect();
        let from = std::array::from_fn(|block| {
            u8x16::new(bytes[block * BLOCK..][..BLOCK].try_into().unwrap())
        });
        through(network, from).map(u8x16::to_array).concat()
    }

    fn networks_send_bytes_where_they_say<const C: usize>() {
        let planes = sent::<C>(&Networks::<C>::TO_PLANES);
        let pixels = sent::<C>(&Networks::<C>::TO_PIXELS);
        let mirror = sent::<C>(&Networks::<C>::MIRROR);
        for pixel in 0..BLOCK {
            for channel in 0..C {
                let (packed, planar) = (C * pixel + channel, BLOCK * channel + pixel);
                assert_eq!(usize::from(planes[planar]), packed);
                assert_eq!(usize::from(pixels[packed]), planar);
                let other = C * (BLOCK - 1 - pixel) + channel;
                assert_eq!(usize::from(mirror[packed]), other);
            }
        }
    }

    #[test]
    fn the_networks_of_3_and_4_channels_are_right() {
        networks_send_bytes_where_they_say::<3>();
        networks_send_bytes_where_they_say::<4>();
    }

    #[test]
    fn a_longer_vector_picks_within_each_block() {
        let bytes: [u8; 32] = std::array::from_fn(|lane| lane as u8);
        let mut from = [NOTHING; BLOCK];
        (from[0], from[1]) = (15, 2);
        let picked = u8x32::new(bytes).pick(from).to_array();
        assert_eq!((picked[0], picked[1], picked[2]), (15, 2, 0));
        assert_eq!((picked[16], picked[17], picked[18]), (31, 18, 0));
    }
}
