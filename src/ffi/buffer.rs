//! Buffers that transfers use without a copy.

use super::boundary::{guard, guard_of};
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::Out;
use crate::library;
use crate::sys::blocks;
use std::os::raw::c_void;

/// Allocates memory that transfers use without a copy.
///
/// Where the system can share memory with the device's host controller, and reading that is not slow, the buffer is such
/// memory; otherwise it is ordinary memory. Any transfer of this device with its data inside the buffer, whole or in
/// part, goes without a copy where the memory is shared: blocking calls, and transfers of a queue. Control requests are
/// copied, and so is what a stream reads or writes; usbx_stream_next and usbx_stream_space have the stream's own memory
/// without a copy. Other devices can use the buffer as any memory.
///
/// The system limits the size of one shared buffer (4 MiB is usual) and of all together (usbfs_memory_mb); a larger
/// buffer is ordinary memory.
///
/// Until usbx_buffer_free, the address and the bytes stay valid: when the device is closed or unplugged, and after
/// usbx_shutdown. Ordinary memory then takes the place; do not write to the buffer during usbx_close and usbx_shutdown.
/// A child made by fork() must not use the buffer.
///
/// @param device an open device
/// @param length size in bytes, not 0
/// @param buffer receives the address, which begins a page; the bytes are 0. NULL on failure. The caller owns the
///   buffer and frees it with usbx_buffer_free.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_INVALID_PARAM: buffer is NULL, or length is 0
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_CLOSED: another thread closed the device during the call
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_dev_mem_alloc in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_buffer_alloc(
    device: *mut usbx_device,
    length: usize,
    buffer: *mut *mut c_void,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a pointer, as documented.
    let buffer = unsafe { Out::new(buffer) };
    guard_of(device, || {
        let device = library::device(device as usize, "allocate a buffer")?;
        buffer.required("buffer").map_err(|error| error.during("allocate a buffer"))?;
        buffer.set(blocks::give(device.buffer(length)?).cast());
        Ok(())
    })
}

/// Frees a buffer from usbx_buffer_alloc.
///
/// The device may be closed before.
///
/// @param buffer the address from usbx_buffer_alloc; NULL is allowed and does nothing, as with free()
///
/// @return USBX_OK, or:
/// - USBX_ERROR_BUSY: a transfer uses it; the buffer stays as it was
/// - USBX_ERROR_INVALID_PARAM: it is not the address of a buffer, or of one that the parent process has
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_dev_mem_free in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_buffer_free(buffer: *mut c_void) -> usbx_status {
    guard(|| {
        if buffer.is_null() {
            return Ok(());
        }
        blocks::take_back(buffer.cast_const().cast())
            .map_err(|error| error.during(format!("free the buffer {buffer:p}")))
    })
}
