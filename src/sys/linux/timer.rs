//! A descriptor that polls as readable from a set time on.

use crate::error::{Error, Result};
use rustix::time::{
    timerfd_create, timerfd_settime, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec,
};
use std::os::unix::io::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

pub struct Timer {
    timer: OwnedFd,
    /// When it is set to.
    pub due: Option<Instant>,
}

impl Timer {
    pub fn new() -> Result<Timer> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags).map_err(Error::no_descriptor)?;
        Ok(Timer { timer, due: None })
    }

    /// The same timer, under another number.
    pub fn duplicate(&self) -> Result<OwnedFd> {
        self.timer.try_clone().map_err(Error::no_descriptor)
    }

    /// Sets it; without a time it is never ready. What it showed until now is over.
    pub fn set(&mut self, due: Option<Instant>, now: Instant) {
        // A time of zero would switch it off.
        let left =
            due.map_or(Duration::from_secs(0), |due| due.saturating_duration_since(now).max(Duration::from_nanos(1)));
        let value = Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ };
        let interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        // It cannot fail with a descriptor that is a timer and a time that is one.
        let _ = timerfd_settime(
            &self.timer,
            TimerfdTimerFlags::empty(),
            &Itimerspec { it_interval: interval, it_value: value },
        );
        self.due = due;
    }
}

impl AsFd for Timer {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.timer.as_fd()
    }
}
