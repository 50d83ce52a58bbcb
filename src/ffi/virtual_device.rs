//! Virtual devices: plug one in, unplug it.

use super::boundary::{guard, guard_of};
use super::library::usbx_status;
use super::pointer::{text, Out};
use crate::error::Error;
use crate::library::{self, Object};
use std::os::raw::c_char;

/// A virtual device that this process plugged in, from usbx_virtual_open. It is removed with usbx_virtual_close.
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
/// @param model "acquisition": 1209:0001, the data source that docs/acquisition.md describes
/// @param serial its serial number in UTF-8, at most 126 UTF-16 units; NULL or "" for "VIRT0001"
/// @param virtual_device receives the handle, or NULL on failure; the caller owns it and closes it with
///   usbx_virtual_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: there is no such model
/// - USBX_ERROR_INVALID_PARAM: model or virtual_device is NULL, or a string is not valid
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
            library::register(Object::Virtual(library::plug_built_in(model, serial)?))
        };
        let token = plug().map_err(|error| error.during("plug in a virtual device"))?;
        place.set(token.value() as *mut usbx_virtual);
        Ok(())
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
        library::unplug(&device);
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
