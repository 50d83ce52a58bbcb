//! What is said where a program and a recording part.

use crate::bus::simulated::recording::Urb;
use crate::usb::SetupPacket;

/// Bytes to be shown of data; the rest is counted.
const SHOWN: usize = 32;

/// "01 02 … (512 bytes)"
pub fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "no data".to_owned();
    }
    let shown: Vec<String> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    let shown = shown.join(" ");
    if bytes.len() > SHOWN {
        format!("{shown} … ({} bytes)", bytes.len())
    } else {
        shown
    }
}

pub fn request(setup: &SetupPacket, data: &[u8]) -> String {
    let setup = hex(&setup.bytes());
    if data.is_empty() {
        setup
    } else {
        format!("{setup} with {}", hex(data))
    }
}

/// A request as it was recorded.
pub fn recorded(urb: &Urb) -> String {
    let out = |setup: &SetupPacket| setup.request_type & 0x80 == 0;
    urb.setup.map_or(String::new(), |setup| request(&setup, if out(&setup) { &urb.data } else { &[] }))
}

/// Where two that are not equal first differ: beyond what `hex` shows it is worth a word.
pub fn difference(expected: &[u8], got: &[u8]) -> String {
    match expected.iter().zip(got).position(|(one, other)| one != other) {
        Some(at) if at >= SHOWN => {
            let bytes = |all: &[u8]| hex(&all[at..all.len().min(at + 8)]);
            format!("; the first difference is at byte {at}: {} and {}", bytes(expected), bytes(got))
        }
        _ => String::new(),
    }
}
