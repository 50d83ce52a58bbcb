//! The clock of completions.

use rustix::time::{clock_gettime, ClockId};

/// Nanoseconds of CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    pub fn now() -> Timestamp {
        Timestamp(nanoseconds(ClockId::Monotonic))
    }

    /// What to add to a timestamp for the time of day, in nanoseconds since 1970.
    pub fn to_wall() -> u64 {
        nanoseconds(ClockId::Realtime).wrapping_sub(Timestamp::now().0)
    }
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
