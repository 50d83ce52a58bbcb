//! The clock of completions.

use rustix::time::{clock_gettime, ClockId};

/// Nanoseconds of CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    pub fn now() -> Timestamp {
        let now = clock_gettime(ClockId::Monotonic);
        Timestamp(now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64)
    }
}
