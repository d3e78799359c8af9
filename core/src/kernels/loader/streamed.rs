//! Stores past the caches (non-temporal): the line is neither read before it is written nor kept, so
//! one of three moves of a copy falls away, one of two of a fill (claim H4).

/// Whether this build has such stores: on x86-64 only. Rust has them for no other processor, and
/// WebAssembly has none; kernels that would use them write through the caches there.
pub const STREAMS: bool = cfg!(target_arch = "x86_64");

/// Why a time taken by this build says nothing of a kernel that streams, as a sentence without its
/// full stop; none where [`STREAMS`].
pub const UNSTREAMED: Option<&str> = if STREAMS {
    None
} else {
    Some("this build has no stores past the caches: they are there on x86-64 only")
};

/// What one store writes: the longest there is for the processors that this build is for. Two or
/// four of them fill a line, which leaves the core whole either way.
#[cfg(all(target_arch = "x86_64", target_feature = "avx"))]
type Block = wide::u8x32;
#[cfg(all(target_arch = "x86_64", not(target_feature = "avx")))]
type Block = wide::u8x16;

/// Writes `blocks` past the caches, each with what `value` has for its number.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn stream(blocks: &mut [Block], value: impl Fn(usize) -> Block) {
    use std::arch::x86_64::_mm_sfence;
    #[cfg(not(target_feature = "avx"))]
    use std::arch::x86_64::_mm_stream_si128 as store;
    #[cfg(target_feature = "avx")]
    use std::arch::x86_64::_mm256_stream_si256 as store;

    for (index, block) in blocks.iter_mut().enumerate() {
        let value = bytemuck::cast(value(index));
        // SAFETY: the build is for processors that have the instruction; a block may be written, is
        // aligned to its own size, and is borrowed until the fence below.
        unsafe { store(std::ptr::from_mut(block).cast(), value) };
    }
    // SAFETY: every x86-64 processor has the instruction.
    unsafe { _mm_sfence() };
}

/// Copies past the caches; bytes before the first and after the last whole block as any copy does.
///
/// # Panics
/// When the two are not of one length.
#[inline(always)]
pub(super) fn copy_bytes(input: &[u8], output: &mut [u8]) {
    assert_eq!(input.len(), output.len(), "each byte has its place");
    #[cfg(target_arch = "x86_64")]
    {
        let (head, blocks, tail) = bytemuck::pod_align_to_mut::<u8, Block>(output);
        let (first, rest) = input.split_at(head.len());
        let (middle, last) = rest.split_at(size_of_val(blocks));
        head.copy_from_slice(first);
        tail.copy_from_slice(last);
        let (whole, _) = middle.as_chunks::<{ size_of::<Block>() }>();
        stream(blocks, |index| Block::new(whole[index]));
    }
    #[cfg(not(target_arch = "x86_64"))]
    output.copy_from_slice(input);
}

/// Writes `value` everywhere, past the caches but for what lies before the first and after the last
/// whole block.
#[inline(always)]
pub(super) fn fill_floats(output: &mut [f32], value: f32) {
    #[cfg(target_arch = "x86_64")]
    {
        let (head, blocks, tail) = bytemuck::pod_align_to_mut::<f32, Block>(output);
        head.fill(value);
        tail.fill(value);
        let all = bytemuck::cast([value; size_of::<Block>() / size_of::<f32>()]);
        stream(blocks, |_| all);
    }
    #[cfg(not(target_arch = "x86_64"))]
    output.fill(value);
}
