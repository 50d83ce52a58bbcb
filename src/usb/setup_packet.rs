//! The setup packet of a control request.

use super::Direction;
use std::fmt;

/// The eight bytes that start a control transfer (USB 2.0 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetupPacket {
    pub request_type: u8,
    pub request: u8,
    pub value: u16,
    pub index: u16,
    pub length: u16,
}

impl SetupPacket {
    /// A standard request without data.
    const fn standard(recipient: u8, request: u8, value: u16, index: u16) -> SetupPacket {
        SetupPacket { request_type: recipient, request, value, index, length: 0 }
    }

    pub const fn set_configuration(value: u8) -> SetupPacket {
        SetupPacket::standard(0, 9, value as u16, 0)
    }

    pub const fn set_interface(interface: u8, alt_setting: u8) -> SetupPacket {
        SetupPacket::standard(1, 11, alt_setting as u16, interface as u16)
    }

    pub const fn get_interface(interface: u8) -> SetupPacket {
        SetupPacket { request_type: 0x81, request: 10, value: 0, index: interface as u16, length: 1 }
    }

    pub const fn clear_halt(endpoint: u8) -> SetupPacket {
        SetupPacket::standard(2, 1, 0, endpoint as u16)
    }

    pub const fn get_descriptor(kind: u8, index: u8, language: u16, length: u16) -> SetupPacket {
        let value = u16::from_be_bytes([kind, index]);
        SetupPacket { request_type: 0x80, request: 6, value, index: language, length }
    }

    pub fn direction(&self) -> Direction {
        if self.request_type & 0x80 != 0 {
            Direction::In
        } else {
            Direction::Out
        }
    }

    pub fn bytes(&self) -> [u8; 8] {
        let ([v0, v1], [i0, i1], [l0, l1]) =
            (self.value.to_le_bytes(), self.index.to_le_bytes(), self.length.to_le_bytes());
        [self.request_type, self.request, v0, v1, i0, i1, l0, l1]
    }
}

impl fmt::Display for SetupPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "control request 0x{:02x} 0x{:02x} (value 0x{:04x}, index 0x{:04x}, length {})",
            self.request_type, self.request, self.value, self.index, self.length
        )
    }
}
