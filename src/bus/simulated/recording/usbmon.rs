//! The records of Linux's usbmon: link types 189 and 220, a header of 48 or 64 bytes in the byte order of the machine.

use super::record::{setup, Fields, Record, Stage};
use super::urb::{Outcome, Packet};
use crate::usb::TransferType;

const SHORT_HEADER: usize = 48;
const LONG_HEADER: usize = 64;
const DESCRIPTOR: usize = 16;

/// A flag of a request that the kernel does not have, and captures of this library do (src/capture/usbmon.rs).
const FURTHER: u32 = 1 << 31;

pub(super) const LINK_TYPE_SHORT: u32 = 189;
pub(super) const LINK_TYPE_LONG: u32 = 220;

/// `None` if it is cut inside its header, or no transfer.
pub(super) fn record(link_type: u32, bytes: &[u8], big_endian: bool, frame: u64, time: Option<u64>) -> Option<Record> {
    let fields = Fields { bytes, big_endian };
    let header = if link_type == LINK_TYPE_LONG { LONG_HEADER } else { SHORT_HEADER };
    let behind = bytes.get(header..)?;
    // 'E' is a submission that the host controller's driver refused: what was submitted ends with that.
    let stage = match fields.byte(8)? {
        b'S' | b'C' if link_type == LINK_TYPE_LONG && fields.u32(56)? & FURTHER != 0 => Stage::Further,
        b'S' => Stage::Submit,
        b'C' | b'E' => Stage::Complete,
        _ => return None,
    };
    let transfer_type = match fields.byte(9)? {
        0 => TransferType::Isochronous,
        1 => TransferType::Interrupt,
        2 => TransferType::Control,
        3 => TransferType::Bulk,
        _ => return None,
    };
    let refused = fields.byte(8) == Some(b'E');
    let is_control = transfer_type == TransferType::Control;
    let has_setup = is_control && stage == Stage::Submit && fields.byte(14) == Some(0);
    let captured = behind.len().min(fields.u32(36)? as usize);
    let mut data = &behind[..captured];
    let mut packets = Vec::new();
    if transfer_type == TransferType::Isochronous {
        // The packets' descriptors stand before the data.
        let count = (fields.u32(44)? as usize).min(data.len() / DESCRIPTOR);
        let (descriptors, rest) = data.split_at(count * DESCRIPTOR);
        packets = descriptors.chunks_exact(DESCRIPTOR).filter_map(|bytes| packet(bytes, big_endian, stage)).collect();
        data = rest;
    }
    // Otherwise it says why there are none.
    let has_data = fields.byte(15) == Some(0);
    Some(Record {
        frame,
        time: time.or_else(|| own_time(&fields)),
        id: fields.u64(0)?,
        stage,
        bus: fields.u16(12)?,
        address: u16::from(fields.byte(11)?),
        endpoint: if is_control { 0 } else { fields.byte(10)? },
        transfer_type,
        setup: if has_setup { setup(&bytes[40..48]) } else { None },
        outcome: outcome(fields.i32(28)?),
        length: Some(if refused { 0 } else { fields.u32(32)? }),
        data: if has_data { data.to_vec() } else { Vec::new() },
        packets,
    })
}

fn own_time(fields: &Fields) -> Option<u64> {
    let micros = u64::from(fields.u32(24)?);
    fields.u64(16)?.checked_mul(1_000_000_000)?.checked_add(micros * 1000)
}

fn packet(bytes: &[u8], big_endian: bool, stage: Stage) -> Option<Packet> {
    let fields = Fields { bytes, big_endian };
    let (offset, length) = (fields.u32(4)?, fields.u32(8)?);
    Some(match stage {
        Stage::Complete => Packet { offset, asked: length, actual: length, outcome: outcome(fields.i32(0)?) },
        _ => Packet { offset, asked: length, actual: 0, outcome: Outcome::Unknown },
    })
}

/// By Linux's numbers (Documentation/driver-api/usb/error-codes.rst).
fn outcome(status: i32) -> Outcome {
    match status {
        // EREMOTEIO: fewer bytes than asked for, and the program wanted to know; EXDEV: some isochronous packets failed.
        0 | -121 | -18 => Outcome::Done,
        -32 => Outcome::Stalled,
        -75 => Outcome::Overflow,
        // ENOENT, ECONNRESET
        -2 | -104 => Outcome::Cancelled,
        // ENODEV, ESHUTDOWN
        -19 | -108 => Outcome::Gone,
        // EINPROGRESS
        -115 => Outcome::Unknown,
        _ => Outcome::Failed,
    }
}
