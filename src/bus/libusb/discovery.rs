//! Which devices there are, by libusb's list.
//!
//! libusb keeps descriptors but no strings. A list without serial numbers would open no device by its serial number. Linux has the strings; on
//! other systems they are read from each device that may be opened: by four requests at most, none of hubs, and none after one that the device
//! did not answer.

use super::context::Context;
use super::opened::Opened;
use super::{nodes, raw, sysfs};
use crate::error::{Result, Status};
use crate::usb::string::{text, units, ENGLISH};
use crate::usb::{Backend, DeviceInfo, Speed};
use rusb::ffi::constants::{LIBUSB_ERROR_ACCESS, LIBUSB_ERROR_PIPE};
use rusb::ffi::{self, libusb_device};

const HUB: u8 = 9;

/// The device descriptor and all configuration descriptors of the device at a path, if there is one.
pub fn descriptors(path: &str) -> Result<Option<Vec<u8>>> {
    let context = match Context::new() {
        Ok(context) => context,
        Err(error) if error.status == Status::NoMem => return Err(error),
        Err(_) => return Ok(None),
    };
    let list = context.devices()?;
    let found = list.iter().find(|device| self::path(*device) == path);
    Ok(found.and_then(|device| {
        let configurations = raw::configuration_descriptors(device).concat();
        Some([&raw::device_descriptor(device)?[..], &configurations].concat())
    }))
}

/// What is known without its strings.
pub fn describe(device: *mut libusb_device) -> Option<DeviceInfo> {
    let mut info = describe_by_libusb(device)?;
    if info.speed == Speed::Unknown {
        info.speed = nodes::speed(&info);
    }
    Some(info)
}

fn describe_by_libusb(device: *mut libusb_device) -> Option<DeviceInfo> {
    // SAFETY: the device is one of a list that the caller holds.
    let (bus, address, speed) = unsafe {
        (
            ffi::libusb_get_bus_number(device),
            ffi::libusb_get_device_address(device),
            ffi::libusb_get_device_speed(device),
        )
    };
    let mut info = DeviceInfo {
        bus,
        address,
        speed: Speed::from_number(speed.clamp(0, 5) as u8),
        backend: Backend::System,
        path: path(device),
        ..DeviceInfo::default()
    };
    info.describe(&raw::device_descriptor(device)?)?;
    Some(info)
}

/// Whether it has strings, and, if it is a hub, is not opened for them.
pub fn has_strings(device: *mut libusb_device, info: &DeviceInfo) -> bool {
    (info.device_class != HUB || sysfs::has_strings())
        && raw::string_indices(device).is_some_and(|indices| indices != [0; 3])
}

/// The same with its strings, and whether it can be used. This waits for the device.
pub fn describe_in_full(device: *mut libusb_device) -> Option<(DeviceInfo, Usable)> {
    let mut info = describe(device)?;
    let usable = match has_strings(device, &info) {
        true => match sysfs::add_strings(&mut info) {
            Some(true) => Usable::Maybe,
            Some(false) => Usable::NotYet,
            None => ask_for_strings(device, &mut info),
        },
        false => Usable::Maybe,
    };
    Some((info, usable))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usable {
    /// Nothing is known that stands in the way.
    Maybe,
    /// This process may not open it, or it has no configuration.
    NotYet,
}

/// Whether a device of a list is the one that was described before.
pub fn is(device: *mut libusb_device, info: &DeviceInfo) -> bool {
    let now = describe_by_libusb(device);
    now.is_some_and(|now| {
        (now.bus, now.address, &now.path) == (info.bus, info.address, &info.path)
            && (now.vendor_id, now.product_id) == (info.vendor_id, info.product_id)
    })
}

/// The bus and the ports on the way: "1-2.3", or "usb1" for the root hub. Where nothing says which ports these are, its node: "001/002".
fn path(device: *mut libusb_device) -> String {
    let mut ports = [0; 7];
    // SAFETY: the device is one of a list that the caller holds, and the array has room for the seven ports that USB allows.
    let (bus, count) =
        unsafe { (ffi::libusb_get_bus_number(device), ffi::libusb_get_port_numbers(device, ports.as_mut_ptr(), 7)) };
    let ports: Vec<String> = ports[..count.clamp(0, 7) as usize].iter().map(u8::to_string).collect();
    if !ports.is_empty() {
        return format!("{bus}-{}", ports.join("."));
    }
    let root = format!("usb{bus}");
    match sysfs::is_root_hub(&root) {
        true => root,
        // SAFETY: as above.
        false => format!("{bus:03}/{:03}", unsafe { ffi::libusb_get_device_address(device) }),
    }
}

fn ask_for_strings(device: *mut libusb_device, info: &mut DeviceInfo) -> Usable {
    let Some(indices) = raw::string_indices(device) else { return Usable::Maybe };
    let opened = match Opened::new(device) {
        Ok(opened) => opened,
        Err(LIBUSB_ERROR_ACCESS) => return Usable::NotYet,
        Err(_) => return Usable::Maybe,
    };
    let language = match string_descriptor(&opened, 0, 0) {
        Ok(languages) => languages.first().copied().unwrap_or(ENGLISH),
        Err(LIBUSB_ERROR_PIPE) => ENGLISH,
        Err(_) => return Usable::Maybe,
    };
    let places = [&mut info.manufacturer, &mut info.product, &mut info.serial];
    for (index, place) in indices.into_iter().zip(places).filter(|(index, _)| *index != 0) {
        match string_descriptor(&opened, index, language) {
            Ok(units) => *place = text(&units),
            Err(LIBUSB_ERROR_PIPE) => {}
            Err(_) => break,
        }
    }
    Usable::Maybe
}

/// What a string descriptor holds after its two bytes of header; nothing if the answer is no such descriptor. Or libusb's error.
fn string_descriptor(opened: &Opened, index: u8, language: u16) -> std::result::Result<Vec<u16>, i32> {
    let mut answer = [0; 255];
    // SAFETY: the handle is open, no other code uses its context, and the array has room for the length that is asked for.
    let moved = unsafe {
        ffi::libusb_get_string_descriptor(opened.as_ptr(), index, language, answer.as_mut_ptr(), answer.len() as i32)
    };
    let length = usize::try_from(moved).map_err(|_| moved)?;
    Ok(answer.get(..length).and_then(units).unwrap_or_default())
}
