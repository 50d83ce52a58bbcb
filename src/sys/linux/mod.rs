//! Linux: epoll, eventfd and timerfd.

mod event;
mod poll_set;
mod timer;

pub use event::Event;
pub use poll_set::PollSet;
pub use timer::Timer;
