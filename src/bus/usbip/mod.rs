//! Other computers' devices, by USB/IP: the protocol of the Linux kernel (Documentation/usb/usbip_protocol.rst).

pub mod protocol;
