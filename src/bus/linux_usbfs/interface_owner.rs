//! Who holds an interface that cannot be claimed, as usbfs says.

use super::known::Known;
use crate::bus::interface_owner::{kernel, of, program, UNKNOWN};
use crate::error::{Error, Status};
use crate::sys::usbfs;
use crate::usb::DeviceInfo;
use std::fs::File;
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
        None => of(&info, &known.as_ref().map_or_else(Vec::new, |known| known.configurations()), interface, 0),
    })
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
