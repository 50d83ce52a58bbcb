//! What a kernel's usbfs can do, for the buses over it.

#[forbid(unsafe_code)]
pub mod capabilities;
#[forbid(unsafe_code)]
pub mod mapping;
