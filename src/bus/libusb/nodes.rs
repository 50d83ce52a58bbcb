//! Devices whose nodes come later, or never: a container has those that it was given.

use super::sysfs;
use crate::bus::device_nodes::{DeviceNodes, NODES, NO_USB};
use crate::bus::interface_owner;
use crate::sys::{usbfs, BorrowedDescriptor, Readiness};
use crate::usb::{DeviceInfo, Speed};
use std::fs::{DirEntry, OpenOptions};
use std::io;
use std::path::Path;

/// None where the system has no more such watches: then no node is waited for.
pub struct Nodes(Option<DeviceNodes>);

impl Nodes {
    pub fn open() -> Nodes {
        Nodes(DeviceNodes::open())
    }

    /// Whether the system says when nodes come and go.
    pub fn are_watched(&self) -> bool {
        self.0.is_some()
    }

    /// Each is ready when nodes may have come.
    pub fn descriptors(&self) -> impl Iterator<Item = (BorrowedDescriptor<'_>, Readiness)> {
        let changes = self.0.iter().map(|nodes| (nodes.changes(), Readiness::Read));
        let mounts = self.0.iter().filter_map(DeviceNodes::mounts).map(|mounts| (mounts, Readiness::Exceptional));
        changes.chain(mounts)
    }

    /// Looks after the directories there are now: whether something has changed since the last time.
    pub fn pump(&self) -> bool {
        self.0.as_ref().is_some_and(|nodes| {
            let has_changed = nodes.changed();
            nodes.cover();
            has_changed
        })
    }

    /// Whether the device has no node, and something reports when it has.
    pub fn lacks(&self, info: &DeviceInfo) -> bool {
        self.0.is_some() && !has_node(info)
    }

    /// Whether nodes do not come by themselves here: not even the device's root hub has one.
    pub fn are_hidden(&self, info: &DeviceInfo) -> bool {
        self.lacks(&DeviceInfo { address: 1, ..info.clone() })
    }
}

fn has_node(info: &DeviceInfo) -> bool {
    Path::new(&interface_owner::node(info)).exists()
}

/// What libusb knows by sysfs alone; asked where there is none. The kernel tells those who may write.
pub fn speed(info: &DeviceInfo) -> Speed {
    if sysfs::is_there() {
        return Speed::Unknown;
    }
    let node = OpenOptions::new().read(true).write(true).open(interface_owner::node(info));
    node.and_then(usbfs::speed).map_or(Speed::Unknown, Speed::from_linux)
}

/// Why libusb finds no USB here, as far as the system says it.
pub fn obstacle() -> Option<&'static str> {
    let has_nodes = |bus: io::Result<DirEntry>| {
        bus.and_then(|bus| bus.path().read_dir()).map_or(true, |mut all| all.next().is_some())
    };
    let buses = match Path::new(NODES).read_dir() {
        Ok(buses) => Some(buses),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        // It may be there.
        Err(_) => return None,
    };
    if buses.is_none() && !Path::new(interface_owner::DEVICES).is_dir() {
        return Some(NO_USB);
    }
    let any = buses.is_some_and(|mut buses| buses.any(has_nodes));
    (!any).then_some(
        "libusb finds no USB: there are no device nodes in /dev/bus/usb; in a container, pass them in (docker run --device=/dev/bus/usb)",
    )
}
