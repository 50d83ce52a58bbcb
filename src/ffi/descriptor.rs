//! Descriptors and strings, of the system or asked of the device itself.

use super::boundary::guard;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{data, fill, fill_text, text as string, Out};
use crate::error::Error;
use crate::library;
use std::os::raw::{c_char, c_void};

/// Gives the descriptors of a device that usbx_devices lists, without opening it: its device descriptor of 18 bytes, and behind
/// that each of its configuration descriptors with all that follows it, as the device sent them when it was plugged in.
///
/// Nothing is opened and no request is sent. What the device sent may break the standard: check each length in it.
///
/// path: as in usbx_device_info: "2-1.4", "usb1", "virtual/1".
/// data: receives the descriptors, capacity bytes at the most; may be NULL if capacity is 0.
/// capacity: bytes that fit.
/// length: receives how many bytes there are, which may be more than capacity; may be NULL.
///
/// Returns USBX_OK, also where capacity is too small; USBX_ERROR_NOT_FOUND if no device is plugged in there; USBX_ERROR_NO_MEM if
/// the system has no descriptor to look with; USBX_ERROR_INVALID_PARAM.
/// Any thread. Source: USB 2.0 section 9.5, libusb_get_device_descriptor, libusb_get_config_descriptor. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_descriptors(
    path: *const c_char,
    data: *mut c_void,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard(|| {
        let give = || {
            // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
            let path = unsafe { string(path, "path") }?;
            let path = path.ok_or_else(|| Error::invalid("path is NULL; pass one that usbx_devices lists"))?;
            let bytes = library::descriptors(path)?;
            // SAFETY: the caller passes room for `capacity` bytes, as documented.
            unsafe { fill(data.cast(), capacity, &bytes, "data") }?;
            length.set(bytes.len());
            Ok(())
        };
        give().map_err(|error: Error| error.during("give descriptors"))
    })
}

/// Asks the device for a descriptor, as it sends it. Waits 5 seconds at the most.
///
/// device: the handle.
/// type: bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
/// index: which one of that type, from 0.
/// data: receives the descriptor; may be NULL only if length is 0.
/// length: bytes that fit, 65535 at the most; a longer descriptor is cut by the device.
/// transferred: receives how many bytes came; may be NULL.
///
/// Returns USBX_OK; USBX_ERROR_PIPE if the device has no such descriptor; the statuses of usbx_control.
/// Any thread. Source: USB 2.0 section 9.4.3, libusb_get_descriptor. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_get_descriptor(
    device: *mut usbx_device,
    r#type: u8,
    index: u8,
    data: *mut c_void,
    length: usize,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard(|| {
        let device = library::device(device as usize, "get descriptor")?;
        // SAFETY: the caller passes `length` writable bytes that stay valid during this call, as documented.
        let buffer = unsafe { self::data(data.cast(), length) }.map_err(|error| error.during("get descriptor"))?;
        let outcome = device.get_descriptor(r#type, index, buffer);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Asks the device for a string, in UTF-8. Waits 5 seconds at the most for each of its two requests.
///
/// device: the handle.
/// index: the string's index, from a descriptor; 0, the table of languages, is none.
/// language: which language, 0x0409 for US English; 0 for the first the device has.
/// text: receives the string, cut at a character if need be, and always NUL-terminated, on failure as ""; may be NULL if
///   capacity is 0.
/// capacity: bytes that fit, the NUL included. 384 holds every string.
/// length: receives the whole string's length in bytes, without the NUL; may be NULL.
///
/// Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_PARAM if index is 0; USBX_ERROR_PIPE if the
/// device has no such string; the statuses of usbx_control.
/// Any thread. Source: USB 2.0 section 9.6.7, libusb_get_string_descriptor. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_get_string(
    device: *mut usbx_device,
    index: u8,
    language: u16,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard(|| {
        // SAFETY: the caller passes room for `capacity` bytes, as documented.
        unsafe { fill_text(text, capacity, "", "text") }.map_err(|error| error.during("get string"))?;
        let device = library::device(device as usize, "get string")?;
        let string = device.get_string(index, language)?;
        // SAFETY: as above.
        unsafe { fill_text(text, capacity, &string, "text") }?;
        length.set(string.len());
        Ok(())
    })
}
