//! Virtual devices: plug one in, unplug it.

use super::boundary::{guard, guard_of};
use super::library::usbx_status;
use super::pointer::{data, fill_text, text, Out};
use crate::error::Error;
use crate::library::{self, Object};
use crate::usb::Speed;
use crate::virtual_device::VirtualDevice;
use std::os::raw::{c_char, c_void};
use std::sync::Arc;

/// A virtual device of this process, from usbx_virtual_open or usbx_virtual_create. It is removed with
/// usbx_virtual_close.
///
/// To transfer data, a program opens it with usbx_open like any other device. The pointer is a checked token, like
/// usbx_device. Any thread may use it.
pub struct usbx_virtual {
    _opaque: [u8; 0],
}

/// Plugs in a virtual device: usbx_devices then lists it and usbx_open opens it, like a real one.
///
/// The environment variable USBX_VIRTUAL does the same for a program that does not call this function: "acquisition",
/// or several as "acquisition:SERIAL1,acquisition:SERIAL2". Without one of the two there is no virtual device.
///
/// A recording plays as a device: "replay:FILE", and options after it, as in "replay:FILE,match=loose". They are
/// match=strict, match=setup or match=loose, timing=none or timing=recorded, and device=BUS.ADDRESS.
/// FILE is a capture of USB, pcap or pcapng, by usbmon or USBPcap; docs/virtual.md says how it is played. A transfer that
/// is not as it was recorded, or for which nothing is left, ends with USBX_ERROR_OTHER, and usbx_last_error says why.
///
/// @param model "acquisition": 1209:0001, the data source that docs/acquisition.md describes; or a recording, as above
/// @param serial its serial number in UTF-8, at most 126 UTF-16 units; NULL or "" for "VIRT0001", or for the recorded one
/// @param virtual_device receives the handle, or NULL on failure; the caller owns it and closes it with
///   usbx_virtual_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: there is no such model or file, or the recording does not have the device or its descriptors
/// - USBX_ERROR_INVALID_PARAM: model or virtual_device is NULL, a string or an option is not valid, or the file is no
///   capture, or is damaged
/// - USBX_ERROR_NOT_SUPPORTED: the capture is not of USB
/// - USBX_ERROR_ACCESS, USBX_ERROR_IO: the file cannot be read
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_open(
    model: *const c_char,
    serial: *const c_char,
    virtual_device: *mut *mut usbx_virtual,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(virtual_device) };
    guard(|| {
        let plug = || {
            place.required("virtual_device")?;
            // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
            let model = unsafe { text(model, "model") }?.ok_or_else(|| Error::invalid("model is NULL"))?;
            // SAFETY: as above.
            let serial = unsafe { text(serial, "serial") }?.unwrap_or("");
            library::register(Object::Virtual(Arc::new(library::open_virtual(model, serial)?)))
        };
        let token = plug().map_err(|error| error.during("plug in a virtual device"))?;
        place.set(token.value() as *mut usbx_virtual);
        Ok(())
    })
}

/// Makes a virtual device that this program answers for. It is not plugged in yet.
///
/// The descriptors say what the device is; usbx_virtual_string and usbx_virtual_descriptor add to them. After
/// usbx_virtual_plug, hosts see it: usbx_devices lists it, usbx_open opens it. The program then takes what happens with
/// usbx_virtual_next, answers with usbx_virtual_reply and usbx_virtual_stall, and moves data with usbx_virtual_write and
/// usbx_virtual_read.
///
/// Descriptors may be wrong: the host's side has to cope with that, as with a real device.
///
/// @param speed USBX_SPEED_*; USBX_SPEED_UNKNOWN (0): the speed that fits the descriptors
/// @param descriptors the device descriptor, 18 bytes, and behind it every configuration descriptor with all that
///   follows it: what usbx_descriptors gives of a real device
/// @param length number of bytes
/// @param virtual_device receives the handle, or NULL on failure; the caller owns it and closes it with
///   usbx_virtual_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: the descriptors do not begin with a device descriptor, speed is not one of
///   USBX_SPEED_*, or a pointer is NULL
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 sections 9.5 and 9.6.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_create(
    speed: u8,
    descriptors: *const c_void,
    length: usize,
    virtual_device: *mut *mut usbx_virtual,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(virtual_device) };
    guard(|| {
        let create = || {
            place.required("virtual_device")?;
            let known = Speed::from_number(speed);
            if known as u8 != speed {
                return Err(Error::invalid(format!("there is no speed {speed}; it is one of USBX_SPEED_*")));
            }
            // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
            let bytes = unsafe { data(descriptors.cast_mut().cast(), length) }?;
            let device = VirtualDevice::of_program(known, bytes.bytes())?;
            library::register(Object::Virtual(Arc::new(device)))
        };
        let token = create().map_err(|error| error.during("make a virtual device"))?;
        place.set(token.value() as *mut usbx_virtual);
        Ok(())
    })
}

