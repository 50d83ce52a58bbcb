//! Streams: continuous data from or to one endpoint.

use super::boundary::guard;
use super::devices::usbx_device;
use super::isochronous::{chunk_table, usbx_packet};
use super::library::{usbx_status, USBX_OK};
use super::pointer::{data, Out};
use crate::error::{Error, Result};
use crate::library::{self, Object};
use crate::stream::{MemoryKind, Options, Stream};
use crate::sys::Wait;
use std::os::raw::c_void;
use std::sync::Arc;
use std::time::Duration;

/// A stream. A token, as usbx_device. Any thread may use it, one call at a time has it; usbx_stream_close ends it.
pub struct usbx_stream {
    _opaque: [u8; 0],
}

/// Memory of a stream: whichever is faster here, found out when it is opened.
pub const USBX_MEMORY_AUTO: u32 = 0;
/// The process's own memory; the system copies each transfer.
pub const USBX_MEMORY_HEAP: u32 = 1;
/// Memory shared with the system, no copy. Source: libusb_dev_mem_alloc.
pub const USBX_MEMORY_MAPPED: u32 = 2;

/// A thread of the library takes completions as they come, so that timestamp_ns is exact however late the reader is. It costs a
/// switch of threads for each, or for several that come together; it sleeps otherwise, and ends with the stream.
pub const USBX_STREAM_EXACT_TIME: u32 = 1;

/// How a stream is to work. Zero it first: 0 leaves a choice to the library. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_stream_options {
    /// Bytes in one transfer, a multiple of the packet size, 16 MiB at the most. A chunk comes when a transfer is full or a
    /// short packet ends it, or when a reader's time is up.
    pub size: usize,
    /// Transfers in flight, 1024 at the most.
    pub depth: usize,
    /// USBX_MEMORY_*.
    pub memory: u32,
    /// 0, or USBX_STREAM_EXACT_TIME.
    pub flags: u32,
    /// 0.
    pub reserved: [u8; 40],
}

/// What one transfer of a stream brought. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_chunk {
    /// The bytes; the library's, and valid until the next call of usbx_stream_next, usbx_stream_read or usbx_stream_close.
    pub data: *const c_void,
    /// How many; 0 for a zero-length packet.
    pub length: usize,
    /// When it was found complete, in nanoseconds of CLOCK_MONOTONIC: at once while a call for the stream waits, otherwise at the
    /// next call, or at once in any case with USBX_STREAM_EXACT_TIME.
    pub timestamp_ns: u64,
    /// Counts the chunks of the stream, from 0.
    pub sequence: u64,
    /// The packets of an isochronous transfer, in their order, as long valid as data; NULL for bulk and interrupt. Their bytes lie
    /// one behind the other without gaps: packets[i].length is packets[i].transferred here.
    pub packets: *const usbx_packet,
    /// How many.
    pub packet_count: usize,
    /// USBX_OK, or how the transfer ended that brought these bytes: usbx_stream_next says the same when all of them were taken.
    pub status: usbx_status,
    /// 0.
    pub reserved: [u8; 28],
}

/// What a stream has done so far. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_stream_statistics {
    /// Bytes that moved.
    pub bytes: u64,
    /// Transfers that completed.
    pub transfers: u64,
    /// Transfers IN that a short packet ended.
    pub short_packets: u64,
    /// Transfers that ended with USBX_ERROR_PIPE.
    pub stalls: u64,
    /// Transfers that ended with USBX_ERROR_OVERFLOW.
    pub overflows: u64,
    /// Transfers that failed otherwise; cancelled ones, and those of an unplugged device, do not count.
    pub other_errors: u64,
    /// How often no transfer was in flight because the reader was late: the device had to wait.
    pub device_waits: u64,
    /// The most chunks that waited for the reader.
    pub deepest_backlog: u64,
    /// Isochronous packets IN that were asked for.
    pub packets: u64,
    /// Isochronous packets IN that were lost: those with an error, and as many as there were intervals in which nothing was in
    /// flight because the reader was late (reckoned by the clock, to about one transfer).
    pub lost_packets: u64,
    /// Transfers in flight at the most, as it turned out.
    pub depth: u64,
    /// Bytes in one transfer.
    pub size: u64,
    /// USBX_MEMORY_HEAP or USBX_MEMORY_MAPPED.
    pub memory: u32,
    /// 0.
    pub reserved: [u8; 44],
}

/// Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface. An IN stream starts at once. It has no thread: a
/// reader that is late makes the device wait, and nothing is lost.
///
/// device: the handle; it may be closed before the stream, which then ends with USBX_ERROR_CLOSED.
/// endpoint: bEndpointAddress. Nobody else should read or write there meanwhile.
/// options: how; NULL for what suits the endpoint.
/// stream: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_stream_close.
///
/// Returns USBX_OK; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NOT_SUPPORTED; USBX_ERROR_NO_MEM;
/// USBX_ERROR_NO_DEVICE; USBX_ERROR_IO if the system does not take its transfers; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_open(
    device: *mut usbx_device,
    endpoint: u8,
    options: *const usbx_stream_options,
    stream: *mut *mut usbx_stream,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(stream) };
    guard(|| {
        let device = library::device_arc(device as usize, "open a stream")?;
        place.required("stream").map_err(|error| error.during("open a stream"))?;
        let options = match options.is_null() {
            true => Options { packet_table: Some(chunk_table), ..Options::default() },
            // SAFETY: not NULL, therefore a usbx_stream_options, as documented; any alignment will do.
            false => wanted(&unsafe { options.read_unaligned() }).map_err(|error| error.during("open a stream"))?,
        };
        let stream = Stream::open(device, endpoint, options)?;
        let registered = library::register(Object::Stream(Arc::clone(&stream)));
        let token = registered.map_err(|error| {
            stream.close();
            error.during("open a stream")
        })?;
        place.set(token.value() as *mut usbx_stream);
        Ok(())
    })
}

fn wanted(options: &usbx_stream_options) -> Result<Options> {
    let memory = match options.memory {
        USBX_MEMORY_AUTO => MemoryKind::Auto,
        USBX_MEMORY_HEAP => MemoryKind::Heap,
        USBX_MEMORY_MAPPED => MemoryKind::Mapped,
        other => return Err(Error::invalid(format!("there is no memory kind {other}; it is one of USBX_MEMORY_*"))),
    };
    if options.flags & !USBX_STREAM_EXACT_TIME != 0 {
        return Err(Error::invalid(format!("there are no such flags: 0x{:x}; zero the options first", options.flags)));
    }
    let exact_time = options.flags & USBX_STREAM_EXACT_TIME != 0;
    Ok(Options { size: options.size, depth: options.depth, memory, exact_time, packet_table: Some(chunk_table) })
}

pub(super) fn wait(timeout_ms: u32) -> Wait {
    match timeout_ms {
        0 => Wait::Forever,
        super::USBX_NO_WAIT_VALUE => Wait::Not,
        timeout => Wait::For(Duration::from_millis(timeout.into())),
    }
}

/// Borrows the next chunk of an IN stream, without a copy: what a transfer brought that is full, or that a short packet ended,
/// or, when the time is up, what has come until then. So with a timeout a slow device's data comes soon, and the last bytes of
/// a device that stopped come too.
///
/// stream: the handle.
/// timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// chunk: receives the chunk, valid until the next call; zeroed on failure.
///
/// Returns USBX_OK; USBX_ERROR_TIMEOUT if nothing came; once all that came was delivered, the reason why the
/// stream ended, each time: USBX_ERROR_PIPE, USBX_ERROR_NO_DEVICE, USBX_ERROR_CANCELLED, USBX_ERROR_CLOSED, USBX_ERROR_OVERFLOW,
/// USBX_ERROR_NO_MEM, USBX_ERROR_IO, USBX_ERROR_NOT_CLAIMED if its interface was released, USBX_ERROR_INVALID_PARAM if its endpoint went
/// with the alternate setting; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, one at a time. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_next(
    stream: *mut usbx_stream,
    timeout_ms: u32,
    chunk: *mut usbx_chunk,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_chunk, as documented.
    let place = unsafe { Out::new(chunk) };
    guard(|| {
        let stream = library::stream(stream as usize, "next of a stream")?;
        place.required("chunk").map_err(|error| error.during("next of a stream"))?;
        let chunk = stream.next(wait(timeout_ms))?;
        place.set(usbx_chunk {
            data: chunk.data as *const c_void,
            length: chunk.length,
            timestamp_ns: chunk.timestamp,
            sequence: chunk.sequence,
            packets: chunk.packets as *const usbx_packet,
            packet_count: chunk.packet_count,
            status: chunk.result.map_or_else(|status| status as i32, |()| USBX_OK),
            reserved: [0; 28],
        });
        Ok(())
    })
}

/// Reads from an IN stream as from a file: waits for the first byte, and returns with what is there.
///
/// stream: the handle.
/// data: receives the bytes.
/// length: bytes that fit, not 0; any number.
/// timeout_ms: milliseconds to wait for the first byte; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// transferred: receives how many bytes were copied; may be NULL.
///
/// Returns as usbx_stream_next. Any thread, one at a time. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_read(
    stream: *mut usbx_stream,
    data: *mut c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard(|| {
        let stream = library::stream(stream as usize, "read from a stream")?;
        // SAFETY: the caller passes `length` writable bytes that stay valid during this call, as documented.
        let mut buffer =
            unsafe { self::data(data.cast(), length) }.map_err(|error| error.during("read from a stream"))?;
        if buffer.is_empty() {
            return Err(Error::invalid("read from a stream: a read of length 0 reads nothing"));
        }
        let moved = stream.read(wait(timeout_ms), length, &mut |bytes| {
            buffer.split_to(bytes.len()).space().copy_from_slice(bytes);
        })?;
        transferred.set(moved);
        Ok(())
    })
}

