//! The C boundary: one file for each noun of the header. The only code that sees a caller's raw pointer.

// The header's readers are C programmers: no `# Safety` headings. What each pointer must be is said in the prose.
#![allow(clippy::missing_safety_doc)]
#![allow(non_camel_case_types)]

// In the header's order; rustfmt leaves lines apart where they are.
mod library;

mod devices;

mod claim;

mod interface;

mod descriptor;

mod transfer;

mod isochronous;

mod buffer;

mod queue;

mod bulk_streams;

mod stream_types;

mod stream;

mod watch;

mod virtual_device;

mod virtual_types;

mod virtual_model;

mod virtual_replay;

mod capture;

mod share;

mod remote;

mod boundary;
mod pointer;

/// What cbindgen.toml writes as USBX_NO_WAIT: its own literals are decimal, and this one would be signed in C89.
pub(crate) const USBX_NO_WAIT_VALUE: u32 = u32::MAX;

pub use buffer::*;
pub use bulk_streams::*;
pub use capture::*;
pub use claim::*;
pub use descriptor::*;
pub use devices::*;
pub use interface::*;
pub use isochronous::*;
pub use library::*;
pub use queue::*;
pub use remote::*;
pub use share::*;
pub use stream::*;
pub use stream_types::*;
pub use transfer::*;
pub use virtual_device::*;
pub use virtual_model::*;
pub use virtual_replay::*;
pub use virtual_types::*;
pub use watch::*;
