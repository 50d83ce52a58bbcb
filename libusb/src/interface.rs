//! Configurations, claims, alternate settings, kernel drivers, halts and reset.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::lock;
use crate::handle::{wanted, Handle};
use crate::log;
use crate::status::{code, logged};
use crate::transfer::Place;
use std::os::raw::{c_int, c_uchar};
use std::sync::atomic::Ordering;
use std::sync::Arc;
use usbx::tool::{with_buffer, Error, SetupPacket, Status};

/// libusb's limit, and the kernel's.
const INTERFACES: u8 = 32;

/// Milliseconds.
const CONFIGURATION_TIMEOUT: u32 = 10_000;

fn with(
    dev_handle: *mut libusb_device_handle,
    function: &'static str,
    call: impl FnOnce(&Arc<Handle>) -> Result<c_int, Error>,
) -> c_int {
    guard(function, ERROR_OTHER, || {
        let handle = or_return!(wanted(dev_handle, function), ERROR_INVALID_PARAM);
        call(&handle).unwrap_or_else(|error| match error.status {
            // What a program asks to find out is no error for its log.
            Status::NotFound | Status::Busy | Status::NoDevice | Status::InvalidParam => {
                log::failure(Some(&handle.context), log::DEBUG, function, &error);
                code(error.status)
            }
            _ => logged(function, &error),
        })
    })
}

fn number(interface: c_int) -> Result<u8, Error> {
    let number = u8::try_from(interface).ok().filter(|number| *number < INTERFACES);
    number.ok_or_else(|| Error::invalid(format!("{interface} is no number of an interface")))
}

/// What the system calls a wrong argument where the interface is not there.
fn absent(error: Error) -> Error {
    match error.status {
        Status::NotFound => error.with_status(Status::InvalidParam),
        _ => error,
    }
}

fn not_found(reason: &str) -> Error {
    Error::new(Status::NotFound, reason)
}

#[no_mangle]
pub extern "C" fn libusb_set_configuration(dev_handle: *mut libusb_device_handle, configuration: c_int) -> c_int {
    with(dev_handle, "libusb_set_configuration", |handle| {
        let value = match configuration {
            -1 => 0,
            value => u8::try_from(value).map_err(|_| Error::invalid(format!("{value} is no configuration")))?,
        };
        if *lock(&handle.claimed) != 0 {
            return Err(Error::new(Status::Busy, "the program has claimed interfaces"));
        }
        handle.forget_endpoints();
        if value != 0 && handle.device.configuration()? == value {
            // The light reset, which usbx has for the request itself.
            let setup = SetupPacket::set_configuration(value);
            let outcome = with_buffer(&mut [], |buffer| handle.device.control(setup, buffer, CONFIGURATION_TIMEOUT));
            return outcome.result.map(|()| SUCCESS);
        }
        handle.device.set_configuration(value).map(|()| SUCCESS)
    })
}

#[no_mangle]
pub extern "C" fn libusb_claim_interface(dev_handle: *mut libusb_device_handle, interface_number: c_int) -> c_int {
    with(dev_handle, "libusb_claim_interface", |handle| {
        let interface = number(interface_number)?;
        handle.device.claim(interface)?;
        *lock(&handle.claimed) |= 1 << interface;
        Ok(SUCCESS)
    })
}

#[no_mangle]
pub extern "C" fn libusb_release_interface(dev_handle: *mut libusb_device_handle, interface_number: c_int) -> c_int {
    with(dev_handle, "libusb_release_interface", |handle| {
        let interface = number(interface_number)?;
        if !is_claimed(handle, interface) {
            return Err(not_found("the program has not claimed it"));
        }
        *lock(&handle.claimed) &= !(1 << interface);
        handle.device.release(interface)?;
        // Also a driver that the program itself detached.
        if handle.auto_detach.load(Ordering::SeqCst) && matches!(handle.device.kernel_driver(interface), Ok(None)) {
            let _ = handle.device.attach_kernel_driver(interface);
        }
        Ok(SUCCESS)
    })
}

fn is_claimed(handle: &Handle, interface: u8) -> bool {
    *lock(&handle.claimed) & 1 << interface != 0
}

