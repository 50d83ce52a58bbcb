//! What isochronous streams have beyond the others: packets, each with its own fate, and intervals that pass for nothing.

use super::tuning;
use crate::error::Result;
use crate::sys::{try_vec, Timestamp};
use crate::usb::{Endpoint, Speed, TransferType};

/// Packets of `unit` bytes, and a shorter one for the rest.
pub fn lengths(total: usize, unit: usize) -> Result<Vec<u32>> {
    let mut lengths = try_vec(total.div_ceil(unit))?;
    lengths.resize(total / unit, unit as u32);
    let rest = total % unit;
    if rest > 0 {
        lengths.push(rest as u32);
    }
    Ok(lengths)
}

/// Counts the intervals that passed with nothing in flight. The system does not say when an interval was; but while transfers
/// follow each other there is one packet in each, and no completion is seen before its time.
pub struct Clock {
    interval: u64,
    packets: u64,
    run: Option<Run>,
}

/// Transfers without a gap between them.
struct Run {
    /// The latest that it can have begun, in nanoseconds.
    start: u64,
    packets: u64,
}

impl Clock {
    pub fn of(endpoint: &Endpoint, speed: Speed, packets: usize) -> Option<Clock> {
        let interval = tuning::interval(endpoint, speed).as_nanos() as u64;
        (endpoint.transfer_type == TransferType::Isochronous).then_some(Clock {
            interval,
            packets: packets as u64,
            run: None,
        })
    }

    /// A transfer was seen to be complete.
    pub fn completed(&mut self, at: Timestamp) {
        let run = self.run.get_or_insert(Run { start: u64::MAX, packets: 0 });
        run.packets += self.packets;
        run.start = run.start.min(at.0.saturating_sub(run.packets * self.interval));
    }

    /// Whether so many transfers may all have ended by now, although none was seen to.
    pub fn may_be_over(&self, in_flight: usize, now: Timestamp) -> bool {
        let ended = |run: &Run| run.start + (run.packets + in_flight as u64 * self.packets) * self.interval;
        self.run.as_ref().is_some_and(|run| ended(run) < now.0)
    }

    /// Nothing is in flight, and a new run begins: how many intervals have been missed since the last one.
    pub fn restarted(&mut self, now: Timestamp) -> u64 {
        // A host controller begins within a transfer's time. Without that, a run of which every completion was seen late would
        // seem to have begun late.
        let start = now.0 + self.packets * self.interval;
        let ended = self.run.replace(Run { start, packets: 0 }).map(|run| run.start + run.packets * self.interval);
        ended.map_or(0, |ended| now.0.saturating_sub(ended) / self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn clock() -> Clock {
        Clock { interval: MS, packets: 4, run: None }
    }

    #[test]
    fn transfers_without_a_gap_miss_nothing() {
        let mut clock = clock();
        (1..=3).for_each(|i| clock.completed(Timestamp((100 + 4 * i) * MS)));
        assert_eq!(clock.restarted(Timestamp(112 * MS)), 0);
    }

    #[test]
    fn a_late_look_does_not_hide_what_was_missed() {
        let mut clock = clock();
        clock.completed(Timestamp(104 * MS));
        // Complete at 108 and 112, seen at 150.
        (0..2).for_each(|_| clock.completed(Timestamp(150 * MS)));
        assert_eq!(clock.restarted(Timestamp(150 * MS)), 38);
    }

    #[test]
    fn a_run_that_was_only_seen_late_hides_nothing_either() {
        let mut clock = clock();
        assert_eq!(clock.restarted(Timestamp(100 * MS)), 0, "no run came before");
        // From 100 to 112, seen at 150.
        (0..3).for_each(|_| clock.completed(Timestamp(150 * MS)));
        assert_eq!(clock.restarted(Timestamp(150 * MS)), 34, "at most a transfer less than 38");
    }

    #[test]
    fn what_is_in_flight_may_be_over_when_its_time_has_passed() {
        let mut clock = clock();
        clock.restarted(Timestamp(100 * MS));
        assert!(!clock.may_be_over(2, Timestamp(112 * MS)), "they may have begun a transfer's time later");
        assert!(clock.may_be_over(2, Timestamp(113 * MS)));
        clock.completed(Timestamp(104 * MS));
        assert!(!clock.may_be_over(1, Timestamp(108 * MS)));
        assert!(clock.may_be_over(1, Timestamp(109 * MS)));
    }

    #[test]
    fn lengths_cover_all_bytes() {
        assert_eq!(lengths(1536, 512).unwrap(), [512, 512, 512]);
        assert_eq!(lengths(1000, 512).unwrap(), [512, 488]);
        assert_eq!(lengths(0, 512).unwrap(), [0u32; 0]);
    }
}
