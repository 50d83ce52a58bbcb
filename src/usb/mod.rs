//! USB's own words, without any input or output: descriptors, endpoints, speeds, setup packets.

mod configuration;
mod configuration_list;
mod device_info;
mod endpoint;
#[cfg(any(feature = "libusb", all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
// For kernel drivers, which on other systems nothing here gives back.
#[cfg(any(target_os = "linux", target_os = "android", test))]
mod function;
mod setup_packet;
mod speed;
pub mod string;

pub use configuration::{Configuration, Setting};
pub use configuration_list::{split, with_true_lengths};
pub use device_info::{path_order, Backend, DeviceInfo};
pub use endpoint::{Direction, Endpoint, TransferType};
#[cfg(any(feature = "libusb", all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use function::function;
pub use setup_packet::SetupPacket;
pub use speed::Speed;
