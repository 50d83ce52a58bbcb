//! One packet of a capture that has to do with USB, whichever program wrote it.

use super::urb::{Outcome, Packet};
use crate::usb::{SetupPacket, TransferType};

/// What a packet says of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The host asks for it.
    Submit,
    /// A control request's data, in a packet of their own: USBPcap before 1.5.
    Data,
    /// It has ended.
    Complete,
    /// More data of the packet before of that transfer: captures of this library, where a program takes no more in one.
    Further,
}

#[derive(Debug)]
pub(super) struct Record {
    /// The number that Wireshark shows, from 1.
    pub frame: u64,
    /// Nanoseconds since 1970.
    pub time: Option<u64>,
    /// With bus, address and endpoint it leads from a completion to its submission.
    pub id: u64,
    pub stage: Stage,
    pub bus: u16,
    pub address: u16,
    /// bEndpointAddress; 0 for control requests in both directions.
    pub endpoint: u8,
    pub transfer_type: TransferType,
    pub setup: Option<SetupPacket>,
    /// Of a completion.
    pub outcome: Outcome,
    /// Bytes asked for, of a submission; bytes moved, of a completion. USBPcap does not say everywhere.
    pub length: Option<u32>,
    /// As far as they were captured.
    pub data: Vec<u8>,
    pub packets: Vec<Packet>,
}

/// Numbers at places of a packet; `None` behind its end.
pub(super) struct Fields<'a> {
    pub bytes: &'a [u8],
    pub big_endian: bool,
}

impl Fields<'_> {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut bytes: [u8; N] = self.bytes.get(at..)?.get(..N)?.try_into().ok()?;
        if self.big_endian {
            bytes.reverse();
        }
        Some(bytes)
    }

    pub fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub fn u16(&self, at: usize) -> Option<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub fn u32(&self, at: usize) -> Option<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    pub fn i32(&self, at: usize) -> Option<i32> {
        self.array(at).map(i32::from_le_bytes)
    }

    pub fn u64(&self, at: usize) -> Option<u64> {
        self.array(at).map(u64::from_le_bytes)
    }
}

/// The eight bytes, which are as on the bus in every capture.
pub(super) fn setup(bytes: &[u8]) -> Option<SetupPacket> {
    let [request_type, request, v0, v1, i0, i1, l0, l1] = *bytes.get(..8)? else { return None };
    Some(SetupPacket {
        request_type,
        request,
        value: u16::from_le_bytes([v0, v1]),
        index: u16::from_le_bytes([i0, i1]),
        length: u16::from_le_bytes([l0, l1]),
    })
}
