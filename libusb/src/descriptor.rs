//! Device and configuration descriptors, and what libusb finds in them.

use crate::abi::*;
use crate::boundary::guard;
use crate::configuration::{all, find, Tree};
use crate::device::{wanted, Node};
use crate::options::{allocate, free};
use std::mem::size_of;
use std::os::raw::{c_int, c_uchar};
use usbx::tool::Speed;

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_device_descriptor(
    dev: *mut libusb_device,
    desc: *mut libusb_device_descriptor,
) -> c_int {
    guard("libusb_get_device_descriptor", ERROR_OTHER, || {
        let node = or_return!(wanted(dev, "libusb_get_device_descriptor"), ERROR_INVALID_PARAM);
        if desc.is_null() {
            return ERROR_INVALID_PARAM;
        }
        let bytes = node.descriptors();
        let descriptor = libusb_device_descriptor {
            bLength: bytes[0],
            bDescriptorType: bytes[1],
            bcdUSB: word(bytes, 2),
            bDeviceClass: bytes[4],
            bDeviceSubClass: bytes[5],
            bDeviceProtocol: bytes[6],
            bMaxPacketSize0: bytes[7],
            idVendor: word(bytes, 8),
            idProduct: word(bytes, 10),
            bcdDevice: word(bytes, 12),
            iManufacturer: bytes[14],
            iProduct: bytes[15],
            iSerialNumber: bytes[16],
            bNumConfigurations: bytes[17],
        };
        // SAFETY: not NULL, therefore the program's place for it.
        unsafe { desc.write(descriptor) };
        SUCCESS
    })
}

impl Node {
    fn configurations(&self) -> Vec<&[u8]> {
        usbx::tool::split(self.descriptors())
    }

    fn configuration_of(&self, value: u8) -> Result<&[u8], c_int> {
        self.configurations().into_iter().find(|bytes| bytes.get(5) == Some(&value)).ok_or(ERROR_NOT_FOUND)
    }

    fn active(&self) -> Result<&[u8], c_int> {
        let value = self.active_configuration().ok_or(ERROR_NOT_FOUND)?;
        self.configuration_of(value)
    }

    fn active_tree(&self) -> Result<Box<Tree>, c_int> {
        Tree::parse(self.active()?).ok_or(ERROR_IO)
    }
}

