//! Who holds an interface that cannot be claimed: asked only to make an error useful.

use super::{node, sysfs, usbfs};
use crate::error::{Error, Status};
use crate::text::list;
use crate::usb::DeviceInfo;
use std::fmt;
use std::fs::{self, File};
use std::path::Path;

/// Why the interface cannot be claimed, and what to do. The kernel says at once which driver has it; to find the program takes a
/// look at all processes.
pub fn refusal(info: &DeviceInfo, node: &File, interface: u8) -> Error {
    held(info, usbfs::driver(node, interface).ok().flatten(), "")
}

/// Why the configuration cannot be changed: any interface that is held will do.
pub fn refusal_of_any(info: &DeviceInfo, node: &File) -> Error {
    let first = (0..=255).find_map(|interface| Some((interface, usbfs::driver(node, interface).ok()??)));
    match first {
        Some((interface, driver)) => held(info, Some(driver), &format!("interface {interface} is ")),
        None => Error::new(Status::Busy, "one of its interfaces is in use; release or detach it first"),
    }
}

fn held(info: &DeviceInfo, driver: Option<usbfs::DriverName>, what: &str) -> Error {
    match driver {
        Some(driver) if driver.is_usbfs() => {
            let (info, what) = (info.clone(), what.to_owned());
            Error::looked_up(Status::Busy, move || what.clone() + &program(&info))
        }
        Some(driver) => Error::new(Status::Busy, what.to_owned() + &kernel(&driver)),
        None => Error::new(Status::Busy, what.to_owned() + UNKNOWN),
    }
}

const UNKNOWN: &str =
    "held by a kernel driver, another program or another handle; call usbx_detach_kernel_driver or close that one";

fn kernel(driver: &dyn fmt::Display) -> String {
    format!("held by kernel driver {driver}; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once")
}

/// The same of a device that is not open.
pub fn of(info: &DeviceInfo, configuration: u8, interface: u8) -> String {
    match sysfs::driver(info, configuration, interface).as_deref() {
        Some("usbfs") => program(info),
        Some(driver) => kernel(&driver),
        None => UNKNOWN.to_owned(),
    }
}

fn program(info: &DeviceInfo) -> String {
    let node = node::path(info);
    let own = std::process::id();
    let holders: Vec<u32> = processes().into_iter().filter(|pid| has_open(*pid, &node)).collect();
    let others = list(holders.iter().filter(|pid| **pid != own).map(|pid| name(*pid)));
    match holders.iter().any(|pid| *pid != own) {
        true => format!("held by {others}; end that program or let it release the interface"),
        false if handles_here(&node) > 1 => "held by another handle of this process; release it there first".to_owned(),
        false => format!("held by another program through usbfs; 'sudo fuser -v {node}' names it"),
    }
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
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("process {pid} ({})", name.trim_end())
}
