//! What a device is, seen from the bus: it answers one packet or one request at a time.

use crate::usb::SetupPacket;
use std::time::Instant;

/// A device model. The simulated bus does for it what hardware does for a device: it answers standard requests from the
/// descriptors, keeps halts, and cuts transfers into packets. The model is never called from two threads at once.
pub trait Model: Send {
    /// 18 bytes.
    fn device_descriptor(&self) -> [u8; 18];

    /// The only configuration, with all that follows it.
    fn configuration_descriptor(&self) -> Vec<u8>;

    /// The string of that index, from 1, in US English.
    fn string(&self, index: u8) -> Option<&str>;

    /// The answer to GET_DESCRIPTOR, out of these; `None` stalls.
    fn descriptor(&self, setup: &SetupPacket) -> Option<Vec<u8>> {
        let [kind, index] = setup.value.to_be_bytes();
        match (kind, index) {
            (1, 0) => Some(self.device_descriptor().to_vec()),
            (2, 0) => Some(self.configuration_descriptor()),
            (3, 0) => Some(vec![4, 3, 0x09, 0x04]),
            (3, index) if setup.index == 0x0409 => {
                let mut descriptor = vec![0, 3];
                descriptor.extend(self.string(index)?.encode_utf16().flat_map(u16::to_le_bytes));
                descriptor[0] = u8::try_from(descriptor.len()).ok()?;
                Some(descriptor)
            }
            // As full speed it would be the same but for the packet sizes (USB 2.0 section 9.6.2).
            (6, 0) => Some(vec![10, 6, 0, 2, 0, 0, 0, 64, 1, 0]),
            _ => None,
        }
    }

    /// A bus reset, or a newly selected configuration: all as after power-on.
    fn reset(&mut self);

    /// A control request that is not the bus's to answer, with the data of an OUT request. The answer of an IN request, or
    /// nothing for OUT; `None` stalls.
    fn control(&mut self, setup: &SetupPacket, data: &[u8], now: Instant) -> Option<Vec<u8>>;

    /// The host asks an IN endpoint for a packet: at most the room of `packet`. Its length, or `None` for NAK.
    fn send(&mut self, endpoint: u8, packet: &mut [u8], now: Instant) -> Option<usize>;

    /// The host offers an OUT endpoint a packet; false is NAK.
    fn receive(&mut self, endpoint: u8, packet: &[u8]) -> bool;

    /// When a NAK of this endpoint will have ended by time alone.
    fn due(&self, endpoint: u8, now: Instant) -> Option<Instant>;
}
