//! Memory of ours that transfers move data in and out of, and that C programs read through a pointer.

#[cfg(unix)]
use super::process_generation;
#[cfg(unix)]
use super::unix::{new_pages, unmap};
use crate::error::{Error, Result, Status};
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;

/// A block of bytes with one user at a time: a transfer, in as many Buffers as it was split into, or code that looks inside. Of a
/// block that a caller has, transfers use parts as the caller says, and are counted.
pub struct Memory {
    start: NonNull<u8>,
    length: usize,
    origin: Origin,
    /// The driver of an open file, and the host controller behind it, share it. What a caller has may become ordinary.
    shared: AtomicBool,
    users: AtomicUsize,
}

enum Origin {
    Heap,
    /// Mapped by the process of this number. What is shared with a driver is not there in its children.
    #[cfg(unix)]
    Map(u32),
}

/// Users of a block that was given back: no more may come.
const RETIRED: usize = usize::MAX / 2;

// SAFETY: plain bytes; `users` lets one transfer or thread at a time touch them.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

/// The right to use a Memory, given back when dropped. A clone is for another part of it.
pub struct Lent(Arc<Memory>);

impl Lent {
    pub(super) fn is_mapped(&self) -> bool {
        self.0.is_mapped()
    }
}

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
    fn new(start: NonNull<u8>, length: usize, origin: Origin, shared: bool) -> Arc<Memory> {
        Arc::new(Memory { start, length, origin, shared: AtomicBool::new(shared), users: AtomicUsize::new(0) })
    }

    pub fn heap(length: usize) -> Result<Arc<Memory>> {
        let none = || Error::new(Status::NoMem, format!("there is no memory for {length} bytes"));
        let layout = layout(length).ok_or_else(none)?;
        // SAFETY: the layout's size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or_else(none)?;
        Ok(Memory::new(start, length, Origin::Heap, false))
    }

    /// Pages of their own, filled with 0.
    #[cfg(unix)]
    pub fn pages(length: usize) -> Result<Arc<Memory>> {
        let start = new_pages(length).ok_or_else(|| {
            Error::new(Status::NoMem, format!("there is no memory for {length} bytes; free some, or ask for less"))
        })?;
        Ok(Memory::new(start, length, Origin::Map(process_generation()), false))
    }

    /// The same where nothing else is known of pages: what `heap` gives begins with one, too.
    #[cfg(not(unix))]
    pub fn pages(length: usize) -> Result<Arc<Memory>> {
        Memory::heap(length)
    }

    /// Memory that the driver of an open file, and the host controller behind it, share with this process: nothing is copied.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn mapped(node: super::BorrowedDescriptor<'_>, length: usize) -> Result<Arc<Memory>> {
        let start = super::linux::map_device(node, length)?;
        Ok(Memory::new(start, length, Origin::Map(process_generation()), true))
    }

    /// The same behind a page of ordinary memory, whose length comes with it. It is not for transfers of any length.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn mapped_behind_page(node: super::BorrowedDescriptor<'_>, length: usize) -> Result<(Arc<Memory>, usize)> {
        let (start, page) = super::linux::map_device_behind_page(node, length)?;
        Ok((Memory::new(start, page + length, Origin::Map(process_generation()), true), page))
    }

    pub fn is_mapped(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// Puts ordinary pages with the same bytes in the place of what is shared with a driver, which may go away then. Where there is
    /// no memory for that, it stays as it is.
    pub fn become_ordinary(&self) {
        if self.is_of_this_process() && self.shared.swap(false, Ordering::Relaxed) {
            #[cfg(any(target_os = "linux", target_os = "android"))]
            // SAFETY: it is mapped with this length. No transfer of the driver's uses it any more, as the caller has closed the device.
            unsafe {
                super::linux::make_ordinary(self.start, self.length)
            };
        }
    }

    /// In a forked child its address may be something else's.
    pub(super) fn is_of_this_process(&self) -> bool {
        match self.origin {
            Origin::Heap => true,
            #[cfg(unix)]
            Origin::Map(process) => process == process_generation(),
        }
    }

    /// The right to use a part of a block that a caller has; `None` if the caller has given it back.
    pub(super) fn share(self: &Arc<Self>) -> Option<Lent> {
        let one_more = |users| (users < RETIRED).then_some(users + 1);
        let shared = self.users.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more);
        shared.ok().map(|_| Lent(Arc::clone(self)))
    }

    /// Takes a block back from its caller, for good; false if transfers use it.
    pub(super) fn retire(&self) -> bool {
        self.users.compare_exchange(0, RETIRED, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    pub fn len(&self) -> usize {
        self.length
    }

    /// For a C program to read from while no other code uses it.
    pub fn as_ptr(&self) -> *const u8 {
        self.start.as_ptr()
    }

    /// The right to use it, if no other code has it.
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
        match self.origin {
            Origin::Heap => {
                if let Some(layout) = layout(self.length) {
                    // SAFETY: allocated by `heap` with the same layout.
                    unsafe { dealloc(self.start.as_ptr(), layout) };
                }
            }
            #[cfg(unix)]
            Origin::Map(_) => {
                if self.is_of_this_process() {
                    // SAFETY: mapped by this process with this length; no code refers to it any more.
                    unsafe { unmap(self.start, self.length) };
                }
            }
        }
    }
}
