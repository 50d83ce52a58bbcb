//! Transfers of an endpoint in the order in which they were recorded, each as it was.

use super::options::Match;
use super::requests::is_payload;
use super::{words, Replay};
use crate::bus::simulated::model::{Finished, WholeTransfer};
use crate::bus::simulated::recording::Outcome;
use crate::error::Status;
use std::time::Instant;

impl Replay {
    pub(super) fn ordered(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        let at = match self.begin(endpoint, now) {
            Some(at) => at,
            None => return Some(self.no_more(transfer)),
        };
        if let Some(what) = self.difference(transfer, at) {
            self.current.remove(&endpoint);
            self.give_back(endpoint, at);
            let frame = self.script(endpoint).urb(at).frame;
            return Some(self.departs(endpoint, Some(frame), what));
        }
        if self.held_back(endpoint, at, now) {
            return None;
        }
        let urb = self.script(endpoint).urb(at);
        if endpoint & 0x80 != 0 {
            let received = urb.received();
            transfer.moved = received.len();
            transfer.space()[..received.len()].copy_from_slice(received);
        } else {
            let whole = urb.outcome == Outcome::Done;
            transfer.moved = if whole { transfer.length() } else { transfer.length().min(urb.actual as usize) };
        }
        let ending = self.ending(endpoint, at)?;
        self.current.remove(&endpoint);
        self.step(endpoint, at, now);
        Some(ending)
    }

    /// Which recorded transfer the host's is; `None` if there is no more.
    pub(super) fn begin(&mut self, endpoint: u8, now: Instant) -> Option<usize> {
        if let Some(at) = self.current.get(&endpoint).copied() {
            if !self.is_over(self.scripts[&endpoint].urb(at)) {
                return Some(at);
            }
            self.current.remove(&endpoint);
        }
        loop {
            let at = self.script(endpoint).next()?;
            self.take(endpoint, at);
            if self.is_over(self.scripts[&endpoint].urb(at)) {
                continue;
            }
            let submitted = self.script(endpoint).urb(at).submitted;
            self.clock.begin(submitted, now);
            self.current.insert(endpoint, at);
            return Some(at);
        }
    }

    pub(super) fn no_more(&mut self, transfer: &mut WholeTransfer<'_>) -> Result<(), Status> {
        let endpoint = transfer.endpoint;
        let last = self.script(endpoint).last_frame();
        let behind = match last {
            Some(frame) => format!("{} is at its end: no transfer of this endpoint follows frame {frame}", self.file),
            None => format!("{} has no transfer of this endpoint", self.file),
        };
        let what = match endpoint & 0x80 {
            0 => format!("{behind}; got {}", words::hex(transfer.bytes())),
            _ => behind,
        };
        self.departs(endpoint, None, what)
    }

    /// Why the host's transfer cannot be the recorded one.
    fn difference(&mut self, transfer: &mut WholeTransfer<'_>, at: usize) -> Option<String> {
        let is_strict = self.options.matching == Match::Strict;
        let file = std::sync::Arc::clone(&self.file);
        let urb = self.script(transfer.endpoint).urb(at);
        let frame = urb.frame;
        if transfer.endpoint & 0x80 != 0 {
            let (came, length) = (urb.received().len(), transfer.length());
            let cut = came > length;
            return cut.then(|| {
                format!(
                    "not as in {file}, frame {frame}: {came} bytes came there, and this read takes {length}; expected {}, which \
                     match=loose cuts to the length of the reads",
                    words::hex(urb.received())
                )
            });
        }
        // What was not recorded, as a completion alone, cannot be compared.
        let is_known = !urb.data.is_empty() || urb.asked.unwrap_or(0) == 0;
        let bytes = transfer.bytes();
        if !is_strict || !is_known || is_payload(urb, bytes) {
            return None;
        }
        let (expected, got) = (words::hex(&urb.data), words::hex(bytes));
        let difference = words::difference(&urb.data, bytes);
        let hint = "match=setup does not compare what is written";
        Some(format!("not as in {file}, frame {frame}: expected {expected}, got {got}{difference}; {hint}"))
    }
}
