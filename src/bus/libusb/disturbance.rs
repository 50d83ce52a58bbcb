//! Whether the system has taken what a handle holds. On Linux a reset by another program or handle, or a sleep of the computer in which the
//! bus lost its power, ends claims and sets alternate settings back to 0. libusb has no word for that: it says "no device" of the requests
//! that were ended so, and "input/output error" where it is too late for new ones. The node says which it is.

use super::node::{self, Node};
use super::status;
use crate::error::{Error, Status};
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use rusb::ffi::constants::LIBUSB_ERROR_IO;
use std::os::raw::c_int;

#[derive(Default)]
pub struct Disturbance {
    seen: AtomicBool,
    /// Interfaces, a bit each, that libusb takes for claimed though the claim is gone: it does not ask the system then.
    lost: AtomicU32,
}

impl Disturbance {
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
    pub fn outcome(&self, status: c_int, node: &Node) -> Result<(), Status> {
        match status::outcome(status) {
            Err(Status::NoDevice) if node.is_there() => {
                self.see();
                Err(Status::Io)
            }
            outcome => outcome,
        }
    }

    /// Why libusb did not take a request: asked right after that, by the thread that tried. libusb's last system call is the one that
    /// failed.
    pub fn refused(&self, code: c_int, length: usize, isochronous: bool) -> Error {
        let refusal = node::refusal().filter(|_| code == LIBUSB_ERROR_IO);
        let Some(error) = refusal else { return status::refused(code, length, isochronous) };
        // Scarcity takes nothing from a handle.
        if error.status != Status::NoMem {
            self.see();
        }
        error
    }
}
