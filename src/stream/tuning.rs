//! How large a stream's transfers are, how many, and in what memory, where the caller leaves it to us.

use super::packet_table::MakeTable;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::sys::Memory;
use crate::usb::{Direction, Endpoint, Speed, TransferType};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryKind {
    /// Whatever is faster here.
    #[default]
    Auto,
    Heap,
    Mapped,
}

/// What a caller asks for; 0 leaves it to the library.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub size: usize,
    pub depth: usize,
    pub memory: MemoryKind,
    /// A thread takes completions as they come.
    pub exact_time: bool,
    /// OUT: a flush ends with a zero-length packet where the bytes since the one before fill their last packet.
    pub zero_packet: bool,
    /// IN: an error on the bus is a chunk's status, and the next data follow.
    pub keep_going: bool,
    /// Makes the tables that describe isochronous packets; without it there are none.
    pub packet_table: Option<MakeTable>,
}

/// Of an isochronous transfer: so long it lasts, about.
const ISOCHRONOUS_SPAN: Duration = Duration::from_millis(4);

/// For all transfers of an isochronous stream together; the kernel has 16 MiB for all programs.
const ISOCHRONOUS_BYTES: usize = 4 << 20;

const MOST_DEPTH: usize = 1024;

/// What a transfer's size is a multiple of.
pub fn unit(endpoint: &Endpoint) -> usize {
    match endpoint.transfer_type {
        TransferType::Isochronous => endpoint.max_bytes_per_interval as usize,
        _ => usize::from(endpoint.max_packet_size),
    }
}

/// From one packet of an isochronous endpoint to the next (USB 2.0 section 9.6.6).
pub fn interval(endpoint: &Endpoint, speed: Speed) -> Duration {
    let exponent = u32::from(endpoint.interval.clamp(1, 16) - 1);
    Duration::from_micros(if speed.counts_in_frames() { 1000 } else { 125 }) * (1 << exponent)
}

/// A bulk stream over a network has so much in flight besides: what 1 Gbit/s brings in this part of a second, up to a limit.
const NETWORK_RATE: u128 = 125_000_000;
const NETWORK_BYTES: usize = 8 << 20;
/// Reports of an interrupt stream.
const NETWORK_REPORTS: usize = 240;

/// Bytes of a transfer and number of transfers, for a device that is so far away, on a system that moves so many bytes at once.
pub fn dimensions(
    endpoint: &Endpoint,
    speed: Speed,
    options: &Options,
    round_trip: Duration,
    undivided: usize,
) -> Result<(usize, usize)> {
    let unit = unit(endpoint);
    if unit == 0 {
        return Err(Error::invalid("its packet size is 0: it can move nothing in this alternate setting"));
    }
    let (size, depth) = match endpoint.transfer_type {
        TransferType::Bulk => {
            let size: usize = if speed.counts_in_frames() { 4 << 10 } else { 64 << 10 };
            let pieces = size.div_ceil(undivided.max(unit));
            (size / pieces, 8 * pieces)
        }
        // A report a transfer: each is delivered when it comes.
        TransferType::Interrupt => (endpoint.max_bytes_per_interval as usize, 16),
        // A reader may be late by an eighth of a second, or by as many packets as the memory holds.
        TransferType::Isochronous => {
            let packets = ISOCHRONOUS_SPAN.as_micros() / interval(endpoint, speed).as_micros();
            let size = (packets as usize).max(1) * unit;
            (size, (ISOCHRONOUS_BYTES / size).clamp(4, 32))
        }
        TransferType::Control => return Err(Error::invalid("a control endpoint has no stream")),
    };
    let size = match options.size {
        0 => size.div_ceil(unit) * unit,
        size if size % unit == 0 && size <= 16 << 20 => size,
        size => {
            let reason =
                format!("a transfer size of {size} is not a multiple of the packet size, {unit}, up to 16 MiB");
            return Err(Error::invalid(reason));
        }
    };
    let on_the_way = match endpoint.transfer_type {
        TransferType::Bulk => {
            let bytes = NETWORK_RATE * round_trip.as_micros() / 1_000_000;
            usize::try_from(bytes).unwrap_or(NETWORK_BYTES).min(NETWORK_BYTES) / size
        }
        TransferType::Interrupt => {
            let reports = round_trip.as_micros() / interval(endpoint, speed).as_micros().max(1);
            usize::try_from(reports).unwrap_or(NETWORK_REPORTS).min(NETWORK_REPORTS)
        }
        _ => 0,
    };
    match options.depth {
        0 => Ok((size, (depth + on_the_way).min(MOST_DEPTH))),
        depth if depth <= MOST_DEPTH => Ok((size, depth)),
        depth => Err(Error::invalid(format!("{depth} transfers in flight; the limit is {MOST_DEPTH}"))),
    }
}

pub fn allocate(device: &Device, address: u8, size: usize, depth: usize, kind: MemoryKind) -> Result<Vec<Arc<Memory>>> {
    let way = if address & 0x80 != 0 { Direction::In } else { Direction::Out };
    let shared = match kind {
        MemoryKind::Heap => Vec::new(),
        MemoryKind::Auto => device.fast_shared_memory(way, size, depth),
        MemoryKind::Mapped => return device.shared_memory(size, depth),
    };
    if !shared.is_empty() {
        return Ok(shared);
    }
    (0..depth).map(|_| Memory::heap(size)).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::usb::Configuration;

    #[test]
    fn what_is_far_away_has_more_in_flight() {
        let bytes = [
            &[9, 2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 0xff, 0, 0, 0][..],
            &[7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x82, 3, 16, 0, 4],
        ]
        .concat();
        let configuration = Configuration::parse(&bytes, Speed::High).unwrap();
        let depth = |at: usize, milliseconds: u64, depth: usize| {
            let options = Options { depth, ..Options::default() };
            let far = Duration::from_millis(milliseconds);
            dimensions(&configuration.endpoints[at], Speed::High, &options, far, usize::MAX).unwrap().1
        };
        assert_eq!([depth(0, 0, 0), depth(1, 0, 0)], [8, 16]);
        // 2.5 MB of 64 KiB each; a report each millisecond.
        assert_eq!([depth(0, 20, 0), depth(1, 20, 0)], [8 + 38, 16 + 20]);
        assert_eq!([depth(0, 60_000, 0), depth(1, 60_000, 0)], [8 + 128, 16 + 240]);
        assert_eq!([depth(0, 20, 3), depth(1, 20, 3)], [3, 3], "the caller's own choice");

        let limited = |size: usize, depth: usize| {
            let options = Options { size, depth, ..Options::default() };
            dimensions(&configuration.endpoints[0], Speed::High, &options, Duration::ZERO, 16 << 10).unwrap()
        };
        assert_eq!([limited(0, 0), limited(0, 4), limited(1 << 20, 2)], [(16 << 10, 32), (16 << 10, 4), (1 << 20, 2)]);
    }
}
