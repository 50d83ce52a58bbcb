//! usbx: USB for every program that can call C: checked handles, exact byte counts, errors that say what to do.
//!
//! The interface is C, in `include/usbx.h`, which is generated from [`ffi`]. ARCHITECTURE.md shows how a call travels. Modules
//! import those below them only; tests/layers.rs checks that.

mod bus;
#[forbid(unsafe_code)]
mod capture;
#[forbid(unsafe_code)]
mod completion;
#[forbid(unsafe_code)]
mod device;
#[forbid(unsafe_code)]
mod error;
pub mod ffi;
#[cfg(all(any(test, fuzzing), unix))]
#[path = "../fuzz/targets/mod.rs"]
pub mod fuzzed;
#[forbid(unsafe_code)]
mod library;
#[forbid(unsafe_code)]
mod queue;
#[forbid(unsafe_code)]
mod registry;
#[forbid(unsafe_code)]
mod share;
#[forbid(unsafe_code)]
mod stream;
#[forbid(unsafe_code)]
mod sync;
mod sys;
#[forbid(unsafe_code)]
mod text;
#[doc(hidden)]
#[forbid(unsafe_code)]
pub mod tool;
#[forbid(unsafe_code)]
mod usb;
#[forbid(unsafe_code)]
mod virtual_device;
#[forbid(unsafe_code)]
mod watch;
