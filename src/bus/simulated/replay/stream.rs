//! A loose replay's transfers. What a device sent is a stream: it is cut again to the lengths of the host's reads, and a short transfer
//! stays the end of one. What the host sends is taken.

use super::Replay;
use crate::bus::simulated::model::{Finished, WholeTransfer};
use crate::bus::simulated::recording::{Outcome, Urb};
use crate::bus::simulated::replay::script;
use std::time::Instant;

impl Replay {
    pub(super) fn stream(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        loop {
            let at = match self.next_sent(endpoint, now) {
                Next::Sent(at) => at,
                _ if transfer.moved > 0 => return Some(Ok(())),
                Next::Silence => return None,
                Next::End => return Some(self.no_more(transfer)),
            };
            if self.held_back(endpoint, at, now) {
                return None;
            }
            let offset = self.offsets.get(&endpoint).copied().unwrap_or(0);
            let urb = self.script(endpoint).urb(at);
            let rest = &urb.received()[offset.min(urb.received().len())..];
            let room = transfer.length() - transfer.moved;
            let count = rest.len().min(room);
            let place = transfer.moved..transfer.moved + count;
            let (is_whole, is_short) = (count == rest.len(), ends_short(urb, transfer.packet_size));
            transfer.space()[place.clone()].copy_from_slice(&rest[..count]);
            transfer.moved = place.end;
            if !is_whole {
                self.offsets.insert(endpoint, offset + count);
                return Some(Ok(()));
            }
            let done = self.script(endpoint).urb(at).outcome == Outcome::Done;
            // What failed there fails here, once the data before it have been read.
            if !done && transfer.moved > 0 && count == 0 {
                return Some(Ok(()));
            }
            self.current.remove(&endpoint);
            self.offsets.remove(&endpoint);
            let ending = self.ending(endpoint, at).unwrap_or(Ok(()));
            if ending.is_err() || is_short || transfer.moved == transfer.length() {
                return Some(ending);
            }
        }
    }

    /// The next one of which something came, or that failed. What the host waited for in vain is passed over, but at the end the
    /// device is as silent as it was.
    fn next_sent(&mut self, endpoint: u8, now: Instant) -> Next {
        loop {
            let Some(at) = self.begin(endpoint, now) else { return Next::End };
            let script = self.script(endpoint);
            let urb = script.urb(at);
            if !script::is_wait(urb) {
                return Next::Sent(at);
            }
            if script.remaining == 0 && urb.outcome == Outcome::Cancelled {
                return Next::Silence;
            }
            self.current.remove(&endpoint);
        }
    }

    pub(super) fn sink(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        let whole = transfer.length();
        loop {
            let Some(at) = self.begin(endpoint, now) else {
                if self.script(endpoint).last_frame().is_none() {
                    return Some(self.no_more(transfer));
                }
                transfer.moved = whole;
                return Some(Ok(()));
            };
            if !script::is_wait(self.scripts[&endpoint].urb(at)) {
                if self.held_back(endpoint, at, now) {
                    return None;
                }
                self.current.remove(&endpoint);
                self.step(endpoint, at, now);
                // One that the host ended with a part of it moved is taken whole.
                let ending = self.ending(endpoint, at).unwrap_or(Ok(()));
                transfer.moved = if ending.is_ok() { whole } else { 0 };
                return Some(ending);
            }
            self.current.remove(&endpoint);
        }
    }
}

enum Next {
    Sent(usize),
    Silence,
    End,
}

/// The last packet was not full, or the host knew that it had all.
fn ends_short(urb: &Urb, packet_size: u16) -> bool {
    match urb.asked {
        Some(asked) => urb.actual < asked,
        None => urb.actual == 0 || packet_size == 0 || urb.actual % u32::from(packet_size) != 0,
    }
}
