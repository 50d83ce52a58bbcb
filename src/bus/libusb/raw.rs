//! Descriptors as the device sent them, put together from what libusb made of them: it has no function that gives the bytes.
//!
//! What a device says beyond the standard length of a configuration's, interface's or endpoint's own descriptor is lost, and so is
//! a configuration that libusb cannot read.

use rusb::ffi::{
    self, libusb_config_descriptor, libusb_device, libusb_device_descriptor, libusb_endpoint_descriptor,
    libusb_interface_descriptor,
};
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_uchar};
use std::{ptr, slice};

const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;

fn descriptor(device: *mut libusb_device) -> Option<libusb_device_descriptor> {
    let mut descriptor = MaybeUninit::uninit();
    // SAFETY: the device is one that the caller holds, and the place has room for a descriptor, which is written if the call succeeds.
    unsafe {
        (ffi::libusb_get_device_descriptor(device, descriptor.as_mut_ptr()) == 0).then(|| descriptor.assume_init())
    }
}

/// Of manufacturer, product and serial number.
pub fn string_indices(device: *mut libusb_device) -> Option<[u8; 3]> {
    descriptor(device).map(|d| [d.iManufacturer, d.iProduct, d.iSerialNumber])
}

/// USB 2.0 section 9.6.1.
pub fn device_descriptor(device: *mut libusb_device) -> Option<[u8; 18]> {
    let d = descriptor(device)?;
    let [usb, vendor, product, version] = [d.bcdUSB, d.idVendor, d.idProduct, d.bcdDevice].map(u16::to_le_bytes);
    Some([
        18,
        1,
        usb[0],
        usb[1],
        d.bDeviceClass,
        d.bDeviceSubClass,
        d.bDeviceProtocol,
        d.bMaxPacketSize0,
        vendor[0],
        vendor[1],
        product[0],
        product[1],
        version[0],
        version[1],
        d.iManufacturer,
        d.iProduct,
        d.iSerialNumber,
        d.bNumConfigurations,
    ])
}

/// The configuration descriptors with all that follows each, in the device's order.
pub fn configuration_descriptors(device: *mut libusb_device) -> Vec<Vec<u8>> {
    let count = descriptor(device).map_or(0, |d| d.bNumConfigurations);
    (0..count).filter_map(|index| configuration_descriptor(device, index)).collect()
}

fn configuration_descriptor(device: *mut libusb_device, index: u8) -> Option<Vec<u8>> {
    let mut parsed = ptr::null();
    // SAFETY: the device is one that the caller holds, and the pointer is a place for the descriptor.
    if unsafe { ffi::libusb_get_config_descriptor(device, index, &mut parsed) } != 0 {
        return None;
    }
    // SAFETY: libusb has made it, with all it refers to, and it is freed after its last use.
    let bytes = unsafe { configuration(&*parsed) };
    // SAFETY: as above.
    unsafe { ffi::libusb_free_config_descriptor(parsed) };
    Some(bytes)
}

/// # Safety
/// The descriptor's pointers are valid for the counts beside them.
unsafe fn configuration(c: &libusb_config_descriptor) -> Vec<u8> {
    let mut bytes = vec![9, CONFIGURATION, 0, 0, c.bNumInterfaces];
    bytes.extend([c.bConfigurationValue, c.iConfiguration, c.bmAttributes, c.bMaxPower]);
    // SAFETY: by this function's contract, here and below.
    unsafe {
        add_extra(&mut bytes, c.extra, c.extra_length);
        for interface in items(c.interface, c.bNumInterfaces.into()) {
            for setting in items(interface.altsetting, interface.num_altsetting) {
                add_setting(&mut bytes, setting);
            }
        }
    }
    let total = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    bytes[2..4].copy_from_slice(&total.to_le_bytes());
    bytes
}

