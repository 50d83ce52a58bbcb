//! Who holds an interface that cannot be claimed: asked only to make an error useful.

use super::known::Known;
use super::{node, sysfs, usbfs};
use crate::error::{Error, Status};
use crate::text::list;
use crate::usb::DeviceInfo;
use std::fmt;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

/// Why the interface cannot be claimed, and what to do. Who holds it is found out when the reason is asked for. By then the handle may
/// be closed: a failure that is kept does not keep the device open.
pub fn refusal(info: &Arc<DeviceInfo>, known: Option<&Arc<Known>>, node: &Arc<File>, interface: u8) -> Error {
    let (info, known, node) = (Arc::clone(info), known.map(Arc::clone), Arc::downgrade(node));
    Error::looked_up(Status::Busy, move || match node.upgrade() {
        Some(node) => match usbfs::driver(&node, interface).ok().flatten() {
            Some(driver) if driver.is_usbfs() => program(&info, 1),
            Some(driver) => kernel(&driver),
            None => UNKNOWN.to_owned(),
        },
        None => match known.as_ref().and_then(|known| driver_of(known, interface)).as_deref() {
            Some("usbfs") => program(&info, 0),
            Some(driver) => kernel(&driver),
            None => UNKNOWN.to_owned(),
        },
    })
}

fn driver_of(known: &Known, interface: u8) -> Option<String> {
    sysfs::is_present(&known.info).ok().filter(|is_present| *is_present)?;
    let configurations = known.interfaces().into_iter().filter(|(_, number)| *number == interface);
    configurations.into_iter().find_map(|(configuration, _)| sysfs::driver(&known.info, configuration, interface))
}

/// Why the configuration cannot be changed: any interface that is held will do.
pub fn refusal_of_any(info: &Arc<DeviceInfo>, node: &File) -> Error {
    let first = (0..=255).find_map(|interface| Some((interface, usbfs::driver(node, interface).ok()??)));
    match first {
        Some((interface, driver)) if driver.is_usbfs() => {
            let info = Arc::clone(info);
            Error::looked_up(Status::Busy, move || format!("interface {interface} is {}", program(&info, 1)))
        }
        Some((interface, driver)) => Error::new(Status::Busy, format!("interface {interface} is {}", kernel(&driver))),
        None => Error::new(Status::Busy, "one of its interfaces is in use; release or detach it first"),
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
        Some("usbfs") => program(info, 1),
        Some(driver) => kernel(&driver),
        None => UNKNOWN.to_owned(),
    }
}

/// `own` is how many handles of this process do not hold it.
fn program(info: &DeviceInfo, own: usize) -> String {
    let node = node::path(info);
    let here = std::process::id();
    let holders: Vec<u32> = processes().into_iter().filter(|pid| has_open(*pid, &node)).collect();
    let others = list(holders.iter().filter(|pid| **pid != here).map(|pid| name(*pid)));
    match holders.iter().any(|pid| *pid != here) {
        true => format!("held by {others}; end that program or let it release the interface"),
        false if handles_here(&node) > own => {
            "held by another handle of this process; release it there first".to_owned()
        }
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
