//! Isochronous transfers: a packet in each service interval, each with its own length and status.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::{usbx_status, USBX_OK};
use super::pointer::{data, Out};
use crate::bus::{PacketResult, Packets, NEVER};
use crate::error::{Error, Result, Status};
use crate::library;
use crate::stream::PacketTable;
use crate::sys::{try_vec, Buffer, Memory};
use crate::usb::Direction;
use std::mem::size_of;
use std::os::raw::c_void;
use std::sync::Arc;

/// One packet of an isochronous transfer.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_packet {
    /// Set before the transfer: bytes to send, or room to receive; at most the endpoint's max_bytes_per_interval.
    pub length: u32,
    /// Set by the transfer: bytes that moved.
    pub transferred: u32,
    /// Set by the transfer: USBX_OK, or what happened to this packet alone; USBX_ERROR_CANCELLED if it was never on the
    /// bus.
    pub status: usbx_status,
    /// Always 0.
    pub reserved: u32,
}

/// Reads packets from an isochronous endpoint, one in each service interval.
///
/// The call returns after the last packet. For data without gaps between calls, use a stream or a completion queue.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
///   interface
/// @param data receives the bytes. Each packet has a place of its own, of packets[i].length bytes, one after the other,
///   whether it is filled or not. The unused rest of a place may be overwritten with zeros.
/// @param length size of data in bytes: the sum of the packets' lengths
/// @param packets one entry for each packet: set length; the call sets transferred and status
/// @param packet_count number of packets, 1 to 65536
/// @param timeout_ms maximum time for all packets, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes received in all packets together; may be NULL
///
/// @return USBX_OK if all packets had their turn, whatever happened to single ones, or:
/// - USBX_ERROR_TIMEOUT: the time limit passed
/// - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
///   configuration or the device
/// - USBX_ERROR_CLOSED: another thread closed the device during the call
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - any other status of usbx_bulk_read
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 5.6; libusb_fill_iso_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_isochronous_read(
    device: *mut usbx_device,
    endpoint: u8,
    data: *mut c_void,
    length: usize,
    packets: *mut usbx_packet,
    packet_count: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: this function's own contract, with the same words.
    unsafe { transfer(device, Direction::In, endpoint, data, length, packets, packet_count, timeout_ms, transferred) }
}

/// Writes packets to an isochronous endpoint, one in each service interval.
///
/// The call returns after the last packet.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
///   interface
/// @param data the bytes of all packets, one after the other
/// @param length size of data in bytes: the sum of the packets' lengths
/// @param packets one entry for each packet: set length; the call sets transferred and status
/// @param packet_count number of packets, 1 to 65536
/// @param timeout_ms maximum time for all packets, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes sent in all packets together; may be NULL
///
/// @return USBX_OK if all packets had their turn, whatever happened to single ones, or any other status of
///   usbx_isochronous_read
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 5.6; libusb_fill_iso_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_isochronous_write(
    device: *mut usbx_device,
    endpoint: u8,
    data: *const c_void,
    length: usize,
    packets: *mut usbx_packet,
    packet_count: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    let data = data as *mut c_void;
    // SAFETY: this function's own contract; an OUT transfer only reads from `data`.
    unsafe { transfer(device, Direction::Out, endpoint, data, length, packets, packet_count, timeout_ms, transferred) }
}

