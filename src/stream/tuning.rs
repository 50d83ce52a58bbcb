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

/// Bytes of a transfer and number of transfers.
pub fn dimensions(endpoint: &Endpoint, speed: Speed, options: &Options) -> Result<(usize, usize)> {
    let unit = unit(endpoint);
    if unit == 0 {
        return Err(Error::invalid("its packet size is 0: it can move nothing in this alternate setting"));
    }
    let (size, depth) = match endpoint.transfer_type {
        TransferType::Bulk => (if speed.counts_in_frames() { 4 << 10 } else { 64 << 10 }, 8),
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
    match options.depth {
        0 => Ok((size, depth)),
        depth if depth <= 1024 => Ok((size, depth)),
        depth => Err(Error::invalid(format!("{depth} transfers in flight; the limit is 1024"))),
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
