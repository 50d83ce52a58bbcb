//! Configurations, claims, alternate settings and kernel drivers of an open device.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{fill_text, Out};
use crate::library;
use std::os::raw::c_char;

/// Gets the number of the active configuration.
///
/// @param device an open device
/// @param configuration receives bConfigurationValue; 0 if the device is not configured
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_INVALID_PARAM: configuration is NULL
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.2; libusb_get_configuration in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_get_configuration(device: *mut usbx_device, configuration: *mut u8) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a uint8_t, as documented.
    let configuration = unsafe { Out::new(configuration) };
    guard_of(device, || {
        let device = library::device(device as usize, "get configuration")?;
        configuration.required("configuration").map_err(|error| error.during("get configuration"))?;
        configuration.set(device.configuration()?);
        Ok(())
    })
}

/// Selects a configuration, or takes the device back to the unconfigured state.
///
/// If it is the active one already, nothing is sent to the device; SET_CONFIGURATION by usbx_control selects it again.
///
/// @param device an open device
/// @param configuration bConfigurationValue of the configuration to select; 0 for none, unless the device has a
///   configuration of value 0
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: the device has no such configuration
/// - USBX_ERROR_BUSY: an interface is claimed, by this handle or another, or a kernel driver holds one
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the request failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.7; libusb_set_configuration in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_set_configuration(device: *mut usbx_device, configuration: u8) -> usbx_status {
    guard_of(device, || library::device(device as usize, "set configuration")?.set_configuration(configuration))
}

/// Claims an interface, so that this handle can use its endpoints and no other program or handle can claim it.
///
/// The interface begins in alternate setting 0, or in its first if it has no 0. If endpoints of two interfaces have the
/// same address, calls with that address mean the endpoint of the claimed interface. An interface that a kernel driver
/// holds can be claimed after usbx_detach_kernel_driver, or by every claim with usbx_set_auto_detach.
///
/// An interface that this handle has claimed already stays claimed, and the call returns USBX_OK. If the system has
/// ended that claim meanwhile, as when another program reset the device, it is claimed anew.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
///
/// @return USBX_OK, or:
/// - USBX_ERROR_BUSY: a kernel driver, another program or another handle holds it; usbx_last_error() says which
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_claim_interface in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_claim(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard_of(device, || library::device(device as usize, "claim")?.claim(interface_number))
}

/// Releases a claimed interface.
///
/// Transfers of the interface that are pending in other threads end with USBX_ERROR_CANCELLED first. The interface
/// returns to alternate setting 0, if it has one. A claim that the system has ended meanwhile, as when another program
/// reset the device, is released as any other. If usbx_detach_kernel_driver detached a kernel driver, that driver is
/// back when this function returns.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the request failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_release_interface in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_release(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard_of(device, || library::device(device as usize, "release")?.release(interface_number))
}

/// Selects an alternate setting of a claimed interface.
///
/// Transfers of the interface that are pending in other threads end with USBX_ERROR_CANCELLED first.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
/// @param alt_setting bAlternateSetting
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface or alternate setting
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the request failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.10; libusb_set_interface_alt_setting in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_set_alt_setting(device: *mut usbx_device, interface_number: u8, alt_setting: u8) -> usbx_status {
    guard_of(device, || {
        library::device(device as usize, "set alternate setting")?.set_alt_setting(interface_number, alt_setting)
    })
}

/// Gets the name of the kernel driver that holds an interface, for example "usbhid".
///
/// A claim by a program, this one included, does not count as a kernel driver.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
/// @param name receives the driver's name, NUL-terminated and cut if it does not fit; "" if there is no driver, and on
///   failure; may be NULL if capacity is 0
/// @param capacity size of name in bytes, with room for the NUL; 256 is enough for every name
/// @param length receives the length of the whole name in bytes, without the NUL; 0 if there is no driver; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
/// - USBX_ERROR_INVALID_PARAM: name is NULL and capacity is not 0
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the system does not say
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_kernel_driver_active in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_kernel_driver(
    device: *mut usbx_device,
    interface_number: u8,
    name: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard_of(device, || {
        let what = "ask for the kernel driver";
        // SAFETY: the caller passes room for `capacity` bytes, as documented.
        unsafe { fill_text(name, capacity, "", "name") }.map_err(|error| error.during(what))?;
        let driver = library::device(device as usize, what)?.kernel_driver(interface_number)?.unwrap_or_default();
        // SAFETY: as above.
        unsafe { fill_text(name, capacity, &driver, "name") }?;
        length.set(driver.len());
        Ok(())
    })
}

/// Detaches the kernel driver from an interface, so that it can be claimed.
///
/// usbx_release and usbx_close give the interface back to the driver. If no driver is bound to it, the call does
/// nothing. A driver that holds several interfaces, as cdc_acm does, may let go of all of them: they are given back
/// together, when this handle has released the last of them that it claimed.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
/// - USBX_ERROR_NOT_SUPPORTED: this system cannot detach kernel drivers
/// - USBX_ERROR_ACCESS: the rights to the device do not include that, as with a descriptor from a sandbox's portal
/// - USBX_ERROR_NO_MEM: no file descriptor is left for the process that gives the driver back if the program dies
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_detach_kernel_driver in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_detach_kernel_driver(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard_of(device, || {
        library::device(device as usize, "detach kernel driver")?.detach_kernel_driver(interface_number)
    })
}

/// Makes claims detach kernel drivers by themselves, or stops that.
///
/// With it on, usbx_claim detaches the kernel driver that holds the interface, as usbx_detach_kernel_driver does, and
/// usbx_release and usbx_close give the interface back to the driver. It is off when a device is opened. An interface
/// that a program holds is not taken from it.
///
/// @param device an open device
/// @param enable not 0: claims detach kernel drivers; 0: they do not. What is detached already is given back all the
///   same
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_set_auto_detach_kernel_driver in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_set_auto_detach(device: *mut usbx_device, enable: i32) -> usbx_status {
    guard_of(device, || library::device(device as usize, "set auto detach")?.set_auto_detach(enable != 0))
}

/// Lets a kernel driver bind to an interface again, without waiting for usbx_close.
///
/// Use it for an interface that usbx_detach_kernel_driver took from its driver, or that another program left without
/// one. If a driver or a program holds the interface, or if no driver wants it, the call does nothing. If this handle
/// has claimed another interface that the driver held too, the driver comes back when that is released.
///
/// @param device an open device
/// @param interface_number bInterfaceNumber
///
/// @return USBX_OK, and a driver that wants the interface is bound to it, or will be as said above, or:
/// - USBX_ERROR_BUSY: this handle has claimed the interface; usbx_release gives it back
/// - USBX_ERROR_NOT_FOUND: the active configuration has no such interface
/// - USBX_ERROR_NOT_SUPPORTED: this system cannot attach kernel drivers
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_attach_kernel_driver in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_attach_kernel_driver(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard_of(device, || {
        library::device(device as usize, "attach kernel driver")?.attach_kernel_driver(interface_number)
    })
}
