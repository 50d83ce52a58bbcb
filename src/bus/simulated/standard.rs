//! Standard requests (USB 2.0 section 9.4), answered for every model from its descriptors.

use super::queues::QueuedTransfer;
use super::state::State;
use crate::error::Status;
use crate::usb::{Direction, SetupPacket};
use std::time::Instant;

const GET_STATUS: u8 = 0;
const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;
const GET_DESCRIPTOR: u8 = 6;
const GET_CONFIGURATION: u8 = 8;
const GET_INTERFACE: u8 = 10;
const ENDPOINT_HALT: u16 = 0;

impl State {
    /// Carries a control transfer out.
    pub fn request(
        &mut self,
        setup: &SetupPacket,
        request: &mut QueuedTransfer,
        now: Instant,
    ) -> std::result::Result<(), Status> {
        match setup.direction() {
            Direction::Out => {
                self.control(setup, request.buffer.bytes(), now).ok_or(Status::Pipe)?;
                request.moved = request.buffer.len();
            }
            Direction::In => {
                let answer = self.control(setup, &[], now).ok_or(Status::Pipe)?;
                request.moved = answer.len().min(request.buffer.len());
                request.buffer.space()[..request.moved].copy_from_slice(&answer[..request.moved]);
            }
        }
        Ok(())
    }

    /// The answer of an IN request, or nothing for OUT; `None` stalls.
    pub fn control(&mut self, setup: &SetupPacket, data: &[u8], now: Instant) -> Option<Vec<u8>> {
        let address = setup.index as u8;
        match (setup.request_type, setup.request) {
            (0x80, GET_DESCRIPTOR) => self.model.descriptor(setup),
            (0x80, GET_CONFIGURATION) => Some(vec![if self.configured { self.layout.value } else { 0 }]),
            (0x80 | 0x81, GET_STATUS) => Some(vec![0, 0]),
            (0x82, GET_STATUS) if address & 0x7f == 0 => Some(vec![0, 0]),
            (0x82, GET_STATUS) => {
                self.endpoint(address)?;
                Some(vec![u8::from(self.halted.contains(&address)), 0])
            }
            (0x81, GET_INTERFACE) => {
                let interface = setup.index as u8;
                let there = self.layout.has_interface(interface);
                there.then(|| vec![self.alt_settings.get(&interface).copied().unwrap_or(0)])
            }
            (0x02, SET_FEATURE) if setup.value == ENDPOINT_HALT => {
                self.endpoint(address)?;
                self.halted.insert(address);
                self.queues.complete_endpoint(address, Status::Pipe);
                Some(Vec::new())
            }
            (0x02, CLEAR_FEATURE) if setup.value == ENDPOINT_HALT => {
                self.endpoint(address)?;
                self.halted.remove(&address);
                Some(Vec::new())
            }
            // Interface descriptors, HID's for one, are the model's.
            (0x81, GET_DESCRIPTOR) => self.model.control(setup, data, now),
            (request_type, _) if request_type & 0x60 == 0 => None,
            _ => self.model.control(setup, data, now),
        }
    }
}
