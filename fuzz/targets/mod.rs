//! The fuzz targets. Each target takes any bytes, derives its test from them, and panics if a promise is broken. They use internals,
//! so they are part of the library when it is tested or fuzzed, but not of a release.
//!
//! libFuzzer runs them through libfuzzer/; `cargo test` runs them over the saved inputs in corpus/.

mod calls;
mod descriptors;
mod device;
mod host;
mod hostile;
mod input;
mod memory;
mod recording;
#[cfg(test)]
mod replay;
mod share;

use input::Input;

/// Descriptors as a device may send them, and what is made of them.
pub fn descriptors(bytes: &[u8]) {
    descriptors::run(Input::new(bytes));
}

/// Any sequence of calls of the C interface, with the built-in virtual devices.
pub fn calls(bytes: &[u8]) {
    calls::Caller::new(Input::new(bytes)).run();
}

/// The same, with a device that keeps no rule.
pub fn hostile(bytes: &[u8]) {
    hostile::run(Input::new(bytes));
}

/// A capture file, and what is made of it.
pub fn recording(bytes: &[u8]) {
    recording::run(Input::new(bytes));
}

/// A client of the USB/IP server that sends anything.
pub fn share(bytes: &[u8]) {
    share::run(Input::new(bytes));
}

/// A host of USB/IP that sends anything, and a program that uses its device.
pub fn host(bytes: &[u8]) {
    host::run(Input::new(bytes));
}
