//! Virtual devices that a program answers for: what happens, and what the device does.

use super::boundary::guard_of;
use super::library::usbx_status;
use super::pointer::{data, Out};
use super::stream::wait;
use super::virtual_device::usbx_virtual;
use crate::bus::simulated::{Fault, FaultKind, Happening, HostEvent};
use crate::error::{Error, Result, Status};
use crate::library;
use crate::sys::Timestamp;
use std::os::raw::c_void;
use std::time::Duration;

/// The host sends a control request, which is in hand from now on: answer it with usbx_virtual_reply, or refuse it with
/// usbx_virtual_stall. While it is not answered, no other comes.
pub const USBX_VIRTUAL_SETUP: i32 = 1;
/// The host reset the device: it is as after power-on, in the same configuration. This event, USBX_VIRTUAL_CONFIGURED
/// and USBX_VIRTUAL_ALT_SETTING end the program's reads and writes at the endpoints that they are about with
/// USBX_ERROR_CANCELLED. Until the program takes the event, these endpoints answer NAK, and what it begins there ends the
/// same way when it does: so nothing from before is taken for what comes after.
pub const USBX_VIRTUAL_RESET: i32 = 2;
/// The host selected a configuration, or the same one again: alternate settings and halts are as at the beginning.
pub const USBX_VIRTUAL_CONFIGURED: i32 = 3;
/// The host selected an alternate setting of an interface.
pub const USBX_VIRTUAL_ALT_SETTING: i32 = 4;
/// The host set or cleared the halt of an endpoint.
pub const USBX_VIRTUAL_HALT: i32 = 5;
/// A program on the host's side opened the device.
pub const USBX_VIRTUAL_OPENED: i32 = 6;
/// A program on the host's side closed the device.
pub const USBX_VIRTUAL_CLOSED: i32 = 7;
/// The host waits for data of an IN endpoint, and there are none: usbx_virtual_write sends some. Reported once, and again
/// after the next write there. Of an isochronous endpoint: for the interval that begins at interval_ns, which waits up to
/// 250 ms for the write; an empty write lets it pass. If none comes, intervals pass empty until the next write.
pub const USBX_VIRTUAL_IN: i32 = 8;
/// The host has data for an OUT endpoint, and no usbx_virtual_read waits for them. Reported once, and again after the next
/// read there.
pub const USBX_VIRTUAL_OUT: i32 = 9;

/// Something that happened to a virtual device.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_virtual_event {
    /// USBX_VIRTUAL_*; 0 if nothing happened.
    pub event: i32,
    /// USBX_VIRTUAL_SETUP: bmRequestType; bit 7 set means that the host wants data.
    pub request_type: u8,
    /// USBX_VIRTUAL_SETUP: bRequest.
    pub request: u8,
    /// USBX_VIRTUAL_SETUP: wValue, in the computer's byte order.
    pub value: u16,
    /// USBX_VIRTUAL_SETUP: wIndex, in the computer's byte order.
    pub index: u16,
    /// USBX_VIRTUAL_SETUP: wLength, in bytes.
    pub length: u16,
    /// USBX_VIRTUAL_IN, _OUT, _HALT: bEndpointAddress.
    pub endpoint: u8,
    /// USBX_VIRTUAL_HALT: 1 if the endpoint is halted now, 0 if it is not.
    pub halted: u8,
    /// USBX_VIRTUAL_CONFIGURED: bConfigurationValue, or 0 for the unconfigured state.
    pub configuration: u8,
    /// USBX_VIRTUAL_ALT_SETTING: bInterfaceNumber.
    pub interface_number: u8,
    /// USBX_VIRTUAL_ALT_SETTING: bAlternateSetting.
    pub alt_setting: u8,
    /// Always 0.
    pub reserved: [u8; 7],
    /// Number of events before this one that were lost, because more than 1024 waited. Control requests and waiting
    /// endpoints are not lost.
    pub lost: u64,
    /// USBX_VIRTUAL_IN of an isochronous endpoint: when the interval begins that the packet is for, in nanoseconds of
    /// CLOCK_MONOTONIC. Otherwise 0.
    pub interval_ns: u64,
    /// Always 0.
    pub reserved2: [u8; 24],
}

const NOTHING: usbx_virtual_event = usbx_virtual_event {
    event: 0,
    request_type: 0,
    request: 0,
    value: 0,
    index: 0,
    length: 0,
    endpoint: 0,
    halted: 0,
    configuration: 0,
    interface_number: 0,
    alt_setting: 0,
    reserved: [0; 7],
    lost: 0,
    interval_ns: 0,
    reserved2: [0; 24],
};

