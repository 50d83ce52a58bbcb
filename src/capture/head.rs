//! What a capture has of a device before its transfers: the requests in which a host learns what the device is, and the answers, as
//! the system has them. Programs that read captures know by them which class an endpoint is of.

use super::pcapng::{packet, Remarks};
use super::usbmon::{Record, HEADER};
use crate::bus::tap::{Event, Phase, Wire};
use crate::bus::Target;
use crate::sys::Timestamp;
use crate::usb::{split, Configuration, Direction, SetupPacket};
use std::sync::Arc;

const COMMENT: &str = "written by usbx from what the system knows of the device; not on the wire at this time";

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const STRING: u8 = 3;

/// A device as a capture knows it.
pub struct Known {
    wire: Arc<Wire>,
    /// Of each endpoint of the active configuration, in frames or microframes.
    intervals: Vec<(u8, u32)>,
}

impl Known {
    pub fn new(wire: &Arc<Wire>) -> Known {
        let speed = wire.info.speed;
        let frames = |interval: u8| match speed.counts_in_frames() {
            true => u32::from(interval),
            false => 1 << (interval.clamp(1, 16) - 1),
        };
        let active = split(&wire.descriptors).into_iter().find(|bytes| bytes.get(5) == Some(&wire.configuration()));
        let parsed = active.and_then(|bytes| Configuration::parse(bytes, speed).ok()).unwrap_or_default();
        let intervals = parsed.endpoints.iter().map(|e| (e.address, frames(e.interval))).collect();
        Known { wire: Arc::clone(wire), intervals }
    }

    pub fn is(&self, wire: &Arc<Wire>) -> bool {
        Arc::ptr_eq(&self.wire, wire)
            || self.wire.info.path == wire.info.path && self.wire.descriptors == wire.descriptors
    }

    pub fn interval(&self, address: u8) -> u32 {
        self.intervals.iter().find(|(other, _)| *other == address).map_or(0, |(_, interval)| *interval)
    }
}

/// Returns how many records it is.
pub fn write(out: &mut Vec<u8>, wire: &Arc<Wire>, time: u64) -> u64 {
    let mut count = 0;
    let mut pair = |setup: SetupPacket, answer: &[u8]| {
        request(out, wire, &setup, answer, time);
        count += 2;
    };
    let Some(device) = wire.descriptors.get(..18) else { return 0 };
    let ask = |kind, index, language, answer: &[u8]| {
        SetupPacket::get_descriptor(kind, index, language, answer.len().min(usize::from(u16::MAX)) as u16)
    };
    pair(ask(DEVICE, 0, 0, device), device);
    let strings = [(14, &wire.info.manufacturer), (15, &wire.info.product), (16, &wire.info.serial)];
    let strings: Vec<_> = strings.into_iter().filter(|(at, text)| device[*at] != 0 && !text.is_empty()).collect();
    if !strings.is_empty() {
        pair(ask(STRING, 0, 0, &[4, STRING, 9, 4]), &[4, STRING, 9, 4]);
    }
    for (at, text) in strings {
        let units: Vec<u8> = text.encode_utf16().take(126).flat_map(u16::to_le_bytes).collect();
        let answer = [&[units.len() as u8 + 2, STRING][..], &units].concat();
        pair(ask(STRING, device[at], 0x0409, &answer), &answer);
    }
    // The active one last: readers take an endpoint for what they saw of it last.
    let active = wire.configuration();
    let mut all: Vec<_> = (0u8..).zip(split(&wire.descriptors)).collect();
    all.sort_by_key(|(_, bytes)| bytes.get(5) == Some(&active));
    for (index, bytes) in all {
        pair(ask(CONFIGURATION, index, 0, bytes), bytes);
    }
    pair(SetupPacket::set_configuration(active), &[]);
    count
}

fn request(out: &mut Vec<u8>, wire: &Arc<Wire>, setup: &SetupPacket, answer: &[u8], time: u64) {
    let target = Target::Control(*setup);
    let to_host = setup.direction() == Direction::In;
    let asked = if to_host { usize::from(setup.length) } else { 0 };
    // Ids of the library's own begin at 1.
    let id =
        u64::MAX - u64::from(setup.value) - (u64::from(wire.info.bus) << 32) - (u64::from(wire.info.address) << 16);
    for (phase, length, data) in [(Phase::Begun, asked, &[][..]), (Phase::Complete(0), answer.len(), answer)] {
        let event = Event { wire, id, target: &target, phase, length, data, packets: &[], at: Timestamp(0) };
        let record = Record::new(&event, time, usize::MAX, 0);
        let parts = [&record.header[..], record.data];
        packet(out, time, &parts, HEADER + record.original, Remarks { dropped: 0, comment: COMMENT });
    }
}
