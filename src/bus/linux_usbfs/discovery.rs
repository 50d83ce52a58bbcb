//! Which devices there are: read from sysfs, where the kernel keeps descriptors and strings. Nothing is opened, no request is
//! sent, and plugging is seen whether udevd runs or not.

use crate::error::{Error, Result, Status};
use crate::usb::{Backend, DeviceInfo, Speed};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const DEVICES: &str = "/sys/bus/usb/devices";

/// Whether this host has a USB subsystem at all.
pub fn has_usb() -> bool {
    Path::new(DEVICES).is_dir()
}

/// The devices on the bus, in no order. A host without USB has none.
pub fn devices() -> Result<Vec<DeviceInfo>> {
    if !has_usb() {
        return Ok(Vec::new());
    }
    let entries = match fs::read_dir(DEVICES) {
        Ok(entries) => entries,
        Err(error) => return unless_short_of(&error).map(|()| Vec::new()),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    // Interfaces have a colon in their names. A device that goes away while it is read is not there.
    names.filter(|name| !name.contains(':')).filter_map(|name| describe(&name).transpose()).collect()
}

/// The device at a path, if there is one.
pub fn describe(name: &str) -> Result<Option<DeviceInfo>> {
    let directory = Path::new(DEVICES).join(name);
    let text = |file| text(&directory, file);
    let number = |file| text(file).map(|text| text.and_then(|text| text.parse().ok()));
    let (Some(bus), Some(address)) = (number("busnum")?, number("devnum")?) else { return Ok(None) };
    let mut info = DeviceInfo {
        bus,
        address,
        speed: speed(&text("speed")?.unwrap_or_default()),
        backend: Backend::System,
        path: name.to_owned(),
        manufacturer: text("manufacturer")?.unwrap_or_default(),
        product: text("product")?.unwrap_or_default(),
        serial: text("serial")?.unwrap_or_default(),
        ..DeviceInfo::default()
    };
    let described = read(&directory, "descriptors")?.and_then(|bytes| info.describe(&bytes));
    Ok(described.map(|_| info))
}

/// The device descriptor and all configuration descriptors of the device at a path, if there is one.
pub fn descriptors(name: &str) -> Result<Option<Vec<u8>>> {
    // Whatever else is not the name of a device there must not lead out of the directory.
    if name.is_empty() || name.starts_with('.') || name.contains(['/', ':']) {
        return Ok(None);
    }
    read(&Path::new(DEVICES).join(name), "descriptors")
}

/// Of the device that was opened; `None` if sysfs does not know.
pub fn active_configuration(info: &DeviceInfo) -> Option<Result<u8>> {
    if info.path.is_empty() {
        return None;
    }
    let value = text(&directory(info), "bConfigurationValue");
    match value.and_then(|value| Ok((value, is_present(info)?))) {
        Err(error) => Some(Err(error)),
        Ok((_, false)) => Some(Err(Error::no_device())),
        // An unconfigured device has an empty file.
        Ok((value, true)) => Some(Ok(value?.parse().unwrap_or(0))),
    }
}

/// Whether that very device, no later one in its place, is still plugged in.
pub fn is_present(info: &DeviceInfo) -> Result<bool> {
    let number = text(&directory(info), "devnum")?.and_then(|number| number.parse().ok());
    Ok(number == Some(info.address))
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

fn text(directory: &Path, file: &str) -> Result<Option<String>> {
    let bytes = read(directory, file)?;
    Ok(bytes.map(|bytes| {
        let text = String::from_utf8_lossy(&bytes);
        text.strip_suffix('\n').unwrap_or(&text).to_owned()
    }))
}

/// `None` if it is not there.
fn read(directory: &Path, file: &str) -> Result<Option<Vec<u8>>> {
    match fs::read(directory.join(file)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) => unless_short_of(&error).map(|()| None),
    }
}

/// What cannot be read is not there; but for want of descriptors or memory nobody knows.
fn unless_short_of(error: &io::Error) -> Result<()> {
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE) => Err(Error::no_descriptor(error)),
        Some(libc::ENOMEM) => Err(Error::new(Status::NoMem, "the system has no memory to list its devices")),
        _ => Ok(()),
    }
}

/// From the kernel's Mbit/s.
fn speed(mbits: &str) -> Speed {
    match mbits {
        "1.5" => Speed::Low,
        "12" => Speed::Full,
        "480" => Speed::High,
        "5000" => Speed::Super,
        "10000" | "20000" => Speed::SuperPlus,
        _ => Speed::Unknown,
    }
}
