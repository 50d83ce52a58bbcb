//! An event that polls as readable from `set` to `clear`. Loom has a stand-in for it.

use crate::error::{Error, Result};
use crate::sys::RawDescriptor;
use rustix::event::{eventfd, EventfdFlags};
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

pub struct Event(OwnedFd);

impl Event {
    pub fn new() -> Result<Event> {
        eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map(Event).map_err(Error::no_descriptor)
    }

    pub fn set(&self) {
        let _ = rustix::io::write(&self.0, &1u64.to_ne_bytes());
    }

    /// To poll. It lives as long as the event.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        Ok(self.0.as_raw_fd())
    }

    pub fn clear(&self) {
        let _ = rustix::io::read(&self.0, &mut [0; 8]);
    }
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
