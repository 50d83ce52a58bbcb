//! usbfs's USB requests: `struct usbdevfs_urb`, and the ioctls that submit, discard and reap one. Source: Linux,
//! include/uapi/linux/usbdevice_fs.h.

use crate::bus::Extras;
use crate::error::Result;
use crate::sys::out_of_memory;
use crate::usb::TransferType;
use smallvec::SmallVec;
use std::cell::UnsafeCell;
use std::fs::File;
use std::io;
use std::mem::size_of;
use std::os::raw::{c_int, c_uint, c_void};
use std::os::unix::io::AsRawFd;
use std::ptr::null_mut;

#[repr(C)]
struct UsbfsUrb {
    kind: u8,
    endpoint: u8,
    status: c_int,
    flags: c_uint,
    buffer: *mut c_void,
    buffer_length: c_int,
    actual_length: c_int,
    start_frame: c_int,
    number_of_packets: c_int,
    error_count: c_int,
    signal: c_uint,
    context: *mut c_void,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Packet {
    length: c_uint,
    actual_length: c_uint,
    status: c_uint,
}

const SUBMIT: libc::Ioctl = libc::_IOR::<UsbfsUrb>(b'U' as u32, 10);
const DISCARD: libc::Ioctl = libc::_IO(b'U' as u32, 11);
const REAP_NO_DELAY: libc::Ioctl = libc::_IOW::<*mut c_void>(b'U' as u32, 13);

/// Packets start as soon as the bus has an interval for them.
const ISO_ASAP: c_uint = 2;

/// A packet of length 0 behind data that end with a full one.
const ZERO_PACKET: c_uint = 0x40;

/// Of a request, its packets apart.
const WORDS: usize = size_of::<UsbfsUrb>().div_ceil(8);

/// The most packets of one request.
pub(super) const PACKETS_OF_ONE: usize = 128;

/// A request and its packets in one piece of memory: the kernel reads it in `submit`, knows it by its address until it is
/// reaped, and writes to it in `reap`. Without packets the memory is part of the Urb.
pub struct Urb {
    memory: SmallVec<[UnsafeCell<u64>; WORDS]>,
}

// SAFETY: plain memory that it owns; only code that has the Urb's transfer under the reaper's lock touches it.
unsafe impl Send for Urb {}
// SAFETY: as above.
unsafe impl Sync for Urb {}

/// What the kernel has written.
pub struct UrbResult {
    /// 0 or a negative errno.
    pub status: i32,
    pub actual_length: usize,
}

impl Urb {
    pub fn new(kind: TransferType, endpoint: u8, buffer: *mut u8, length: usize, packets: &[u32]) -> Result<Urb> {
        let mut memory = SmallVec::from(std::array::from_fn::<_, WORDS, _>(|_| UnsafeCell::new(0)));
        if !packets.is_empty() {
            let words = WORDS + (packets.len() * size_of::<Packet>()).div_ceil(8);
            memory.try_reserve_exact(words - WORDS).map_err(out_of_memory)?;
            memory.resize_with(words, || UnsafeCell::new(0));
        }
        let urb = Urb { memory };
        let (number, flags) = match kind {
            TransferType::Isochronous => (0, ISO_ASAP),
            TransferType::Interrupt => (1, 0),
            TransferType::Control => (2, 0),
            TransferType::Bulk => (3, 0),
        };
        let request = UsbfsUrb {
            kind: number,
            endpoint,
            status: 0,
            flags,
            buffer: buffer.cast(),
            buffer_length: length as c_int,
            actual_length: 0,
            start_frame: 0,
            number_of_packets: packets.len() as c_int,
            error_count: 0,
            signal: 0,
            context: null_mut(),
        };
        // SAFETY: the memory has room for the request and, after it, for the packets, is aligned for both, and no other code has it yet.
        unsafe {
            urb.request().write(request);
            for (i, length) in packets.iter().enumerate() {
                urb.packets().add(i).write(Packet { length: *length, actual_length: 0, status: 0 });
            }
        }
        Ok(urb)
    }

