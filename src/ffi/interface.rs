//! Lists of the endpoints and interfaces of an open device.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{fill, Out};
use crate::library;
use crate::usb::{Endpoint, Setting};

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
