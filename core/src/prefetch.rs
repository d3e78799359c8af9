//! A hint to the processor that this program runs on. It changes no result.

/// Bytes of a line that a hint brings.
const LINE: usize = 64;

/// Lines that are asked for: the hardware finds the rest of a longer array by itself.
const MOST: usize = 8;

/// Asks for the first lines of an array, so that they are near when they are used; on processors other
/// than x86-64 it does nothing, since stable Rust has no instruction for it there.
#[inline(always)]
pub(crate) fn prefetch<T>(data: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in data.chunks((LINE / size_of::<T>()).max(1)).take(MOST) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 processor has the instruction, and it faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (data, LINE, MOST);
}