    /// The same, with what a transfer may ask for besides its bytes.
    pub fn with(self, extras: Extras) -> Urb {
        // SAFETY: initialised by `new`, and no other code has it yet.
        let request = unsafe { &mut *self.request() };
        if extras.zero_packet {
            request.flags |= ZERO_PACKET;
        }
        if extras.stream != 0 {
            // The place is `stream_id` where a request has no packets.
            request.number_of_packets = extras.stream.into();
        }
        self
    }

    fn request(&self) -> *mut UsbfsUrb {
        UnsafeCell::raw_get(self.memory.as_ptr()).cast()
    }

    fn packets(&self) -> *mut Packet {
        // SAFETY: within the memory, or at its end if there are no packets.
        unsafe { self.request().add(1).cast() }
    }

    /// Gives it another buffer, as long as the one before; where that one's bytes end.
    ///
    /// # Safety
    /// It is not in flight, and no other code uses it.
    pub unsafe fn prepare(&self, buffer: *mut u8) -> *mut u8 {
        // SAFETY: initialised by `new`, and ours alone by this function's contract.
        let request = unsafe { &mut *self.request() };
        request.buffer = buffer.cast();
        buffer.wrapping_add(request.buffer_length as usize)
    }

    /// # Safety
    /// The request stays where it is, and its buffer too, until it is reaped; it is not in flight yet.
    pub unsafe fn submit(&self, node: &File) -> io::Result<()> {
        // SAFETY: a usbfs request with a valid argument, which stays by this function's contract.
        check(unsafe { libc::ioctl(node.as_raw_fd(), SUBMIT, self.request()) })
    }

    /// Ends a request early; it still has to be reaped. False if the kernel no longer has it: it is complete.
    pub fn discard(&self, node: &File) -> bool {
        // SAFETY: usbfs compares the address and follows it nowhere.
        unsafe { libc::ioctl(node.as_raw_fd(), DISCARD, self.request()) == 0 }
    }

    pub fn outcome(&self) -> UrbResult {
        // SAFETY: initialised by `new`; the kernel writes in `reap` only, which has returned.
        let request = unsafe { self.request().read() };
        // What a device or its driver reports is not to be trusted: over USB/IP a count of sent bytes can be any number.
        let actual_length = request.actual_length.clamp(0, request.buffer_length) as usize;
        UrbResult { status: request.status, actual_length }
    }

    /// Of each packet: bytes that moved, and 0 or a negative errno.
    pub fn packet_outcomes(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        // SAFETY: as in `outcome`.
        let count = unsafe { (*self.request()).number_of_packets } as usize;
        (0..count).map(|i| {
            // SAFETY: there are `count` packets after the request.
            let packet = unsafe { self.packets().add(i).read() };
            (packet.actual_length.min(packet.length), packet.status as i32)
        })
    }

    /// What `new` and `with` were given.
    pub fn place(&self) -> (TransferType, u8, Extras) {
        // SAFETY: as in `outcome`.
        let request = unsafe { self.request().read() };
        let transfer_type = match request.kind {
            0 => TransferType::Isochronous,
            1 => TransferType::Interrupt,
            2 => TransferType::Control,
            _ => TransferType::Bulk,
        };
        let stream = if transfer_type == TransferType::Isochronous { 0 } else { request.number_of_packets as u16 };
        (transfer_type, request.endpoint, Extras { zero_packet: request.flags & ZERO_PACKET != 0, stream })
    }

    /// Of its buffer.
    pub fn length(&self) -> usize {
        // SAFETY: as in `outcome`.
        unsafe { (*self.request()).buffer_length as usize }
    }

    /// By which the kernel knows it.
    pub fn address(&self) -> usize {
        self.request() as usize
    }
}

/// Takes one completed request from the kernel, which now writes what became of it, and the bytes that came in. Returns its address:
/// one of ours, or that of other code that uses the same file descriptor.
pub fn reap(node: &File) -> io::Result<usize> {
    let mut address: *mut c_void = null_mut();
    // SAFETY: a usbfs request with a place for a pointer. The kernel writes to the request at that address and to its buffer, which
    // were kept for that since `submit`.
    check(unsafe { libc::ioctl(node.as_raw_fd(), REAP_NO_DELAY, &mut address) })?;
    Ok(address as usize)
}

fn check(result: c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
