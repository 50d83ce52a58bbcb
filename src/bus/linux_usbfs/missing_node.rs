//! Why a device that sysfs has, has no node: it leaves, it arrives, or nodes do not come by themselves here.
//!
//! The kernel adds a device in this order: its entry among the devices, its directory `power`, its node, its driver. It removes
//! `power`, the node, the driver and the entry. (Linux, drivers/base/core.c, `device_add` and `device_del`.)

use super::sysfs::{self, Directory};
use crate::error::Result;
use crate::usb::DeviceInfo;
use rustix::fs::{statat, AtFlags};
use std::ffi::CStr;
use std::fs;
use std::os::unix::fs::MetadataExt;

#[derive(Debug, PartialEq, Eq)]
pub enum Missing {
    /// The device leaves, or has left.
    Gone,
    /// The kernel is about to make the node, or to take the device away; which, a moment shows.
    NotYet,
    /// The device is there, and its node is not here.
    Hidden,
}

/// To be asked after the node was not found.
pub fn why(info: &DeviceInfo) -> Result<Missing> {
    let Some(directory) = Directory::open(&info.path)? else { return Ok(Missing::Gone) };
    let has = |name: &CStr| statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW).is_ok();
    // In this order: what goes first is looked for first, and the address last, as it shows that the directory was there all the time.
    let (has_power, has_driver) = (has(sysfs::POWER), has(sysfs::DRIVER));
    // A kernel without power management has no such directory anywhere.
    let can_have_power = has(sysfs::POWER_ABOVE);
    if directory.number(sysfs::ADDRESS)? != Some(info.address) {
        return Ok(Missing::Gone);
    }
    Ok(match (has_power || !can_have_power, has_driver) {
        (false, true) => Missing::Gone,
        (false, false) => Missing::NotYet,
        // The kernel's own file system has had the node before the driver.
        (true, false) if nodes_come_from_the_kernel() => Missing::NotYet,
        (true, _) => Missing::Hidden,
    })
}

/// Whether the kernel makes the nodes in the directory that this process sees.
fn nodes_come_from_the_kernel() -> bool {
    // Directories without nodes are not there.
    let nearest = ["/dev/bus/usb", "/dev/bus", "/dev"].into_iter().find_map(|path| fs::metadata(path).ok());
    let (Some(nearest), Ok(mounts)) = (nearest, fs::read_to_string("/proc/self/mountinfo")) else { return false };
    let device = format!("{}:{}", libc::major(nearest.dev()), libc::minor(nearest.dev()));
    // "24 29 0:6 / /dev rw,nosuid - devtmpfs udev rw,size=4096k"
    mounts.lines().any(|mount| {
        let is_there = mount.split(' ').nth(2) == Some(&device);
        is_there && mount.split_once(" - ").is_some_and(|(_, kind)| kind.starts_with("devtmpfs "))
    })
}
