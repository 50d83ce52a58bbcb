//! usbx as it is installed: all of it is the library's own.

extern crate usbx as _;
