//! The memory of a program's transfers: made, found again, given back.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::lock;
use crate::{handle, log, transfer};
use std::alloc::{alloc_zeroed, dealloc, Layout};
use std::collections::BTreeMap;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::Mutex;

/// What stands in front of a program's libusb_transfer.
#[repr(C, align(16))]
pub struct Private {
    mark: u64,
    /// No other transfer has or had this number.
    number: u64,
    /// How many packets there is room for.
    packets: usize,
    pub stream: AtomicU32,
    /// The number of its flight; 0 while it is not under way.
    pub flight: AtomicU64,
}

/// The transfers that there are, by address, with their numbers: memory that was given back is not looked into, and one that another transfer has
/// by now is not taken for the old one.
static LIVING: Mutex<BTreeMap<usize, u64>> = Mutex::new(BTreeMap::new());
static LAST: AtomicU64 = AtomicU64::new(0);

const MARK: u64 = 0x7573_6278_6c69_6275;
const HEADER: usize = std::mem::size_of::<Private>();

impl Private {
    /// # Safety
    /// The transfer is from libusb_alloc_transfer and was not given back.
    pub unsafe fn of<'a>(transfer: *mut libusb_transfer) -> &'a Private {
        // SAFETY: it stands in front of every such transfer, and only its atomics are written to.
        unsafe { &*transfer.cast::<u8>().sub(HEADER).cast::<Private>() }
    }

    /// Whether it is a transfer's. Of memory that was given back the mark is gone, as long as it has no other use.
    pub fn is_marked(&self) -> bool {
        self.mark == MARK
    }

    /// How many packets there is room for.
    pub fn packets(&self) -> usize {
        self.packets
    }
}

fn layout(packets: usize) -> Option<Layout> {
    let descriptors = packets.checked_mul(std::mem::size_of::<libusb_iso_packet_descriptor>())?;
    let size = descriptors.checked_add(HEADER + std::mem::size_of::<libusb_transfer>())?;
    Layout::from_size_align(size, 16).ok()
}

/// # Safety
/// The transfer has room for more than `at` packets.
pub unsafe fn packet(transfer: *mut libusb_transfer, at: usize) -> *mut libusb_iso_packet_descriptor {
    // SAFETY: the descriptors stand where the struct's last field begins.
    unsafe { std::ptr::addr_of_mut!((*transfer).iso_packet_desc).cast::<libusb_iso_packet_descriptor>().add(at) }
}

#[no_mangle]
pub extern "C" fn libusb_alloc_transfer(iso_packets: c_int) -> *mut libusb_transfer {
    let packets = or_return!(usize::try_from(iso_packets).ok(), std::ptr::null_mut());
    let layout = or_return!(layout(packets), std::ptr::null_mut());
    // SAFETY: the layout's size is not 0.
    let start = unsafe { alloc_zeroed(layout) };
    if start.is_null() {
        return std::ptr::null_mut();
    }
    let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    let private = Private { mark: MARK, number, packets, stream: AtomicU32::new(0), flight: AtomicU64::new(0) };
    // SAFETY: the block begins with room for it, and the transfer stands behind.
    let transfer = unsafe {
        start.cast::<Private>().write(private);
        start.add(HEADER)
    };
    lock(&LIVING).insert(transfer as usize, number);
    transfer.cast()
}

/// A transfer, to be known again after a callback that may have given it back.
#[derive(Clone, Copy)]
pub struct Identity {
    transfer: *mut libusb_transfer,
    number: u64,
}

impl Identity {
    /// # Safety
    /// As of `Private::of`.
    pub unsafe fn of(transfer: *mut libusb_transfer) -> Identity {
        // SAFETY: this function's own contract.
        Identity { transfer, number: unsafe { Private::of(transfer) }.number }
    }

    /// Gives it back, if that has not happened yet.
    pub fn free(self) {
        if lock(&LIVING).get(&(self.transfer as usize)) == Some(&self.number) {
            // SAFETY: it is the transfer that it was.
            unsafe { libusb_free_transfer(self.transfer) };
        } else {
            log::error(
                "libusb_handle_events",
                "a callback has freed its transfer, which has LIBUSB_TRANSFER_FREE_TRANSFER",
            );
        }
    }
}

/// # Safety
/// The transfer is from libusb_alloc_transfer, and nothing uses it any more.
pub unsafe fn release(transfer: *mut libusb_transfer) {
    // SAFETY: this function's own contract.
    unsafe {
        lock(&LIVING).remove(&(transfer as usize));
        if (*transfer).flags & FREE_BUFFER != 0 {
            crate::completion::free_buffer((*transfer).buffer);
        }
        let start = transfer.cast::<u8>().sub(HEADER);
        let private = start.cast::<Private>();
        let packets = (*private).packets;
        (*private).mark = 0;
        if let Some(layout) = layout(packets) {
            dealloc(start, layout);
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_transfer(transfer: *mut libusb_transfer) {
    guard("libusb_free_transfer", (), || {
        if transfer.is_null() {
            return;
        }
        if !lock(&LIVING).contains_key(&(transfer as usize)) {
            return log::error("libusb_free_transfer", "it is not a transfer, or was freed before");
        }
        // SAFETY: it is one of those that there are.
        let private = unsafe { Private::of(transfer) };
        let number = private.flight.load(Ordering::SeqCst);
        // SAFETY: the program's transfer.
        let handle = handle::get(unsafe { (*transfer).dev_handle });
        if let Some(handle) = handle.filter(|_| number != 0) {
            if handle.context.flights.disown(number, transfer as usize) {
                lock(&LIVING).remove(&(transfer as usize));
                log::error("libusb_free_transfer", "the transfer is under way; it is cancelled, and no callback comes");
                transfer::cancel(&handle.context, number);
                return;
            }
        }
        // SAFETY: nothing uses it.
        unsafe { release(transfer) };
    });
}

#[no_mangle]
pub unsafe extern "C" fn libusb_transfer_set_stream_id(transfer: *mut libusb_transfer, stream_id: u32) {
    // SAFETY: the program's transfer.
    unsafe { Private::of(transfer) }.stream.store(stream_id, Ordering::Relaxed);
}

#[no_mangle]
pub unsafe extern "C" fn libusb_transfer_get_stream_id(transfer: *mut libusb_transfer) -> u32 {
    // SAFETY: the program's transfer.
    unsafe { Private::of(transfer) }.stream.load(Ordering::Relaxed)
}
