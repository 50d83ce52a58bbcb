//! Control requests: which go to the device as they are, which the library makes in its own way, and which need a claim.

use super::blocking::check_timeout;
use super::submission::Request;
use super::tracked::Tracked;
use super::{Device, State};
use crate::error::{Error, Outcome, Result};
use crate::sys::Buffer;
use crate::usb::{Setting, SetupPacket};

/// How long the device has for a descriptor, in milliseconds.
const DESCRIPTOR_TIMEOUT: u32 = 5000;

const GET_DESCRIPTOR: u8 = 6;

// bmRequestType
const TYPE: u8 = 0x60;
const VENDOR: u8 = 0x40;
const CLASS_IN_TO_INTERFACE: u8 = 0xa1;
const RECIPIENT: u8 = 0x1f;
const TO_INTERFACE: u8 = 1;
const TO_ENDPOINT: u8 = 2;

/// bInterfaceClass, and its only request that every program may make (USB printer class 1.1, section 4.2.1).
const PRINTER: u8 = 7;
const GET_DEVICE_ID: u8 = 0;

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

    /// A printer's GET_DEVICE_ID, whose index is its interface and alternate setting. The kernel lets every program ask for it, also
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
