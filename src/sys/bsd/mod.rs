//! macOS and the BSDs: kqueue. It is compiled for these systems in the tests, and has run on none of them.

#[forbid(unsafe_code)]
mod event;
mod kernel_queue;
#[forbid(unsafe_code)]
mod poll_set;
mod process;
mod sockets;
#[forbid(unsafe_code)]
mod timer;

pub use event::Event;
pub use poll_set::{PollSet, Ready};
pub use process::{has_more_rights_than_its_user, is_unmarked_child, mark};
pub use sockets::{is_listening, let_wait, set_user_timeout, stream_socket, without_signals, SEND};
pub use timer::Timer;
