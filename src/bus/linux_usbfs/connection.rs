//! One open device as libusb has it: a context, a handle in it, and the descriptor they work on.

use super::contexts;
use super::status::{check, error};
use super::{node, DISCONNECT};
use crate::error::{Error, Result, Status};
use crate::usb::Speed;
use rusb::ffi::{self, libusb_context, libusb_device_handle};
use std::fs::File;
use std::io;
use std::os::raw::c_int;
use std::os::unix::io::AsRawFd;
use std::ptr;

pub struct Connection {
    context: *mut libusb_context,
    handle: *mut libusb_device_handle,
    node: File,
}

// SAFETY: libusb's contexts and handles may be used from any thread, several at once ("Thread safety" in its manual); what
// it forbids, concurrent claim/release and use after close, `Device` keeps away.
unsafe impl Send for Connection {}
// SAFETY: as above.
unsafe impl Sync for Connection {}

impl Connection {
    pub fn new(node: File) -> Result<Connection> {
        // libusb does not say that it got no descriptor: there are not the three then that it takes.
        let short_of = |error| {
            let taken: io::Result<Vec<File>> = (0..3).map(|_| node.try_clone()).collect();
            taken.map_or_else(Error::no_descriptor, |_| error)
        };
        let context = new_context().map_err(short_of)?;
        let mut handle = ptr::null_mut();
        // The binding says pointer, libusb means the number itself (intptr_t).
        let fd = node.as_raw_fd() as usize as *mut c_int;
        // SAFETY: the context is fresh, and the descriptor is open and outlives the handle.
        let code = unsafe { ffi::libusb_wrap_sys_device(context, fd, &mut handle) };
        if code < 0 {
            // SAFETY: nothing was opened in the context.
            contexts::alone(|| unsafe { ffi::libusb_exit(context) });
            let error = error(code);
            // It has asked for the active configuration on the bus, where a pulled plug looks like noise at first.
            let gone = error.status == Status::Io && node::disconnected(&node, DISCONNECT);
            return Err(if gone { Error::no_device() } else { error });
        }
        Ok(Connection { context, handle, node })
    }

    pub fn node(&self) -> &File {
        &self.node
    }

    /// USBX_SPEED_*, which are libusb's.
    pub fn speed(&self) -> Speed {
        // SAFETY: the handle is open as long as self lives, and the device as long as the handle.
        Speed::from_number(
            unsafe { ffi::libusb_get_device_speed(ffi::libusb_get_device(self.handle)) }.clamp(0, 5) as u8
        )
    }

    pub fn configuration(&self) -> Result<u8> {
        let mut value = 0;
        // SAFETY: the handle is open as long as self lives.
        check(unsafe { ffi::libusb_get_configuration(self.handle, &mut value) })?;
        Ok(value.clamp(0, 255) as u8)
    }

    pub fn set_configuration(&self, value: u8) -> c_int {
        // SAFETY: the handle is open as long as self lives.
        unsafe { ffi::libusb_set_configuration(self.handle, value.into()) }
    }

    pub fn claim(&self, interface: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_claim_interface(self.handle, interface.into()) }
    }

    pub fn release(&self, interface: u8) -> c_int {
        // SAFETY: as above; `Device` never releases from two threads at once.
        unsafe { ffi::libusb_release_interface(self.handle, interface.into()) }
    }

    pub fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_set_interface_alt_setting(self.handle, interface.into(), alt_setting.into()) }
    }

    /// 1 if a kernel driver, or usbfs for somebody else, holds the interface; 0 if not.
    pub fn kernel_driver_active(&self, interface: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_kernel_driver_active(self.handle, interface.into()) }
    }

    pub fn detach_kernel_driver(&self, interface: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_detach_kernel_driver(self.handle, interface.into()) }
    }

    pub fn attach_kernel_driver(&self, interface: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_attach_kernel_driver(self.handle, interface.into()) }
    }

    pub fn clear_halt(&self, endpoint: u8) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_clear_halt(self.handle, endpoint) }
    }

    pub fn reset(&self) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::libusb_reset_device(self.handle) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: libusb has no transfer in flight, as it is given none, and nobody else has the pointers. The descriptor is closed
        // after this, as the handle wants it.
        unsafe {
            ffi::libusb_close(self.handle);
            contexts::alone(|| ffi::libusb_exit(self.context));
        }
    }
}

/// `struct libusb_init_option`, which the binding lacks.
#[repr(C)]
struct InitOption {
    option: c_int,
    value: *mut std::os::raw::c_void,
}

const OPTION_NO_DEVICE_DISCOVERY: c_int = 2;

type InitContext = unsafe extern "C" fn(*mut *mut libusb_context, *const InitOption, c_int) -> c_int;

fn new_context() -> Result<*mut libusb_context> {
    let mut context = ptr::null_mut();
    let option = InitOption { option: OPTION_NO_DEVICE_DISCOVERY, value: ptr::null_mut() };
    let code = contexts::alone(|| match init_context() {
        // SAFETY: declared as in libusb.h since 1.0.27; one option is passed and counted.
        Some(init_context) => unsafe { init_context(&mut context, &option, 1) },
        // libusb before 1.0.27 can only leave discovery out for the whole process, which is not ours to decide.
        // SAFETY: the pointer is a place for the new context.
        None => unsafe { ffi::libusb_init(&mut context) },
    });
    check(code)?;
    Ok(context)
}

#[cfg(feature = "vendored")]
fn init_context() -> Option<InitContext> {
    extern "C" {
        fn libusb_init_context(context: *mut *mut libusb_context, options: *const InitOption, count: c_int) -> c_int;
    }
    Some(libusb_init_context)
}

/// The system's libusb may be older than the function.
#[cfg(not(feature = "vendored"))]
fn init_context() -> Option<InitContext> {
    // SAFETY: the name is NUL-terminated; RTLD_DEFAULT searches what is loaded, our libusb among it.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, b"libusb_init_context\0".as_ptr().cast()) };
    if symbol.is_null() {
        return None;
    }
    // SAFETY: a libusb function of that name has this signature, since its first release with it.
    Some(unsafe { std::mem::transmute::<*mut std::os::raw::c_void, InitContext>(symbol) })
}
