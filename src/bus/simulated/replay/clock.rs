//! When things that were recorded happen again.

use std::time::{Duration, Instant};

/// The recording's time beside the present's. It stands still while the host is later than it was.
#[derive(Default)]
pub struct Clock {
    both: Option<(u64, Instant)>,
}

impl Clock {
    /// A transfer begins that began at a recorded time.
    pub fn begin(&mut self, recorded: Option<u64>, now: Instant) {
        let Some(recorded) = recorded else { return };
        if self.at(recorded).map_or(true, |expected| expected < now) {
            self.both = Some((recorded, now));
        }
    }

    /// When a recorded time comes; `None` before anything has begun.
    pub fn at(&self, recorded: u64) -> Option<Instant> {
        let (then, now) = self.both?;
        let later = Duration::from_nanos(recorded.saturating_sub(then));
        let earlier = Duration::from_nanos(then.saturating_sub(recorded));
        now.checked_add(later)?.checked_sub(earlier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_late_shifts_all_that_follows() {
        let mut clock = Clock::default();
        let start = Instant::now();
        let ms = Duration::from_millis;
        assert_eq!(clock.at(5), None);
        clock.begin(Some(1_000_000), start);
        assert_eq!(clock.at(4_000_000), Some(start + ms(3)));
        // Early: it waits.
        clock.begin(Some(5_000_000), start + ms(1));
        assert_eq!(clock.at(5_000_000), Some(start + ms(4)));
        // Late: all is later.
        clock.begin(Some(6_000_000), start + ms(9));
        assert_eq!(clock.at(7_000_000), Some(start + ms(10)));
    }
}
