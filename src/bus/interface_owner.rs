//! Who holds an interface, as Linux says, whichever bus has the device: asked only to make an error useful.

use crate::sys::kernel_drivers::is_restorer;
use crate::text::list;
use crate::usb::DeviceInfo;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

pub const DEVICES: &str = "/sys/bus/usb/devices";

pub const UNKNOWN: &str =
    "held by a kernel driver, another program or another handle; call usbx_detach_kernel_driver or close that one";

/// The driver that holds an interface, as sysfs links it: "usbfs" where a program holds it.
pub fn driver(info: &DeviceInfo, configuration: u8, interface: u8) -> Option<String> {
    let link = fs::read_link(directory(info, configuration, interface).join("driver")).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// In words, and what to do: of an interface that these configurations have, one of which may be active. `own` is how many handles of this
/// process do not hold it.
pub fn of(info: &DeviceInfo, configurations: &[u8], interface: u8, own: usize) -> String {
    let found = match is_there(info) {
        true => configurations.iter().find_map(|configuration| driver(info, *configuration, interface)),
        false => None,
    };
    match found.as_deref() {
        Some("usbfs") => program(info, own),
        Some(driver) => kernel(&driver),
        None => UNKNOWN.to_owned(),
    }
}

pub fn kernel(driver: &dyn fmt::Display) -> String {
    format!("held by kernel driver {driver}; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once")
}

/// A program holds it.
pub fn program(info: &DeviceInfo, own: usize) -> String {
    let node = node(info);
    let here = std::process::id();
    // A process of the library's own has it open beside the program that took the interface from its driver.
    let holders: Vec<u32> =
        processes().into_iter().filter(|pid| has_open(*pid, &node) && !is_restorer(&comm(*pid))).collect();
    let others = list(holders.iter().filter(|pid| **pid != here).map(|pid| name(*pid)));
    match holders.iter().any(|pid| *pid != here) {
        true => format!("held by {others}; end that program or let it release the interface"),
        false if handles_here(&node) > own => {
            "held by another handle of this process; release it there first".to_owned()
        }
        false => format!("held by another program through usbfs; 'sudo fuser -v {node}' names it"),
    }
}

/// The device's node of usbfs.
pub fn node(info: &DeviceInfo) -> String {
    format!("/dev/bus/usb/{:03}/{:03}", info.bus, info.address)
}

/// An interface's directory in sysfs.
pub fn directory(info: &DeviceInfo, configuration: u8, interface: u8) -> PathBuf {
    let prefix = prefix(&info.path);
    Path::new(DEVICES).join(format!("{prefix}:{configuration}.{interface}"))
}

/// Whether the system has that interface: it has those of the active configuration.
pub fn has_interface(info: &DeviceInfo, configuration: u8, interface: u8) -> bool {
    fs::symlink_metadata(directory(info, configuration, interface)).is_ok()
}

/// What the names of a device's interfaces begin with: "1-2" of "1-2", and "1-0" of the root hub "usb1".
pub fn prefix(path: &str) -> String {
    path.strip_prefix("usb").map_or_else(|| path.to_owned(), |bus| format!("{bus}-0"))
}

/// That very device, no later one in its place.
fn is_there(info: &DeviceInfo) -> bool {
    let number = fs::read_to_string(Path::new(DEVICES).join(&info.path).join("devnum"));
    number.is_ok_and(|number| number.trim_end().parse() == Ok(info.address))
}

fn processes() -> Vec<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

fn has_open(pid: u32, node: &str) -> bool {
    descriptors(pid, node) > 0
}

fn handles_here(node: &str) -> usize {
    descriptors(std::process::id(), node)
}

fn descriptors(pid: u32, node: &str) -> usize {
    let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    entries.filter(|entry| fs::read_link(entry.path()).map(|link| link == Path::new(node)).unwrap_or(false)).count()
}

fn name(pid: u32) -> String {
    format!("process {pid} ({})", comm(pid))
}

fn comm(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_a_root_hub_have_a_name_of_their_own() {
        let path = |path: &str| {
            let info = DeviceInfo { path: path.to_owned(), ..DeviceInfo::default() };
            directory(&info, 1, 0).to_str().unwrap().to_owned()
        };
        assert_eq!(path("usb12"), "/sys/bus/usb/devices/12-0:1.0");
        assert_eq!(path("1-2.3"), "/sys/bus/usb/devices/1-2.3:1.0");
    }
}
