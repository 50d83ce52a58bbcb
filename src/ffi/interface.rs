//! Configurations, interfaces, alternate settings, endpoints and kernel drivers of an open device.

use super::boundary::guard;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{fill, fill_text, Out};
use crate::library;
use crate::usb::Endpoint;
use std::os::raw::c_char;

/// An endpoint of type control.
pub const USBX_TYPE_CONTROL: u8 = 0;
/// An endpoint of type isochronous.
pub const USBX_TYPE_ISOCHRONOUS: u8 = 1;
/// An endpoint of type bulk.
pub const USBX_TYPE_BULK: u8 = 2;
/// An endpoint of type interrupt.
pub const USBX_TYPE_INTERRUPT: u8 = 3;

/// An endpoint of the active configuration. Source: USB 2.0 section 9.6.6, USB 3.2 section 9.6.7. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_endpoint {
    /// bEndpointAddress: bit 7 is set for IN, device to host.
    pub address: u8,
    /// USBX_TYPE_*.
    pub r#type: u8,
    /// The interface it belongs to, to be claimed with usbx_claim.
    pub interface_number: u8,
    /// The alternate setting it belongs to, to be selected with usbx_set_alt_setting if it is not 0.
    pub alt_setting: u8,
    /// Bytes in a packet: wMaxPacketSize without its bits 11 and 12.
    pub max_packet_size: u16,
    /// Packets in one service interval: up to 3 at high speed, (bMaxBurst + 1) x (Mult + 1) at SuperSpeed, else 1.
    pub packets_per_interval: u8,
    /// bInterval as the device gives it: milliseconds at low and full speed, 2^(n-1) x 125 us above.
    pub interval: u8,
    /// Bytes in one service interval: max_packet_size x packets_per_interval, or the device's wBytesPerInterval.
    pub max_bytes_per_interval: u32,
    /// 0.
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

/// Tells the active configuration.
///
/// device: the handle.
/// configuration: receives bConfigurationValue; 0 if the device is not configured.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NO_DEVICE; USBX_ERROR_NO_MEM.
/// Any thread. Source: USB 2.0 section 9.4.2, libusb_get_configuration. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_get_configuration(device: *mut usbx_device, configuration: *mut u8) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a uint8_t, as documented.
    let configuration = unsafe { Out::new(configuration) };
    guard(|| {
        let device = library::device(device as usize, "get configuration")?;
        configuration.required("configuration").map_err(|error| error.during("get configuration"))?;
        configuration.set(device.configuration()?);
        Ok(())
    })
}

/// Selects a configuration. No bus traffic if it is the active one.
///
/// device: the handle.
/// configuration: bConfigurationValue of the one to select.
///
/// Returns USBX_OK; USBX_ERROR_NOT_FOUND if the device has no such configuration; USBX_ERROR_BUSY if an interface is
/// claimed, by this handle or another, or held by a kernel driver; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE;
/// USBX_ERROR_IO.
/// Any thread. Source: USB 2.0 section 9.4.7, libusb_set_configuration. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_set_configuration(device: *mut usbx_device, configuration: u8) -> usbx_status {
    guard(|| library::device(device as usize, "set configuration")?.set_configuration(configuration))
}

/// Claims an interface for this handle: its endpoints can be used from then on, and nobody else can claim it.
/// Claimed already by the same handle: USBX_OK.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
///
/// Returns USBX_OK; USBX_ERROR_BUSY if a kernel driver, another program or another handle holds it, and
/// usbx_last_error() says who; USBX_ERROR_NOT_FOUND if the active configuration has no such interface;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
/// Any thread. Source: libusb_claim_interface. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_claim(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard(|| library::device(device as usize, "claim")?.claim(interface_number))
}

/// Gives an interface back. Its pending transfers, of other threads, end with USBX_ERROR_CANCELLED first; its alternate
/// setting returns to 0; a kernel driver that usbx_detach_kernel_driver took away is back when it returns.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
///
/// Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_NOT_FOUND if there is no such interface;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
/// Any thread. Source: libusb_release_interface. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_release(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard(|| library::device(device as usize, "release")?.release(interface_number))
}

