//! What C programs see of a stream: its options, its chunks and its statistics.

use super::isochronous::{chunk_table, usbx_packet};
use super::library::usbx_status;
use crate::error::{Error, Result};
use crate::stream::{MemoryKind, Options, Stats};
use std::os::raw::c_void;

/// Memory of a stream: the library measures which kind is faster when the stream is opened, and uses that.
pub const USBX_MEMORY_AUTO: u32 = 0;
/// Memory of a stream: the process's own; the system copies each transfer.
pub const USBX_MEMORY_HEAP: u32 = 1;
/// Memory of a stream: shared with the system, without a copy, like libusb_dev_mem_alloc in libusb.
pub const USBX_MEMORY_MAPPED: u32 = 2;

/// Flag of a stream: its timestamps are exact, however late the reader is. A thread of the library takes completions as
/// they come. This costs a thread switch for each completion, or for several that come together. The thread sleeps
/// otherwise, and ends with the stream.
pub const USBX_STREAM_EXACT_TIME: u32 = 1;

/// Flag of an IN stream: an error on the bus does not end it. The transfer that failed comes as a chunk with its status
/// (USBX_ERROR_IO, USBX_ERROR_OVERFLOW) and with the bytes that arrived before the error, maybe none; the next data
/// follow. usbx_stream_read returns the status once, after the bytes that came before. A halt, unplugging and the like
/// end the stream all the same.
pub const USBX_STREAM_KEEP_GOING: u32 = 2;

/// Flag of a bulk or interrupt OUT stream: usbx_stream_flush ends with a zero-length packet if the bytes that were
/// written since the flush before are a multiple of the packet size, so that the device sees where they end.
pub const USBX_STREAM_ZERO_PACKET: u32 = 4;

/// Options of a stream.
///
/// Set the whole struct to 0 first; the library chooses what is left 0.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_stream_options {
    /// Bytes in one transfer: a multiple of the packet size, at most 16 MiB. A chunk is delivered when a transfer is
    /// full, when a short packet ends it, or when a reader's time limit passes.
    pub size: usize,
    /// Number of transfers in flight, at most 1024.
    pub depth: usize,
    /// Where the stream's data are: USBX_MEMORY_*.
    pub memory: u32,
    /// 0, or some of USBX_STREAM_*, added up.
    pub flags: u32,
    /// Set to 0.
    pub reserved: [u8; 40],
}

/// The data of one transfer of a stream.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_chunk {
    /// The bytes. The library owns them; they stay valid until the next call of usbx_stream_next, usbx_stream_read or
    /// usbx_stream_close.
    pub data: *const c_void,
    /// Number of bytes; 0 for a zero-length packet.
    pub length: usize,
    /// When the library found the transfer complete, in nanoseconds of CLOCK_MONOTONIC. That is at once while a call
    /// for the stream waits, and at the next call otherwise; with USBX_STREAM_EXACT_TIME it is always at once.
    pub timestamp_ns: u64,
    /// Number of the chunk in its stream, from 0.
    pub sequence: u64,
    /// The packets of an isochronous transfer, in their order, valid as long as data; NULL for bulk and interrupt.
    /// Their bytes follow each other in data without gaps: here packets[i].length equals packets[i].transferred.
    pub packets: *const usbx_packet,
    /// Number of packets.
    pub packet_count: usize,
    /// USBX_OK, or how the transfer that brought these bytes ended; usbx_stream_next returns the same status after all
    /// bytes have been taken, unless the stream keeps going (USBX_STREAM_KEEP_GOING).
    pub status: usbx_status,
    /// Always 0.
    pub reserved: [u8; 28],
}

/// What a stream has done so far.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_stream_statistics {
    /// Bytes that moved.
    pub bytes: u64,
    /// Transfers that completed.
    pub transfers: u64,
    /// IN transfers that a short packet ended.
    pub short_packets: u64,
    /// Transfers that ended with USBX_ERROR_PIPE.
    pub stalls: u64,
    /// Transfers that ended with USBX_ERROR_OVERFLOW.
    pub overflows: u64,
    /// Transfers that failed in another way; cancelled transfers, and those of an unplugged device, do not count.
    pub other_errors: u64,
    /// How often the reader was so late that no transfer was in flight and the device had to wait.
    pub device_waits: u64,
    /// Maximum number of chunks that waited for the reader.
    pub deepest_backlog: u64,
    /// Isochronous IN packets that were requested.
    pub packets: u64,
    /// Isochronous IN packets that were lost: packets with an error, and the intervals in which no transfer was in
    /// flight because the reader, or the computer, was late. Those are estimated from the clock: of each gap, a
    /// transfer's time may go unnoticed.
    pub lost_packets: u64,
    /// Maximum number of transfers in flight that the stream uses.
    pub depth: u64,
    /// Bytes in one transfer.
    pub size: u64,
    /// The kind of memory in use: USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
    pub memory: u32,
    /// Always 0.
    pub reserved: [u8; 44],
}

/// The options that the caller wants, checked.
pub(super) fn wanted(options: &usbx_stream_options) -> Result<Options> {
    let memory = match options.memory {
        USBX_MEMORY_AUTO => MemoryKind::Auto,
        USBX_MEMORY_HEAP => MemoryKind::Heap,
        USBX_MEMORY_MAPPED => MemoryKind::Mapped,
        other => return Err(Error::invalid(format!("there is no memory kind {other}; it is one of USBX_MEMORY_*"))),
    };
    let known = USBX_STREAM_EXACT_TIME | USBX_STREAM_KEEP_GOING | USBX_STREAM_ZERO_PACKET;
    if options.flags & !known != 0 {
        return Err(Error::invalid(format!("there are no such flags: 0x{:x}; zero the options first", options.flags)));
    }
    let has = |flag| options.flags & flag != 0;
    Ok(Options {
        size: options.size,
        depth: options.depth,
        memory,
        exact_time: has(USBX_STREAM_EXACT_TIME),
        zero_packet: has(USBX_STREAM_ZERO_PACKET),
        keep_going: has(USBX_STREAM_KEEP_GOING),
        packet_table: Some(chunk_table),
    })
}

impl From<&Stats> for usbx_stream_statistics {
    fn from(stats: &Stats) -> Self {
        usbx_stream_statistics {
            bytes: stats.bytes,
            transfers: stats.transfers,
            short_packets: stats.short_packets,
            stalls: stats.stalls,
            overflows: stats.overflows,
            other_errors: stats.other_errors,
            device_waits: stats.device_waits,
            deepest_backlog: stats.deepest_backlog,
            packets: stats.packets,
            lost_packets: stats.lost_packets,
            depth: stats.depth,
            size: stats.size,
            memory: if stats.mapped { USBX_MEMORY_MAPPED } else { USBX_MEMORY_HEAP },
            reserved: [0; 44],
        }
    }
}
