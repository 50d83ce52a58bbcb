//! For programs with an event loop of their own: one file descriptor stands for everything, timeouts too, from beginning to end.

use crate::abi::*;
use crate::boundary::guard;
use crate::context;
use crate::options::{allocate, free};
use std::mem::size_of;
use std::os::raw::{c_int, c_void};

const POLLIN: i16 = 1;

#[no_mangle]
pub extern "C" fn libusb_get_pollfds(ctx: *mut libusb_context) -> *mut *const libusb_pollfd {
    guard("libusb_get_pollfds", std::ptr::null_mut(), || {
        let context = or_return!(context::wanted(ctx, "libusb_get_pollfds"), std::ptr::null_mut());
        let Ok(fd) = context.poll.as_raw_descriptor() else { return std::ptr::null_mut() };
        let pointers = 2 * size_of::<*const libusb_pollfd>();
        let list: *mut *const libusb_pollfd = allocate(pointers + size_of::<libusb_pollfd>());
        if !list.is_null() {
            // SAFETY: the block has room for two pointers and, behind them, the one entry; the second pointer is NULL.
            unsafe {
                let entry = list.add(2).cast::<libusb_pollfd>();
                entry.write(libusb_pollfd { fd, events: POLLIN });
                list.write(entry);
            }
        }
        list
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_pollfds(pollfds: *mut *const libusb_pollfd) {
    // SAFETY: NULL or from libusb_get_pollfds.
    unsafe { free(pollfds) };
}

/// The one file descriptor never changes, so there is nothing to tell.
#[no_mangle]
pub extern "C" fn libusb_set_pollfd_notifiers(
    ctx: *mut libusb_context,
    _added_cb: libusb_pollfd_added_cb,
    _removed_cb: libusb_pollfd_removed_cb,
    _user_data: *mut c_void,
) {
    guard("libusb_set_pollfd_notifiers", (), || drop(context::wanted(ctx, "libusb_set_pollfd_notifiers")));
}

/// A timeout makes the file descriptor ready, so none has to be watched for.
#[no_mangle]
pub extern "C" fn libusb_pollfds_handle_timeouts(_ctx: *mut libusb_context) -> c_int {
    1
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_next_timeout(_ctx: *mut libusb_context, _tv: *mut timeval) -> c_int {
    0
}
