//! Configurations, interfaces, alternate settings, endpoints and kernel drivers of an open device.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{fill, fill_text, Out};
use crate::library;
use crate::usb::{Endpoint, Setting};
use std::os::raw::c_char;

/// A control endpoint or transfer.
pub const USBX_TYPE_CONTROL: u8 = 0;
/// An isochronous endpoint or transfer.
pub const USBX_TYPE_ISOCHRONOUS: u8 = 1;
/// A bulk endpoint or transfer.
pub const USBX_TYPE_BULK: u8 = 2;
/// An interrupt endpoint or transfer.
pub const USBX_TYPE_INTERRUPT: u8 = 3;

/// An endpoint of the active configuration.
///
/// @par References
/// USB 2.0 section 9.6.6; USB 3.2 section 9.6.7.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_endpoint {
    /// bEndpointAddress: bit 7 is set for IN, device to host.
    pub address: u8,
    /// The endpoint's type: USBX_TYPE_*.
    pub r#type: u8,
    /// The interface it belongs to; claim that with usbx_claim.
    pub interface_number: u8,
    /// The alternate setting it belongs to; if that is not the selected one, select it with usbx_set_alt_setting.
    pub alt_setting: u8,
    /// Bytes in a packet, as the system uses it: wMaxPacketSize without its bits 11 and 12, and no more than USB allows for
    /// this type at the device's speed. On a full-speed port a high-speed device's 512 becomes 64.
    pub max_packet_size: u16,
    /// Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, as many as
    /// dwBytesPerInterval needs at SuperSpeedPlus, else 1.
    pub packets_per_interval: u8,
    /// bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
    pub interval: u8,
    /// Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval or
    /// dwBytesPerInterval.
    pub max_bytes_per_interval: u32,
    /// Always 0.
    pub reserved: [u8; 16],
}

impl From<&Endpoint> for usbx_endpoint {
    fn from(endpoint: &Endpoint) -> Self {
        usbx_endpoint {
            address: endpoint.address,
            r#type: endpoint.transfer_type as u8,
            interface_number: endpoint.interface,
            alt_setting: endpoint.alt_setting,
            max_packet_size: endpoint.max_packet_size,
            packets_per_interval: endpoint.packets_per_interval,
            interval: endpoint.interval,
            max_bytes_per_interval: endpoint.max_bytes_per_interval,
            reserved: [0; 16],
        }
    }
}

/// An alternate setting of an interface of the active configuration.
///
/// @par References
/// USB 2.0 section 9.6.5; USB 3.2 section 9.6.4 (interface association).
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_interface {
    /// bInterfaceNumber, for usbx_claim.
    pub number: u8,
    /// bAlternateSetting, for usbx_set_alt_setting.
    pub alt_setting: u8,
    /// 1 if it is the selected one of its interface, else 0. Of an interface that this handle has not claimed, that is
    /// the one in which the interface begins.
    pub selected: u8,
    /// bInterfaceClass
    pub interface_class: u8,
    /// bInterfaceSubClass
    pub interface_subclass: u8,
    /// bInterfaceProtocol
    pub interface_protocol: u8,
    /// Number of its endpoints that usbx_endpoints lists.
    pub endpoints: u8,
    /// iInterface: a string for usbx_get_string; 0 if there is none.
    pub string_index: u8,
    /// bFirstInterface of the interface association it belongs to.
    pub association_first: u8,
    /// bInterfaceCount of that association; 0 if it belongs to none.
    pub association_count: u8,
    /// Always 0.
    pub reserved: [u8; 22],
}

impl From<&(Setting, bool)> for usbx_interface {
    fn from((setting, selected): &(Setting, bool)) -> Self {
        usbx_interface {
            number: setting.interface,
            alt_setting: setting.alt_setting,
            selected: u8::from(*selected),
            interface_class: setting.class,
            interface_subclass: setting.subclass,
            interface_protocol: setting.protocol,
            endpoints: setting.endpoints,
            string_index: setting.string_index,
            association_first: setting.association.0,
            association_count: setting.association.1,
            reserved: [0; 22],
        }
    }
}

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
/// same address, calls with that address mean the endpoint of the claimed interface.
///
/// An interface that this handle has claimed already stays claimed, and the call returns USBX_OK.
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

/// Lists the endpoints of the active configuration, in every interface and every alternate setting.
///
/// Endpoint 0 is not in the list. An unconfigured device has no endpoints.
///
/// @param device an open device
/// @param endpoints receives one entry for each endpoint, up to capacity; may be NULL if capacity is 0
/// @param capacity number of entries that fit in endpoints
/// @param count receives the number of endpoints, which may be more than capacity; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_INVALID_PARAM: endpoints is NULL and capacity is not 0
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_get_active_config_descriptor in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_endpoints(
    device: *mut usbx_device,
    endpoints: *mut usbx_endpoint,
    capacity: usize,
    count: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard_of(device, || {
        let device = library::device(device as usize, "list endpoints")?;
        let found = device.endpoints()?;
        let entries: Vec<usbx_endpoint> = found.iter().map(usbx_endpoint::from).collect();
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill(endpoints, capacity, &entries, "endpoints") }.map_err(|error| error.during("list endpoints"))?;
        count.set(entries.len());
        Ok(())
    })
}

/// Lists the interfaces of the active configuration, with every alternate setting of each.
///
/// The entries are in the order of the device's descriptors. Interfaces without endpoints are in the list, too. An
/// unconfigured device has no interfaces. No request is sent to the device.
///
/// @param device an open device
/// @param interfaces receives one entry for each alternate setting, up to capacity; may be NULL if capacity is 0
/// @param capacity number of entries that fit in interfaces
/// @param count receives the number of alternate settings, which may be more than capacity; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_INVALID_PARAM: interfaces is NULL and capacity is not 0
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_get_active_config_descriptor in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_interfaces(
    device: *mut usbx_device,
    interfaces: *mut usbx_interface,
    capacity: usize,
    count: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard_of(device, || {
        let device = library::device(device as usize, "list interfaces")?;
        let entries: Vec<usbx_interface> = device.interfaces()?.iter().map(usbx_interface::from).collect();
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill(interfaces, capacity, &entries, "interfaces") }
            .map_err(|error| error.during("list interfaces"))?;
        count.set(entries.len());
        Ok(())
    })
}
