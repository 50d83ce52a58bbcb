//! Memory of ours that transfers move data in and out of, and that C programs read through a pointer.

#[cfg(unix)]
use super::BorrowedDescriptor;
use crate::error::{Error, Result, Status};
use std::alloc::{alloc_zeroed, dealloc, Layout};
#[cfg(unix)]
use std::os::unix::io::AsRawFd;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// A block of bytes with one user at a time: a transfer, in as many Buffers as it was split into, or whoever looks inside.
pub struct Memory {
    start: NonNull<u8>,
    length: usize,
    mapped: bool,
    users: AtomicUsize,
}

// SAFETY: plain bytes; `users` lets one transfer or thread at a time touch them.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// The right to use a Memory, given back when dropped. A clone is for another part of it.
pub struct Lent(Arc<Memory>);

impl Clone for Lent {
    fn clone(&self) -> Lent {
        self.0.users.fetch_add(1, Ordering::Relaxed);
        Lent(Arc::clone(&self.0))
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::Release);
    }
}

impl Memory {
    pub fn heap(length: usize) -> Result<Arc<Memory>> {
        let none = || Error::new(Status::NoMem, format!("{length} bytes of memory cannot be had"));
        let layout = layout(length).ok_or_else(none)?;
        // SAFETY: the layout's size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(none)?;
        Ok(Arc::new(Memory { start, length, mapped: false, users: AtomicUsize::new(0) }))
    }

    /// Memory that the driver of an open file, and the host controller behind it, share with this process: nothing is copied.
    #[cfg(unix)]
    pub fn mapped(node: BorrowedDescriptor<'_>, length: usize) -> Result<Arc<Memory>> {
        let (protection, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping at a place of the system's choosing.
        let start = unsafe { libc::mmap(std::ptr::null_mut(), length, protection, kind, node.as_raw_fd(), 0) };
        let error = || match std::io::Error::last_os_error().raw_os_error() {
            Some(libc::ENOMEM) => Error::new(
                Status::NoMem,
                "the system has no such memory left for USB; usbcore's parameter usbfs_memory_mb limits it",
            ),
            _ => Error::new(
                Status::NotSupported,
                "this device or system has no mapped memory for transfers; use the heap",
            ),
        };
        let start = if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) };
        let start = start.ok_or_else(error)?;
        Ok(Arc::new(Memory { start, length, mapped: true, users: AtomicUsize::new(0) }))
    }

    pub fn is_mapped(&self) -> bool {
        self.mapped
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// For a C program to read from while nobody else uses it.
    pub fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// The right to use it, if nobody has it.
    pub(super) fn take(self: &Arc<Self>) -> Option<Lent> {
        let free = self.users.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed);
        free.ok().map(|_| Lent(Arc::clone(self)))
    }

    /// Looks inside; `None` if a transfer has it.
    pub fn access<T>(self: &Arc<Self>, look: impl FnOnce(&mut [u8]) -> T) -> Option<T> {
        let _lent = self.take()?;
        // SAFETY: the block is valid as long as self, initialised, and ours alone while `_lent` lives.
        Some(look(unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }))
    }
}

fn layout(length: usize) -> Option<Layout> {
    Layout::from_size_align(length.max(1), 4096).ok()
}

impl Drop for Memory {
    fn drop(&mut self) {
        #[cfg(unix)]
        if self.mapped {
            // SAFETY: mapped by `mapped` with this length; nobody refers to it any more.
            unsafe { libc::munmap(self.start.as_ptr().cast(), self.length) };
            return;
        }
        if let Some(layout) = layout(self.length) {
            // SAFETY: allocated by `heap` with the same layout.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}
