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

/// Its bytes.
#[cfg(target_arch = "x86_64")]
const BLOCK: usize = size_of::<Block>();

/// Stores past the caches, which no other thread sees in order before this is dropped: a fence for all
/// that one kernel stores, since one for each row would wait for memory each time.
pub(super) struct Stream(());

impl Stream {
    /// Before the first store.
    #[inline(always)]
    pub(super) fn open() -> Self {
        Self(())
    }
}

impl Drop for Stream {
    #[inline(always)]
    fn drop(&mut self) {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: every x86-64 processor has the instruction.
        unsafe {
            std::arch::x86_64::_mm_sfence();
        }
    }
}

/// Writes `blocks` past the caches, each with the next of the `values`.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn store_all<'v>(blocks: &mut [Block], values: impl IntoIterator<Item = &'v [u8; BLOCK]>) {
    #[cfg(not(target_feature = "avx"))]
    use std::arch::x86_64::_mm_stream_si128 as store;
    #[cfg(target_feature = "avx")]
    use std::arch::x86_64::_mm256_stream_si256 as store;

    for (block, value) in blocks.iter_mut().zip(values) {
        let value = bytemuck::cast(*value);
        // SAFETY: the build is for processors that have the instruction; a block may be written and is
        // aligned to its own size. This thread sees what it stored; whoever may hand it to another holds
        // a `Stream`, which fences when it is dropped.
        unsafe { store(std::ptr::from_mut(block).cast(), value) };
    }
}

/// Copies past the caches; bytes before the first and after the last whole block as any copy does.
///
/// # Panics
/// When the two are not of one length.
#[inline(always)]
pub(super) fn copy_bytes(_: &Stream, input: &[u8], output: &mut [u8]) {
    assert_eq!(input.len(), output.len(), "each byte has its place");
    #[cfg(target_arch = "x86_64")]
    {
        // Rows that start and end with a block, as most do, copied without a call for empty ends.
        if let Ok(blocks) = bytemuck::try_cast_slice_mut::<u8, Block>(output) {
            let (whole, _) = input.as_chunks::<BLOCK>();
            return store_all(blocks, whole);
        }
        let (head, blocks, tail) = bytemuck::pod_align_to_mut::<u8, Block>(output);
        let (first, rest) = input.split_at(head.len());
        let (middle, last) = rest.split_at(size_of_val(blocks));
        head.copy_from_slice(first);
        tail.copy_from_slice(last);
        let (whole, _) = middle.as_chunks::<BLOCK>();
        store_all(blocks, whole);
    }
    #[cfg(not(target_arch = "x86_64"))]
    output.copy_from_slice(input);
}

/// Writes `value` everywhere, past the caches but for what lies before the first and after the last
/// whole block.
#[inline(always)]
pub(super) fn fill_floats(_: &Stream, output: &mut [f32], value: f32) {
    #[cfg(target_arch = "x86_64")]
    {
        let (head, blocks, tail) = bytemuck::pod_align_to_mut::<f32, Block>(output);
        head.fill(value);
        tail.fill(value);
        let all = bytemuck::cast([value; BLOCK / size_of::<f32>()]);
        store_all(blocks, std::iter::repeat(&all));
    }
    #[cfg(not(target_arch = "x86_64"))]
    output.fill(value);
}
