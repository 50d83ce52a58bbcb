//! A descriptor that polls as readable from a set time on.

use super::kernel_queue::KernelQueue;
use crate::error::Result;
use rustix::event::kqueue::{EventFilter, EventFlags};
use std::os::unix::io::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

pub struct Timer {
    /// With one event at most, which nobody takes.
    queue: KernelQueue,
    /// When it is set to.
    pub due: Option<Instant>,
}

impl Timer {
    pub fn new() -> Result<Timer> {
        Ok(Timer { queue: KernelQueue::new()?, due: None })
    }

    /// The same timer, under another number.
    pub fn duplicate(&self) -> Result<OwnedFd> {
        self.queue.duplicate()
    }

    /// Sets it; without a time it is never ready. What it showed until now is over.
    pub fn set(&mut self, due: Option<Instant>, now: Instant) {
        let timer = |timer| EventFilter::Timer { ident: 0, timer };
        // It fails if there is none.
        let _ = self.queue.change(timer(None), EventFlags::DELETE, 0);
        if let Some(due) = due {
            let left = due.saturating_duration_since(now).min(LONGEST);
            // It cannot fail with a time that is one.
            let _ = self.queue.change(timer(Some(told_exactly(left))), EventFlags::ADD | EventFlags::ONESHOT, 0);
        }
        self.due = due;
    }
}

/// More nanoseconds are no time for every system.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// rustix gives the system whole seconds where no millisecond is left over, and whole microseconds where no nanosecond is: such a time is
/// made longer by a part of a millisecond, so that none is too short.
fn told_exactly(time: Duration) -> Duration {
    match (time.subsec_millis(), time.subsec_nanos()) {
        (0, 0) if time.as_secs() > 0 => time,
        (0, nanoseconds) => time + Duration::from_nanos(1_000_001 - u64::from(nanoseconds)),
        _ => time,
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_ready_from_its_time_on() {
        let is_ready = |timer: &Timer| {
            let mut polled = [rustix::event::PollFd::new(timer, rustix::event::PollFlags::IN)];
            rustix::event::poll(&mut polled, Some(&rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap() == 1
        };
        let (mut timer, now) = (Timer::new().unwrap(), Instant::now());
        assert!(!is_ready(&timer));
        for microseconds in [0, 1, 999, 1_000, 1_001, 20_000] {
            let due = now + Duration::from_micros(microseconds);
            timer.set(Some(due), Instant::now());
            while !is_ready(&timer) {}
            assert!(due <= Instant::now());
        }
        timer.set(None, now);
        assert!(!is_ready(&timer));
    }
}
