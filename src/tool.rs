//! What the project's own command-line tool, `cli/`, is built on: the library without its C boundary. It is not an interface for
//! others, and changes as the library does.

pub use crate::bus::linux_usbfs::{driver, interface_owner};
pub use crate::bus::{Change, Event};
pub use crate::capture::{Capture, Options as CaptureOptions, Place};
pub use crate::device::Device;
pub use crate::error::{Error, Outcome, Result, Status};
pub use crate::library::{devices, obstacle, open, open_path, open_share, open_virtual, open_watch};
pub use crate::share::{Network, Options as ShareOptions, Share, DEFAULT_ADDRESS};
pub use crate::stream::{Options, Stream};
pub use crate::sys::{with_buffer, Wait};
pub use crate::usb::{Backend, Configuration, DeviceInfo, Direction, Endpoint, SetupPacket, Speed, TransferType};
pub use crate::watch::{Filter, Watch};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");
