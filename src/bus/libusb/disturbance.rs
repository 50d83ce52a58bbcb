//! Whether the system has taken what a handle holds. On Linux a reset by another program or handle, or a sleep of the computer in which the
//! bus lost its power, ends claims and sets alternate settings back to 0. libusb has no word for that: it says "no device" of the requests
//! that were ended so, and "input/output error" where it is too late for new ones. The node and errno say which it is. On other systems
//! such a reset ends the handle, and libusb is right.

use super::context::Context;
use super::status;
use crate::error::{Error, Status};
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::{RawDescriptor, Readiness};
#[cfg(any(target_os = "linux", target_os = "android"))]
use rusb::ffi::constants::LIBUSB_ERROR_IO;
#[cfg(any(target_os = "linux", target_os = "android"))]
use rustix::event::{poll, PollFd, PollFlags, Timespec};
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::io;
use std::os::raw::c_int;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::os::unix::io::BorrowedFd;

pub const IS_POSSIBLE: bool = cfg!(any(target_os = "linux", target_os = "android"));

#[derive(Default)]
pub struct Disturbance {
    /// The device's node, which libusb opened.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    node: Option<RawDescriptor>,
    seen: AtomicBool,
    /// Interfaces, a bit each, that libusb takes for claimed though the claim is gone: it does not ask the system then.
    lost: AtomicU32,
}

impl Disturbance {
    /// The context's one device is open.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn new(context: &Context) -> Disturbance {
        // libusb waits for its own descriptors to be readable, and for a node to be writable.
        let all = context.descriptors().unwrap_or_default();
        let node = all.into_iter().find(|(_, readiness)| matches!(readiness, Readiness::Write)).map(|(fd, _)| fd);
        Disturbance { node, ..Disturbance::default() }
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn new(_: &Context) -> Disturbance {
        Disturbance::default()
    }

    pub fn is_seen(&self) -> bool {
        self.seen.load(Ordering::SeqCst)
    }

    /// Whether there was one. From here on what happens is another one.
    pub fn settle(&self) -> bool {
        self.seen.swap(false, Ordering::SeqCst)
    }

    fn see(&self) {
        self.seen.store(true, Ordering::SeqCst);
    }

    pub fn is_lost(&self, interface: u8) -> bool {
        self.lost_ones().any(|lost| lost == interface)
    }

    pub fn lost_ones(&self) -> impl Iterator<Item = u8> {
        let lost = self.lost.load(Ordering::SeqCst);
        (0..32).filter(move |interface| lost & (1 << interface) != 0)
    }

    pub fn note_lost(&self, interface: u8, is_lost: bool) {
        let bit = 1u32.checked_shl(interface.into()).unwrap_or(0);
        match is_lost {
            true => self.lost.fetch_or(bit, Ordering::SeqCst),
            false => self.lost.fetch_and(!bit, Ordering::SeqCst),
        };
    }

    /// What became of a request. Of a device that is still there, "no device" means that its endpoint was shut down.
    pub fn outcome(&self, status: c_int) -> Result<(), Status> {
        match status::outcome(status) {
            Err(Status::NoDevice) if self.is_there() => {
                self.see();
                Err(Status::Io)
            }
            outcome => outcome,
        }
    }

    /// Why libusb did not take a request: asked right after that, by the thread that tried.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub fn refused(&self, code: c_int, length: usize, isochronous: bool) -> Error {
        // libusb has made a system call for it, and none since that failed.
        let errno = io::Error::last_os_error();
        let unspecific = status::refused(code, length, isochronous);
        if code != LIBUSB_ERROR_IO {
            return unspecific;
        }
        let reason = match errno.raw_os_error() {
            // The system would claim the interface anew, and another program has it by now.
            Some(libc::EBUSY) => {
                self.see();
                return Error::claim_lost();
            }
            Some(libc::ENOENT) => {
                "the system says that the endpoint is not there; another program changed the configuration"
            }
            Some(libc::ESHUTDOWN) => "the system has shut the endpoint down; try again",
            _ => return unspecific,
        };
        self.see();
        Error::new(unspecific.status, reason)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub fn refused(&self, code: c_int, length: usize, isochronous: bool) -> Error {
        status::refused(code, length, isochronous)
    }

    /// The system knows at once that a device is gone, before it ends what is pending.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn is_there(&self) -> bool {
        let Some(node) = self.node else { return false };
        // SAFETY: libusb closes it with its handle, which the connection of this has open.
        let node = unsafe { BorrowedFd::borrow_raw(node) };
        let mut polled = [PollFd::from_borrowed_fd(node, PollFlags::OUT)];
        let asked = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        asked.is_ok() && !polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn is_there(&self) -> bool {
        false
    }
}
