//! What a queue or stream sleeps on: all of libusb's descriptors in one set.

use super::context::{readiness, Context};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use crate::sys::{Descriptor, PollSet, Readiness};
use rusb::ffi;
use std::os::raw::{c_int, c_short, c_void};
use std::os::unix::io::BorrowedFd;
use std::ptr;

/// From the first poll on.
#[derive(Default)]
pub struct Polled(Mutex<Option<PollSet>>);

impl Polled {
    /// A new descriptor that is readable when there is something to handle.
    ///
    /// # Safety
    /// This stays in its place, and the context lives, until `end`.
    pub unsafe fn descriptor(&self, context: &Context) -> Result<Descriptor> {
        let mut polled = lock(&self.0);
        let set = match polled.take() {
            Some(set) => set,
            // SAFETY: by this function's contract.
            None => unsafe { self.poll_set(context) }?,
        };
        let duplicate = set.duplicate();
        *polled = Some(set);
        duplicate
    }

    /// Puts all of libusb's descriptors into one set, and hears of those that come and go.
    ///
    /// # Safety
    /// As of `descriptor`.
    unsafe fn poll_set(&self, context: &Context) -> Result<PollSet> {
        let set = PollSet::new()?;
        let this = self as *const Polled as *mut c_void;
        // SAFETY: by this function's contract; `end` takes the functions back.
        unsafe { ffi::libusb_set_pollfd_notifiers(context.as_ptr(), Some(added), Some(removed), this) };
        for (fd, readiness) in context.descriptors()? {
            // SAFETY: libusb closes it after it has said so, which waits for the lock that the caller has.
            unsafe { add(&set, fd, readiness) }?;
        }
        Ok(set)
    }

    /// No thread handles the context's events any more.
    pub fn end(&self, context: &Context) {
        // SAFETY: the context is still there.
        unsafe { ffi::libusb_set_pollfd_notifiers(context.as_ptr(), None, None, ptr::null_mut()) };
    }
}

/// # Safety
/// The descriptor is open.
unsafe fn add(set: &PollSet, fd: c_int, readiness: Readiness) -> Result<()> {
    // SAFETY: by this function's contract.
    set.add(unsafe { BorrowedFd::borrow_raw(fd) }, readiness, 0)
}

extern "system" fn added(fd: c_int, events: c_short, this: *mut c_void) {
    // SAFETY: `poll_set` gave this, and `end` takes it back.
    let polled = lock(unsafe { &(*(this as *const Polled)).0 });
    if let Some(set) = &*polled {
        // SAFETY: libusb has just begun to use it. Where it cannot be added, waiting threads still see to it.
        let _ = unsafe { add(set, fd, readiness(events)) };
    }
}

extern "system" fn removed(fd: c_int, this: *mut c_void) {
    // SAFETY: as in `added`.
    let polled = lock(unsafe { &(*(this as *const Polled)).0 });
    if let Some(set) = &*polled {
        // SAFETY: libusb closes it after this.
        set.remove(unsafe { BorrowedFd::borrow_raw(fd) });
    }
}
