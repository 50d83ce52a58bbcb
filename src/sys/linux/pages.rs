//! Memory that the driver of an open file shares with this process.

use crate::error::{Error, Result, Status};
use crate::sys::unix::{new_pages, unmap};
use std::os::raw::{c_int, c_void};
use std::os::unix::io::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;

// As <sys/mman.h> of every libc for Linux has it; the libc crate leaves it out for Android.
extern "C" {
    fn mremap(old: *mut c_void, old_length: usize, length: usize, flags: c_int, ...) -> *mut c_void;
}
const MREMAP_MAYMOVE: c_int = 1;
const MREMAP_FIXED: c_int = 2;

/// Maps it. Forked children do not get it.
pub fn map_device(node: BorrowedFd<'_>, length: usize) -> Result<NonNull<u8>> {
    // SAFETY: at a place of the system's choosing.
    unsafe { map(node, std::ptr::null_mut(), length, libc::MAP_SHARED) }
}

/// Maps it behind a page of ordinary memory: where that begins, and its length.
pub fn map_device_behind_page(node: BorrowedFd<'_>, length: usize) -> Result<(NonNull<u8>, usize)> {
    // SAFETY: asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(64 * 1024);
    let pages = page.checked_add(length).and_then(new_pages);
    let start = pages.ok_or_else(|| Error::new(Status::NoMem, "there is no memory to map"))?;
    // SAFETY: within what has just been mapped, and at a page's beginning.
    let mapped = unsafe { map(node, start.as_ptr().add(page).cast(), length, libc::MAP_SHARED | libc::MAP_FIXED) };
    if mapped.is_err() {
        // SAFETY: what has just been mapped.
        unsafe { unmap(start, page + length) };
    }
    mapped.map(|_| (start, page))
}

/// # Safety
/// With MAP_FIXED, what is at `place` is the caller's to replace.
unsafe fn map(node: BorrowedFd<'_>, place: *mut c_void, length: usize, kind: c_int) -> Result<NonNull<u8>> {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: this function's own contract.
    let start = unsafe { libc::mmap(place, length, protection, kind, node.as_raw_fd(), 0) };
    let error = || match std::io::Error::last_os_error().raw_os_error() {
        Some(libc::ENOMEM) => Error::new(
            Status::NoMem,
            "the system has no such memory left for USB; usbcore's parameter usbfs_memory_mb limits it",
        ),
        _ => Error::new(Status::NotSupported, "this device or system has no mapped memory for transfers; use the heap"),
    };
    let start = if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) };
    let start: NonNull<u8> = start.ok_or_else(error)?;
    // A child could not give it back, and the system would go on counting it. Where the system cannot do this, it is only counted
    // longer.
    // SAFETY: the mapping that was just made.
    unsafe { libc::madvise(start.as_ptr().cast(), length, libc::MADV_DONTFORK) };
    Ok(start)
}

/// Puts ordinary pages with the same bytes in the place of such memory. Where there is no memory for that, it stays as it is.
///
/// # Safety
/// It is mapped with this length, and no transfer of the driver's uses it any more.
pub unsafe fn make_ordinary(place: NonNull<u8>, length: usize) {
    let Some(pages) = new_pages(length) else { return };
    // SAFETY: both are mappings of this length. The pages move to its place in one step, so that a thread that reads there meanwhile finds
    // the same bytes.
    unsafe {
        std::ptr::copy_nonoverlapping(place.as_ptr(), pages.as_ptr(), length);
        let moved = mremap(pages.as_ptr().cast(), length, length, MREMAP_MAYMOVE | MREMAP_FIXED, place.as_ptr());
        if moved == libc::MAP_FAILED {
            unmap(pages, length);
        }
    }
}
