//! The clock of completions.

use once_cell::sync::Lazy;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use windows_sys::Win32::System::Performance::{QueryPerformanceCounter, QueryPerformanceFrequency};

/// Nanoseconds of QueryPerformanceCounter, which counts from the system's start for all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    pub fn now() -> Timestamp {
        static FREQUENCY: Lazy<u64> = Lazy::new(|| {
            let mut frequency = 0;
            // SAFETY: it writes the number there.
            unsafe { QueryPerformanceFrequency(&mut frequency) };
            (frequency as u64).max(1)
        });
        let mut counter = 0;
        // SAFETY: it writes the number there.
        unsafe { QueryPerformanceCounter(&mut counter) };
        Timestamp((u128::from(counter as u64) * 1_000_000_000 / u128::from(*FREQUENCY)) as u64)
    }

    /// What to add to a timestamp for the time of day, in nanoseconds since 1970.
    pub fn to_wall() -> u64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (wall.as_nanos() as u64).wrapping_sub(Timestamp::now().0)
    }

    /// By one pair of both clocks for all, so that distances stay what they are.
    pub fn of(at: Instant) -> Timestamp {
        static BOTH: Lazy<(Instant, Timestamp)> = Lazy::new(|| (Instant::now(), Timestamp::now()));
        let (instant, Timestamp(base)) = *BOTH;
        let before = instant.saturating_duration_since(at).as_nanos() as u64;
        Timestamp(base + at.saturating_duration_since(instant).as_nanos() as u64 - before)
    }
}
