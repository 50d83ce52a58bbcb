//! Endpoints: what a device says of each of them (USB 2.0 section 9.6.6, USB 3.2 section 9.6.7).

use super::Speed;

/// What kind of transfers an endpoint takes: bmAttributes, bits 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TransferType {
    Control = 0,
    Isochronous = 1,
    Bulk = 2,
    Interrupt = 3,
}

impl TransferType {
    pub fn name(self) -> &'static str {
        match self {
            TransferType::Control => "control",
            TransferType::Isochronous => "isochronous",
            TransferType::Bulk => "bulk",
            TransferType::Interrupt => "interrupt",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub address: u8,
    pub transfer_type: TransferType,
    pub interface: u8,
    pub alt_setting: u8,
    pub max_packet_size: u16,
    pub packets_per_interval: u8,
    pub interval: u8,
    pub max_bytes_per_interval: u32,
}

impl Endpoint {
    pub fn direction_name(&self) -> &'static str {
        if self.address & 0x80 != 0 {
            "IN"
        } else {
            "OUT"
        }
    }
}

/// Of a transfer, seen from the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

impl Direction {
    pub fn verb(self, transfer_type: TransferType) -> &'static str {
        match (self, transfer_type) {
            (Direction::In, TransferType::Bulk) => "bulk read from",
            (Direction::Out, TransferType::Bulk) => "bulk write to",
            (Direction::In, TransferType::Interrupt) => "interrupt read from",
            (Direction::Out, TransferType::Interrupt) => "interrupt write to",
            (Direction::In, TransferType::Isochronous) => "isochronous read from",
            (Direction::Out, TransferType::Isochronous) => "isochronous write to",
            (_, TransferType::Control) => "control request to",
        }
    }
}

pub(super) fn endpoint(entry: &[u8], interface: u8, alt_setting: u8, speed: Speed) -> Endpoint {
    let size = u16::from_le_bytes([entry[4], entry[5]]);
    let transfer_type = match entry[3] & 3 {
        0 => TransferType::Control,
        1 => TransferType::Isochronous,
        2 => TransferType::Bulk,
        _ => TransferType::Interrupt,
    };
    let max_packet_size = size & 0x7ff;
    let periodic = matches!(transfer_type, TransferType::Isochronous | TransferType::Interrupt);
    let high_speed = speed == Speed::High;
    let packets_per_interval = if periodic && high_speed { 1 + ((size >> 11) & 3) as u8 } else { 1 };
    Endpoint {
        address: entry[2],
        transfer_type,
        interface,
        alt_setting,
        max_packet_size,
        packets_per_interval,
        interval: entry[6],
        max_bytes_per_interval: u32::from(max_packet_size) * u32::from(packets_per_interval),
    }
}

/// What SuperSpeed adds to the endpoint before it (USB 3.2 section 9.6.7).
pub(super) fn companion(endpoint: &mut Endpoint, entry: &[u8]) {
    let burst = u32::from(entry[2].min(15)) + 1;
    let mult = if endpoint.transfer_type == TransferType::Isochronous { u32::from(entry[3] & 3) + 1 } else { 1 };
    let bytes = u32::from(u16::from_le_bytes([entry[4], entry[5]]));
    endpoint.packets_per_interval = (burst * mult) as u8;
    endpoint.max_bytes_per_interval = match bytes {
        0 => u32::from(endpoint.max_packet_size) * burst * mult,
        bytes => bytes,
    };
}
