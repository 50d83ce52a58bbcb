//! Pages of memory.

use std::ptr::NonNull;

/// New ones, filled with 0.
pub fn new_pages(length: usize) -> Option<NonNull<u8>> {
    let (protection, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
    // SAFETY: a new mapping at a place of the system's choosing.
    let start = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, kind, -1, 0) };
    if start == libc::MAP_FAILED {
        None
    } else {
        NonNull::new(start.cast())
    }
}

/// Gives a mapping back.
///
/// # Safety
/// This process has mapped it with this length, and no code refers to it any more.
pub unsafe fn unmap(start: NonNull<u8>, length: usize) {
    // SAFETY: this function's own contract.
    unsafe { libc::munmap(start.as_ptr().cast(), length) };
}
