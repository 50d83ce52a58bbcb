//! How far a recording has been played, and where the host departed from it: of all the devices that come in one place.

use crate::sync::{lock, Mutex};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Transfers that ended as they had ended in the recording.
    pub transfers: u64,
    /// Those that did not.
    pub departures: u64,
    /// Recorded transfers that the host has not asked for. One that came to nothing is none.
    pub remaining: u64,
    /// The frame of the first departure, and what was said.
    pub frame: u64,
    pub departure: String,
}

#[derive(Default)]
pub struct ReplayStatistics {
    progress: Mutex<Progress>,
}

impl ReplayStatistics {
    pub fn progress(&self) -> Progress {
        lock(&self.progress).clone()
    }

    pub fn begin(&self, remaining: u64) {
        lock(&self.progress).remaining = remaining;
    }

    pub fn played(&self) {
        lock(&self.progress).transfers += 1;
    }

    pub fn taken(&self) {
        let mut progress = lock(&self.progress);
        progress.remaining = progress.remaining.saturating_sub(1);
    }

    pub fn given_back(&self) {
        lock(&self.progress).remaining += 1;
    }

    pub fn departed(&self, frame: u64, what: &str) {
        let mut progress = lock(&self.progress);
        progress.departures += 1;
        if progress.departures == 1 {
            progress.frame = frame;
            progress.departure = what.to_owned();
        }
    }
}