/// Selects an alternate setting of a claimed interface. The interface's pending transfers, of other threads, end with
/// USBX_ERROR_CANCELLED first.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
/// alt_setting: bAlternateSetting.
///
/// Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_NOT_FOUND if there is no such interface or setting;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
/// Any thread. Source: USB 2.0 section 9.4.10, libusb_set_interface_alt_setting. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_set_alt_setting(device: *mut usbx_device, interface_number: u8, alt_setting: u8) -> usbx_status {
    guard(|| library::device(device as usize, "set alternate setting")?.set_alt_setting(interface_number, alt_setting))
}

/// Tells which kernel driver holds an interface, such as "usbhid". A program that has claimed it, this one too, is none.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
/// name: receives the driver's name, always NUL-terminated; "" if there is none, and on failure; may be NULL if capacity is 0.
/// capacity: bytes that fit, the NUL included. 256 holds every name.
/// length: receives the whole name's length in bytes, without the NUL: 0 if there is no driver; may be NULL.
///
/// Returns USBX_OK, also where capacity is too small; USBX_ERROR_NOT_FOUND if there is no such interface;
/// USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO if the system does not tell.
/// Any thread. Source: libusb_kernel_driver_active. Since 0.1.0.
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
    guard(|| {
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

/// Takes an interface away from the kernel driver that holds it, so that it can be claimed. The driver is given back at
/// usbx_release and at usbx_close. Where no driver is bound it does nothing.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
///
/// Returns USBX_OK; USBX_ERROR_NOT_FOUND if there is no such interface; USBX_ERROR_NOT_SUPPORTED where the system has no
/// such thing; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
/// Any thread. Source: libusb_detach_kernel_driver. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_detach_kernel_driver(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard(|| library::device(device as usize, "detach kernel driver")?.detach_kernel_driver(interface_number))
}

/// Gives an interface to the kernel's drivers now, without waiting for usbx_close: one that usbx_detach_kernel_driver took
/// away, or that some program left without. Where a driver or a program holds it, or no driver wants it, it does nothing.
///
/// device: the handle.
/// interface_number: bInterfaceNumber.
///
/// Returns USBX_OK, and the driver, if one wants it, is bound; USBX_ERROR_BUSY if this handle has claimed the interface:
/// usbx_release gives it back; USBX_ERROR_NOT_FOUND if there is no such interface; USBX_ERROR_NOT_SUPPORTED where the system has
/// no such thing; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE.
/// Any thread. Source: libusb_attach_kernel_driver. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_attach_kernel_driver(device: *mut usbx_device, interface_number: u8) -> usbx_status {
    guard(|| library::device(device as usize, "attach kernel driver")?.attach_kernel_driver(interface_number))
}

/// Lists the endpoints of the active configuration, of every interface and every alternate setting; endpoint 0 is not
/// among them. An unconfigured device has none.
///
/// device: the handle.
/// endpoints: receives one entry for each endpoint, capacity at the most; may be NULL if capacity is 0.
/// capacity: how many entries fit.
/// count: receives how many endpoints there are, which may be more than capacity; may be NULL.
///
/// Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM;
/// USBX_ERROR_NO_DEVICE. Any thread. Source: libusb_get_active_config_descriptor. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_endpoints(
    device: *mut usbx_device,
    endpoints: *mut usbx_endpoint,
    capacity: usize,
    count: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard(|| {
        let device = library::device(device as usize, "list endpoints")?;
        let found = device.endpoints()?;
        let entries: Vec<usbx_endpoint> = found.iter().map(usbx_endpoint::from).collect();
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill(endpoints, capacity, &entries, "endpoints") }.map_err(|error| error.during("list endpoints"))?;
        count.set(entries.len());
        Ok(())
    })
}
