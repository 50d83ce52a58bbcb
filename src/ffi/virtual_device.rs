//! Virtual devices: plug one in, unplug it.

use super::boundary::guard;
use super::library::usbx_status;
use super::pointer::{text, Out};
use crate::error::Error;
use crate::library::{self, Object};
use std::os::raw::c_char;

/// A plugged-in virtual device, as its maker holds it; a program that talks to it opens it like any other device. A token,
/// as usbx_device. Any thread may use it; usbx_virtual_close ends it.
pub struct usbx_virtual {
    _opaque: [u8; 0],
}

/// Plugs in a virtual device: from then on usbx_devices lists it and usbx_open opens it, like a real one.
///
/// The environment variable USBX_VIRTUAL does the same for a program that knows nothing of it: "acquisition", or several
/// as "acquisition:SERIAL1,acquisition:SERIAL2". No virtual device exists unless asked for.
///
/// model: "acquisition", 1209:0001, the data source that docs/acquisition.md describes.
/// serial: its serial number, UTF-8, 126 UTF-16 units at the most; NULL or "" for "VIRT0001".
/// virtual_device: receives the handle, or NULL on failure. The caller owns it and gives it back with
///   usbx_virtual_close.
///
/// Returns USBX_OK; USBX_ERROR_NOT_FOUND if there is no such model; USBX_ERROR_INVALID_PARAM.
/// Any thread. Since 0.1.0.
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

/// Pulls the virtual device out, as a hand would: its pending transfers end with USBX_ERROR_NO_DEVICE, and it is not
/// listed any more. Once it is out, this does nothing.
///
/// virtual_device: the handle; usbx_virtual_close still has to be called.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_virtual_unplug(virtual_device: *mut usbx_virtual) -> usbx_status {
    guard(|| {
        let device = library::virtual_device(virtual_device as usize, "unplug a virtual device")?;
        library::unplug(&device);
        Ok(())
    })
}

/// Pulls the virtual device out, if it is still plugged in, and frees its handle.
///
/// virtual_device: the handle; NULL is allowed and does nothing.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_virtual_close(virtual_device: *mut usbx_virtual) -> usbx_status {
    guard(|| {
        if virtual_device.is_null() {
            return Ok(());
        }
        library::close_virtual_device(virtual_device as usize)
    })
}