/// # Safety
/// As for `configuration`.
unsafe fn add_setting(bytes: &mut Vec<u8>, i: &libusb_interface_descriptor) {
    bytes.extend([9, INTERFACE, i.bInterfaceNumber, i.bAlternateSetting, i.bNumEndpoints]);
    bytes.extend([i.bInterfaceClass, i.bInterfaceSubClass, i.bInterfaceProtocol, i.iInterface]);
    // SAFETY: by this function's contract.
    unsafe {
        add_extra(bytes, i.extra, i.extra_length);
        for endpoint in items(i.endpoint, i.bNumEndpoints.into()) {
            add_endpoint(bytes, endpoint);
            add_extra(bytes, endpoint.extra, endpoint.extra_length);
        }
    }
}

/// Audio devices have two bytes more than others (USB audio 1.0, section 4.6.1.1).
fn add_endpoint(bytes: &mut Vec<u8>, e: &libusb_endpoint_descriptor) {
    let audio = e.bLength >= 9;
    let [low, high] = e.wMaxPacketSize.to_le_bytes();
    bytes.extend([if audio { 9 } else { 7 }, ENDPOINT, e.bEndpointAddress, e.bmAttributes, low, high, e.bInterval]);
    if audio {
        bytes.extend([e.bRefresh, e.bSynchAddress]);
    }
}

/// # Safety
/// The pointer is valid for that length, or the length is 0.
unsafe fn add_extra(bytes: &mut Vec<u8>, extra: *const c_uchar, length: c_int) {
    // SAFETY: this function's own contract.
    bytes.extend(unsafe { items(extra, length) });
}

/// # Safety
/// The pointer is valid for so many, or there are none.
unsafe fn items<'a, T>(first: *const T, count: c_int) -> &'a [T] {
    match usize::try_from(count) {
        // SAFETY: this function's own contract.
        Ok(count) if count > 0 && !first.is_null() => unsafe { slice::from_raw_parts(first, count) },
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusb::ffi::libusb_interface;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let (class, companion) = ([5u8, 0x24, 1, 2, 3], [6u8, 48, 3, 0, 0, 0]);
        let endpoint = |length, address, extra: &[u8]| libusb_endpoint_descriptor {
            bLength: length,
            bDescriptorType: 5,
            bEndpointAddress: address,
            bmAttributes: 2,
            wMaxPacketSize: 0x0200,
            bInterval: 1,
            bRefresh: 7,
            bSynchAddress: 8,
            extra: extra.as_ptr(),
            extra_length: extra.len() as c_int,
        };
        let endpoints = [endpoint(7, 0x81, &companion), endpoint(9, 0x02, &[])];
        let setting = |alt, endpoints: &[libusb_endpoint_descriptor], extra: &[u8]| libusb_interface_descriptor {
            bLength: 9,
            bDescriptorType: 4,
            bInterfaceNumber: 3,
            bAlternateSetting: alt,
            bNumEndpoints: endpoints.len() as u8,
            bInterfaceClass: 255,
            bInterfaceSubClass: 1,
            bInterfaceProtocol: 2,
            iInterface: 4,
            endpoint: endpoints.as_ptr(),
            extra: extra.as_ptr(),
            extra_length: extra.len() as c_int,
        };
        let settings = [setting(0, &[], &class), setting(1, &endpoints, &[])];
        let interfaces = [libusb_interface { altsetting: settings.as_ptr(), num_altsetting: 2 }];
        let parsed = libusb_config_descriptor {
            bLength: 9,
            bDescriptorType: 2,
            wTotalLength: 54,
            bNumInterfaces: 1,
            bConfigurationValue: 1,
            iConfiguration: 5,
            bmAttributes: 0x80,
            bMaxPower: 50,
            interface: interfaces.as_ptr(),
            extra: ptr::null(),
            extra_length: 0,
        };
        let expected: &[&[u8]] = &[
            &[9, 2, 54, 0, 1, 1, 5, 0x80, 50],
            &[9, 4, 3, 0, 0, 255, 1, 2, 4],
            &class,
            &[9, 4, 3, 1, 2, 255, 1, 2, 4],
            &[7, 5, 0x81, 2, 0, 2, 1],
            &companion,
            &[9, 5, 0x02, 2, 0, 2, 1, 7, 8],
        ];
        // SAFETY: all it refers to is above.
        assert_eq!(unsafe { configuration(&parsed) }, expected.concat());
    }
}