/// # Safety
/// `data` is NULL or valid for `length` bytes until this returns, writable if the direction is IN; `packets` is NULL or valid for
/// reading and writing `count` entries; `transferred` is NULL or a valid place for a size_t.
#[allow(clippy::too_many_arguments)] // the C signature, and which way
unsafe fn transfer(
    device: *mut usbx_device,
    way: Direction,
    endpoint: u8,
    data: *mut c_void,
    length: usize,
    packets: *mut usbx_packet,
    count: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: NULL or valid by this function's contract.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(device, || {
        let what = "isochronous transfer";
        let device = library::device(device as usize, what)?;
        // SAFETY: valid as long and in the way that this function's contract says.
        let buffer = unsafe { self::data(data.cast(), length) }.map_err(|error| error.during(what))?;
        // SAFETY: as above.
        let (packets, mut table) = unsafe { packet_table(packets, count) }.map_err(|error| error.during(what))?;
        let outcome = device.isochronous(way, endpoint, buffer, &packets, timeout_ms);
        write_results(&mut table, &packets.results());
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// What a caller's table asks for, and the table itself, for the results.
///
/// # Safety
/// `packets` is NULL or valid for reading and writing `count` entries until the Buffer is dropped.
pub(super) unsafe fn packet_table(packets: *mut usbx_packet, count: usize) -> Result<(Arc<Packets>, Buffer)> {
    if packets.is_null() || count == 0 {
        return Err(Error::invalid("there are no packets; give at least one"));
    }
    if count > MOST_PACKETS {
        return Err(Error::invalid(format!("{count} packets; one transfer has at most {MOST_PACKETS}")));
    }
    // SAFETY: not NULL, therefore valid by this function's contract.
    let table = unsafe { Buffer::new(packets.cast(), count * ENTRY) };
    let length = |entry: &[u8]| u32::from_ne_bytes([entry[0], entry[1], entry[2], entry[3]]);
    let mut lengths = try_vec(count)?;
    lengths.extend(table.bytes().chunks_exact(ENTRY).map(length));
    Ok((Arc::new(Packets::new(lengths)?), table))
}

const ENTRY: usize = size_of::<usbx_packet>();

/// Seconds at one packet a microframe; beyond, it is a mistake.
const MOST_PACKETS: usize = 65536;

/// Of a transfer that never started there are no results.
pub fn write_results(table: &mut Buffer, results: &[PacketResult]) {
    let results = results.iter().copied().chain(std::iter::repeat(NEVER));
    for (entry, (moved, result)) in table.space().chunks_exact_mut(ENTRY).zip(results) {
        write_result(entry, moved, result);
    }
}

/// A table of the library's own, which a program reads through a chunk's pointer.
struct ChunkTable {
    memory: Arc<Memory>,
    count: usize,
}

/// For so many packets.
pub(super) fn chunk_table(count: usize) -> Result<Box<dyn PacketTable>> {
    Ok(Box::new(ChunkTable { memory: Memory::heap(count * ENTRY)?, count }))
}

impl PacketTable for ChunkTable {
    fn address(&self) -> usize {
        self.memory.as_ptr() as usize
    }

    fn write(&self, results: &[PacketResult]) {
        self.memory.access(|table| {
            for (entry, (moved, result)) in table.chunks_exact_mut(ENTRY).zip(results) {
                entry[0..4].copy_from_slice(&moved.to_ne_bytes());
                write_result(entry, *moved, *result);
            }
        });
    }

    fn cut(&self, bytes: usize) -> (usize, usize) {
        let over = self.memory.access(|table| cut(table, bytes)).unwrap_or(self.count);
        (over, self.address() + over * ENTRY)
    }
}

/// How many packets lie within the first `bytes` bytes. Of the one behind them only the rest is left.
fn cut(table: &mut [u8], bytes: usize) -> usize {
    let mut left = bytes as u32;
    let mut over = 0;
    for entry in table.chunks_exact_mut(ENTRY) {
        if left == 0 {
            break;
        }
        let moved = u32::from_ne_bytes([entry[4], entry[5], entry[6], entry[7]]);
        if moved > left {
            let rest = (moved - left).to_ne_bytes();
            entry[0..4].copy_from_slice(&rest);
            entry[4..8].copy_from_slice(&rest);
            break;
        }
        left -= moved;
        over += 1;
    }
    over
}

fn write_result(entry: &mut [u8], moved: u32, result: std::result::Result<(), Status>) {
    let status = result.map_or_else(|status| status as i32, |()| USBX_OK);
    entry[4..8].copy_from_slice(&moved.to_ne_bytes());
    entry[8..12].copy_from_slice(&status.to_ne_bytes());
    entry[12..16].fill(0);
}
