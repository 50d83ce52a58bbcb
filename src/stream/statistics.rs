//! What a stream has done so far.

use super::Ended;
use crate::bus::Completion;
use crate::error::Status;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub bytes: u64,
    pub transfers: u64,
    pub short_packets: u64,
    pub stalls: u64,
    pub overflows: u64,
    pub other_errors: u64,
    pub device_waits: u64,
    pub deepest_backlog: u64,
    pub packets: u64,
    pub lost_packets: u64,
    pub depth: u64,
    pub size: u64,
    pub mapped: bool,
}

impl Stats {
    /// `full` is what a transfer from the device has at most.
    pub(super) fn count(&mut self, one: &Ended, full: Option<usize>) {
        let Completion { transferred, result } = one.completion;
        self.bytes += transferred as u64;
        self.transfers += 1;
        let short = result.is_ok() && !one.taken_early && matches!(full, Some(full) if transferred < full);
        self.short_packets += u64::from(short);
        match result {
            Ok(()) | Err(Status::Cancelled | Status::Closed | Status::NoDevice) => {}
            Err(Status::Pipe) => self.stalls += 1,
            Err(Status::Overflow) => self.overflows += 1,
            Err(_) => self.other_errors += 1,
        }
    }
}
