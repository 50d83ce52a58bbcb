//! Streams: continuous data from or to one endpoint.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::isochronous::{chunk_table, usbx_packet};
use super::library::{usbx_status, USBX_OK};
use super::pointer::{data, Out};
use super::stream_types::{usbx_chunk, usbx_stream_options, usbx_stream_statistics, wanted};
use crate::error::Error;
use crate::library::{self, Object};
use crate::stream::{Options, Stream};
use crate::sys::Wait;
use std::os::raw::c_void;
use std::sync::Arc;
use std::time::Duration;

/// A stream, from usbx_stream_open. It is closed with usbx_stream_close.
///
/// The pointer is a checked token, like usbx_device. Any thread may use it; its reads and writes run one at a time.
pub struct usbx_stream {
    _opaque: [u8; 0],
}

/// Opens a stream on a bulk, interrupt or isochronous endpoint of a claimed interface.
///
/// A stream moves data continuously: it keeps several transfers in flight. An IN stream starts at once. A stream has no
/// thread of its own. If the reader of a bulk or interrupt stream is late, the device has to wait and no data is lost;
/// an isochronous device does not wait, and usbx_stream_stats counts the lost packets.
///
/// @param device an open device; it may be closed before the stream, which then ends with USBX_ERROR_CLOSED
/// @param endpoint bEndpointAddress; no other code should read or write there while the stream is open
/// @param options how the stream works; NULL for values that suit the endpoint
/// @param stream receives the handle, or NULL on failure; the caller owns it and closes it with usbx_stream_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
/// - USBX_ERROR_INVALID_PARAM: an argument or option is not valid, or there is no such endpoint now
/// - USBX_ERROR_NOT_SUPPORTED: the device or system does not support an option
/// - USBX_ERROR_BUSY: another thread is in a call that changes the endpoint, its interface or the device
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the system refuses the transfers
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_open(
    device: *mut usbx_device,
    endpoint: u8,
    options: *const usbx_stream_options,
    stream: *mut *mut usbx_stream,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(stream) };
    guard_of(device, || {
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

pub(super) fn wait(timeout_ms: u32) -> Wait {
    match timeout_ms {
        0 => Wait::Forever,
        super::USBX_NO_WAIT_VALUE => Wait::Not,
        timeout => Wait::For(Duration::from_millis(timeout.into())),
    }
}

/// Borrows the next chunk of an IN stream, without a copy.
///
/// A chunk is the data of one transfer. It is delivered when the transfer is full, when a short packet ends it, or,
/// with the bytes received so far, when the time limit passes. With a time limit, the data of a slow device therefore
/// arrive soon, and so do the last bytes of a device that stopped.
///
/// A failure ends the stream, except an error on the bus of a stream with USBX_STREAM_KEEP_GOING. All data that arrived
/// before are still delivered; then every call returns the reason.
///
/// @param stream an open IN stream
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param chunk receives the chunk; its data stay valid until the next call for this stream; zeroed on failure
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: nothing arrived in that time, or another thread is in a call for the stream
/// - USBX_ERROR_INVALID_PARAM: chunk is NULL, or the stream is not an IN stream
/// - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
/// - USBX_ERROR_PIPE: the stream ended because the endpoint is halted; see usbx_clear_halt
/// - USBX_ERROR_NO_DEVICE: the stream ended because the device was unplugged
/// - USBX_ERROR_CANCELLED: the stream ended because its transfers were cancelled, by usbx_cancel or by a change of the
///   interface, the configuration or the device; also if none was in flight when a setting without its endpoint was
///   selected
/// - USBX_ERROR_CLOSED: the stream ended because it or its device was closed
/// - USBX_ERROR_OVERFLOW: the stream ended because the device sent a packet that is too large
/// - USBX_ERROR_NO_MEM: the stream ended because the system is out of memory for its transfers
/// - USBX_ERROR_IO: the stream ended because a transfer failed on the bus
/// - USBX_ERROR_NOT_CLAIMED: the stream ended because its interface was released while no transfer was in flight
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_next(
    stream: *mut usbx_stream,
    timeout_ms: u32,
    chunk: *mut usbx_chunk,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_chunk, as documented.
    let place = unsafe { Out::new(chunk) };
    guard_of(stream, || {
        let stream = library::stream(stream as usize, "get the next chunk of a stream")?;
        place.required("chunk").map_err(|error| error.during("get the next chunk of a stream"))?;
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

/// Reads from an IN stream like from a file: waits for the first byte, then returns what is there.
///
/// The bytes are copied out of the stream's own memory, also into a buffer from usbx_buffer_alloc; usbx_stream_next
/// lends that memory without a copy.
///
/// @param stream an open IN stream
/// @param data receives the bytes
/// @param length size of data in bytes, not 0; it need not be a multiple of the packet size
/// @param timeout_ms maximum wait for the first byte, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return
///   at once
/// @param transferred receives the number of bytes copied; may be NULL
///
/// @return USBX_OK, or any other status of usbx_stream_next
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
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
    guard_of(stream, || {
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

/// Writes to an OUT stream like to a file.
///
/// The call waits for room and copies the bytes, also those of a buffer from usbx_buffer_alloc; usbx_stream_space lends
/// room without a copy. They are sent when a transfer is full, or when usbx_stream_flush is
/// called. usbx_stream_stats says how many bytes the device has taken.
///
/// @param stream an open OUT stream
/// @param data the bytes to write; may be NULL only if length is 0
/// @param length number of bytes to write
/// @param timeout_ms maximum wait for room, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param transferred receives the number of bytes copied, on failure too; may be NULL
///
/// @return USBX_OK if all bytes were copied, or:
/// - USBX_ERROR_TIMEOUT: there was not enough room in that time
/// - the reason why the stream ended, as listed at usbx_stream_next
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
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
    guard_of(stream, || {
        let stream = library::stream(stream as usize, "write to a stream")?;
        // SAFETY: the caller passes `length` bytes that stay valid during this call; they are only read.
        let buffer =
            unsafe { self::data(data as *mut u8, length) }.map_err(|error| error.during("write to a stream"))?;
        let (taken, result) = stream.write(wait(timeout_ms), buffer.bytes());
        transferred.set(taken);
        result
    })
}

/// Lends room in an OUT stream to be filled in place, which avoids the copy of usbx_stream_write.
///
/// Fill some of it, then call usbx_stream_commit.
///
/// @param stream an open OUT stream
/// @param timeout_ms maximum wait for room, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param data receives the address to write to, valid until the next call for this stream; NULL on failure. The
///   library owns the memory.
/// @param length receives the number of bytes that fit there, at least 1; 0 on failure
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: there was no room in that time
/// - USBX_ERROR_INVALID_PARAM: data or length is NULL, or the stream is not an OUT stream
/// - the reason why the stream ended, as listed at usbx_stream_next
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_space(
    stream: *mut usbx_stream,
    timeout_ms: u32,
    data: *mut *mut c_void,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a pointer, and NULL or one for a size_t, as documented.
    let (data, length) = unsafe { (Out::new(data), Out::new(length)) };
    guard_of(stream, || {
        let stream = library::stream(stream as usize, "get space in a stream")?;
        data.required("data").map_err(|error| error.during("get space in a stream"))?;
        length.required("length").map_err(|error| error.during("get space in a stream"))?;
        let (place, room) = stream.space(wait(timeout_ms))?;
        data.set(place as *mut c_void);
        length.set(room);
        Ok(())
    })
}

/// Writes the bytes that were put into the room from usbx_stream_space.
///
/// They are sent like the bytes of usbx_stream_write. The call does not wait.
///
/// @param stream an open OUT stream
/// @param length number of bytes from the start of the room; 0 gives the room back
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: length is more than was lent
/// - USBX_ERROR_TIMEOUT: another thread is in a call for the stream
/// - the reason why the stream ended, as listed at usbx_stream_next
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_stream_commit(stream: *mut usbx_stream, length: usize) -> usbx_status {
    guard_of(stream, || library::stream(stream as usize, "commit to a stream")?.commit(length))
}

/// Sends what was written and waits until the device has taken all of it.
///
/// @param stream an open OUT stream
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the device has not taken all of it yet; sending goes on
/// - the reason why the stream ended, as listed at usbx_stream_next
///
/// @par Threads
/// Any thread, one at a time.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_stream_flush(stream: *mut usbx_stream, timeout_ms: u32) -> usbx_status {
    guard_of(stream, || library::stream(stream as usize, "flush a stream")?.flush(wait(timeout_ms)))
}

/// Gets the statistics of a stream.
///
/// @param stream an open stream
/// @param statistics receives the counts; zeroed on failure
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: statistics is NULL
/// - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
///
/// @par Threads
/// Any thread, also while another one reads or writes.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_stats(
    stream: *mut usbx_stream,
    statistics: *mut usbx_stream_statistics,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_stream_statistics, as documented.
    let place = unsafe { Out::new(statistics) };
    guard_of(stream, || {
        let stream = library::stream(stream as usize, "get statistics of a stream")?;
        place.required("statistics").map_err(|error| error.during("get statistics of a stream"))?;
        place.set(usbx_stream_statistics::from(&stream.stats()));
        Ok(())
    })
}

/// Gets a file descriptor that becomes readable when a stream has work to do.
///
/// Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_stream_next or usbx_stream_read
/// with USBX_NO_WAIT. Sometimes it is readable although nothing has arrived.
///
/// On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
/// (HANDLE)(intptr_t)fd.
///
/// @param stream an open stream
/// @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_stream_close.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: fd is NULL
/// - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_stream_fd(stream: *mut usbx_stream, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard_of(stream, || {
        let stream = library::stream(stream as usize, "get the file descriptor of a stream")?;
        fd.required("fd").map_err(|error| error.during("get the file descriptor of a stream"))?;
        fd.set(stream.descriptor().map_err(|error| error.during("get the file descriptor of a stream"))?);
        Ok(())
    })
}

/// Closes a stream.
///
/// Its transfers and calls end. When this function returns, nothing of the stream is in use any more, and a borrowed
/// chunk is not valid any more. Data that were written and not flushed may not have reached the device. Data that
/// arrived and were not read are dropped; to get them, read until USBX_ERROR_TIMEOUT first.
///
/// @param stream an open stream; NULL is allowed and does nothing
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the stream handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_stream_close(stream: *mut usbx_stream) -> usbx_status {
    guard_of(stream, || {
        if stream.is_null() {
            return Ok(());
        }
        library::close_stream(stream as usize)
    })
}
