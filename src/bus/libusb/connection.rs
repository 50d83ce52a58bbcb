//! One open device as libusb has it: a context of its own, and a handle in it.

use super::context::Context;
use super::discovery;
use super::disturbance::Disturbance;
use super::node::{self, Node};
use super::opened::Opened;
use super::status::{check, error};
use crate::error::{Error, Result, Status};
use crate::sys::Event;
use crate::usb::DeviceInfo;
use rusb::ffi::{self, libusb_device, libusb_device_handle};
use std::os::raw::c_int;
use std::time::{Duration, Instant};

pub struct Connection {
    /// Closed before the context ends.
    handle: Opened,
    context: Context,
    pub node: Node,
    pub disturbance: Disturbance,
}

/// How long to leave the system alone between two looks whether a device is still there.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

impl Connection {
    /// Opens the device that `discovery::devices` listed.
    pub fn new(info: &DeviceInfo) -> Result<Connection> {
        let context = Context::new()?;
        let list = context.devices()?;
        let device = list.iter().find(|device| discovery::is(*device, info)).ok_or_else(Error::no_device)?;
        let handle = Opened::new(device).map_err(|code| refused(info, code))?;
        drop(list);
        let node = Node::new(&context)?;
        Ok(Connection { handle, context, node, disturbance: Disturbance::default() })
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    pub fn handle(&self) -> *mut libusb_device_handle {
        self.handle.as_ptr()
    }

    pub fn device(&self) -> *mut libusb_device {
        // SAFETY: the handle is open as long as self lives, and the device as long as the handle.
        unsafe { ffi::libusb_get_device(self.handle()) }
    }

    /// Whether that very device, no later one in its place, is still plugged in.
    pub fn is_present(&self) -> Result<bool> {
        let own = self.device();
        Ok(self.context.devices()?.iter().any(|device| device == own))
    }

    /// Waits for the system to notice that it is gone; false if it does not in that time.
    pub fn disappears(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        loop {
            match self.is_present() {
                Ok(false) => return true,
                _ if Instant::now() >= deadline => return false,
                _ => std::thread::sleep(LOOK_AGAIN),
            }
        }
    }

    /// Whether it is still there.
    pub fn check_presence(&self) -> Result<()> {
        // The list is told a moment later than the node.
        match self.node.has_left() || !self.is_present()? {
            true => Err(Error::no_device()),
            false => Ok(()),
        }
    }

    pub fn configuration(&self) -> Result<u8> {
        let mut value = 0;
        // SAFETY: the handle is open as long as self lives.
        let asked = check(unsafe { ffi::libusb_get_configuration(self.handle(), &mut value) });
        // libusb opens a file for the answer, and does not say so when it cannot.
        asked.map_err(|error| Event::new().err().unwrap_or(error))?;
        Ok(value.clamp(0, 255) as u8)
    }

    pub fn set_configuration(&self, value: u8) -> c_int {
        // SAFETY: the handle is open as long as self lives.
        unsafe { ffi::libusb_set_configuration(self.handle(), value.into()) }
    }

    pub fn claim(&self, interface: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_claim_interface(self.handle(), interface.into()) }
    }

    pub fn release(&self, interface: u8) -> c_int {
        // SAFETY: as above; `Device` never releases from two threads at once.
        unsafe { ffi::libusb_release_interface(self.handle(), interface.into()) }
    }

    pub fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_set_interface_alt_setting(self.handle(), interface.into(), alt_setting.into()) }
    }

    pub fn clear_halt(&self, endpoint: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_clear_halt(self.handle(), endpoint) }
    }

    /// How many there are on each endpoint then, or libusb's error.
    pub fn allocate_bulk_streams(&self, count: u16, endpoints: &[u8]) -> c_int {
        let mut endpoints = endpoints.to_vec();
        // SAFETY: as above; the addresses are as many as it says, and libusb only reads them.
        unsafe {
            ffi::libusb_alloc_streams(self.handle(), count.into(), endpoints.as_mut_ptr(), endpoints.len() as c_int)
        }
    }

    pub fn free_bulk_streams(&self, endpoints: &[u8]) -> c_int {
        let mut endpoints = endpoints.to_vec();
        // SAFETY: as above.
        unsafe { ffi::libusb_free_streams(self.handle(), endpoints.as_mut_ptr(), endpoints.len() as c_int) }
    }

    pub fn reset(&self) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_reset_device(self.handle()) }
    }
}

/// Why a device cannot be opened.
fn refused(info: &DeviceInfo, code: c_int) -> Error {
    let is_gone = node::is_gone();
    let error = error(code);
    match error.status {
        Status::Io if is_gone => Error::no_device(),
        Status::Access if cfg!(target_os = "linux") => Error::new(error.status, format!(
                "permission denied on its device node; add the udev rule: SUBSYSTEM==\"usb\", \
                 ATTR{{idVendor}}==\"{:04x}\", ATTR{{idProduct}}==\"{:04x}\", MODE=\"0660\", TAG+=\"uaccess\" \
                 as /etc/udev/rules.d/70-usbx.rules, and plug the device in again (in a container, allow the device there)",
                info.vendor_id, info.product_id
            )),
        Status::NotSupported => Error::new(error.status, "the system has no driver for it that programs may use (on Windows: WinUSB)"),
        _ => error,
    }
}
