//! The device's node, which libusb has open: what the system says there, and libusb does not.

use super::context::Context;
use super::status;
use crate::bus::usbfs::capabilities::{Capabilities, CERTAIN};
use crate::bus::usbfs::mapping::{self, Mappings};
use crate::bus::Wire;
use crate::error::{Error, Result, Status};
use crate::sys::{usbfs, Memory, RawDescriptor, Readiness};
use crate::usb::{DeviceInfo, TransferType};
use rusb::ffi::constants::LIBUSB_ERROR_NO_MEM;
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use std::io;
use std::os::unix::io::BorrowedFd;
use std::sync::Arc;

/// Whether a reset by others, or a sleep, takes from a handle what it holds, and leaves it usable.
pub const IS_DISTURBED: bool = true;

pub struct Node {
    descriptor: Option<RawDescriptor>,
    capabilities: Capabilities,
    mappings: Mappings,
}

/// Whether the host's side of clearing a halt can be had alone.
pub const RESETS_ENDPOINTS: bool = true;

/// Why the system did not take a request, in the last call of this thread's, if that is because it has taken what a handle held, or has no
/// memory: libusb says that of bulk and interrupt requests only.
pub fn refusal() -> Option<Error> {
    let reason = match io::Error::last_os_error().raw_os_error() {
        Some(libc::ENOMEM) => return Some(status::error(LIBUSB_ERROR_NO_MEM)),
        // It would claim the interface anew, and another program has it by now.
        Some(libc::EBUSY) => return Some(Error::claim_lost()),
        Some(libc::ENOENT) => {
            "the system says that the endpoint is not there; another program changed the configuration"
        }
        Some(libc::ESHUTDOWN) => "the system has shut the endpoint down; try again",
        _ => return None,
    };
    Some(Error::new(Status::Io, reason))
}

/// Whether the system said, in the last call of this thread's, that the device is gone: libusb says of that in an opening that it failed.
pub fn is_gone() -> bool {
    matches!(io::Error::last_os_error().raw_os_error(), Some(libc::ENODEV | libc::ENXIO))
}

impl Node {
    /// The context's one device is open, and stays open longer than this.
    pub fn new(context: &Context) -> Result<Node> {
        // libusb waits for its own descriptors to be readable, and for a node to be writable.
        let all = context.descriptors()?;
        let descriptor = all.into_iter().find(|(_, readiness)| matches!(readiness, Readiness::Write)).map(|(fd, _)| fd);
        Ok(Node { descriptor, capabilities: Capabilities::default(), mappings: Mappings::default() })
    }

    pub fn borrow(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: libusb closes it with its handle, which is open as long as this.
        self.descriptor.map(|fd| unsafe { BorrowedFd::borrow_raw(fd) })
    }

    /// The system knows at once that a device is gone, before it ends what is pending.
    pub fn is_there(&self) -> bool {
        let Some(node) = self.borrow() else { return false };
        let mut polled = [PollFd::from_borrowed_fd(node, PollFlags::OUT)];
        let asked = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
        asked.is_ok() && !polled[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
    }

    /// It is known to be gone.
    pub fn has_left(&self) -> bool {
        self.descriptor.is_some() && !self.is_there()
    }

    /// The host's side of clearing a halt, of which libusb has no call without the device's side.
    pub fn reset_endpoint(&self, endpoint: u8) -> Result<()> {
        let node = self.borrow().ok_or_else(Error::no_device)?;
        usbfs::reset_endpoint(node, endpoint).map_err(|error| match error.raw_os_error() {
            Some(libc::EBUSY) => Error::claim_lost(),
            _ => usbfs::explain(&error),
        })
    }

    /// The most bytes that libusb can be given at once of a transfer of this length; `None` if it can be given all.
    pub fn most_bytes(&self, length: usize) -> Option<usize> {
        let node = self.borrow().filter(|_| length > CERTAIN)?;
        // Where a bulk transfer is to be divided, libusb divides every one.
        self.capabilities.most_bytes(node, TransferType::Bulk, false)
    }

    pub fn has_zero_packet(&self) -> bool {
        self.borrow().map_or(true, |node| self.capabilities.has_zero_packet(node))
    }

    /// What libusb_dev_mem_alloc would give, but not given to forked children, and only where it is the memory that transfers use. `request`
    /// makes a control request.
    pub fn memory(
        &self,
        info: &DeviceInfo,
        wire: &Arc<Wire>,
        request: &mapping::Request<'_>,
        length: usize,
    ) -> Result<Arc<Memory>> {
        match self.borrow().filter(|node| self.capabilities.has_mapped_memory(node)) {
            Some(node) => self.mappings.memory(&mapping::Device { info, wire, node, request }, length),
            None => Err(mapping::none()),
        }
    }
}
