//! Unix: file descriptors, fork, threads, clocks, sockets, and files and pipes to write to. What Linux or the BSDs do in their own way
//! is in their folders.

mod clock;
mod connection;
mod environment;
mod exit;
mod fork;
#[forbid(unsafe_code)]
mod output;
mod pages;
mod passed;
#[forbid(unsafe_code)]
mod socket;
mod thread;

pub use clock::Timestamp;
pub use environment::environment;
pub use exit::at_exit;
pub use fork::process_generation;
pub use output::Output;
pub use pages::{new_pages, unmap};
pub use socket::{Listener, Socket};
pub use thread::start_thread;

/// A file descriptor that is closed when it is dropped, one that other code closes, and its number.
pub type Descriptor = std::os::unix::io::OwnedFd;
/// What a set of descriptors can wait for.
pub use std::os::unix::io::AsFd as Pollable;
pub type BorrowedDescriptor<'a> = std::os::unix::io::BorrowedFd<'a>;
pub type RawDescriptor = std::os::unix::io::RawFd;
/// A file or pipe that another part of the program has opened.
pub type OpenFile = std::os::unix::io::OwnedFd;
