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

/// Counts the intervals that passed without a transfer for them. The system does not say when an interval was; but while transfers
/// follow each other there is one packet in each, no completion is seen before its time, and no transfer begins before it is submitted.
pub struct Clock {
    interval: u64,
    packets: u64,
    run: Option<Run>,
}

/// Transfers without a gap between them.
struct Run {
    /// The latest that it can have begun, in nanoseconds.
    start: u64,
    submitted: u64,
    completed: u64,
    /// How many transfers of the runs before have not been seen to be complete.
    of_others: u64,
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

    fn time(&self, transfers: u64) -> u64 {
        transfers * self.packets * self.interval
    }

    /// A transfer was seen to be complete.
    pub fn completed(&mut self, at: Timestamp) {
        let length = self.time(1);
        let Some(run) = &mut self.run else { return };
        if run.of_others > 0 {
            run.of_others -= 1;
            return;
        }
        run.completed += 1;
        run.start = run.start.min(at.0.saturating_sub(run.completed * length));
    }

    /// A transfer was submitted between these times: how many intervals were missed before it.
    pub fn submitted(&mut self, from: Timestamp, to: Timestamp) -> u64 {
        let end = self.run.as_ref().map(|run| run.start + self.time(run.submitted));
        match (&mut self.run, end) {
            (Some(run), Some(end)) if from.0 <= end => {
                run.submitted += 1;
                0
            }
            (before, end) => {
                let of_others = before.as_ref().map_or(0, |run| run.of_others + run.submitted - run.completed);
                // A host controller begins within a transfer's time. Without that, a run of which every completion was seen late would
                // seem to have begun late.
                let start = to.0 + self.packets * self.interval;
                *before = Some(Run { start, submitted: 1, completed: 0, of_others });
                end.map_or(0, |end| (from.0 - end) / self.interval)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn clock() -> Clock {
        Clock { interval: MS, packets: 4, run: None }
    }

    fn submit(clock: &mut Clock, at: u64) -> u64 {
        clock.submitted(Timestamp(at * MS), Timestamp(at * MS))
    }

    #[test]
    fn transfers_without_a_gap_miss_nothing() {
        let mut clock = clock();
        (0..3).for_each(|_| assert_eq!(submit(&mut clock, 100), 0));
        (1..=3).for_each(|i| clock.completed(Timestamp((100 + 4 * i) * MS)));
        assert_eq!(submit(&mut clock, 112), 0);
        clock.completed(Timestamp(116 * MS));
        assert_eq!(submit(&mut clock, 116), 0);
    }

    #[test]
    fn a_late_look_does_not_hide_what_was_missed() {
        let mut clock = clock();
        (0..3).for_each(|_| assert_eq!(submit(&mut clock, 100), 0));
        clock.completed(Timestamp(104 * MS));
        // Complete at 108 and 112, seen at 150.
        (0..2).for_each(|_| clock.completed(Timestamp(150 * MS)));
        assert_eq!(submit(&mut clock, 150), 38);
    }

    #[test]
    fn a_run_that_was_only_seen_late_hides_nothing_either() {
        let mut clock = clock();
        (0..3).for_each(|_| assert_eq!(submit(&mut clock, 100), 0, "no run came before"));
        // From 100 to 112, seen at 150.
        (0..3).for_each(|_| clock.completed(Timestamp(150 * MS)));
        assert_eq!(submit(&mut clock, 150), 34, "at most a transfer less than 38");
    }

    #[test]
    fn a_transfer_submitted_too_late_misses_intervals_although_others_seem_to_be_in_flight() {
        let mut clock = clock();
        submit(&mut clock, 100);
        // From 100 to 104, not yet seen.
        assert_eq!(submit(&mut clock, 120), 12, "at most a transfer less than 16");
        assert_eq!(submit(&mut clock, 120), 0);
        // The first one's completion says nothing of when the second began.
        clock.completed(Timestamp(121 * MS));
        clock.completed(Timestamp(124 * MS));
        clock.completed(Timestamp(128 * MS));
        assert_eq!(submit(&mut clock, 128), 0);
        clock.completed(Timestamp(132 * MS));
        assert_eq!(submit(&mut clock, 140), 8);
    }

    #[test]
    fn lengths_cover_all_bytes() {
        assert_eq!(lengths(1536, 512).unwrap(), [512, 512, 512]);
        assert_eq!(lengths(1000, 512).unwrap(), [512, 488]);
        assert_eq!(lengths(0, 512).unwrap(), [0u32; 0]);
    }
}
