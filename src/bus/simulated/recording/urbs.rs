//! Submissions and completions put together, in the order in which the host asked.

use super::record::{Record, Stage};
use super::urb::{Outcome, Packet, Urb};
use crate::usb::{Direction, TransferType};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// A transfer, and where it went.
#[derive(Debug)]
pub(super) struct Placed {
    pub bus: u16,
    pub address: u16,
    pub endpoint: u8,
    pub urb: Urb,
    /// Its place: that of its frame, or right before another transfer's frame.
    before: u64,
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
    /// Where in `all` those of an endpoint are that can be complete next: a host completes them in their order.
    queued: HashMap<(u16, u16, u8), VecDeque<usize>>,
}

impl Urbs {
    pub fn add(&mut self, record: Record) {
        let key = (record.id, record.bus, record.address, record.endpoint);
        match record.stage {
            // If one of the same number is still pending, its completion was not recorded.
            Stage::Submit => {
                self.pending.insert(key, self.all.len());
                self.last.insert(key, self.all.len());
                self.queued.entry((record.bus, record.address, record.endpoint)).or_default().push_back(self.all.len());
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
                let place = (record.bus, record.address, record.endpoint);
                self.completing.insert(place);
                let queued = self.queued.entry(place).or_default();
                match self.pending.remove(&key) {
                    Some(at) => {
                        // What was submitted before it is complete without a record, unless this one was taken back.
                        while record.outcome != Outcome::Cancelled && queued.front().is_some_and(|first| *first <= at) {
                            queued.pop_front();
                        }
                        complete(&mut self.all[at], record);
                    }
                    // Without its set-up packet a request says nothing.
                    None if record.transfer_type == TransferType::Control => {}
                    None => {
                        // It was submitted before those that are pending.
                        while queued.front().is_some_and(|first| self.all[*first].urb.completion.is_some()) {
                            queued.pop_front();
                        }
                        let first = queued.front().map(|at| self.all[*at].urb.frame);
                        self.last.insert(key, self.all.len());
                        self.all.push(completion_alone(record, first));
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
        self.all.sort_by_key(|placed| (placed.before, placed.before == placed.urb.frame));
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
    Placed { bus, address, endpoint, urb, before: frame }
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

/// The capture began while it was pending, or has no submissions. `first` is the frame of the first that is pending behind it.
fn completion_alone(record: Record, first: Option<u64>) -> Placed {
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
    Placed { bus, address, endpoint, urb, before: first.unwrap_or(frame) }
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::super::Recording;

    /// What came of 0x81, in the order in which it is played.
    fn received(records: &[Usbmon]) -> Vec<Vec<u8>> {
        let mut packets: Vec<_> =
            setting_up().iter().flat_map(|request| usbmon_request(true, false, 77, 5, *request)).collect();
        packets.extend(records.iter().map(|record| record.bytes(true, false)));
        let recording = Recording::read(&capture(Format::PcapNg, false, 220, &packets)[..]).unwrap();
        let device = recording.choose(&[]).unwrap().remove(0);
        device.endpoints[&0x81].iter().map(|urb| urb.received().to_vec()).collect()
    }

    fn asked(id: u64) -> Usbmon<'static> {
        Usbmon { id, status: -115, length: 512, ..Usbmon::default() }
    }

    fn came(id: u64, data: &[u8]) -> Usbmon<'_> {
        Usbmon { kind: b'C', id, length: data.len() as u32, data, ..Usbmon::default() }
    }

    /// Hosts keep several reads pending; those that were when the capture began are complete before all others.
    #[test]
    fn what_was_pending_before_the_capture_comes_first() {
        let records = [came(1, b"1"), asked(3), came(2, b"2"), asked(4), came(3, b"3"), came(4, b"4")];
        assert_eq!(received(&records), [b"1", b"2", b"3", b"4"]);
    }

    /// A submission whose completion was not recorded holds nothing back, nor does one that was taken back out of turn.
    #[test]
    fn what_never_ended_is_behind_the_endpoint() {
        let records = [asked(1), asked(2), came(2, b"2"), came(9, b"9"), asked(3), came(3, b"3")];
        assert_eq!(received(&records), [&b""[..], b"2", b"9", b"3"]);
        let taken_back = Usbmon { kind: b'C', id: 2, status: -2, ..Usbmon::default() };
        let records = [asked(1), asked(2), taken_back, came(9, b"9"), came(1, b"1")];
        assert_eq!(received(&records), [&b"9"[..], b"1", b""]);
    }
}