/// # Safety
/// The place is NULL or for a pointer.
unsafe fn give(
    dev: *mut libusb_device,
    function: &'static str,
    place: *mut *mut libusb_config_descriptor,
    choose: impl FnOnce(&Node) -> Result<&[u8], c_int>,
) -> c_int {
    let make = || {
        if place.is_null() {
            return Err(ERROR_INVALID_PARAM);
        }
        // SAFETY: not NULL, therefore the program's place for a pointer.
        unsafe { place.write(std::ptr::null_mut()) };
        let node = wanted(dev, function).ok_or(ERROR_INVALID_PARAM)?;
        let tree = Tree::parse(choose(&node)?).ok_or(ERROR_IO)?;
        // SAFETY: as above.
        unsafe { place.write(tree.into_raw()) };
        Ok(SUCCESS)
    };
    guard(function, ERROR_OTHER, || make().unwrap_or_else(|code| code))
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_active_config_descriptor(
    dev: *mut libusb_device,
    config: *mut *mut libusb_config_descriptor,
) -> c_int {
    // SAFETY: the program passes a place for a pointer.
    unsafe { give(dev, "libusb_get_active_config_descriptor", config, Node::active) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_config_descriptor(
    dev: *mut libusb_device,
    config_index: u8,
    config: *mut *mut libusb_config_descriptor,
) -> c_int {
    // SAFETY: the program passes a place for a pointer.
    unsafe {
        give(dev, "libusb_get_config_descriptor", config, |node| {
            node.configurations().into_iter().nth(config_index.into()).ok_or(ERROR_NOT_FOUND)
        })
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_config_descriptor_by_value(
    dev: *mut libusb_device,
    value: u8,
    config: *mut *mut libusb_config_descriptor,
) -> c_int {
    // SAFETY: the program passes a place for a pointer.
    unsafe { give(dev, "libusb_get_config_descriptor_by_value", config, |node| node.configuration_of(value)) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_config_descriptor(config: *mut libusb_config_descriptor) {
    if !config.is_null() {
        // SAFETY: from one of the three functions above.
        unsafe { Tree::free(config) };
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_ss_endpoint_companion_descriptor(
    _ctx: *mut libusb_context,
    endpoint: *const libusb_endpoint_descriptor,
    ep_comp: *mut *mut libusb_ss_endpoint_companion_descriptor,
) -> c_int {
    guard("libusb_get_ss_endpoint_companion_descriptor", ERROR_OTHER, || {
        if endpoint.is_null() || ep_comp.is_null() {
            return ERROR_INVALID_PARAM;
        }
        // SAFETY: the program's places, as documented.
        let extra = unsafe {
            ep_comp.write(std::ptr::null_mut());
            match (*endpoint).extra.is_null() {
                true => &[][..],
                false => std::slice::from_raw_parts((*endpoint).extra, (*endpoint).extra_length as usize),
            }
        };
        if find(extra, DT_SS_ENDPOINT_COMPANION, 2).is_none() {
            return ERROR_NOT_FOUND;
        }
        let entry = or_return!(find(extra, DT_SS_ENDPOINT_COMPANION, 6), ERROR_IO);
        let companion = libusb_ss_endpoint_companion_descriptor {
            bLength: entry[0],
            bDescriptorType: entry[1],
            bMaxBurst: entry[2],
            bmAttributes: entry[3],
            wBytesPerInterval: word(entry, 4),
        };
        // SAFETY: the program's place for a pointer.
        unsafe { place(ep_comp, companion) }
    })
}

/// Gives the program a struct of its own.
///
/// # Safety
/// The place is for a pointer.
pub unsafe fn place<T>(place: *mut *mut T, value: T) -> c_int {
    let memory: *mut T = allocate(size_of::<T>());
    if memory.is_null() {
        return ERROR_NO_MEM;
    }
    // SAFETY: new memory of this size, and this function's own contract.
    unsafe {
        memory.write(value);
        place.write(memory);
    }
    SUCCESS
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_ss_endpoint_companion_descriptor(
    ep_comp: *mut libusb_ss_endpoint_companion_descriptor,
) {
    // SAFETY: NULL or from the function above.
    unsafe { free(ep_comp) };
}

/// wMaxPacketSize of an endpoint in the active configuration, and how much it moves in an interval.
fn packet_sizes(
    dev: *mut libusb_device,
    function: &'static str,
    is_meant: impl Fn(&libusb_interface_descriptor) -> bool,
    address: c_uchar,
) -> Result<(c_int, c_int), c_int> {
    let node = wanted(dev, function).ok_or(ERROR_INVALID_PARAM)?;
    let tree = node.active_tree().map_err(|_| ERROR_OTHER)?;
    let endpoints = tree.settings().filter(|setting| is_meant(setting)).flat_map(|setting| tree.endpoints_of(setting));
    let mut found = endpoints.filter(|endpoint| endpoint.bEndpointAddress == address);
    let endpoint = found.next().ok_or(ERROR_NOT_FOUND)?;
    let raw = endpoint.wMaxPacketSize;
    if node.info.speed >= Speed::Super {
        if let Some(bytes) = tree.companion(endpoint) {
            return Ok((raw.into(), bytes.into()));
        }
    }
    let counts = matches!(endpoint.bmAttributes & 3, 1 | 3);
    let packets = if counts { 1 + (raw >> 11 & 3) } else { 1 };
    Ok((raw.into(), c_int::from(raw & 0x7ff) * c_int::from(packets)))
}

#[no_mangle]
pub extern "C" fn libusb_get_max_packet_size(dev: *mut libusb_device, endpoint: c_uchar) -> c_int {
    let name = "libusb_get_max_packet_size";
    guard(name, ERROR_OTHER, || packet_sizes(dev, name, |_| true, endpoint).map_or_else(|code| code, |(raw, _)| raw))
}

#[no_mangle]
pub extern "C" fn libusb_get_max_iso_packet_size(dev: *mut libusb_device, endpoint: c_uchar) -> c_int {
    let name = "libusb_get_max_iso_packet_size";
    guard(name, ERROR_OTHER, || packet_sizes(dev, name, |_| true, endpoint).map_or_else(|code| code, |(_, all)| all))
}

#[no_mangle]
pub extern "C" fn libusb_get_max_alt_packet_size(
    dev: *mut libusb_device,
    interface_number: c_int,
    alternate_setting: c_int,
    endpoint: c_uchar,
) -> c_int {
    let name = "libusb_get_max_alt_packet_size";
    let is_meant = |setting: &libusb_interface_descriptor| {
        (setting.bInterfaceNumber.into(), setting.bAlternateSetting.into()) == (interface_number, alternate_setting)
    };
    guard(name, ERROR_OTHER, || packet_sizes(dev, name, is_meant, endpoint).map_or_else(|code| code, |(_, all)| all))
}

type Associations = *mut *mut libusb_interface_association_descriptor_array;

/// # Safety
/// The place is NULL or for a pointer.
unsafe fn give_associations(
    dev: *mut libusb_device,
    function: &'static str,
    list: Associations,
    choose: impl FnOnce(&Node) -> Result<&[u8], c_int>,
) -> c_int {
    let make = || {
        if list.is_null() {
            return Err(ERROR_INVALID_PARAM);
        }
        let node = wanted(dev, function).ok_or(ERROR_INVALID_PARAM)?;
        let found = all(choose(&node)?, DT_INTERFACE_ASSOCIATION, 8);
        type Head = libusb_interface_association_descriptor_array;
        type Entry = libusb_interface_association_descriptor;
        let head: *mut Head = allocate(size_of::<Head>() + found.len() * size_of::<Entry>());
        if head.is_null() {
            return Err(ERROR_NO_MEM);
        }
        // SAFETY: the block has room for the head and, behind it, for each entry.
        let entries = unsafe { head.add(1) }.cast::<Entry>();
        for (at, entry) in found.iter().enumerate() {
            let association = Entry {
                bLength: entry[0],
                bDescriptorType: entry[1],
                bFirstInterface: entry[2],
                bInterfaceCount: entry[3],
                bFunctionClass: entry[4],
                bFunctionSubClass: entry[5],
                bFunctionProtocol: entry[6],
                iFunction: entry[7],
            };
            // SAFETY: as above.
            unsafe { entries.add(at).write(association) };
        }
        let iad = if found.is_empty() { std::ptr::null() } else { entries.cast_const() };
        // SAFETY: as above, and the program's place for a pointer.
        unsafe {
            head.write(Head { iad, length: found.len() as c_int });
            list.write(head);
        }
        Ok(SUCCESS)
    };
    guard(function, ERROR_OTHER, || make().unwrap_or_else(|code| code))
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_interface_association_descriptors(
    dev: *mut libusb_device,
    config_index: u8,
    iad_array: Associations,
) -> c_int {
    let name = "libusb_get_interface_association_descriptors";
    // SAFETY: the program passes a place for a pointer.
    unsafe {
        give_associations(dev, name, iad_array, |node| {
            node.configurations().into_iter().nth(config_index.into()).ok_or(ERROR_NOT_FOUND)
        })
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_active_interface_association_descriptors(
    dev: *mut libusb_device,
    iad_array: Associations,
) -> c_int {
    // SAFETY: the program passes a place for a pointer.
    unsafe { give_associations(dev, "libusb_get_active_interface_association_descriptors", iad_array, Node::active) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_interface_association_descriptors(
    iad_array: *mut libusb_interface_association_descriptor_array,
) {
    // SAFETY: NULL or from one of the two functions above.
    unsafe { free(iad_array) };
}
