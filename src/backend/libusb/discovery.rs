//! Which devices there are: read from sysfs, where the kernel keeps descriptors and strings. Nothing is opened, no request is
//! sent, and plugging is seen whether udevd runs or not.

use crate::error::{Error, Result};
use crate::ffi::*;
use crate::info::DeviceInfo;
use std::fs;
use std::path::{Path, PathBuf};

const DEVICES: &str = "/sys/bus/usb/devices";

/// Whether this host has a USB subsystem at all.
pub fn has_usb() -> bool {
    Path::new(DEVICES).is_dir()
}

/// The devices on the bus, in no order. A host without USB has none.
pub fn devices() -> Result<Vec<DeviceInfo>> {
    let entries = match fs::read_dir(DEVICES) {
        Ok(entries) => entries,
        Err(_) => return Ok(Vec::new()),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // Interfaces have a colon in their names. A device that goes away while it is read is not there.
    Ok(names.filter(|name| !name.contains(':')).filter_map(|name| describe(&name)).collect())
}

/// The device at a path, if there is one.
pub fn describe(name: &str) -> Option<DeviceInfo> {
    let directory = Path::new(DEVICES).join(name);
    let mut info = DeviceInfo {
        bus: text(&directory, "busnum")?.parse().ok()?,
        address: text(&directory, "devnum")?.parse().ok()?,
        speed: speed(&text(&directory, "speed").unwrap_or_default()),
        backend: USBX_BACKEND_LIBUSB,
        path: name.to_owned(),
        manufacturer: text(&directory, "manufacturer").unwrap_or_default(),
        product: text(&directory, "product").unwrap_or_default(),
        serial: text(&directory, "serial").unwrap_or_default(),
        ..DeviceInfo::default()
    };
    info.describe(&fs::read(directory.join("descriptors")).ok()?)?;
    Some(info)
}

/// Of the device that was opened; `None` if sysfs does not know.
pub fn active_configuration(info: &DeviceInfo) -> Option<Result<u8>> {
    if info.path.is_empty() {
        return None;
    }
    let value = text(&directory(info), "bConfigurationValue");
    if !is_present(info) {
        return Some(Err(Error::no_device()));
    }
    // An unconfigured device has an empty file.
    Some(Ok(value?.parse().unwrap_or(0)))
}

/// Whether that very device, no later one in its place, is still plugged in.
pub fn is_present(info: &DeviceInfo) -> bool {
    text(&directory(info), "devnum").and_then(|number| number.parse().ok()) == Some(info.address)
}

/// Whether the kernel has taken care of it as a whole: it selects the configuration then, and whoever opens the node waits for that.
pub fn is_driven(info: &DeviceInfo) -> bool {
    directory(info).join("driver").exists()
}

/// The driver that holds an interface, as sysfs links it.
pub fn driver(info: &DeviceInfo, configuration: u8, interface: u8) -> Option<String> {
    let name = format!("{}:{configuration}.{interface}", info.path);
    let link = fs::read_link(Path::new(DEVICES).join(name).join("driver")).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

fn directory(info: &DeviceInfo) -> PathBuf {
    Path::new(DEVICES).join(&info.path)
}

fn text(directory: &Path, file: &str) -> Option<String> {
    let bytes = fs::read(directory.join(file)).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    Some(text.strip_suffix('\n').unwrap_or(&text).to_owned())
}

/// From the kernel's Mbit/s.
fn speed(mbits: &str) -> u8 {
    match mbits {
        "1.5" => USBX_SPEED_LOW,
        "12" => USBX_SPEED_FULL,
        "480" => USBX_SPEED_HIGH,
        "5000" => USBX_SPEED_SUPER,
        "10000" | "20000" => USBX_SPEED_SUPER_PLUS,
        _ => USBX_SPEED_UNKNOWN,
    }
}
