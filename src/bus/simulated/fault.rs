//! What goes wrong with transfers of a simulated device because it was asked for.

use crate::error::Status;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// After so many bytes the transfer ends with the status.
    Status(Status, usize),
    /// Its bytes move, and it is complete so much later.
    Delay(Duration),
    /// The device has no answer for that time.
    Nak(Duration),
    /// IN: a short packet ends it after so many bytes; the rest of that packet is lost.
    Short(usize),
    /// One bit of its data is wrong, by a number that says which.
    Corrupt(u32),
    /// IN: its last packet is one byte too long.
    Babble,
    /// The device is gone once so many bytes moved at this endpoint.
    Unplug(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Which transfer is met, counted from 1 from now on.
    pub nth: u32,
    /// Whether each further nth is met, too.
    pub again: bool,
}

struct Armed {
    fault: Fault,
    /// Transfers that have begun since.
    begun: u32,
}

/// Those that wait for their transfers, by endpoint address.
#[derive(Default)]
pub(super) struct Faults {
    armed: BTreeMap<u8, Vec<Armed>>,
}

/// A fault in one transfer.
pub(super) struct Ongoing {
    pub kind: FaultKind,
    /// When the time it takes is over.
    pub until: Option<Instant>,
    /// How the transfer ends then.
    pub result: Option<Result<(), Status>>,
}

impl Faults {
    pub fn add(&mut self, address: u8, fault: Fault) {
        self.armed.entry(address).or_default().push(Armed { fault, begun: 0 });
    }

    pub fn clear(&mut self, address: u8) {
        self.armed.remove(&address);
    }

    /// A transfer begins: what meets it, the oldest fault of several.
    pub fn begin(&mut self, address: u8, now: Instant) -> Option<Ongoing> {
        let armed = self.armed.get_mut(&address)?;
        armed.iter_mut().for_each(|armed| armed.begun += 1);
        let at = armed.iter().position(|armed| armed.begun == armed.fault.nth)?;
        let fault = armed[at].fault;
        if fault.again {
            armed[at].begun = 0;
        } else {
            armed.remove(at);
        }
        let until = match fault.kind {
            FaultKind::Nak(time) => now.checked_add(time),
            _ => None,
        };
        Some(Ongoing { kind: fault.kind, until, result: None })
    }

    /// An unplugging that bytes bring about is not over with one transfer: it goes on with the next, for what is left.
    pub fn carry_on(&mut self, address: u8, left: usize) {
        self.add(address, Fault { kind: FaultKind::Unplug(left), nth: 1, again: false });
    }
}

impl Ongoing {
    /// How many bytes the transfer moves at most.
    pub fn limit(&self) -> Option<usize> {
        match self.kind {
            FaultKind::Status(_, bytes) | FaultKind::Short(bytes) | FaultKind::Unplug(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The byte and the bit in it that are wrong, of that many bytes.
    pub fn wrong_bit(&self, length: usize) -> Option<(usize, u8)> {
        let FaultKind::Corrupt(seed) = self.kind else { return None };
        if length == 0 {
            return None;
        }
        // SplitMix64's finalizer spreads neighbouring seeds.
        let mut mixed = u64::from(seed).wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        Some(((mixed >> 8) as usize % length, 1 << (mixed & 7)))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_nth_transfer_is_met_once_or_again_and_again() {
        let mut faults = Faults::default();
        let kind = FaultKind::Babble;
        faults.add(0x81, Fault { kind, nth: 3, again: true });
        faults.add(0x82, Fault { kind, nth: 2, again: false });
        let mut met =
            |address| -> Vec<bool> { (0..7).map(|_| faults.begin(address, Instant::now()).is_some()).collect() };
        assert_eq!(met(0x81), [false, false, true, false, false, true, false]);
        assert_eq!(met(0x82), [false, true, false, false, false, false, false]);
        assert_eq!(met(0x83), [false; 7]);
        faults.clear(0x81);
        assert!((0..7).all(|_| faults.begin(0x81, Instant::now()).is_none()));
    }

    #[test]
    fn the_wrong_bit_follows_from_the_seed() {
        let corrupt = |seed| Ongoing { kind: FaultKind::Corrupt(seed), until: None, result: None }.wrong_bit(1000);
        assert_eq!(corrupt(7), corrupt(7));
        assert_ne!(corrupt(7), corrupt(8));
        assert!(corrupt(7).unwrap().0 < 1000);
        assert_eq!(Ongoing { kind: FaultKind::Corrupt(7), until: None, result: None }.wrong_bit(0), None);
    }
}