/// Adds a string to a virtual device, in one language. Its languages are those of its strings, the first one first.
///
/// @param virtual_device a virtual device from usbx_virtual_create; a device that is plugged in has it from the next time
///   on
/// @param index index of the string, from 1, as descriptors refer to it
/// @param language language ID, for example 0x0409 for US English
/// @param text the string in UTF-8, at most 126 UTF-16 units
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: index is 0, or text is NULL, not valid UTF-8 or too long
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.6.7.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_string(
    virtual_device: *mut usbx_virtual,
    index: u8,
    language: u16,
    text: *const c_char,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "add a string to a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let add = || {
            // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
            let text = unsafe { self::text(text, "text") }?.ok_or_else(|| Error::invalid("text is NULL"))?;
            device.add_string(index, language, text)
        };
        add().map_err(|error| error.during(what))
    })
}

/// Adds a descriptor that hosts ask for by itself: a BOS, a HID report descriptor, or one in place of a descriptor that
/// usbx_virtual_create got, which is then the one that requests get.
///
/// @param virtual_device a virtual device from usbx_virtual_create; a device that is plugged in has it from the next time
///   on
/// @param type the descriptor's type, the high byte of wValue: 15 for a BOS, 0x22 for a HID report descriptor
/// @param index the descriptor's index, the low byte of wValue
/// @param recipient who is asked: 0 for the device, 0x100 + n for interface n
/// @param data the descriptor, which may be wrong
/// @param length number of bytes, at most 65,535
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: recipient is not valid, length is too large, or data is NULL with a length
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.3.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_descriptor(
    virtual_device: *mut usbx_virtual,
    r#type: u8,
    index: u8,
    recipient: u16,
    data: *const c_void,
    length: usize,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "add a descriptor to a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let add = || {
            // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
            let bytes = unsafe { self::data(data.cast_mut().cast(), length) }?;
            device.add_descriptor(r#type, index, recipient, bytes.bytes())
        };
        add().map_err(|error| error.during(what))
    })
}

/// Lets a program answer standard requests of its virtual device itself, or leaves them to the library, as at first.
///
/// The program then gets GET_DESCRIPTOR, GET_STATUS of the device and of interfaces, SET_FEATURE, SYNCH_FRAME and the like
/// with USBX_VIRTUAL_SETUP. What is about state that the library tracks stays its own: SET_CONFIGURATION, SET_INTERFACE
/// and the halts of endpoints, which the program hears of, and GET_CONFIGURATION and GET_INTERFACE. What
/// usbx_devices lists comes from usbx_virtual_create and usbx_virtual_string either way.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param enable 1: the program answers; 0: the library answers from the descriptors
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_answer_standard_requests(virtual_device: *mut usbx_virtual, enable: i32) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "answer standard requests of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        device.set_answers_standard_requests(enable != 0).map_err(|error| error.during(what))
    })
}

/// Plugs in a virtual device: usbx_devices lists it, usbx_open opens it, watches report it. Its first configuration is
/// selected, as hosts do.
///
/// After usbx_virtual_unplug it can be plugged in again, which is a new arrival: the device is as after power-on.
///
/// @param virtual_device a virtual device that is not plugged in
///
/// @return USBX_OK, or:
/// - USBX_ERROR_BUSY: it is plugged in
/// - USBX_ERROR_NO_MEM: too many virtual devices are plugged in
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_plug(virtual_device: *mut usbx_virtual) -> usbx_status {
    guard_of(virtual_device, || {
        let device = library::virtual_device(virtual_device as usize, "plug in a virtual device")?;
        library::plug_virtual(&device).map_err(|error| error.during("plug in a virtual device"))
    })
}

/// Gets the path of a virtual device, for usbx_open_path: "virtual/1" for example.
///
/// @param virtual_device a virtual device that is plugged in
/// @param path receives the path, NUL-terminated, cut to capacity; may be NULL with capacity 0
/// @param capacity size of path in bytes; 32 is always enough
/// @param length receives the length of the whole path without its NUL; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in
/// - USBX_ERROR_INVALID_PARAM: path is NULL with a capacity
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_path(
    virtual_device: *mut usbx_virtual,
    path: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard_of(virtual_device, || {
        let what = "get the path of a virtual device";
        // SAFETY: the caller passes NULL or `capacity` writable bytes, as documented.
        let fill = |text: &str| unsafe { fill_text(path, capacity, text, "path") };
        fill("").map_err(|error| error.during(what))?;
        let device = library::virtual_device(virtual_device as usize, what)?;
        let found = device.path().map_err(|error| error.during(what))?;
        length.set(found.len());
        fill(&found).map_err(|error| error.during(what))
    })
}

/// Unplugs a virtual device, as if by hand.
///
/// Its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not listed any more. If it is unplugged already, the
/// call does nothing.
///
/// @param virtual_device a virtual device; usbx_virtual_close still has to be called
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_unplug(virtual_device: *mut usbx_virtual) -> usbx_status {
    guard_of(virtual_device, || {
        let device = library::virtual_device(virtual_device as usize, "unplug a virtual device")?;
        device.unplug();
        Ok(())
    })
}

/// Unplugs a virtual device, if it is still plugged in, and closes its handle.
///
/// @param virtual_device a virtual device; NULL is allowed and does nothing
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_close(virtual_device: *mut usbx_virtual) -> usbx_status {
    guard_of(virtual_device, || {
        if virtual_device.is_null() {
            return Ok(());
        }
        library::close_virtual_device(virtual_device as usize)
    })
}
