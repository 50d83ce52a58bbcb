//! Control requests: which go to the device as they are, which the library makes in its own way, and which need a claim.

use super::blocking::check_timeout;
use super::submission::Request;
use super::{Device, State};
use crate::error::{Error, Outcome, Result};
use crate::sys::Buffer;
use crate::usb::{Setting, SetupPacket};

/// How long the device has for a descriptor, in milliseconds.
const DESCRIPTOR_TIMEOUT: u32 = 5000;

const GET_DESCRIPTOR: u8 = 6;

// bRequest
const CLEAR_FEATURE: u8 = 1;
const SET_ADDRESS: u8 = 5;
const SET_CONFIGURATION: u8 = 9;
const SET_INTERFACE: u8 = 11;

const ENDPOINT_HALT: u16 = 0;

// bmRequestType
const TO_HOST: u8 = 0x80;
const TYPE: u8 = 0x60;
const VENDOR: u8 = 0x40;
const CLASS_IN_TO_INTERFACE: u8 = 0xa1;
const RECIPIENT: u8 = 0x1f;
const TO_INTERFACE: u8 = 1;
const TO_ENDPOINT: u8 = 2;

/// bInterfaceClass, and its only request that every program may make (USB printer class 1.1, section 4.2.1).
const PRINTER: u8 = 7;
const GET_DEVICE_ID: u8 = 0;

/// A request that changes state the library tracks: it is made in the library's own way.
pub(super) enum Tracked {
    /// What it asks for does not exist, so no way of making it would be right.
    Refused(&'static str),
    Configuration(u8),
    /// Interface and alternate setting.
    AltSetting(u8, u8),
    ClearHalt(u8),
}

impl Tracked {
    pub fn of(setup: &SetupPacket) -> Option<Tracked> {
        let SetupPacket { request_type, request, value, index, length } = *setup;
        let ([value, high_value], [index, high_index]) = (value.to_le_bytes(), index.to_le_bytes());
        // Where no data follow a device does not look at the direction (USB 2.0 section 9.3.1), and none of these has an IN request
        // of the same number.
        let (tracked, plain) = match (request_type & !TO_HOST, request) {
            (0, SET_ADDRESS) => {
                return Some(Tracked::Refused("SET_ADDRESS is the system's business and would cut the device off"))
            }
            (0, SET_CONFIGURATION) => (Tracked::Configuration(value), [high_value, index, high_index] == [0; 3]),
            (TO_INTERFACE, SET_INTERFACE) => (Tracked::AltSetting(index, value), [high_value, high_index] == [0; 2]),
            (TO_ENDPOINT, CLEAR_FEATURE) if setup.value == ENDPOINT_HALT && index & 0x7f != 0 => {
                (Tracked::ClearHalt(index), high_index == 0)
            }
            _ => return None,
        };
        Some(match (plain, length) {
            (true, 0) => tracked,
            (true, _) => Tracked::Refused("this request has no data; give length 0"),
            (false, _) => {
                Tracked::Refused("a byte of value or index is set that is reserved in this request; give 0 there")
            }
        })
    }
}

impl Device {
    pub fn control(&self, setup: SetupPacket, buffer: Buffer, timeout_ms: u32) -> Outcome {
        if let Err(error) = check_timeout(timeout_ms) {
            return Outcome::failed(error.during(format!("{setup} to {self}")));
        }
        let done = |result| Outcome { transferred: 0, result };
        match Tracked::of(&setup) {
            None => self.run(&Request::Control(setup), buffer, timeout_ms).during(|| format!("{setup} to {self}")),
            Some(Tracked::Refused(reason)) => done(Err(Error::invalid(format!("{setup} to {self}: {reason}")))),
            Some(Tracked::Configuration(value)) => done(self.set_configuration_again(value)),
            Some(Tracked::AltSetting(interface, alt_setting)) => done(self.set_alt_setting(interface, alt_setting)),
            Some(Tracked::ClearHalt(address)) => done(self.clear_halt(address)),
        }
    }

    pub fn get_descriptor(&self, kind: u8, index: u8, buffer: Buffer) -> Outcome {
        let what = format!("get descriptor {index} of type {kind} of {self}");
        let length = match u16::try_from(buffer.len()) {
            Ok(length) => length,
            Err(_) => {
                let error = Error::invalid(format!("{} bytes; no descriptor has more than 65535", buffer.len()));
                return Outcome::failed(error.during(what));
            }
        };
        self.run(&Request::Control(descriptor_request(kind, index, 0, length)), buffer, DESCRIPTOR_TIMEOUT)
            .during(|| what)
    }
}

impl State {
    /// What goes to an interface or endpoint needs that interface claimed, vendor requests excepted.
    pub(super) fn check_recipient(&self, setup: &SetupPacket) -> Result<()> {
        if setup.request_type & TYPE == VENDOR {
            return Ok(());
        }
        match setup.request_type & RECIPIENT {
            TO_INTERFACE if self.is_printer_id(setup) => Ok(()),
            TO_INTERFACE => self.claimed(setup.index as u8),
            TO_ENDPOINT if setup.index & 0x7f == 0 => Ok(()),
            TO_ENDPOINT => {
                let address = setup.index as u8;
                // Some programs give the endpoint of the other direction; the kernel lets that pass, and the device decides.
                let endpoint = self.endpoint(address).or_else(|error| self.endpoint(address ^ 0x80).map_err(|_| error));
                let interface = endpoint.map_err(|e| e.during(format!("endpoint 0x{address:02x}")))?.interface;
                self.claimed(interface)
            }
            _ => Ok(()),
        }
    }

    /// A printer's GET_DEVICE_ID, whose index is its interface and alternate setting. The kernel lets everybody ask for it, also
    /// beside the driver that prints.
    fn is_printer_id(&self, setup: &SetupPacket) -> bool {
        let [alt_setting, interface] = setup.index.to_le_bytes();
        let is_printer = |s: &Setting| (s.interface, s.alt_setting, s.class) == (interface, alt_setting, PRINTER);
        (setup.request_type, setup.request) == (CLASS_IN_TO_INTERFACE, GET_DEVICE_ID)
            && self.configuration.settings.iter().any(is_printer)
    }
}

pub(super) fn descriptor_request(kind: u8, index: u8, language: u16, length: u16) -> SetupPacket {
    SetupPacket {
        request_type: 0x80,
        request: GET_DESCRIPTOR,
        value: u16::from_be_bytes([kind, index]),
        index: language,
        length,
    }
}
