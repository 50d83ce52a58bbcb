//! Packets that two interfaces of a capture have: usbmon0 hears every bus, usbmon1 one of them.

use std::collections::hash_map::RandomState;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Range;

/// Between the looks of two interfaces at the same packet, in nanoseconds; the same bytes at another time are another packet.
const AT_ONCE: u64 = 1_000_000;

/// Where usbmon's header has the time, which each interface takes anew.
const TIME: Range<usize> = 16..28;

#[derive(Default)]
pub(super) struct Doubles {
    keys: RandomState,
    /// Interface and time of those that no other interface has brought yet, by what they are.
    single: HashMap<u64, VecDeque<(usize, u64)>>,
}

impl Doubles {
    /// Whether another interface has brought this record of usbmon's before.
    pub fn has(&mut self, interface: usize, time: u64, record: &[u8]) -> bool {
        let mut hasher = self.keys.build_hasher();
        record.get(..TIME.start).hash(&mut hasher);
        record.get(TIME.end..).hash(&mut hasher);
        let alike = self.single.entry(hasher.finish()).or_default();
        while alike.front().is_some_and(|(_, before)| before + AT_ONCE < time) {
            alike.pop_front();
        }
        let double = alike.iter().position(|(other, at)| *other != interface && at.abs_diff(time) <= AT_ONCE);
        match double {
            Some(at) => drop(alike.remove(at)),
            None => alike.push_back((interface, time)),
        }
        double.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::*;
    use super::super::Recording;

    const BEGIN: u64 = 1_700_000_000_000_000_000;

    /// What came of 0x81 in a capture with two interfaces, of packets with their interface and time.
    fn received(packets: &[(u32, u64, Usbmon)]) -> Vec<Vec<u8>> {
        let mut file = section(false, 220);
        file.extend(&section(false, 220)[28..]);
        for request in setting_up().iter().flat_map(|request| usbmon_request(true, false, 77, 5, *request)) {
            file.extend(enhanced_packet(false, 0, BEGIN, &request));
        }
        for (interface, time, record) in packets {
            let mut bytes = record.bytes(true, false);
            bytes[24..28].copy_from_slice(&(*time as u32).to_le_bytes());
            file.extend(enhanced_packet(false, *interface, BEGIN + time * 1000, &bytes));
        }
        let device = Recording::read(&file[..]).unwrap().choose(&[]).unwrap().remove(0);
        device.endpoints[&0x81].iter().map(|urb| urb.received().to_vec()).collect()
    }

    fn asked() -> Usbmon<'static> {
        Usbmon { status: -115, length: 512, ..Usbmon::default() }
    }

    fn came(data: &[u8]) -> Usbmon<'_> {
        Usbmon { kind: b'C', length: data.len() as u32, data, ..Usbmon::default() }
    }

    #[test]
    fn what_two_interfaces_have_came_once() {
        let interleaved = [(0, 10, asked()), (1, 12, asked()), (1, 20, came(b"1")), (0, 21, came(b"1"))];
        assert_eq!(received(&interleaved), [b"1"]);
        // One interface's packets may all be written later.
        let first = [(0, 10, asked()), (0, 20, came(b"1")), (0, 30, asked()), (0, 40, came(b"1"))];
        let both: Vec<_> =
            first.iter().chain(&first.clone().map(|(_, at, record)| (1, at + 1, record))).cloned().collect();
        assert_eq!(received(&both), [b"1", b"1"]);
    }

    /// The same device and bytes: one interface has them twice, or two captures were put together.
    #[test]
    fn what_came_twice_is_there_twice() {
        let twice = [(1, 10, asked()), (1, 11, came(b"1")), (1, 12, asked()), (1, 13, came(b"1"))];
        assert_eq!(received(&twice), [b"1", b"1"]);
        let merged = [(0, 10, asked()), (0, 11, came(b"1")), (1, 90_000, asked()), (1, 90_001, came(b"1"))];
        assert_eq!(received(&merged), [b"1", b"1"]);
    }
}
