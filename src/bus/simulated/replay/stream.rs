//! What a device sent, as a stream: it is cut again to the lengths of the host's reads. A short transfer stays the end of one.

use super::Replay;
use crate::bus::simulated::model::{Finished, WholeTransfer};
use crate::bus::simulated::recording::{Outcome, Urb};
use crate::bus::simulated::replay::script;
use std::time::Instant;

impl Replay {
    pub(super) fn stream(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        loop {
            let Some(at) = self.next_sent(endpoint, now) else {
                return Some(if transfer.moved > 0 { Ok(()) } else { self.no_more(transfer) });
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

    /// The next one of which something came, or that failed. What the host waited for in vain is passed over.
    fn next_sent(&mut self, endpoint: u8, now: Instant) -> Option<usize> {
        loop {
            let at = self.begin(endpoint, now)?;
            if !script::is_wait(self.scripts[&endpoint].urb(at)) {
                return Some(at);
            }
            self.current.remove(&endpoint);
        }
    }
}

/// The last packet was not full, or the host knew that it had all.
fn ends_short(urb: &Urb, packet_size: u16) -> bool {
    match urb.asked {
        Some(asked) => urb.actual < asked,
        None => urb.actual == 0 || packet_size == 0 || urb.actual % u32::from(packet_size) != 0,
    }
}
