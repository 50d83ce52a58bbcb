//! libusb's handle of a device.

use rusb::ffi::{self, libusb_device, libusb_device_handle};
use std::os::raw::c_int;
use std::ptr::{self, NonNull};

/// An open handle, without the context it is in.
pub struct Opened(NonNull<libusb_device_handle>);

// SAFETY: libusb's handles may be used from any thread, several at once ("Thread safety" in its manual); what it forbids,
// concurrent claim/release and use after close, `Device` keeps away.
unsafe impl Send for Opened {}
// SAFETY: as above.
unsafe impl Sync for Opened {}

impl Opened {
    /// The caller keeps the device's context longer than this.
    pub fn new(device: *mut libusb_device) -> std::result::Result<Opened, c_int> {
        let mut handle = ptr::null_mut();
        // SAFETY: the device is one of a list that the caller holds, and the pointer is a place for the handle.
        let code = unsafe { ffi::libusb_open(device, &mut handle) };
        NonNull::new(handle).filter(|_| code == 0).map(Opened).ok_or(code)
    }

    pub fn as_ptr(&self) -> *mut libusb_device_handle {
        self.0.as_ptr()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // SAFETY: open until now, with nothing in flight: each transfer keeps the connection until it is complete.
        unsafe { ffi::libusb_close(self.as_ptr()) };
    }
}
