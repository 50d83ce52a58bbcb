//! Linux, Android with it: epoll, eventfd and timerfd, memory that drivers share, and what tells a forked child.

#[forbid(unsafe_code)]
mod event;
#[cfg(all(any(feature = "linux_usbfs", feature = "libusb"), not(loom)))]
pub mod kernel_drivers;
mod pages;
#[forbid(unsafe_code)]
mod poll_set;
mod process;
#[forbid(unsafe_code)]
mod sockets;
#[forbid(unsafe_code)]
mod timer;
// Each bus needs its own part of them.
#[cfg(all(any(feature = "linux_usbfs", feature = "libusb"), not(loom)))]
#[cfg_attr(not(feature = "linux_usbfs"), allow(dead_code))]
pub mod usbfs;

pub use event::Event;
pub use pages::{make_ordinary, map_device, map_device_behind_page};
pub use poll_set::{PollSet, Ready};
pub use process::{has_more_rights_than_its_user, is_unmarked_child, mark};
pub use sockets::{is_listening, let_wait, set_user_timeout, stream_socket, without_signals, SEND};
pub use timer::Timer;
