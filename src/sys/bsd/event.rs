//! An event that polls as readable from `set` to `clear`.

use crate::error::{Error, Result};
use crate::sys::RawDescriptor;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd};
use std::os::unix::net::UnixStream;

pub struct Event {
    readable: UnixStream,
    writable: UnixStream,
}

impl Event {
    pub fn new() -> Result<Event> {
        let (readable, writable) = UnixStream::pair().map_err(Error::no_descriptor)?;
        readable.set_nonblocking(true).map_err(Error::no_descriptor)?;
        writable.set_nonblocking(true).map_err(Error::no_descriptor)?;
        Ok(Event { readable, writable })
    }

    pub fn set(&self) {
        // Where there is no room for one more byte, it is readable already.
        while matches!((&self.writable).write(&[1]), Err(error) if error.kind() == ErrorKind::Interrupted) {}
    }

    /// It lives as long as the event.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        Ok(self.readable.as_raw_fd())
    }

    pub fn clear(&self) {
        let mut bytes = [0; 64];
        loop {
            match (&self.readable).read(&mut bytes) {
                Ok(count) if count == bytes.len() => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => return,
            }
        }
    }
}

impl AsFd for Event {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.readable.as_fd()
    }
}
