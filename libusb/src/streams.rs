//! Bulk streams of USB 3.

use crate::abi::*;
use crate::boundary::guard;
use crate::handle::{wanted, Handle};
use crate::status::logged;
use crate::transfer::Place;
use std::os::raw::{c_int, c_uchar};
use std::sync::Arc;
use usbx::tool::Error;

/// # Safety
/// The endpoints are an array of so many bytes.
unsafe fn with(
    dev_handle: *mut libusb_device_handle,
    function: &'static str,
    endpoints: *const c_uchar,
    count: c_int,
    call: impl Fn(&Arc<Handle>, &[u8]) -> Result<c_int, Error>,
) -> c_int {
    guard(function, ERROR_OTHER, || {
        let handle = or_return!(wanted(dev_handle, function), ERROR_INVALID_PARAM);
        let count = usize::try_from(count).unwrap_or(0);
        if endpoints.is_null() || count == 0 {
            return ERROR_INVALID_PARAM;
        }
        // SAFETY: this function's own contract.
        let endpoints = unsafe { std::slice::from_raw_parts(endpoints, count) };
        let called = handle.claiming(Place::Endpoint(endpoints[0]), || call(&handle, endpoints));
        called.unwrap_or_else(|error| logged(function, &error))
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_alloc_streams(
    dev_handle: *mut libusb_device_handle,
    num_streams: u32,
    endpoints: *mut c_uchar,
    num_endpoints: c_int,
) -> c_int {
    // SAFETY: the program passes an array of so many endpoints.
    unsafe {
        with(dev_handle, "libusb_alloc_streams", endpoints, num_endpoints, |handle, endpoints| {
            handle.device.allocate_bulk_streams(num_streams, endpoints).map(c_int::from)
        })
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_streams(
    dev_handle: *mut libusb_device_handle,
    endpoints: *mut c_uchar,
    num_endpoints: c_int,
) -> c_int {
    // SAFETY: the program passes an array of so many endpoints.
    unsafe {
        with(dev_handle, "libusb_free_streams", endpoints, num_endpoints, |handle, endpoints| {
            handle.device.free_bulk_streams(endpoints).map(|()| SUCCESS)
        })
    }
}
