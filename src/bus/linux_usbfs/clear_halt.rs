//! Clearing a halt without USBDEVFS_CLEAR_HALT: that one keeps every other call to the device waiting in the kernel until the device has
//! answered, or for five seconds. Here the request to the device is a transfer as any other, and the host's side follows.

use super::{transfer, usbfs, UsbfsHandle};
use crate::bus::Target;
use crate::error::{Error, Result, Status};
use crate::sys::Buffer;
use crate::usb::SetupPacket;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

/// As long as the kernel gives a device for it.
const LIMIT: Duration = Duration::from_secs(5);

impl UsbfsHandle {
    pub(super) fn clear_halt_of(&self, endpoint: u8) -> Result<()> {
        let setup = SetupPacket::clear_halt(endpoint);
        // SAFETY: no bytes.
        let mut nothing = unsafe { Buffer::new(null_mut(), 0) };
        let transfer = transfer::submit(&self.reaper, &Target::Control(setup), &mut nothing, 0, None)?;
        let result = match transfer.wait(Some(Instant::now() + LIMIT)) {
            Some(completion) => completion.result,
            None => {
                transfer.cancel();
                let late = transfer.wait(None).map(|completion| completion.result);
                late.filter(|result| result.is_ok()).unwrap_or(Err(Status::Timeout))
            }
        };
        result.map_err(|status| match status {
            Status::NoDevice => Error::no_device(),
            Status::Timeout => Error::new(status, "the device did not answer in time"),
            Status::Pipe => Error::new(status, "the device refused the request (stall)"),
            Status::NoMem => Error::new(status, "memory ran out"),
            _ => Error::new(Status::Io, "the request to the device failed on the bus; check cable and hub"),
        })?;
        usbfs::reset_endpoint(&self.node, endpoint).map_err(|error| usbfs::explain(&error))
    }
}
