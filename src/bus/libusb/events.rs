//! A device's events: the thread that waits handles them, by libusb's rules for several threads. The library has no thread here.
//!
//! Of several waiting threads libusb lets one sleep on the descriptors; the others sleep until that one has handled something.
//! A queue or stream sleeps on its own poll set, for which all of libusb's descriptors are put into one.

use super::connection::Connection;
use super::context::readiness;
use crate::bus::Wire;
use crate::error::Result;
use crate::sync::atomic::{AtomicI32, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{Descriptor, PollSet, Readiness};
use rusb::ffi;
use std::os::raw::{c_int, c_short, c_void};
use std::os::unix::io::BorrowedFd;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Events {
    connection: Connection,
    pub wire: Arc<Wire>,
    /// All of libusb's descriptors, from the first poll on.
    polled: Mutex<Option<PollSet>>,
}

/// How long to sleep where there is no deadline.
const LONG: Duration = Duration::from_secs(60);

/// How long to leave libusb alone when it cannot handle events.
const PAUSE: Duration = Duration::from_millis(1);

impl Events {
    pub fn new(connection: Connection, wire: Arc<Wire>) -> Arc<Events> {
        Arc::new(Events { connection, wire, polled: Mutex::new(None) })
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Handles events until the flag is set, which a callback does, or time is up.
    pub fn wait_for(&self, flag: &AtomicI32, deadline: Option<Instant>) {
        while flag.load(Ordering::Acquire) == 0 {
            let left = deadline.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()));
            if !self.connection.context().handle_events(left.min(LONG), Some(flag)) {
                std::thread::sleep(PAUSE.min(left));
            }
            // Not before it has looked once.
            if left == Duration::from_secs(0) {
                return;
            }
        }
    }

    /// Handles what is there.
    pub fn pump(&self) {
        self.connection.context().handle_events(Duration::from_secs(0), None);
    }

    /// A new descriptor that is readable when there is something to handle.
    pub fn descriptor(self: &Arc<Self>) -> Result<Descriptor> {
        let mut polled = lock(&self.polled);
        let set = match polled.take() {
            Some(set) => set,
            None => self.poll_set()?,
        };
        let duplicate = set.duplicate();
        *polled = Some(set);
        duplicate
    }

    /// Puts all of libusb's descriptors into one set, and hears of those that come and go.
    fn poll_set(self: &Arc<Self>) -> Result<PollSet> {
        let set = PollSet::new()?;
        let context = self.connection.context();
        let this = Arc::as_ptr(self) as *mut c_void;
        // SAFETY: the context lives as long as self, and `drop` takes the functions back before self is gone.
        unsafe { ffi::libusb_set_pollfd_notifiers(context.as_ptr(), Some(added), Some(removed), this) };
        for (fd, readiness) in context.descriptors()? {
            // SAFETY: libusb closes it after it has said so, which waits for the lock that the caller has.
            unsafe { add(&set, fd, readiness) }?;
        }
        Ok(set)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // SAFETY: the context is still there, and no thread handles its events any more.
        unsafe {
            ffi::libusb_set_pollfd_notifiers(self.connection.context().as_ptr(), None, None, ptr::null_mut());
        }
    }
}

/// # Safety
/// The descriptor is open.
unsafe fn add(set: &PollSet, fd: c_int, readiness: Readiness) -> Result<()> {
    // SAFETY: by this function's contract.
    set.add(unsafe { BorrowedFd::borrow_raw(fd) }, readiness, 0)
}

extern "system" fn added(fd: c_int, events: c_short, this: *mut c_void) {
    // SAFETY: `poll_set` gave this, and `Events::drop` takes it back.
    let polled = lock(unsafe { &(*(this as *const Events)).polled });
    if let Some(set) = &*polled {
        // SAFETY: libusb has just begun to use it. Where it cannot be added, waiting threads still see to it.
        let _ = unsafe { add(set, fd, readiness(events)) };
    }
}

extern "system" fn removed(fd: c_int, this: *mut c_void) {
    // SAFETY: as in `added`.
    let polled = lock(unsafe { &(*(this as *const Events)).polled });
    if let Some(set) = &*polled {
        // SAFETY: libusb closes it after this.
        set.remove(unsafe { BorrowedFd::borrow_raw(fd) });
    }
}
