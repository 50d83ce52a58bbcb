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
    let periodic = matches!(transfer_type, TransferType::Isochronous | TransferType::Interrupt);
    // Bits 11 and 12 count packets, of these endpoints at this speed alone.
    let counts = periodic && speed == Speed::High;
    let packets_per_interval = if counts { 1 + ((size >> 11) & 3) as u8 } else { 1 };
    let max_packet_size = match largest_packet(transfer_type, speed) {
        Some(largest) => (if counts { size & !0x1800 } else { size }).min(largest),
        None => size & 0x7ff,
    };
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

/// The largest packet size that a host uses: in place of a larger one it takes this (USB 2.0 sections 5.5.3 to 5.8.3, USB 3.2 section
/// 8.12; Linux, usb_parse_endpoint in drivers/usb/core/config.c, which lets bulk endpoints have 1024 at high speed, as some do).
fn largest_packet(transfer_type: TransferType, speed: Speed) -> Option<u16> {
    let [control, isochronous, bulk, interrupt] = match speed {
        Speed::Unknown => return None,
        Speed::Low => [8, 0, 8, 8],
        Speed::Full => [64, 1023, 64, 64],
        Speed::High => [64, 1024, 1024, 1024],
        Speed::Super | Speed::SuperPlus => [512, 1024, 1024, 1024],
    };
    Some(match transfer_type {
        TransferType::Control => control,
        TransferType::Isochronous => isochronous,
        TransferType::Bulk => bulk,
        TransferType::Interrupt => interrupt,
    })
}

/// What may follow an endpoint descriptor.
#[derive(Clone, Copy)]
pub(super) enum Companion {
    None,
    SuperSpeed,
    SuperSpeedPlus,
}

/// What SuperSpeed adds to the endpoint before it (USB 3.2 section 9.6.7), and what may follow that.
pub(super) fn companion(endpoint: &mut Endpoint, entry: &[u8]) -> Companion {
    let isochronous = endpoint.transfer_type == TransferType::Isochronous;
    let burst = u32::from(entry[2].min(15)) + 1;
    let mult = if isochronous { u32::from(entry[3] & 3).min(2) + 1 } else { 1 };
    let bytes = u32::from(u16::from_le_bytes([entry[4], entry[5]]));
    let most = u32::from(endpoint.max_packet_size) * burst * mult;
    endpoint.packets_per_interval = (burst * mult) as u8;
    endpoint.max_bytes_per_interval = if bytes == 0 { most } else { bytes.min(most) };
    if isochronous && entry[3] & 0x80 != 0 {
        return Companion::SuperSpeedPlus;
    }
    Companion::None
}

/// Of a SuperSpeedPlus isochronous endpoint: dwBytesPerInterval (USB 3.2 section 9.6.8).
pub(super) fn superspeed_plus(endpoint: &mut Endpoint, entry: &[u8]) {
    // The most that fits: 96 packets of 1024 bytes, which is also the kernel's limit.
    let bytes = u32::from_le_bytes([entry[4], entry[5], entry[6], entry[7]]).min(96 * 1024);
    let packets = bytes.div_ceil(u32::from(endpoint.max_packet_size).max(1));
    endpoint.packets_per_interval = packets.clamp(1, u8::MAX.into()) as u8;
    endpoint.max_bytes_per_interval = bytes;
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Packet size, packets and bytes of an interval.
    fn sizes(kind: u8, size: u16, speed: Speed) -> (u16, u8, u32) {
        let [low, high] = size.to_le_bytes();
        let found = endpoint(&[7, 5, 0x81, kind, low, high, 4], 0, 0, speed);
        (found.max_packet_size, found.packets_per_interval, found.max_bytes_per_interval)
    }

    #[test]
    fn packets_are_no_larger_than_the_speed_allows() {
        let cases = [
            // A high-speed device on a full-speed port.
            (2, 512, Speed::Full, 64),
            (3, 512, Speed::Full, 64),
            (3, 0x1400, Speed::Full, 64),
            (1, 1024, Speed::Full, 1023),
            (3, 64, Speed::Low, 8),
            (2, 64, Speed::Low, 8),
            (1, 64, Speed::Low, 0),
            (2, 1024, Speed::High, 1024),
            (2, 0x1200, Speed::High, 1024),
            (1, 2047, Speed::High, 1024),
            (0, 512, Speed::High, 64),
            (0, 512, Speed::Super, 512),
            (2, 2048, Speed::Super, 1024),
            (3, 8, Speed::Full, 8),
            (3, 0, Speed::Full, 0),
            // If the device's speed is unknown, the device's own word counts.
            (2, 512, Speed::Unknown, 512),
        ];
        for (kind, size, speed, expected) in cases {
            let (packet, packets, bytes) = sizes(kind, size, speed);
            assert_eq!((packet, packets, bytes), (expected, 1, expected.into()), "type {kind}, {size}, {speed:?}");
        }
        assert_eq!(sizes(3, 0x1400, Speed::High), (1024, 3, 3072));
        assert_eq!(sizes(1, 0x17ff, Speed::High), (1024, 3, 3072));
    }
}
