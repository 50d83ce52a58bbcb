//! Descriptors and strings, of the system or asked of the device itself.

use super::boundary::{guard, guard_of};
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{data, fill, fill_text, text as string, Out};
use crate::error::Error;
use crate::library;
use std::os::raw::{c_char, c_void};

/// Gets the descriptors of a device that usbx_devices lists, without opening it.
///
/// The data are the device descriptor of 18 bytes, followed by each configuration descriptor with everything that
/// belongs to it, as the device sent them when it was plugged in, with one correction: each configuration's wTotalLength
/// is the length of what is there, so the next configuration begins behind that. No request is sent to the device. The
/// device's data may break the standard, so check every other length in them.
///
/// @param path a path as in usbx_device_info: "2-1.4", "usb1", "virtual/1"
/// @param data receives the descriptors, up to capacity bytes; may be NULL if capacity is 0
/// @param capacity size of data in bytes
/// @param length receives the length of the descriptors in bytes, which may be more than capacity; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_NOT_FOUND: no device is plugged in there
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: path is NULL or not UTF-8, or data is NULL and capacity is not 0
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.5; libusb_get_device_descriptor and libusb_get_config_descriptor in libusb.
///
/// @since 0.1.0
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
        give().map_err(|error: Error| error.during("get descriptors"))
    })
}

/// Requests a descriptor from the device and returns it as the device sends it.
///
/// The device has at most 5 seconds to answer.
///
/// @param device an open device
/// @param type bDescriptorType: 1 device, 2 configuration, 3 string, 15 BOS ...
/// @param index which descriptor of that type, from 0
/// @param data receives the descriptor; may be NULL only if length is 0
/// @param length size of data in bytes, at most 65535; the device cuts a longer descriptor
/// @param transferred receives the number of bytes received; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_PIPE: the device has no such descriptor
/// - any other status of usbx_control
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.3; libusb_get_descriptor in libusb.
///
/// @since 0.1.0
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
    guard_of(device, || {
        let device = library::device(device as usize, "get descriptor")?;
        // SAFETY: the caller passes `length` writable bytes that stay valid during this call, as documented.
        let buffer = unsafe { self::data(data.cast(), length) }.map_err(|error| error.during("get descriptor"))?;
        let outcome = device.get_descriptor(r#type, index, buffer);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Requests a string from the device and returns it in UTF-8.
///
/// If the device does not answer the request for 255 bytes, this asks for the string's length first and then for the
/// string. The device has at most 5 seconds for everything. A NUL ends the text, and half of a surrogate pair is left
/// out, as in the strings of usbx_device_info.
///
/// @param device an open device
/// @param index the string's index, as a descriptor gives it; not 0, which is the table of languages
/// @param language language ID, for example 0x0409 for US English: the device is asked for that at once; 0 for the first
///   language in the device's table, and US English if it has no such table
/// @param text receives the string, NUL-terminated and cut between characters if it does not fit; "" on failure; may be
///   NULL if capacity is 0
/// @param capacity size of text in bytes, with room for the NUL; 384 is enough for every string
/// @param length receives the length of the whole string in bytes, without the NUL; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_INVALID_PARAM: index is 0, or text is NULL and capacity is not 0
/// - USBX_ERROR_NOT_FOUND: the device has no strings in this language
/// - USBX_ERROR_PIPE: the device has no such string
/// - any other status of usbx_control
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.6.7; libusb_get_string_descriptor in libusb.
///
/// @since 0.1.0
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
    guard_of(device, || {
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
