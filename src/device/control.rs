//! Control requests, and what is asked of a device with them: descriptors and strings.

use super::blocking::check_timeout;
use super::submission::Request;
use super::{Device, State};
use crate::error::{Error, Outcome, Result, Status};
use crate::sys::Buffer;
use crate::text::list;
use crate::usb::SetupPacket;

/// How long the device has for a descriptor, in milliseconds.
const DESCRIPTOR_TIMEOUT: u32 = 5000;

const GET_DESCRIPTOR: u8 = 6;
const STRING: u8 = 3;

// bmRequestType
const TYPE: u8 = 0x60;
const VENDOR: u8 = 0x40;
const RECIPIENT: u8 = 0x1f;
const TO_INTERFACE: u8 = 1;
const TO_ENDPOINT: u8 = 2;

impl Device {
    pub fn control(&self, setup: SetupPacket, buffer: Buffer, timeout_ms: u32) -> Outcome {
        if let Err(error) = check_timeout(timeout_ms) {
            return Outcome::failed(error.during(format!("{setup} to {self}")));
        }
        match self.own_request(&setup) {
            Some(result) => Outcome { transferred: 0, result },
            None => self.run(&Request::Control(setup), buffer, timeout_ms).during(|| format!("{setup} to {self}")),
        }
    }

    /// Requests that change state the library tracks.
    fn own_request(&self, setup: &SetupPacket) -> Option<Result<()>> {
        match (setup.request_type, setup.request) {
            (0x00, 5) => Some(Err(Error::invalid(format!(
                "{setup} to {self}: SET_ADDRESS is the system's business and would cut the device off"
            )))),
            (0x00, 9) => Some(self.set_configuration(setup.value as u8)),
            (0x01, 11) => Some(self.set_alt_setting(setup.index as u8, setup.value as u8)),
            (0x02, 1) if setup.value == 0 && setup.index & 0x7f != 0 => Some(self.clear_halt(setup.index as u8)),
            _ => None,
        }
    }

    pub(super) fn is_own_request(&self, setup: &SetupPacket) -> bool {
        match (setup.request_type, setup.request) {
            (0x00, 5 | 9) | (0x01, 11) => true,
            (0x02, 1) => setup.value == 0 && setup.index & 0x7f != 0,
            _ => false,
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

    pub fn get_string(&self, index: u8, language: u16) -> Result<String> {
        let what = format!("get string {index}");
        self.string(index, language).map_err(|e| e.during(format!("{what} of {self}")))
    }

    fn string(&self, index: u8, language: u16) -> Result<String> {
        if index == 0 {
            return Err(Error::invalid("index 0 is the table of languages, no string; a descriptor's 0 means none"));
        }
        let languages = self.string_descriptor(0, 0)?;
        let languages: Vec<u16> = languages.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        let language = match (language, languages.first()) {
            (0, Some(first)) => *first,
            (0, None) => return Err(Error::new(Status::NotFound, "the device has no strings in any language")),
            (language, _) if languages.contains(&language) => language,
            (language, _) => {
                let there = list(languages.iter().map(|language| format!("0x{language:04x}")));
                let reason = format!("the device has no language 0x{language:04x}; it has {there}");
                return Err(Error::new(Status::NotFound, reason));
            }
        };
        let units = self.string_descriptor(index, language)?;
        let units: Vec<u16> = units.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        Ok(String::from_utf16_lossy(&units))
    }

    /// What a string descriptor holds behind its two bytes of header.
    fn string_descriptor(&self, index: u8, language: u16) -> Result<Vec<u8>> {
        let mut answer = [0; 255];
        let transferred = self.read_control(descriptor_request(STRING, index, language, 255), &mut answer)?;
        let answer = &answer[..transferred];
        match answer {
            [length, STRING, ..] if *length >= 2 => Ok(answer[2..usize::from(*length).min(transferred)].to_vec()),
            _ => Err(Error::new(Status::Io, format!("the device answered {transferred} bytes that are no string"))),
        }
    }

    fn read_control(&self, setup: SetupPacket, answer: &mut [u8]) -> Result<usize> {
        let outcome =
            crate::sys::with_buffer(answer, |buffer| self.run(&Request::Control(setup), buffer, DESCRIPTOR_TIMEOUT));
        outcome.result.map(|()| outcome.transferred)
    }
}

impl State {
    /// What goes to an interface or endpoint needs that interface claimed, vendor requests excepted.
    pub(super) fn check_recipient(&self, setup: &SetupPacket) -> Result<()> {
        if setup.request_type & TYPE == VENDOR {
            return Ok(());
        }
        match setup.request_type & RECIPIENT {
            TO_INTERFACE => {
                // A printer's GET_DEVICE_ID carries its interface in the high byte (USB printer class 1.1, section 4.2.1).
                let device_id = setup.request_type == 0xa1 && setup.request == 0;
                let high = (setup.index >> 8) as u8;
                let in_high_byte = device_id && self.claims.contains_key(&high);
                self.claimed(if in_high_byte { high } else { setup.index as u8 })
            }
            TO_ENDPOINT if setup.index & 0x7f == 0 => Ok(()),
            TO_ENDPOINT => {
                let address = setup.index as u8;
                let interface =
                    self.endpoint(address).map_err(|e| e.during(format!("endpoint 0x{address:02x}")))?.interface;
                self.claimed(interface)
            }
            _ => Ok(()),
        }
    }
}

fn descriptor_request(kind: u8, index: u8, language: u16, length: u16) -> SetupPacket {
    SetupPacket {
        request_type: 0x80,
        request: GET_DESCRIPTOR,
        value: u16::from_be_bytes([kind, index]),
        index: language,
        length,
    }
}
