//! What Linux says of a device in its files, for which libusb would wait, or in a way that the end of the program does not end.

use crate::bus::interface_owner::{self, DEVICES};
use crate::usb::{Configuration, DeviceInfo};
use std::fs;
use std::path::Path;

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

/// Its strings, as Linux has asked for them.
pub fn add_strings(info: &mut DeviceInfo) {
    let directory = Path::new(DEVICES).join(&info.path);
    let places = [&mut info.manufacturer, &mut info.product, &mut info.serial];
    for (name, place) in ["manufacturer", "product", "serial"].into_iter().zip(places) {
        if let Ok(text) = fs::read_to_string(directory.join(name)) {
            *place = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        }
    }
}

/// Whether it is the name of one, for a device of whose ports libusb knows nothing: without these files it knows none of any device's.
pub fn is_root_hub(name: &str) -> bool {
    Path::new(DEVICES).join(name).exists()
}

/// Returns when the system lets calls to the device in: not while it is being configured, for one. Opening its node waits for that, too, but
/// so that the program cannot end meanwhile. Of a thread that reads a file the system lets go.
pub fn wait_until_free(info: &DeviceInfo) {
    let _ = fs::read(Path::new(DEVICES).join(&info.path).join("bConfigurationValue"));
}
