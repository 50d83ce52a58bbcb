//! Other computers' devices, by USB/IP: the protocol of the Linux kernel (Documentation/usb/usbip_protocol.rst).

// The client's half has no user yet.
#[allow(dead_code)]
pub mod protocol;
