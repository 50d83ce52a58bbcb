//! Isochronous transfers: packets in the order in which they were recorded, however many of them a transfer has.

use super::options::Match;
use super::requests::is_payload;
use super::{words, Replay};
use crate::bus::simulated::model::{Finished, WholeTransfer};
use crate::bus::simulated::recording::{Outcome, Packet};
use crate::error::Status;
use std::time::Instant;

impl Replay {
    pub(super) fn packets(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        match transfer.endpoint & 0x80 {
            0 => self.packets_out(transfer, now),
            _ => self.packets_in(transfer, now),
        }
    }

    fn packets_out(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        let Some(at) = self.begin(endpoint, now) else { return Some(self.no_more(transfer)) };
        let is_strict = self.options.matching == Match::Strict;
        let urb = self.script(endpoint).urb(at);
        if is_strict && !urb.data.is_empty() && !is_payload(urb, transfer.bytes()) {
            let (frame, expected) = (urb.frame, words::hex(&urb.data));
            let difference = words::difference(&urb.data, transfer.bytes());
            self.current.remove(&endpoint);
            self.give_back(endpoint, at);
            let got = words::hex(transfer.bytes());
            let what = format!("not as in {}, frame {frame}: expected {expected}, got {got}{difference}", self.file);
            return Some(self.departs(endpoint, Some(frame), what));
        }
        if self.held_back(endpoint, at, now) {
            return None;
        }
        let recorded = self.script(endpoint).urb(at).packets.clone();
        let ending = self.ending(endpoint, at)?;
        let mut outcomes = recorded.iter().map(|packet| result(packet.outcome));
        while transfer.next_packet().is_some() {
            transfer.end_packet(None, outcomes.next().unwrap_or(Ok(())));
        }
        self.current.remove(&endpoint);
        self.step(endpoint, at, now);
        Some(ending)
    }

    fn packets_in(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let endpoint = transfer.endpoint;
        while let Some(length) = transfer.next_packet() {
            let Some(at) = self.begin(endpoint, now) else {
                // The rest of them was never on the bus.
                return Some(if transfer.packets.as_ref().is_some_and(|packets| !packets.results.is_empty()) {
                    Ok(())
                } else {
                    self.no_more(transfer)
                });
            };
            if self.held_back(endpoint, at, now) {
                return None;
            }
            let index = self.offsets.get(&endpoint).copied().unwrap_or(0);
            let urb = self.script(endpoint).urb(at);
            let Some(Packet { offset, actual, outcome, .. }) = urb.packets.get(index).copied() else {
                let ending = self.ending(endpoint, at)?;
                self.current.remove(&endpoint);
                self.offsets.remove(&endpoint);
                if ending.is_err() {
                    return Some(ending);
                }
                continue;
            };
            if outcome == Outcome::Cancelled && urb.outcome == Outcome::Cancelled {
                // The host did not wait for this one and those behind it.
                return self.ending(endpoint, at);
            }
            let begin = (offset as usize).min(urb.data.len());
            let bytes = urb.data[begin..(begin + actual as usize).min(urb.data.len())].to_vec();
            let fits = bytes.len().min(length as usize);
            let ending = if bytes.len() > fits { Err(Status::Overflow) } else { result(outcome) };
            transfer.end_packet(Some(&bytes[..fits]), ending);
            self.offsets.insert(endpoint, index + 1);
        }
        // One that has no packets left is over.
        let over = self.current.get(&endpoint).copied().filter(|at| {
            let index = self.offsets.get(&endpoint).copied().unwrap_or(0);
            self.scripts[&endpoint].urb(*at).packets.len() <= index
        });
        if let Some(at) = over {
            self.current.remove(&endpoint);
            self.offsets.remove(&endpoint);
            return self.ending(endpoint, at).or(Some(Ok(())));
        }
        Some(Ok(()))
    }
}

fn result(outcome: Outcome) -> Result<(), Status> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Overflow => Err(Status::Overflow),
        Outcome::Cancelled | Outcome::Unknown => Err(Status::Cancelled),
        Outcome::Gone => Err(Status::NoDevice),
        Outcome::Stalled | Outcome::Failed => Err(Status::Io),
    }
}
