//! What the project's own command-line tool, `cli/`, is built on: the library without its C boundary. It is no interface for
//! others, and changes as the library does.

pub use crate::backend::libusb::{driver, holder};
pub use crate::descriptor::{Configuration, Endpoint, Kind};
pub use crate::device::{Device, Outcome};
pub use crate::error::{Error, Result, Status};
pub use crate::ffi::with_buffer;
pub use crate::info::DeviceInfo;
pub use crate::library::{devices, obstacle, open, open_path, open_watch};
pub use crate::stream::{Options, Stream};
pub use crate::transfer::{Direction, Setup};
pub use crate::wait::Wait;
pub use crate::watch::{Change, Event, Filter, Watch};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");
