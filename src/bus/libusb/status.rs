//! libusb's numbers, made into ours.

use crate::error::{Error, Result, Status};
use rusb::ffi::constants::*;
use std::os::raw::c_int;

pub fn check(code: c_int) -> Result<()> {
    if code >= 0 {
        return Ok(());
    }
    Err(error(code))
}

/// The same for a call that sends a request to the device: what libusb has no number for has then failed on the bus.
pub fn check_request(code: c_int) -> Result<()> {
    check(if code == LIBUSB_ERROR_OTHER { Status::Io as c_int } else { code })
}

/// The error of a failed libusb call. libusb's numbers from -1 to -12 and -99 are ours too.
pub fn error(code: c_int) -> Error {
    let status = Status::from_code(code).filter(|status| *status as i32 > -100).unwrap_or(Status::Other);
    let reason = match status {
        Status::NoDevice => return Error::no_device(),
        Status::Io => "the system reports an input/output error; check cable and hub".to_owned(),
        Status::Access => "the system denies permission".to_owned(),
        Status::NotFound => "the system says that it does not exist".to_owned(),
        Status::Busy => "it is in use".to_owned(),
        Status::Timeout => "the device did not answer in time".to_owned(),
        Status::Pipe => "the device refused the request (stall)".to_owned(),
        Status::NoMem => {
            "the system has no memory for it; usbcore's parameter usbfs_memory_mb limits USB transfers".to_owned()
        }
        Status::NotSupported => "this system does not support it".to_owned(),
        _ => format!("libusb reports error {code}"),
    };
    Error::new(status, reason)
}

/// Why libusb did not take a request.
pub fn refused(code: c_int, length: usize, isochronous: bool) -> Error {
    let error = error(code);
    match error.status {
        Status::InvalidParam if isochronous => Error {
            reason: "a packet is longer than the endpoint's packets; give each max_bytes_per_interval or less"
                .to_owned(),
            ..error
        },
        Status::InvalidParam => Error {
            reason: format!("libusb does not take {length} bytes in one request; a control request has up to 4096"),
            ..error
        },
        _ => error,
    }
}

/// What a request's status means.
pub fn outcome(status: c_int) -> std::result::Result<(), Status> {
    match status {
        LIBUSB_TRANSFER_COMPLETED => Ok(()),
        LIBUSB_TRANSFER_CANCELLED | LIBUSB_TRANSFER_TIMED_OUT => Err(Status::Cancelled),
        LIBUSB_TRANSFER_NO_DEVICE => Err(Status::NoDevice),
        LIBUSB_TRANSFER_STALL => Err(Status::Pipe),
        LIBUSB_TRANSFER_OVERFLOW => Err(Status::Overflow),
        _ => Err(Status::Io),
    }
}
