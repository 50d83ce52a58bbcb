//! The part of the operating system that the models need: no memory that others write to, and readiness that loom can follow.

#[path = "../../../../src/sys/alloc.rs"]
mod alloc;
mod buffer;
#[path = "../../../../src/sys/unix/clock.rs"]
mod clock;
#[path = "../../../../src/sys/deadline.rs"]
mod deadline;
mod poll_set;
mod thread;
mod timer;
pub mod usbfs;

pub use alloc::{out_of_memory, try_vec};
pub use buffer::{with_buffer, Buffer, Lender, Memory};
pub use clock::Timestamp;
pub use deadline::{Deadline, Wait};
pub use poll_set::{poll, Descriptor, Event, PollSet, Pollable};
pub use thread::start_thread;
pub use timer::Timer;

pub type RawDescriptor = i32;
pub type BorrowedDescriptor<'a> = (Descriptor, std::marker::PhantomData<&'a ()>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Read,
    Write,
    Exceptional,
}

/// Nothing forks here.
pub fn process_generation() -> u32 {
    0
}
