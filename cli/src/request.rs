//! A control request on the command line.

use crate::endpoint::claim;
use crate::failure::{Failure, Result, ERROR, USAGE};
use crate::target::Open;
use crate::values::{number, Bytes};
use std::io::{stdin, Read};
use std::str::FromStr;
use std::time::Duration;
use usbx::tool::{with_buffer, Endpoint, Outcome, SetupPacket};

/// bmRequestType (USB 2.0 section 9.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestType(pub u8);

const KIND: u8 = 0x60;
const VENDOR: u8 = 0x40;
const RECIPIENT: u8 = 0x1f;
const INTERFACE: u8 = 1;
const ENDPOINT: u8 = 2;

/// Each word with its bits, and the mask of the bits that it sets.
const WORDS: [(&str, u8, u8); 9] = [
    ("in", 0x80, 0x80),
    ("out", 0, 0x80),
    ("standard", 0, KIND),
    ("class", 0x20, KIND),
    ("vendor", VENDOR, KIND),
    ("device", 0, RECIPIENT),
    ("interface", INTERFACE, RECIPIENT),
    ("endpoint", ENDPOINT, RECIPIENT),
    ("other", 3, RECIPIENT),
];

impl FromStr for RequestType {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<RequestType, String> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return number(text).map(RequestType);
        }
        let (mut bits, mut decided) = (0, 0);
        for word in text.split([',', '/', '+']) {
            let known = WORDS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(word));
            let (_, set, mask) = known.ok_or_else(|| {
                let names: Vec<&str> = WORDS.iter().map(|(name, ..)| *name).collect();
                format!("\"{word}\" is not one of {}", names.join(", "))
            })?;
            if decided & mask != 0 {
                return Err(format!("\"{word}\" contradicts a word before it"));
            }
            (bits, decided) = (bits | set, decided | mask);
        }
        match decided & 0x80 {
            0 => Err("the direction is missing: in or out".to_owned()),
            _ => Ok(RequestType(bits)),
        }
    }
}

/// TYPE REQUEST VALUE INDEX [LENGTH|DATA].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub request_type: RequestType,
    pub request: u8,
    pub value: u16,
    pub index: u16,
    /// IN: room for the answer. OUT: the data to send.
    pub data: Vec<u8>,
}

impl FromStr for Request {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Request, String> {
        let mut words = text.split_whitespace();
        let (Some(request_type), Some(request), Some(value), Some(index)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err("a request is TYPE REQUEST VALUE INDEX [LENGTH|DATA]: \"vendor,out 1 0 0\"".to_owned());
        };
        let (request_type, request) = (request_type.parse()?, number(request)?);
        let words: Vec<String> = words.map(str::to_owned).collect();
        let data = data(request_type, &words).map_err(|failure| failure.to_string())?;
        Ok(Request { request_type, request, value: number(value)?, index: number(index)?, data })
    }
}

impl Request {
    pub fn is_in(&self) -> bool {
        self.request_type.0 & 0x80 != 0
    }

    /// Sends the request and returns the data and the outcome.
    pub fn send(&self, device: &Open, timeout: Duration, detach: bool) -> Result<(Vec<u8>, Outcome)> {
        let mut data = self.data.clone();
        let length = data.len() as u16;
        let Request { request, value, index, .. } = *self;
        let setup = SetupPacket { request_type: self.request_type.0, request, value, index, length };
        if let Some(interface) = self.interface(device)? {
            claim(device, interface, detach)?;
        }
        // 0 waits forever; a time shorter than a millisecond becomes one millisecond.
        let milliseconds = u32::try_from(timeout.as_micros().div_ceil(1000)).unwrap_or(u32::MAX - 1);
        let outcome = with_buffer(&mut data, |buffer| device.control(setup, buffer, milliseconds));
        data.truncate(outcome.transferred);
        Ok((data, outcome))
    }

    /// The interface that the request needs, if any.
    fn interface(&self, device: &Open) -> Result<Option<u8>> {
        let RequestType(bits) = self.request_type;
        let low = self.index as u8;
        match (bits & KIND, bits & RECIPIENT) {
            (VENDOR, _) => Ok(None),
            (_, INTERFACE) => Ok(Some(low)),
            (_, ENDPOINT) => {
                let of = |endpoint: &&Endpoint| endpoint.address == low;
                Ok(device.endpoints()?.iter().find(of).map(|endpoint| endpoint.interface))
            }
            _ => Ok(None),
        }
    }
}

/// Room for the number of bytes to ask for, or the data to send, from the words after the numbers.
pub fn data(request_type: RequestType, words: &[String]) -> Result<Vec<u8>> {
    let bytes = match (request_type.0 & 0x80 != 0, words) {
        (true, [length]) => {
            let length = number::<u16>(length).map(|length| vec![0; length.into()]);
            length.map_err(|why| Failure::new(USAGE, format!("the number of bytes to ask for: {why}")))?
        }
        (true, _) => {
            return Err(Failure::new(USAGE, "an IN request needs one more argument: how many bytes to ask for"))
        }
        (false, [file]) if file.starts_with('@') => contents(&file[1..])?,
        (false, words) => {
            let bytes = words.join(" ").parse().map(|Bytes(bytes)| bytes);
            bytes.map_err(|why| Failure::new(USAGE, format!("the data to send: {why}")))?
        }
    };
    match bytes.len() {
        0..=0xffff => Ok(bytes),
        length => Err(Failure::new(USAGE, format!("{length} bytes of data; a control request has at most 65535"))),
    }
}

fn contents(name: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let result = match name {
        "-" => stdin().read_to_end(&mut bytes).map(|_| bytes),
        path => std::fs::read(path),
    };
    result.map_err(|error| Failure::new(ERROR, format!("read {name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_type_is_a_number_or_words() {
        for (text, bits) in [
            ("0xc0", 0xc0),
            ("192", 0xc0),
            ("vendor,in", 0xc0),
            ("in,vendor,device", 0xc0),
            ("out,class,interface", 0x21),
            ("IN", 0x80),
            ("in/class/endpoint", 0xa2),
            ("out+vendor+other", 0x43),
        ] {
            assert_eq!(text.parse(), Ok(RequestType(bits)), "{text}");
        }
        for wrong in ["", "vendor", "in,out", "in,vendor,class", "in,vendors", "0x1c0"] {
            assert!(wrong.parse::<RequestType>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_request_is_its_numbers_and_data() {
        let request: Request = "vendor,out 4 0 0x10 de ad".parse().expect("a request");
        assert_eq!((request.request_type.0, request.request, request.value, request.index), (0x40, 4, 0, 16));
        assert_eq!(request.data, [0xde, 0xad]);
        let request: Request = "0xc0 3 0 0 4".parse().expect("a request");
        assert_eq!(request.data.len(), 4);
        assert!("vendor,out 1 0".parse::<Request>().is_err() && "vendor,out 256 0 0".parse::<Request>().is_err());
        for no_length in ["vendor,in 1 0 0", "vendor,in 1 0 0 4 4", "vendor,in 1 0 0 65536"] {
            assert!(no_length.parse::<Request>().is_err(), "{no_length}");
        }
    }
}
