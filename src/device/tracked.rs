//! Requests that change state the library tracks.

use crate::usb::SetupPacket;

// bRequest
const CLEAR_FEATURE: u8 = 1;
const SET_ADDRESS: u8 = 5;
const SET_CONFIGURATION: u8 = 9;
const SET_INTERFACE: u8 = 11;

const ENDPOINT_HALT: u16 = 0;

// bmRequestType
const TO_HOST: u8 = 0x80;
const TO_INTERFACE: u8 = 1;
const TO_ENDPOINT: u8 = 2;

/// A request that changes state the library tracks: it is made in the library's own way.
pub(super) enum Tracked {
    /// What it asks for does not exist, so no way of making it would be right.
    Refused(&'static str),
    Configuration(u8),
    /// Interface and alternate setting.
    AltSetting(u8, u8),
    ClearHalt(u8),
}

/// Whether a request is not for a queue: it is made by a call, in the library's own way.
pub fn is_tracked(setup: &SetupPacket) -> bool {
    Tracked::of(setup).is_some()
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