#[no_mangle]
pub extern "C" fn libusb_set_interface_alt_setting(
    dev_handle: *mut libusb_device_handle,
    interface_number: c_int,
    alternate_setting: c_int,
) -> c_int {
    with(dev_handle, "libusb_set_interface_alt_setting", |handle| {
        let interface = number(interface_number)?;
        let alt_setting = u8::try_from(alternate_setting).map_err(|_| Error::invalid("there is no such setting"))?;
        if !is_claimed(handle, interface) {
            return Err(not_found("the program has not claimed it"));
        }
        handle.device.set_alt_setting(interface, alt_setting).map(|()| SUCCESS)
    })
}

#[no_mangle]
pub extern "C" fn libusb_clear_halt(dev_handle: *mut libusb_device_handle, endpoint: c_uchar) -> c_int {
    with(dev_handle, "libusb_clear_halt", |handle| {
        handle.endpoint(endpoint)?;
        let clear = || handle.device.clear_halt(endpoint);
        let cleared = handle.claiming(Place::Endpoint(endpoint), clear);
        cleared.map(|()| SUCCESS).map_err(|error| match error.status {
            // It is of an alternate setting that is not selected.
            Status::InvalidParam => error.with_status(Status::NotFound),
            _ => error,
        })
    })
}

#[no_mangle]
pub extern "C" fn libusb_reset_device(dev_handle: *mut libusb_device_handle) -> c_int {
    with(dev_handle, "libusb_reset_device", |handle| {
        handle.forget_endpoints();
        // One that is known to be gone is not reset.
        if let Err(error) = handle.device.configuration() {
            if error.status == Status::NoDevice {
                return Err(error);
            }
        }
        handle.device.reset().map(|()| SUCCESS).map_err(|error| match error.status {
            // It is another device now, or none.
            Status::NoDevice => error.with_status(Status::NotFound),
            _ => error,
        })
    })
}

#[no_mangle]
pub extern "C" fn libusb_kernel_driver_active(dev_handle: *mut libusb_device_handle, interface_number: c_int) -> c_int {
    with(dev_handle, "libusb_kernel_driver_active", |handle| {
        let interface = number(interface_number)?;
        match handle.device.kernel_driver(interface) {
            Ok(driver) => Ok(driver.is_some().into()),
            Err(error) if error.status == Status::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    })
}

#[no_mangle]
pub extern "C" fn libusb_detach_kernel_driver(dev_handle: *mut libusb_device_handle, interface_number: c_int) -> c_int {
    with(dev_handle, "libusb_detach_kernel_driver", |handle| {
        let interface = number(interface_number)?;
        if handle.device.kernel_driver(interface).map_err(absent)?.is_none() {
            return Err(not_found("no kernel driver has it"));
        }
        handle.device.detach_kernel_driver(interface)?;
        // To libusb's programs it is away until they attach it, over releases and other programs' claims.
        handle.device.keep_detached(interface);
        Ok(SUCCESS)
    })
}

#[no_mangle]
pub extern "C" fn libusb_attach_kernel_driver(dev_handle: *mut libusb_device_handle, interface_number: c_int) -> c_int {
    with(dev_handle, "libusb_attach_kernel_driver", |handle| {
        let interface = number(interface_number)?;
        if handle.device.kernel_driver(interface).map_err(absent)?.is_some() {
            return Err(Error::new(Status::Busy, "a kernel driver has it"));
        }
        handle.device.attach_kernel_driver(interface)?;
        match handle.device.kernel_driver(interface)? {
            Some(_) => Ok(SUCCESS),
            None => Err(not_found("no kernel driver takes it")),
        }
    })
}

#[no_mangle]
pub extern "C" fn libusb_set_auto_detach_kernel_driver(dev_handle: *mut libusb_device_handle, enable: c_int) -> c_int {
    with(dev_handle, "libusb_set_auto_detach_kernel_driver", |handle| {
        handle.auto_detach.store(enable != 0, Ordering::SeqCst);
        handle.device.set_auto_detach(enable != 0).map(|()| SUCCESS)
    })
}
