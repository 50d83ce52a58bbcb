//! A device's events: whoever waits handles them, by libusb's rules for several threads. There is no thread of ours.
//!
//! Of several waiting threads libusb lets one sleep on the descriptors; the others sleep until that one has handled something.
//! A queue or stream sleeps on a poll set of its own, for which all of libusb's descriptors are put into one.

use super::connection::Connection;
use crate::backend::Readiness;
use crate::error::{Error, Result, Status};
use crate::poll::{Descriptor, PollSet};
use crate::sync::atomic::{AtomicI32, Ordering};
use crate::sync::{lock, Mutex};
use rusb::ffi;
use rusb::ffi::constants::LIBUSB_ERROR_INTERRUPTED;
use std::os::raw::{c_int, c_short, c_void};
use std::os::unix::io::BorrowedFd;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Events {
    connection: Connection,
    /// All descriptors of libusb's, from the first time on that somebody wants to poll.
    polled: Mutex<Option<PollSet>>,
}

/// How long to sleep where there is no deadline.
const LONG: Duration = Duration::from_secs(60);

/// How long to leave libusb alone when it cannot handle events.
const PAUSE: Duration = Duration::from_millis(1);

impl Events {
    pub fn new(connection: Connection) -> Arc<Events> {
        Arc::new(Events { connection, polled: Mutex::new(None) })
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Handles events until the flag is set, which a callback does, or time is up.
    pub fn wait_for(&self, flag: &AtomicI32, deadline: Option<Instant>) {
        while flag.load(Ordering::Acquire) == 0 {
            let left = deadline.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()));
            self.handle(left.min(LONG), flag.as_ptr());
            // Not before it has looked once.
            if left == Duration::from_secs(0) {
                return;
            }
        }
    }

    /// Handles what is there.
    pub fn pump(&self) {
        self.handle(Duration::from_secs(0), ptr::null_mut());
    }

    fn handle(&self, limit: Duration, completed: *mut c_int) {
        // Rounded up, so that the last part of a millisecond is not spent without sleeping.
        let time = libc::timeval {
            tv_sec: limit.as_secs() as libc::time_t,
            tv_usec: (limit.subsec_nanos().div_ceil(1000)).min(999_999) as libc::suseconds_t,
        };
        // SAFETY: the context lives as long as self; the flag is the caller's, and libusb only reads it.
        let code = unsafe {
            ffi::libusb_handle_events_timeout_completed(self.connection.context().as_ptr(), &time, completed)
        };
        if code < 0 && code != LIBUSB_ERROR_INTERRUPTED && limit > PAUSE {
            std::thread::sleep(PAUSE);
        }
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

    /// Puts all of libusb's descriptors into one set, and is told of those that come and go.
    fn poll_set(self: &Arc<Self>) -> Result<PollSet> {
        let set = PollSet::new()?;
        let context = self.connection.context().as_ptr();
        let this = Arc::as_ptr(self) as *mut c_void;
        // SAFETY: the context lives as long as self, and `drop` takes the functions back before self is gone.
        unsafe { ffi::libusb_set_pollfd_notifiers(context, Some(added), Some(removed), this) };
        // SAFETY: as above.
        let list = unsafe { ffi::libusb_get_pollfds(context) };
        if list.is_null() {
            return Err(Error::new(Status::NoMem, "libusb has no memory to say what it waits for"));
        }
        // SAFETY: a list of libusb's, with NULL at its end.
        let entries = (0..).map(|i| unsafe { *list.add(i) }).take_while(|entry| !entry.is_null());
        // SAFETY: an entry of that list; it says which descriptors are open.
        let all: Result<()> = entries.map(|entry| unsafe { add(&set, (*entry).fd, (*entry).events) }).collect();
        // SAFETY: made above, and not used any more.
        unsafe { ffi::libusb_free_pollfds(list) };
        all.map(|()| set)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // SAFETY: the context is still there, and nobody handles its events any more.
        unsafe {
            ffi::libusb_set_pollfd_notifiers(self.connection.context().as_ptr(), None, None, ptr::null_mut());
        }
    }
}

/// # Safety
/// The descriptor is open.
unsafe fn add(set: &PollSet, fd: c_int, events: c_short) -> Result<()> {
    let readiness = if events & libc::POLLOUT != 0 { Readiness::Write } else { Readiness::Read };
    // SAFETY: by this function's contract.
    set.add(unsafe { BorrowedFd::borrow_raw(fd) }, readiness, 0)
}

extern "system" fn added(fd: c_int, events: c_short, this: *mut c_void) {
    // SAFETY: `poll_set` gave this, and `Events::drop` takes it back.
    let polled = lock(unsafe { &(*(this as *const Events)).polled });
    if let Some(set) = &*polled {
        // SAFETY: libusb has just begun to use it. Where it cannot be added, waiting threads still see to it.
        let _ = unsafe { add(set, fd, events) };
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
