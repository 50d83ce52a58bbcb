//! Bulk streams of USB 3.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{entries, Out};
use crate::library;

/// Allocates bulk streams (USB 3) on some bulk endpoints of one claimed interface.
///
/// With streams an endpoint has several queues, and the device decides which one goes on; USB Attached SCSI works so.
/// From then on the endpoint takes transfers of usbx_submit that say their stream, and no others. The streams last until
/// usbx_bulk_streams_free, or until the interface is released, its alternate setting is selected, or the device is
/// reset or closed.
///
/// @param device an open device
/// @param count number of streams to ask for, 2 to 65533; the device and the host controller may have fewer
/// @param endpoints bEndpointAddress of each endpoint
/// @param endpoint_count number of entries in endpoints
/// @param allocated receives the number of streams that each endpoint has, which are numbered from 1; 0 on failure; may
///   be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_SUPPORTED: the device is slower than SuperSpeed, or the endpoints or the host controller have no
///   streams
/// - USBX_ERROR_BUSY: transfers are pending on one of the endpoints
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
/// - USBX_ERROR_INVALID_PARAM: endpoints is NULL or empty, one of them is not a bulk endpoint of the same interface, is
///   given twice or has streams already, or count is out of range
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 3.2 section 4.4.6.4; libusb_alloc_streams in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_bulk_streams_alloc(
    device: *mut usbx_device,
    count: u32,
    endpoints: *const u8,
    endpoint_count: usize,
    allocated: *mut u32,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a uint32_t, as documented.
    let allocated = unsafe { Out::new(allocated) };
    guard_of(device, || {
        let what = "allocate bulk streams";
        let device = library::device(device as usize, what)?;
        // SAFETY: the caller passes `endpoint_count` bytes, as documented.
        let endpoints = unsafe { entries(endpoints, endpoint_count, "endpoints") }.map_err(|e| e.during(what))?;
        allocated.set(device.allocate_bulk_streams(count, &endpoints)?.into());
        Ok(())
    })
}

/// Frees the bulk streams of some endpoints, which then take transfers without a stream again.
///
/// @param device an open device
/// @param endpoints bEndpointAddress of each endpoint
/// @param endpoint_count number of entries in endpoints
///
/// @return USBX_OK, or:
/// - USBX_ERROR_BUSY: transfers are pending on one of the endpoints
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the interface
/// - USBX_ERROR_INVALID_PARAM: endpoints is NULL or empty, or one of them has no streams
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_free_streams in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_bulk_streams_free(
    device: *mut usbx_device,
    endpoints: *const u8,
    endpoint_count: usize,
) -> usbx_status {
    guard_of(device, || {
        let what = "free bulk streams";
        let device = library::device(device as usize, what)?;
        // SAFETY: the caller passes `endpoint_count` bytes, as documented.
        let endpoints = unsafe { entries(endpoints, endpoint_count, "endpoints") }.map_err(|e| e.during(what))?;
        device.free_bulk_streams(&endpoints)
    })
}
