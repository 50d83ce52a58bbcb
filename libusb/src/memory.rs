//! Memory that a device's transfers use without a copy.

use crate::abi::*;
use crate::boundary::guard;
use crate::handle::wanted;
use crate::status::{code, logged};
use std::os::raw::{c_int, c_uchar};
use usbx::tool::blocks;

#[no_mangle]
pub extern "C" fn libusb_dev_mem_alloc(dev_handle: *mut libusb_device_handle, length: usize) -> *mut c_uchar {
    guard("libusb_dev_mem_alloc", std::ptr::null_mut(), || {
        let handle = or_return!(wanted(dev_handle, "libusb_dev_mem_alloc"), std::ptr::null_mut());
        match handle.device.buffer(length) {
            Ok(memory) => blocks::give(memory),
            Err(error) => {
                logged("libusb_dev_mem_alloc", &error);
                std::ptr::null_mut()
            }
        }
    })
}

#[no_mangle]
pub extern "C" fn libusb_dev_mem_free(
    _dev_handle: *mut libusb_device_handle,
    buffer: *mut c_uchar,
    _length: usize,
) -> c_int {
    guard("libusb_dev_mem_free", ERROR_OTHER, || {
        blocks::take_back(buffer).map_or_else(|error| code(error.status), |()| SUCCESS)
    })
}