/// Writes to an OUT stream as to a file: the bytes are taken in, waiting for room, and are sent when a transfer is full or
/// usbx_stream_flush is called.
///
/// stream: the handle.
/// data: the bytes; they are copied.
/// length: how many.
/// timeout_ms: milliseconds to wait for room; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// transferred: receives how many were taken in, on failure too; may be NULL.
///
/// Returns USBX_OK if all were; USBX_ERROR_TIMEOUT; or why the stream ended, as usbx_stream_next; usbx_stream_stats tells how many
/// bytes the device has taken. Any thread, one at a time. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_write(
    stream: *mut usbx_stream,
    data: *const c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard(|| {
        let stream = library::stream(stream as usize, "write to a stream")?;
        // SAFETY: the caller passes `length` bytes that stay valid during this call; they are only read.
        let buffer =
            unsafe { self::data(data as *mut u8, length) }.map_err(|error| error.during("write to a stream"))?;
        let (taken, result) = stream.write(wait(timeout_ms), buffer.bytes());
        transferred.set(taken);
        result
    })
}

/// Lends room of an OUT stream to be filled in place: usbx_stream_write without its copy. Fill some of it, then call
/// usbx_stream_commit.
///
/// stream: the handle.
/// timeout_ms: milliseconds to wait for room; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// data: receives where to write; valid until the next call for this stream. NULL on failure.
/// length: receives how many bytes fit, at least 1; 0 on failure.
///
/// Returns USBX_OK; USBX_ERROR_TIMEOUT; USBX_ERROR_INVALID_PARAM; or why the stream ended, as usbx_stream_next. Any thread, one at a time.
/// Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_space(
    stream: *mut usbx_stream,
    timeout_ms: u32,
    data: *mut *mut c_void,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a pointer, and NULL or one for a size_t, as documented.
    let (data, length) = unsafe { (Out::new(data), Out::new(length)) };
    guard(|| {
        let stream = library::stream(stream as usize, "space of a stream")?;
        data.required("data").map_err(|error| error.during("space of a stream"))?;
        length.required("length").map_err(|error| error.during("space of a stream"))?;
        let (place, room) = stream.space(wait(timeout_ms))?;
        data.set(place as *mut c_void);
        length.set(room);
        Ok(())
    })
}

/// Writes what was put into the room that usbx_stream_space lent, as usbx_stream_write does with its bytes.
///
/// stream: the handle.
/// length: how many bytes, from the start of the room; 0 gives the room back.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM if it is more than was lent; or why the stream ended, as usbx_stream_next. It does not wait:
/// USBX_ERROR_TIMEOUT if another thread is in a call for the stream.
/// Any thread, one at a time. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_stream_commit(stream: *mut usbx_stream, length: usize) -> usbx_status {
    guard(|| library::stream(stream as usize, "commit to a stream")?.commit(length))
}

/// Sends what was written, and returns when the device has taken all of it.
///
/// stream: the handle.
/// timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
///
/// Returns USBX_OK; USBX_ERROR_TIMEOUT if it has not taken all yet, and it goes on; or why the stream ended, as usbx_stream_next.
/// Any thread, one at a time. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_stream_flush(stream: *mut usbx_stream, timeout_ms: u32) -> usbx_status {
    guard(|| library::stream(stream as usize, "flush a stream")?.flush(wait(timeout_ms)))
}

/// Tells what a stream has done so far.
///
/// stream: the handle.
/// statistics: receives the counts; zeroed on failure.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, also while another reads. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_stats(
    stream: *mut usbx_stream,
    statistics: *mut usbx_stream_statistics,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_stream_statistics, as documented.
    let place = unsafe { Out::new(statistics) };
    guard(|| {
        let stream = library::stream(stream as usize, "statistics of a stream")?;
        place.required("statistics").map_err(|error| error.during("statistics of a stream"))?;
        let stats = stream.stats();
        place.set(usbx_stream_statistics {
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
        });
        Ok(())
    })
}

/// A descriptor for select(), poll(), epoll and event loops: readable when usbx_stream_next or usbx_stream_read with USBX_NO_WAIT should
/// be called. It may be readable with nothing there, now and then. It is the library's, and valid until usbx_stream_close.
///
/// stream: the handle.
/// fd: receives the descriptor; -1 on failure.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_fd(stream: *mut usbx_stream, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard(|| {
        let stream = library::stream(stream as usize, "stream descriptor")?;
        fd.required("fd").map_err(|error| error.during("stream descriptor"))?;
        fd.set(stream.descriptor().map_err(|error| error.during("stream descriptor"))?);
        Ok(())
    })
}

/// Closes a stream: ends its transfers and calls, and returns when nothing of it is in use. A borrowed chunk ends with it. What was
/// written and not flushed may not have reached the device, and what came and was not read is dropped: read until
/// USBX_ERROR_TIMEOUT first.
///
/// stream: the handle; NULL is allowed and does nothing.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_stream_close(stream: *mut usbx_stream) -> usbx_status {
    guard(|| {
        if stream.is_null() {
            return Ok(());
        }
        library::close_stream(stream as usize)
    })
}
