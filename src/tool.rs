//! What the project's own programs are built on: the command, `cli/`, and libusb's ABI, `libusb/`. It is the library without its C
//! boundary. It is not an interface for others, and changes as the library does.

pub use crate::bus::{Change, Event, Extras, Packets};
pub use crate::capture::{Capture, Options as CaptureOptions, Place};
pub use crate::completion::PendingList;
pub use crate::device::{is_tracked, Device, Patience, Request};
pub use crate::error::{Error, Outcome, Result, Status};
pub use crate::library::{
    descriptors, devices, devices_as_described, driver, interface_owner, list_number, never_libusb, obstacle, open,
    open_descriptor, open_listed, open_path, open_share, open_virtual, open_watch, remote_devices,
};
pub use crate::queue::{Again, Finished, Queue};
pub use crate::share::{Network, Options as ShareOptions, Share, Visit, DEFAULT_ADDRESS};
pub use crate::stream::{Options, Stream};
pub use crate::sys::{blocks, process_generation, with_buffer, Buffer, Event as Signal, PollSet, Readiness, Wait};
pub use crate::usb::{
    split, Backend, Configuration, DeviceInfo, Direction, Endpoint, SetupPacket, Speed, TransferType,
};
pub use crate::watch::{Filter, Watch};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");
