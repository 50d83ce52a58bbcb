//! What the kernel's error numbers mean for a request.

use super::held::Disturbance;
use super::reaper::Reaper;
use crate::error::{Error, Status};
use std::io;

/// Why the kernel did not take a request.
pub fn refused(error: &io::Error, reaper: &Reaper) -> Error {
    let (status, reason) = match error.raw_os_error() {
        Some(libc::ENODEV) => return Error::no_device(),
        Some(libc::ESHUTDOWN) => match reaper.shut_down() {
            Status::NoDevice => return Error::no_device(),
            status => (status, "the system has shut the endpoint down; try again".to_owned()),
        },
        Some(libc::EHOSTUNREACH) => {
            (Status::Io, "the system has suspended the device; try again when it is awake".to_owned())
        }
        Some(libc::ENOMEM) => (
            Status::NoMem,
            "the system has no memory for it; usbcore's parameter usbfs_memory_mb limits USB transfers".to_owned(),
        ),
        Some(libc::EMSGSIZE) => (
            Status::InvalidParam,
            "a packet is longer than the endpoint's packets; give each max_bytes_per_interval or less".to_owned(),
        ),
        Some(libc::ENOSPC) => (
            Status::Io,
            "the bus has no time left for this endpoint; take an alternate setting with smaller packets, or unplug others"
                .to_owned(),
        ),
        Some(libc::ENOENT) => {
            reaper.disturb(Disturbance::SettingLost);
            (Status::Io, "the system says that the endpoint is not there; another program changed the configuration".to_owned())
        }
        // It would claim the interface anew, and another program has it by now.
        Some(libc::EBUSY) => {
            reaper.disturb(Disturbance::Ended);
            return Error::claim_lost();
        }
        _ => (Status::Io, format!("the system does not take the request: {error}")),
    };
    Error::new(status, reason)
}

/// What a request's errno means (Linux, Documentation/driver-api/usb/error-codes.rst).
pub fn outcome(status: i32, reaper: &Reaper) -> std::result::Result<(), Status> {
    match -status {
        0 | libc::EREMOTEIO => Ok(()),
        libc::ENOENT | libc::ECONNRESET => Err(Status::Cancelled),
        libc::ENODEV => Err(Status::NoDevice),
        libc::ESHUTDOWN => Err(reaper.shut_down()),
        libc::EPIPE => Err(Status::Pipe),
        libc::EOVERFLOW => Err(Status::Overflow),
        _ => Err(Status::Io),
    }
}
