//! The records of USBPcap (Windows): link type 249, little-endian on every machine.

use super::record::{setup, Fields, Record, Stage};
use super::urb::{Outcome, Packet};
use crate::usb::{SetupPacket, TransferType};

pub(super) const LINK_TYPE: u32 = 249;

const HEADER: usize = 27;
const PACKETS: usize = HEADER + 12;
const PACKET: usize = 12;

/// An endpoint or device that USBPcap did not know: it was started after the device.
const UNKNOWN_ENDPOINT: u8 = 0xff;
const UNKNOWN_DEVICE: u16 = 0xffff;

/// `None` if it is cut inside its header, or no transfer.
pub(super) fn record(bytes: &[u8], frame: u64, time: Option<u64>) -> Option<Record> {
    let fields = Fields { bytes, big_endian: false };
    let header = usize::from(fields.u16(0)?);
    let behind = bytes.get(header.max(HEADER)..)?;
    let completes = fields.byte(16)? & 1 != 0;
    let (bus, address, endpoint) = (fields.u16(17)?, fields.u16(19)?, fields.byte(21)?);
    let transfer_type = match fields.byte(22)? {
        0 => TransferType::Isochronous,
        1 => TransferType::Interrupt,
        2 => TransferType::Control,
        3 => TransferType::Bulk,
        // Windows' own business: requests that are no transfers.
        _ => return None,
    };
    if address == UNKNOWN_DEVICE || (endpoint == UNKNOWN_ENDPOINT && transfer_type != TransferType::Control) {
        return None;
    }
    let length = fields.u32(23)?;
    let data = &behind[..behind.len().min(length as usize)];
    let mut record = Record {
        frame,
        time,
        id: fields.u64(2)?,
        stage: if completes { Stage::Complete } else { Stage::Submit },
        bus,
        address,
        endpoint,
        transfer_type,
        setup: None,
        outcome: outcome(fields.u32(10)?),
        length: None,
        data: data.to_vec(),
        packets: Vec::new(),
    };
    match transfer_type {
        TransferType::Control => control(&mut record, fields.byte(HEADER).filter(|_| header > HEADER)?, length)?,
        TransferType::Isochronous => isochronous(&mut record, &fields, header, length),
        // An IN submission has no length, and the completion of an OUT transfer none of what was sent.
        _ if completes == (endpoint & 0x80 != 0) => record.length = Some(length),
        _ => {}
    }
    Some(record)
}

/// Since version 1.5 a request is a set-up packet with its OUT data, and a completion with its IN data. Before, the data came in a
/// packet of their own, in either direction, and a last one had the status.
fn control(record: &mut Record, stage: u8, length: u32) -> Option<()> {
    record.endpoint = 0;
    match stage {
        0 => {
            let setup = corrected(setup(&record.data)?);
            record.length = Some(u32::from(setup.length));
            record.setup = Some(setup);
            record.data.drain(..8);
            record.stage = Stage::Submit;
        }
        1 => record.stage = Stage::Data,
        2 => record.stage = Stage::Complete,
        3 => {
            record.stage = Stage::Complete;
            // That of IN data; an OUT request's completion has none.
            record.length = Some(length).filter(|length| *length > 0);
        }
        _ => return None,
    }
    Some(())
}

/// USBPcap records SET_INTERFACE as if it were meant for the device.
fn corrected(setup: SetupPacket) -> SetupPacket {
    match (setup.request_type, setup.request) {
        (0, 0x0b) => SetupPacket { request_type: 1, ..setup },
        _ => setup,
    }
}

/// An IN completion has the packets' bytes one behind the other, without what the packets left free.
fn isochronous(record: &mut Record, fields: &Fields, header: usize, length: u32) {
    let said = fields.u32(HEADER + 4).unwrap_or(0) as usize;
    let room = fields.bytes.len().min(header).saturating_sub(PACKETS) / PACKET;
    let count = said.min(room);
    let is_in = record.endpoint & 0x80 != 0;
    let at = |index: usize, field: usize| fields.u32(PACKETS + index * PACKET + field).unwrap_or(0);
    let completes = record.stage == Stage::Complete;
    for index in 0..count {
        let offset = at(index, 0);
        // Only an IN completion has lengths. Otherwise a packet reaches to the next one's place.
        let next = if index + 1 < count { at(index + 1, 0) } else { length.max(offset) };
        let asked = if is_in && completes { at(index, 4) } else { next.saturating_sub(offset) };
        record.packets.push(match completes {
            true => Packet { offset, asked, actual: asked, outcome: outcome(at(index, 8)) },
            false => Packet { offset, asked, actual: 0, outcome: Outcome::Unknown },
        });
    }
    if completes == is_in {
        record.length = Some(length);
    }
}

/// USBD_STATUS.
fn outcome(status: u32) -> Outcome {
    match status {
        0 => Outcome::Done,
        // STALL_PID, ENDPOINT_HALTED
        0xc000_0004 | 0xc000_0030 => Outcome::Stalled,
        // DATA_OVERRUN, BUFFER_OVERRUN, BABBLE_DETECTED
        0xc000_0008 | 0xc000_000c | 0xc000_0012 => Outcome::Overflow,
        // CANCELED, TIMEOUT
        0xc001_0000 | 0xc000_6000 => Outcome::Cancelled,
        // DEVICE_GONE
        0xc000_7000 => Outcome::Gone,
        // ERROR_SHORT_TRANSFER: fewer bytes than asked for.
        0x8000_0900 => Outcome::Done,
        0x4000_0000 => Outcome::Unknown,
        _ => Outcome::Failed,
    }
}
