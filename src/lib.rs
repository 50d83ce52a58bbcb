//! usbx: a USB library that cannot be misused, for every language that can call C.
//!
//! The interface is C, in `include/usbx.h`, which is generated from [`ffi`]. ARCHITECTURE.md tells how a call travels.

#[forbid(unsafe_code)]
mod arrivals;
#[forbid(unsafe_code)]
mod attendant;
mod backend;
#[forbid(unsafe_code)]
mod book;
#[forbid(unsafe_code)]
mod descriptor;
#[forbid(unsafe_code)]
mod device;
#[forbid(unsafe_code)]
mod error;
pub mod ffi;
#[cfg(any(test, fuzzing))]
#[path = "../fuzz/targets/mod.rs"]
pub mod fuzzed;
#[forbid(unsafe_code)]
mod inbox;
#[forbid(unsafe_code)]
mod info;
#[forbid(unsafe_code)]
mod library;
#[forbid(unsafe_code)]
mod poll;
#[forbid(unsafe_code)]
mod queue;
#[forbid(unsafe_code)]
mod registry;
#[forbid(unsafe_code)]
mod room;
#[forbid(unsafe_code)]
mod stream;
#[forbid(unsafe_code)]
mod sync;
#[forbid(unsafe_code)]
mod timer;
#[doc(hidden)]
#[forbid(unsafe_code)]
pub mod tool;
#[forbid(unsafe_code)]
mod transfer;
#[forbid(unsafe_code)]
mod wait;
#[forbid(unsafe_code)]
mod watch;
