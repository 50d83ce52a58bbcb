//! Linux, Android with it: epoll, eventfd and timerfd, memory that drivers share, and what tells a forked child.

#[forbid(unsafe_code)]
mod event;
#[cfg(all(feature = "linux_usbfs", not(loom)))]
pub mod kernel_drivers;
mod pages;
#[forbid(unsafe_code)]
mod poll_set;
mod process;
#[forbid(unsafe_code)]
mod sockets;
#[forbid(unsafe_code)]
mod timer;
#[cfg(all(feature = "linux_usbfs", not(loom)))]
pub mod usbfs;

pub use event::Event;
pub use pages::{make_ordinary, map_device, map_device_behind_page};
pub use poll_set::{PollSet, Ready};
pub use process::{has_more_rights_than_its_user, is_unmarked_child, mark};
pub use sockets::{is_listening, let_wait, set_user_timeout, stream_socket, without_signals, SEND};
pub use timer::Timer;
