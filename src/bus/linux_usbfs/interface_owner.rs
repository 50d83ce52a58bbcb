//! Who holds an interface that cannot be had: asked only to make an error useful.

use super::{node, sysfs};
use crate::text::list;
use crate::usb::DeviceInfo;
use std::fs;
use std::path::Path;

/// Why the interface cannot be claimed, and what to do.
pub fn of(info: &DeviceInfo, configuration: u8, interface: u8) -> String {
    match sysfs::driver(info, configuration, interface).as_deref() {
        Some("usbfs") => program(info),
        Some(driver) => format!("held by kernel driver {driver}; call usbx_detach_kernel_driver first"),
        None => "held by a kernel driver, another program or another handle; call usbx_detach_kernel_driver or close that one".to_owned(),
    }
}

/// Why the configuration cannot be changed: any interface that is held will do.
pub fn of_any(info: &DeviceInfo, configuration: u8) -> String {
    let held = (0..=255).find(|interface| sysfs::driver(info, configuration, *interface).is_some());
    match held {
        Some(interface) => format!("interface {interface} is {}", of(info, configuration, interface)),
        None => "one of its interfaces is in use; release or detach it first".to_owned(),
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
