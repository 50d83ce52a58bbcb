//! What Linux says of a device in its files, for which libusb would wait, or in a way that the end of the program does not end.

use crate::bus::device_nodes::may_open;
use crate::bus::interface_owner::{self, DEVICES};
use crate::usb::{Configuration, DeviceInfo};
use std::fs;
use std::path::Path;

/// Whether strings are had from the system.
pub fn has_strings() -> bool {
    is_there()
}

/// Whether there are such files here. libusb looks for them, too, and otherwise at the nodes.
pub fn is_there() -> bool {
    Path::new(DEVICES).is_dir()
}

/// The active configuration, of those with these descriptors. `None` where no interface's name says it: the device may have none.
pub fn configuration(info: &DeviceInfo, descriptors: &[Vec<u8>]) -> Option<u8> {
    let configurations = descriptors.iter().filter_map(|bytes| Configuration::parse(bytes, info.speed).ok());
    let is_active = |configuration: &Configuration| {
        let mut interfaces = configuration.interfaces().into_iter();
        interfaces.any(|interface| interface_owner::has_interface(info, configuration.value, interface))
    };
    configurations.into_iter().find(is_active).map(|active| active.value)
}

/// Its strings, as Linux has asked for them, and whether it may be opened, and has a configuration, by now. `None` where there are no such
/// files. This waits while the device is busy; of a thread that does the system lets go.
pub fn add_strings(info: &mut DeviceInfo) -> Option<bool> {
    let directory = Path::new(DEVICES).join(&info.path);
    let line = |name: &str| {
        let bytes = fs::read(directory.join(name)).ok()?;
        Some(String::from_utf8_lossy(bytes.strip_suffix(b"\n").unwrap_or(&bytes)).into_owned())
    };
    let is_configured = !line("bConfigurationValue")?.is_empty();
    let strings = ["manufacturer", "product", "serial"].map(|name| line(name).unwrap_or_default());
    // Another device may have come in its place meanwhile.
    if line("devnum").is_some_and(|number| number == info.address.to_string()) {
        [info.manufacturer, info.product, info.serial] = strings;
    }
    Some(is_configured && may_open(info))
}

/// Whether it is the name of one, for a device of whose ports libusb knows nothing: without these files it knows none of any device's.
pub fn is_root_hub(name: &str) -> bool {
    Path::new(DEVICES).join(name).exists()
}
