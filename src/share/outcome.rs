//! How a transfer ended, by the numbers of Linux's errors: those of every USB/IP client.

use crate::error::Status;

pub const OK: i32 = 0;
pub const NOT_FOUND: i32 = -2;
pub const NO_MEMORY: i32 = -12;
pub const INVALID: i32 = -22;
pub const PIPE: i32 = -32;
/// Cancelled.
pub const CONNECTION_RESET: i32 = -104;
/// The device is gone.
pub const SHUTDOWN: i32 = -108;
/// Fewer bytes came than the client calls enough (URB_SHORT_NOT_OK).
pub const SHORT: i32 = -121;

pub fn number(status: Status) -> i32 {
    match status {
        Status::InvalidParam | Status::InvalidHandle => INVALID,
        Status::Access => -13,
        Status::NoDevice => SHUTDOWN,
        Status::NotFound | Status::NotClaimed => NOT_FOUND,
        Status::Busy => -16,
        Status::Timeout => -110,
        Status::Overflow => -75,
        Status::Pipe => PIPE,
        Status::NoMem => NO_MEMORY,
        Status::NotSupported => -95,
        Status::Cancelled | Status::Closed | Status::Interrupted => CONNECTION_RESET,
        // EPROTO: an error on the bus.
        Status::Io | Status::Other | Status::Forked | Status::Internal => -71,
    }
}
