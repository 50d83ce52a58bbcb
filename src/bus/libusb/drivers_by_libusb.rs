//! Drivers of systems where libusb alone knows how to detach them, if it does: on macOS with rights, and on FreeBSD.

use super::connection::Connection;
use super::status::{check, error};
use crate::error::{Result, Status};
use crate::usb::DeviceInfo;
use rusb::ffi;
use std::os::raw::c_int;

pub struct Drivers;

pub fn shutdown() {}

/// 1 if a driver of the system's has the interface, 0 if none has, or libusb's error.
pub fn is_active(connection: &Connection, interface: u8) -> c_int {
    // SAFETY: the handle is open as long as the connection.
    unsafe { ffi::libusb_kernel_driver_active(connection.handle(), interface.into()) }
}

impl Drivers {
    pub fn new(_: &DeviceInfo) -> Drivers {
        Drivers
    }

    /// libusb knows no names.
    pub fn name(&self, connection: &Connection, interface: u8) -> Result<Option<String>> {
        match is_active(connection, interface) {
            0 => Ok(None),
            // Systems on which libusb cannot ask have no driver that could be detached.
            code if code < 0 && error(code).status == Status::NotSupported => Ok(None),
            code => check(code).map(|()| Some("unknown".to_owned())),
        }
    }

    pub fn detach(
        &self,
        connection: &Connection,
        interface: u8,
        _configuration: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        if is_active(connection, interface) == 0 {
            return Ok(Vec::new());
        }
        // SAFETY: as above.
        match unsafe { ffi::libusb_detach_kernel_driver(connection.handle(), interface.into()) } {
            code if code < 0 && is_no_failure(code) => Ok(Vec::new()),
            code => check(code).map(|()| vec![interface]),
        }
    }

    pub fn attach(&self, connection: &Connection, interfaces: &[u8]) -> Result<()> {
        let attached = interfaces.iter().map(|interface| {
            // SAFETY: as above.
            match unsafe { ffi::libusb_attach_kernel_driver(connection.handle(), (*interface).into()) } {
                code if code < 0 && (is_no_failure(code) || error(code).status == Status::Busy) => Ok(()),
                code => check(code),
            }
        });
        attached.reduce(Result::and).unwrap_or(Ok(()))
    }

    pub fn keep(&self, _: &[u8]) {}

    pub fn released(&self) {}

    pub fn forget(&self) {}
}

/// There is no driver for it, or none that comes and goes.
fn is_no_failure(code: c_int) -> bool {
    matches!(error(code).status, Status::NotFound | Status::NotSupported)
}
