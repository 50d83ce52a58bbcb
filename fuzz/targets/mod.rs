//! What is fuzzed. Each target takes any bytes, makes of them what it needs, and panics where a promise is broken. They are part of
//! the library where it is tested or fuzzed, as they reach inside; released, it has nothing of them.
//!
//! libFuzzer runs them by libfuzzer/; `cargo test` runs them over what was found worth keeping, in corpus/.

mod calls;
mod descriptors;
mod device;
mod hostile;
mod input;
mod memory;
#[cfg(test)]
mod replay;

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
