//! Systems that do not say who holds an interface, beyond what libusb knows.

use super::drivers::{self, Drivers};
use super::events::Events;
use crate::error::{Error, Status};
use crate::usb::DeviceInfo;
use std::sync::Arc;

pub fn refusal(_: &Arc<DeviceInfo>, events: &Arc<Events>, _: &Drivers, interface: u8) -> Error {
    let reason = match drivers::is_active(events.connection(), interface) {
        1 => "held by a kernel driver; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once",
        _ => "held by another program or another handle; release it there first",
    };
    Error::new(Status::Busy, reason)
}

pub fn refusal_of_any(_: &Arc<DeviceInfo>, _: &Arc<Events>, _: &Drivers) -> Error {
    Error::new(Status::Busy, "one of its interfaces is in use; release or detach it first")
}
