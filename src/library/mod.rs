//! The library as a whole: the handles of this process, and the buses it finds devices on.

mod buses;
mod captures;
mod handles;
mod system;

#[cfg(all(any(test, fuzzing), unix))]
pub use buses::with_simulated;
pub use buses::{
    descriptors, devices, devices_as_described, list_number, obstacle, open, open_descriptor, open_listed, open_path,
    open_remote_descriptor, open_share, open_virtual, open_watch, plug_virtual, remote_devices,
};
pub use handles::{
    capture, close_capture, close_device, close_queue, close_share, close_stream, close_virtual_device, close_watch,
    device, device_arc, failure, keep_failure, queue, register, share, shutdown, stream, virtual_device, watch, Object,
};
pub use system::{driver, interface_owner, never_libusb};

/// Of tests in one process: a shutdown is everybody's, and pulls others' virtual devices out.
#[cfg(test)]
pub static ALONE: crate::sync::Mutex<()> = crate::sync::Mutex::new(());
