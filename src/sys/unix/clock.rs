//! The clock of completions.

use once_cell::sync::Lazy;
use rustix::time::{clock_gettime, ClockId};
use std::time::Instant;

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

    /// By one pair of both clocks for all, so that distances stay what they are.
    pub fn of(at: Instant) -> Timestamp {
        static BOTH: Lazy<(Instant, Timestamp)> = Lazy::new(|| (Instant::now(), Timestamp::now()));
        let (instant, Timestamp(base)) = *BOTH;
        let before = instant.saturating_duration_since(at).as_nanos() as u64;
        Timestamp(base + at.saturating_duration_since(instant).as_nanos() as u64 - before)
    }
}

fn nanoseconds(clock: ClockId) -> u64 {
    let now = clock_gettime(clock);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
