//! What C programs see of a virtual device's model: its events and its faults.

use super::library::usbx_status;
use crate::bus::simulated::{Fault, FaultKind, Happening, HostEvent};
use crate::error::{Error, Result, Status};
use crate::sys::Timestamp;
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
/// 250 ms for the write, and up to 2 s while the program, which has taken this or another event, or waited for one in
/// vain, has not called usbx_virtual_next again; an empty write lets it pass. If none comes, intervals pass empty until
/// the next write.
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
    /// USBX_FAULT_STATUS, _SHORT, _UNPLUG: how many bytes move before. OUT: rounded down to whole packets. IN: after
    /// USBX_FAULT_STATUS the next transfer begins with the rest of the packet.
    pub bytes: u64,
    /// USBX_FAULT_DELAY, _NAK: time in milliseconds.
    pub milliseconds: u32,
    /// USBX_FAULT_CORRUPT: any number. The same number and the same length give the same bit.
    pub seed: u32,
    /// Set to 0.
    pub reserved: [u8; 32],
}

impl usbx_fault {
    pub(super) fn checked(&self) -> Result<Fault> {
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

pub(super) fn event(happening: &Happening, lost: u64) -> usbx_virtual_event {
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
