//! One record as Linux's usbmon writes it (Documentation/usb/usbmon.rst, `struct mon_bin_hdr`), so that the programs that read those read ours.

use crate::bus::tap::{errno, Event, Phase};
use crate::bus::Target;
use crate::usb::{Direction, SetupPacket, TransferType};

pub const HEADER: usize = 64;

/// The most bytes of one record: Wireshark takes no file that has more in one.
const MOST: usize = 256 * 1024;

/// The most data in one record: a multiple of every packet size. A longer transfer has further records.
pub const MOST_DATA: usize = 240 * 1024;

/// The most packets of an isochronous transfer that are described.
const MOST_PACKETS: usize = (MOST - MOST_DATA - HEADER) / PACKET;

/// A packet's description.
const PACKET: usize = 16;

const IN_PROGRESS: i32 = -115;

/// A packet that was never on the bus.
const NEVER: i32 = -18;

// The kernel's flags of a request.
const AS_SOON_AS_POSSIBLE: u32 = 2;
const ZERO_PACKET: u32 = 0x40;
const TO_HOST: u32 = 0x200;

/// Ours: the record goes on with the data of the one before with the same number. The kernel has no such flag.
const FURTHER: u32 = 1 << 31;

/// The header, and the packets' descriptions of an isochronous transfer; the data follow.
pub struct Record<'a> {
    pub header: [u8; HEADER],
    pub packets: Vec<u8>,
    pub data: &'a [u8],
    /// How many bytes of data there were.
    pub original: usize,
}

impl<'a> Record<'a> {
    /// `time`: in nanoseconds since 1970. `most`: so much data is kept. `interval`: the endpoint's, in frames or microframes.
    pub fn new(event: &Event<'a>, time: u64, most: usize, interval: u32) -> Record<'a> {
        let target = event.target;
        let to_host = target.direction() == Direction::In;
        let (kind, code) = match event.phase {
            Phase::Begun => (b'S', IN_PROGRESS),
            Phase::Complete(code) => (b'C', code),
            Phase::Refused(code) => (b'E', code),
        };
        let (packets, data) = match target {
            Target::Isochronous { packets, .. } if kind != b'E' => described(event, &packets.lengths),
            _ => (Vec::new(), event.data),
        };
        let original = data.len();
        let data = &data[..original.min(most).min(MOST_DATA)];
        let (setup, counted) = match target {
            Target::Control(setup) => (Some(setup).filter(|_| kind == b'S'), true),
            _ => (None, matches!(target, Target::Endpoint { transfer_type: TransferType::Bulk, .. })),
        };
        let mut header = [0; HEADER];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &event.id.to_le_bytes());
        put(8, &[kind, number(target), address(target), event.wire.info.address]);
        put(12, &u16::from(event.wire.info.bus).to_le_bytes());
        put(14, &[if setup.is_some() { 0 } else { b'-' }, no_data(kind, to_host)]);
        put(16, &((time / 1_000_000_000) as i64).to_le_bytes());
        put(24, &((time % 1_000_000_000 / 1000) as i32).to_le_bytes());
        put(28, &code.to_le_bytes());
        put(32, &(event.length.min(u32::MAX as usize) as u32).to_le_bytes());
        put(36, &((packets.len() + data.len()) as u32).to_le_bytes());
        let count = (packets.len() / PACKET) as u32;
        match target {
            Target::Control(_) => put(40, &setup.map_or([0; 8], SetupPacket::bytes)),
            Target::Isochronous { .. } => {
                let failed = event.packets.iter().filter(|(_, result)| result.is_err()).count() as u32;
                put(40, &failed.to_le_bytes());
                put(44, &count.to_le_bytes());
            }
            Target::Endpoint { .. } => {}
        }
        put(48, &if counted { 0 } else { interval }.to_le_bytes());
        put(56, &flags(target, to_host).to_le_bytes());
        put(60, &count.to_le_bytes());
        Record { header, packets, data, original }
    }

    /// What follows a record whose data did not fit, with the same number and nothing but data.
    pub fn further(&self, data: &'a [u8]) -> Record<'a> {
        let mut header = self.header;
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        let length = (data.len() as u32).to_le_bytes();
        put(14, &[b'-', 0]);
        put(32, &length);
        put(36, &length);
        put(40, &[0; 8]);
        put(59, &[(FURTHER >> 24) as u8, 0, 0, 0, 0]);
        Record { header, packets: Vec::new(), data, original: data.len() }
    }
}

fn number(target: &Target) -> u8 {
    match target {
        Target::Isochronous { .. } => 0,
        Target::Control(_) => 2,
        Target::Endpoint { transfer_type: TransferType::Interrupt, .. } => 1,
        Target::Endpoint { .. } => 3,
    }
}

/// With the direction of the data, for control requests too.
fn address(target: &Target) -> u8 {
    match target {
        Target::Control(setup) => setup.request_type & 0x80,
        _ => target.address(),
    }
}

/// 0 where data follow, and otherwise why there are none.
fn no_data(kind: u8, to_host: bool) -> u8 {
    match kind {
        b'E' => b'E',
        b'S' if to_host => b'<',
        b'C' if !to_host => b'>',
        _ => 0,
    }
}

fn flags(target: &Target, to_host: bool) -> u32 {
    let own = match target {
        Target::Endpoint { extras, .. } if extras.zero_packet => ZERO_PACKET,
        Target::Isochronous { .. } => AS_SOON_AS_POSSIBLE,
        _ => 0,
    };
    own | if to_host { TO_HOST } else { 0 }
}

/// The packets' descriptions, and the data up to the last byte that any packet has.
fn described<'a>(event: &Event<'a>, lengths: &[u32]) -> (Vec<u8>, &'a [u8]) {
    let mut bytes = Vec::with_capacity(lengths.len().min(MOST_PACKETS) * PACKET);
    let complete = matches!(event.phase, Phase::Complete(_));
    let (mut offset, mut end) = (0u32, 0);
    for (i, length) in lengths.iter().enumerate() {
        let (status, moved) = match event.packets.get(i) {
            Some((0, Err(crate::error::Status::Cancelled))) => (NEVER, 0),
            Some((moved, result)) => (errno(*result), *moved),
            None if complete => (NEVER, 0),
            None => (NEVER, *length),
        };
        if moved > 0 {
            end = offset + moved;
        }
        if i < MOST_PACKETS {
            bytes.extend([status.to_le_bytes(), offset.to_le_bytes(), moved.to_le_bytes(), [0; 4]].concat());
        }
        offset = offset.saturating_add(*length);
    }
    (bytes, &event.data[..event.data.len().min(end as usize)])
}
