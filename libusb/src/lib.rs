//! libusb-1.0's functions on usbx, for programs that are not to be changed. Written from libusb's documentation and its public
//! header; what libusb itself does with Linux is the measure where these leave a choice.
//!
//! A context is a queue and a watch: callbacks run on the thread that handles events. What a program has a pointer to (contexts,
//! devices, handles) is looked up in a table and never followed, so that a stale one is refused. A `libusb_transfer` is the program's
//! memory; its part of ours stands in front of it.

#![allow(non_camel_case_types, non_snake_case)]

#[cfg(not(feature = "linux_usbfs"))]
compile_error!("libusb's functions on usbx need the feature linux_usbfs: libusb cannot be under itself");

#[macro_use]
mod boundary;
pub mod abi;
mod bos;
mod completion;
mod configuration;
mod context;
mod descriptor;
mod device;
mod event_lock;
mod events;
mod flights;
mod handle;
mod hotplug;
mod interface;
mod log;
mod memory;
mod options;
mod pollfds;
mod status;
mod streams;
mod strings;
mod sync_io;
mod table;
mod topology;
mod transfer;
mod transfer_memory;
mod translations;
