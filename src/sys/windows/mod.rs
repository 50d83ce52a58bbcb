//! Windows: waiting, clocks, sockets and files. The library keeps itself what is ready and who waits for it (`readiness`); the system's
//! own means, of which one call takes 64, are at its edges: timers and sockets tell it, and programs get an event's HANDLE of it.

mod clock;
mod connection;
mod environment;
mod event;
mod exit;
mod output;
mod poll_set;
mod readiness;
mod socket;
mod socket_watch;
mod thread;
mod timer;

pub use clock::Timestamp;
pub use environment::environment;
pub use event::Event;
pub use exit::at_exit;
pub use output::{OpenFile, Output};
pub use poll_set::{PollSet, Ready};
pub use readiness::{BorrowedDescriptor, Descriptor, Pollable};
pub use socket::{Listener, Socket};
pub use thread::start_thread;
pub use timer::Timer;

/// The HANDLE of an event, or a SOCKET. The system uses 32 bits of either, so that programs of both widths can share them.
pub type RawDescriptor = i32;

/// There is no fork() here.
pub fn process_generation() -> u32 {
    0
}