/// Fault: the transfer ends with a status, after so many bytes. USBX_ERROR_PIPE also halts a bulk or interrupt endpoint.
pub const USBX_FAULT_STATUS: u32 = 1;
/// Fault: the transfer is complete so many milliseconds later than its data.
pub const USBX_FAULT_DELAY: u32 = 2;
/// Fault: the device answers NAK for so many milliseconds before the transfer goes on.
pub const USBX_FAULT_NAK: u32 = 3;
/// Fault of an IN transfer: a short packet ends it after so many bytes. The rest of that packet is lost.
pub const USBX_FAULT_SHORT: u32 = 4;
/// Fault: one bit of the transfer's data is wrong; seed selects which.
pub const USBX_FAULT_CORRUPT: u32 = 5;
/// Fault of an IN transfer: its last packet is one byte too long, which the host sees as USBX_ERROR_OVERFLOW.
pub const USBX_FAULT_BABBLE: u32 = 6;
/// Fault: the device is unplugged when so many bytes have moved at the endpoint, from the nth transfer on.
pub const USBX_FAULT_UNPLUG: u32 = 7;

/// A fault of a virtual device's transfers.
///
/// Set the whole struct to 0 first.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_fault {
    /// USBX_FAULT_*.
    pub kind: u32,
    /// Which transfer of the endpoint is meant, counted from now on; 0 or 1: the next one.
    pub nth: u32,
    /// 0: once. 1: each further nth transfer, too.
    pub repeat: u32,
    /// USBX_FAULT_STATUS: USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER.
    pub status: usbx_status,
    /// USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before. OUT: rounded down to whole packets.
    pub bytes: u64,
    /// USBX_FAULT_DELAY, _NAK: time in milliseconds.
    pub milliseconds: u32,
    /// USBX_FAULT_CORRUPT: any number. The same number and the same length give the same bit.
    pub seed: u32,
    /// Set to 0.
    pub reserved: [u8; 32],
}

impl usbx_fault {
    fn checked(&self) -> Result<Fault> {
        let bytes = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        let time = Duration::from_millis(self.milliseconds.into());
        let kind = match self.kind {
            USBX_FAULT_STATUS => FaultKind::Status(self.checked_status()?, bytes),
            USBX_FAULT_DELAY => FaultKind::Delay(time),
            USBX_FAULT_NAK => FaultKind::Nak(time),
            USBX_FAULT_SHORT => FaultKind::Short(bytes),
            USBX_FAULT_CORRUPT => FaultKind::Corrupt(self.seed),
            USBX_FAULT_BABBLE => FaultKind::Babble,
            USBX_FAULT_UNPLUG => FaultKind::Unplug(bytes),
            other => return Err(Error::invalid(format!("there is no fault {other}; it is one of USBX_FAULT_*"))),
        };
        if self.repeat > 1 {
            return Err(Error::invalid(format!("repeat is {}; it is 0 or 1: set the struct to 0 first", self.repeat)));
        }
        Ok(Fault { kind, nth: self.nth.max(1), again: self.repeat == 1 })
    }

    fn checked_status(&self) -> Result<Status> {
        match Status::from_code(self.status) {
            Some(status @ (Status::Io | Status::Pipe | Status::Overflow | Status::Other)) => Ok(status),
            _ => Err(Error::invalid(format!(
                "a bus does not end transfers with status {}; the fault's is USBX_ERROR_IO, USBX_ERROR_PIPE, \
                 USBX_ERROR_OVERFLOW or USBX_ERROR_OTHER",
                self.status
            ))),
        }
    }
}

fn event(happening: &Happening, lost: u64) -> usbx_virtual_event {
    let nothing = usbx_virtual_event { lost, ..NOTHING };
    match *happening {
        Happening::Setup(setup, _) => usbx_virtual_event {
            event: USBX_VIRTUAL_SETUP,
            request_type: setup.request_type,
            request: setup.request,
            value: setup.value,
            index: setup.index,
            length: setup.length,
            ..nothing
        },
        Happening::Wanted(endpoint, interval) => {
            let event = if endpoint & 0x80 != 0 { USBX_VIRTUAL_IN } else { USBX_VIRTUAL_OUT };
            let interval_ns = interval.map_or(0, |at| Timestamp::of(at).0);
            usbx_virtual_event { event, endpoint, interval_ns, ..nothing }
        }
        Happening::Host(host) => match host {
            HostEvent::Configured(configuration) => {
                usbx_virtual_event { event: USBX_VIRTUAL_CONFIGURED, configuration, ..nothing }
            }
            HostEvent::AltSetting { interface, alt_setting } => usbx_virtual_event {
                event: USBX_VIRTUAL_ALT_SETTING,
                interface_number: interface,
                alt_setting,
                ..nothing
            },
            HostEvent::Halt { endpoint, halted } => {
                usbx_virtual_event { event: USBX_VIRTUAL_HALT, endpoint, halted: halted.into(), ..nothing }
            }
            HostEvent::Opened => usbx_virtual_event { event: USBX_VIRTUAL_OPENED, ..nothing },
            HostEvent::Closed => usbx_virtual_event { event: USBX_VIRTUAL_CLOSED, ..nothing },
            HostEvent::Reset | HostEvent::Abandoned(_) | HostEvent::Unplugged => {
                usbx_virtual_event { event: USBX_VIRTUAL_RESET, ..nothing }
            }
        },
    }
}

/// Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.
///
/// The program that answers for the device calls this in a loop, on any thread. The library holds no lock meanwhile: the
/// program may itself use usbx. While nobody calls it, the device answers NAK: requests of the host wait until their time
/// limit.
///
/// The library answers the standard requests itself, from the descriptors; see
/// usbx_virtual_answer_standard_requests. A request that waits here and that the host gives up is not reported.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param event receives what happened; zeroed on failure
/// @param data receives the data of a control request that goes OUT, at most 65,535 bytes; NULL is allowed with capacity 0
/// @param capacity size of data in bytes
/// @param length receives the number of data bytes; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: nothing happened in that time
/// - USBX_ERROR_OVERFLOW: the request has more data than data has room for. length receives how many; the request comes
///   again with the next call.
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
/// - USBX_ERROR_INVALID_PARAM: event is NULL, or data is NULL with a capacity
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread; of several at the same time, each gets different events.
///
/// @par References
/// USB 2.0 section 9.3; FunctionFS and raw-gadget in Linux.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_next(
    virtual_device: *mut usbx_virtual,
    timeout_ms: u32,
    event: *mut usbx_virtual_event,
    data: *mut c_void,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an event, as documented.
    let place = unsafe { Out::new(event) };
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard_of(virtual_device, || {
        let what = "wait for events of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let next = || {
            place.required("event")?;
            // SAFETY: the caller passes `capacity` writable bytes that stay valid during this call.
            let mut buffer = unsafe { self::data(data.cast(), capacity) }?;
            let (happening, lost) = device.next(wait(timeout_ms), capacity).map_err(|(error, there)| {
                length.set(there);
                error
            })?;
            place.set(self::event(&happening, lost));
            if let Happening::Setup(_, sent) = &happening {
                buffer.space()[..sent.len()].copy_from_slice(sent);
                length.set(sent.len());
            }
            Ok(())
        };
        next().map_err(|error: Error| error.during(what))
    })
}

/// Answers the control request in hand, which usbx_virtual_next gave.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param data the answer to a request that wants data; bytes beyond its wLength are not sent. NULL with length 0
///   acknowledges a request, or answers with no data.
/// @param length number of bytes; 0 for a request that goes OUT
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: no request is in hand
/// - USBX_ERROR_CANCELLED: the host gave the request up before this call, by its time limit for example
/// - USBX_ERROR_INVALID_PARAM: data is NULL with a length, or the request goes OUT and length is not 0: the request is
///   still in hand
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_reply(
    virtual_device: *mut usbx_virtual,
    data: *const c_void,
    length: usize,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "answer a request to a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
        let reply = || device.reply(unsafe { self::data(data.cast_mut().cast(), length) }?.bytes());
        reply().map_err(|error| error.during(what))
    })
}

/// Refuses the control request in hand, or halts an endpoint.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param endpoint 0: the request in hand fails with USBX_ERROR_PIPE. Otherwise bEndpointAddress of an endpoint, which is
///   halted until the host clears that (USBX_VIRTUAL_HALT); the host's transfers there end with USBX_ERROR_PIPE.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: endpoint is 0, and no request is in hand
/// - USBX_ERROR_CANCELLED: endpoint is 0, and the host gave the request up before
/// - USBX_ERROR_INVALID_PARAM: the device has no such endpoint
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 sections 5.3.1 and 8.4.5.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_stall(virtual_device: *mut usbx_virtual, endpoint: u8) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "stall an endpoint of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        device.stall(endpoint).map_err(|error| error.during(what))
    })
}

