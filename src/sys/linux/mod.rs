//! Linux: epoll, eventfd and timerfd, and files and pipes to write to.

mod event;
mod output;
mod poll_set;
mod timer;

pub use event::Event;
pub use output::Output;
pub use poll_set::{PollSet, Ready};
pub use timer::Timer;
