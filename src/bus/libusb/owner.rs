//! Who holds an interface, which libusb does not report, and Linux does.

use super::drivers::Drivers;
use super::events::Events;
use super::raw;
use crate::bus::interface_owner;
use crate::error::{Error, Status};
use crate::usb::DeviceInfo;
use std::sync::Arc;

/// Why an interface cannot be claimed, and what to do. Who holds it is found out when the reason is asked for. By then the handle may be
/// closed: a failure that is kept does not keep the device open.
pub fn refusal(info: &Arc<DeviceInfo>, events: &Arc<Events>, drivers: &Drivers, interface: u8) -> Error {
    let reason = reason(info, events, drivers, interface);
    Error::looked_up(Status::Busy, reason)
}

/// Why the configuration cannot be changed: any interface that is held will do.
pub fn refusal_of_any(info: &Arc<DeviceInfo>, events: &Arc<Events>, drivers: &Drivers) -> Error {
    let configurations = configurations(events);
    let is_held = |interface: &u8| {
        configurations.iter().any(|active| interface_owner::driver(info, *active, *interface).is_some())
    };
    match (0..=255).find(is_held) {
        Some(interface) => {
            let reason = reason(info, events, drivers, interface);
            Error::looked_up(Status::Busy, move || format!("interface {interface} is {}", reason()))
        }
        None => Error::new(Status::Busy, "one of its interfaces is in use; release or detach it first"),
    }
}

fn reason(
    info: &Arc<DeviceInfo>,
    events: &Arc<Events>,
    drivers: &Drivers,
    interface: u8,
) -> impl Fn() -> String + Send + Sync + 'static {
    let (info, configurations, open) = (Arc::clone(info), configurations(events), Arc::downgrade(events));
    let taken = drivers.descriptors();
    move || interface_owner::of(&info, &configurations, interface, open.strong_count().min(1) + taken())
}

/// Their numbers. The system knows the interfaces of the active one only.
fn configurations(events: &Events) -> Vec<u8> {
    let all = raw::configuration_descriptors(events.connection().device());
    all.iter().filter_map(|bytes| bytes.get(5).copied()).collect()
}