/// Sends data from a virtual device to the host, at an IN endpoint.
///
/// Bulk and interrupt: the data go out in packets, as on a wire, when the host's transfers ask for them; the call returns
/// when the host has taken all. The last packet is short if the length is not a multiple of the packet size, and ends
/// the host's transfer. With length 0 a zero-length packet is sent, which does the same after full packets.
///
/// Isochronous: the data are cut into packets of the interval's size, of which one goes out in each interval in which the
/// host has a transfer there. The call returns when all are queued; 4096 packets have room.
///
/// @param virtual_device a virtual device from usbx_virtual_create, plugged in
/// @param endpoint bEndpointAddress of an IN endpoint (bit 7 set) in any of the device's settings
/// @param data the bytes to send; may be NULL only if length is 0
/// @param length number of bytes to send
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what the host asks for now
/// @param transferred receives the number of bytes that the host took (isochronous: that are queued), on failure too; may
///   be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the host did not take all in that time
/// - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_INVALID_PARAM: the device has no such IN endpoint
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread. Concurrent writes to one endpoint are sent in the order of their calls.
///
/// @par References
/// USB 2.0 sections 5.5 to 5.8.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_write(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    data: *const c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(virtual_device, || {
        let what = || format!("send to the host at endpoint 0x{endpoint:02x} of a virtual device");
        let device = library::virtual_device(virtual_device as usize, "send to the host")?;
        // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
        let buffer = unsafe { self::data(data.cast_mut().cast(), length) }.map_err(|error| error.during(what()))?;
        let outcome = device.write(endpoint, buffer, wait(timeout_ms)).during(what);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Receives data that the host sends to a virtual device, at an OUT endpoint.
///
/// Bulk and interrupt: the call waits for a packet, takes what the host sends at that moment, and returns: when the buffer
/// is full, after a short packet, or when nothing more is there. A zero-length packet alone is a success with 0 bytes. A
/// packet that the rest of the buffer has no room for stays for the next read. The host's transfer is complete when all
/// of it was read.
///
/// Isochronous: each call takes one packet. 4096 packets wait; further ones are lost, as on a bus.
///
/// @param virtual_device a virtual device from usbx_virtual_create, plugged in
/// @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear) in any of the device's settings
/// @param data receives the bytes
/// @param capacity size of data in bytes: at least the packet size
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what is there now
/// @param transferred receives the number of bytes received, on failure too; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the host sent nothing in that time
/// - USBX_ERROR_OVERFLOW: the host's packet is longer than the buffer; it is not lost
/// - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_INVALID_PARAM: the device has no such OUT endpoint, or data is NULL with a capacity
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread. Concurrent reads of one endpoint are served in the order of their calls.
///
/// @par References
/// USB 2.0 sections 5.5 to 5.8.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_read(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    data: *mut c_void,
    capacity: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(virtual_device, || {
        let what = || format!("receive from the host at endpoint 0x{endpoint:02x} of a virtual device");
        let device = library::virtual_device(virtual_device as usize, "receive from the host")?;
        // SAFETY: the caller passes `capacity` writable bytes that stay valid during this call.
        let buffer = unsafe { self::data(data.cast(), capacity) }.map_err(|error| error.during(what()))?;
        let outcome = device.read(endpoint, buffer, wait(timeout_ms)).during(what);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Gets a file descriptor that becomes readable when a virtual device has an event.
///
/// When it is readable, call usbx_virtual_next with USBX_NO_WAIT until that returns USBX_ERROR_TIMEOUT.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_virtual_close.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_MEM: no file descriptor left
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_PARAM: fd is NULL
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_fd(virtual_device: *mut usbx_virtual, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard_of(virtual_device, || {
        let what = "get the file descriptor of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        fd.required("fd").map_err(|error| error.during(what))?;
        fd.set(device.descriptor().map_err(|error| error.during(what))?);
        Ok(())
    })
}

/// Makes transfers of a virtual device fail, deterministically: to try what a program does then.
///
/// It works with every virtual device, built-in ones too. Several faults of one endpoint count independently; the one
/// that was set first meets a transfer that several mean. They are in effect while the device is plugged in; faults that
/// were set before are in effect from then on, and unplugging removes them.
///
/// @param virtual_device a virtual device
/// @param endpoint bEndpointAddress in any of the device's settings; 0 for control requests
/// @param fault what happens to which transfer; NULL removes the faults of the endpoint
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: the device has no such endpoint, the fault is not valid, or it is for IN endpoints only
/// - USBX_ERROR_NO_DEVICE: a device from usbx_virtual_open is not plugged in
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_fault(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    fault: *const usbx_fault,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "set a fault of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let fault = if fault.is_null() {
            None
        } else {
            // SAFETY: not NULL, therefore a readable usbx_fault, as documented; any alignment will do.
            Some(unsafe { fault.read_unaligned() }.checked().map_err(|error| error.during(what))?)
        };
        library::set_virtual_fault(&device, endpoint, fault).map_err(|error| error.during(what))
    })
}
