//! Submissions and completions put together, in the order in which the host asked.

use super::record::{Record, Stage};
use super::urb::{Outcome, Packet, Urb};
use crate::usb::{Direction, TransferType};
use std::collections::{BTreeSet, HashMap};

/// A transfer, and where it went.
#[derive(Debug)]
pub(super) struct Placed {
    pub bus: u16,
    pub address: u16,
    pub endpoint: u8,
    pub urb: Urb,
}

impl Placed {
    fn is_in(&self) -> bool {
        match self.urb.setup {
            Some(setup) => setup.direction() == Direction::In,
            None => self.endpoint & 0x80 != 0,
        }
    }
}

type Key = (u64, u16, u16, u8);

#[derive(Default)]
pub(super) struct Urbs {
    all: Vec<Placed>,
    /// Where in `all` those are whose completion is still to come.
    pending: HashMap<Key, usize>,
    /// Where the one is of which the last packet with data was.
    last: HashMap<Key, usize>,
    /// Endpoints of which completions were recorded.
    completing: BTreeSet<(u16, u16, u8)>,
}

impl Urbs {
    pub fn add(&mut self, record: Record) {
        let key = (record.id, record.bus, record.address, record.endpoint);
        match record.stage {
            // If one of the same number is still pending, its completion was not recorded.
            Stage::Submit => {
                self.pending.insert(key, self.all.len());
                self.last.insert(key, self.all.len());
                self.all.push(submission(record));
            }
            Stage::Data => {
                if let Some(at) = self.pending.get(&key) {
                    self.all[*at].urb.data.extend(record.data);
                }
            }
            Stage::Further => {
                if let Some(at) = self.last.get(&key) {
                    self.all[*at].urb.data.extend(record.data);
                }
            }
            Stage::Complete => {
                self.completing.insert((record.bus, record.address, record.endpoint));
                match self.pending.remove(&key) {
                    Some(at) => complete(&mut self.all[at], record),
                    // Without its set-up packet a request says nothing.
                    None if record.transfer_type == TransferType::Control => {}
                    None => {
                        self.last.insert(key, self.all.len());
                        self.all.push(completion_alone(record));
                    }
                }
            }
        }
    }

    pub fn finish(mut self) -> Vec<Placed> {
        for placed in &mut self.all {
            // USBPcap before 1.5 recorded nothing of an OUT transfer's end.
            let place = (placed.bus, placed.address, placed.endpoint);
            let is_out = !placed.is_in() && placed.endpoint != 0;
            if placed.urb.outcome == Outcome::Unknown && is_out && !self.completing.contains(&place) {
                placed.urb.outcome = Outcome::Done;
                placed.urb.actual = placed.urb.asked.unwrap_or(0);
                placed.urb.packets.iter_mut().for_each(|packet| {
                    (packet.actual, packet.outcome) = (packet.asked, Outcome::Done);
                });
            }
        }
        self.all
    }
}

fn submission(record: Record) -> Placed {
    let Record { frame, time, bus, address, endpoint, setup, length, data, packets, .. } = record;
    let urb = Urb {
        frame,
        completion: None,
        submitted: time,
        completed: None,
        setup,
        asked: length,
        actual: 0,
        data,
        outcome: Outcome::Unknown,
        packets,
    };
    Placed { bus, address, endpoint, urb }
}

fn complete(placed: &mut Placed, record: Record) {
    let is_in = placed.is_in();
    let urb = &mut placed.urb;
    (urb.completion, urb.completed, urb.outcome) = (Some(record.frame), record.time, record.outcome);
    if is_in && !record.data.is_empty() {
        urb.data = record.data;
    }
    let moved_all = match is_in {
        true => u32::try_from(urb.data.len()).unwrap_or(u32::MAX),
        false if record.outcome == Outcome::Done => urb.asked.unwrap_or(0),
        false => 0,
    };
    urb.actual = record.length.unwrap_or(moved_all);
    join(&mut urb.packets, record.packets, is_in);
}

/// What was asked of each packet, and what became of it.
fn join(asked: &mut Vec<Packet>, done: Vec<Packet>, is_in: bool) {
    if asked.len() != done.len() {
        *asked = done;
        return;
    }
    for (asked, done) in asked.iter_mut().zip(done) {
        let actual = if is_in { done.actual } else { asked.asked };
        *asked = Packet { offset: done.offset, asked: asked.asked, actual, outcome: done.outcome };
    }
}

/// The capture began while it was pending, or has no submissions.
fn completion_alone(record: Record) -> Placed {
    let Record { frame, time, outcome, length, packets, .. } = record;
    let (is_in, length) = (record.endpoint & 0x80 != 0, length.unwrap_or(0));
    let urb = Urb {
        frame,
        completion: Some(frame),
        submitted: None,
        completed: time,
        setup: None,
        asked: if is_in { None } else { Some(length) },
        actual: length,
        data: record.data,
        outcome,
        packets,
    };
    let Record { bus, address, endpoint, .. } = record;
    Placed { bus, address, endpoint, urb }
}
