//! When there is a frame: paced by the clock, or as fast as the host reads.

use super::frames::{self, FRAME, SAMPLES};
use std::time::{Duration, Instant};

/// Frames that wait for a late reader.
const KEPT: u64 = 1024;

pub struct Sampling {
    rate: u32,
    seed: u32,
    running: bool,
    /// Since when it runs.
    started: Option<Instant>,
    /// Frames made until `since`; from there on they come at `rate`.
    made: u64,
    since: Instant,
    /// The next frame to send.
    next: u64,
    dropped: u64,
}

pub struct Counts {
    pub running: bool,
    pub made: u64,
    pub dropped: u64,
}

impl Default for Sampling {
    fn default() -> Self {
        Sampling {
            rate: 10_000,
            seed: 0,
            running: false,
            started: None,
            made: 0,
            since: Instant::now(),
            next: 0,
            dropped: 0,
        }
    }
}

impl Sampling {
    pub fn rate(&self) -> u32 {
        self.rate
    }

    pub fn start(&mut self, seed: u32, now: Instant) {
        *self =
            Sampling { seed, running: true, started: Some(now), since: now, rate: self.rate, ..Sampling::default() };
    }

    pub fn stop(&mut self, now: Instant) {
        self.settle(now);
        self.running = false;
        self.started = None;
    }

    pub fn set_rate(&mut self, rate: u32, now: Instant) {
        self.settle(now);
        self.rate = rate;
    }

    pub fn counts(&self, now: Instant) -> Counts {
        let made = self.made(now);
        let late = made.saturating_sub(self.next).saturating_sub(KEPT);
        Counts { running: self.running, made, dropped: self.dropped + late }
    }

    /// Writes the next frame, if there is one.
    pub fn next_frame(&mut self, packet: &mut [u8], now: Instant) -> Option<usize> {
        let made = self.made(now);
        if self.running && self.rate == 0 && self.next == made {
            self.made = made + 1;
        } else if self.next == made {
            return None;
        }
        let late = made.saturating_sub(self.next).saturating_sub(KEPT);
        self.next += late;
        self.dropped += late;
        frames::write(packet, self.next, self.seed);
        self.next += 1;
        Some(FRAME)
    }

    /// Writes the frame that stands for the millisecond since the start in which `now` is, as a device without memory would.
    pub fn frame_of_this_millisecond(&self, packet: &mut [u8], now: Instant) -> Option<usize> {
        let sequence = now.checked_duration_since(self.started?)?.as_millis();
        frames::write(&mut packet[..FRAME], sequence as u64, self.seed);
        Some(FRAME)
    }

    /// When the next frame will be there.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        if !self.running || self.rate == 0 {
            return None;
        }
        let more = u128::from(self.made(now) + 1 - self.made);
        let nanoseconds = (more * u128::from(SAMPLES) * 1_000_000_000).div_ceil(u128::from(self.rate));
        self.since.checked_add(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
    }

    fn made(&self, now: Instant) -> u64 {
        if !self.running || self.rate == 0 {
            return self.made;
        }
        let elapsed = now.saturating_duration_since(self.since).as_nanos();
        self.made + (elapsed * u128::from(self.rate) / (u128::from(SAMPLES) * 1_000_000_000)) as u64
    }

    /// Counts what was made until now, at the rate that ends here.
    fn settle(&mut self, now: Instant) {
        self.made = self.made(now);
        self.since = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(sampling: &mut Sampling, now: Instant) -> Option<u32> {
        let mut frame = [0; FRAME];
        sampling.next_frame(&mut frame, now)?;
        Some(u32::from_le_bytes([frame[4], frame[5], frame[6], frame[7]]))
    }

    #[test]
    fn paced_frames_come_when_they_are_due() {
        let mut sampling = Sampling::default();
        let start = Instant::now();
        sampling.set_rate(62_000, start);
        assert_eq!(sequence(&mut sampling, start), None);
        sampling.start(0, start);
        assert_eq!(sequence(&mut sampling, start + Duration::from_micros(999)), None);
        assert_eq!(sampling.due(start), Some(start + Duration::from_millis(1)));
        assert_eq!(sequence(&mut sampling, start + Duration::from_millis(1)), Some(0));
        assert_eq!(sequence(&mut sampling, start + Duration::from_millis(1)), None);
    }

    #[test]
    fn a_late_reader_loses_the_oldest_and_is_told() {
        let mut sampling = Sampling::default();
        let start = Instant::now();
        sampling.set_rate(62_000, start);
        sampling.start(0, start);
        let late = start + Duration::from_millis(1024 + 7);
        assert_eq!(sampling.counts(late).dropped, 7);
        assert_eq!(sequence(&mut sampling, late), Some(7));
        assert_eq!(sampling.counts(late).dropped, 7);
        sampling.stop(late);
        let left = std::iter::from_fn(|| sequence(&mut sampling, late + Duration::from_secs(9))).count();
        assert_eq!(left, 1023);
    }

    #[test]
    fn unpaced_there_is_always_one_and_none_is_dropped() {
        let mut sampling = Sampling::default();
        let now = Instant::now();
        sampling.set_rate(0, now);
        sampling.start(0, now);
        assert_eq!((0..5000).filter(|n| sequence(&mut sampling, now) == Some(*n)).count(), 5000);
        sampling.stop(now);
        assert_eq!(sequence(&mut sampling, now), None);
    }
}
