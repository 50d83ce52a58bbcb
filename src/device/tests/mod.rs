//! What a device's rules make of unusual devices: on the test's own simulated bus, with a model that answers as the test says.

mod panics;
mod requests;
mod settings;
mod strings;

use super::Device;
use crate::bus::simulated::{self, Description, HostEvent, Model, Request, SimulatedBus};
use crate::bus::Bus;
use crate::error::{Outcome, Status};
use crate::sys::with_buffer;
use crate::usb::{Endpoint, SetupPacket, Speed};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// What the host asked for, in its order.
type Asked = Arc<Mutex<Vec<SetupPacket>>>;

/// To a request: its answer, or `None` for a stall.
type Answer = Box<dyn Fn(&SetupPacket) -> Option<Vec<u8>> + Send>;

struct Told {
    answer: Answer,
    asked: Asked,
}

impl Told {
    fn note(&self, setup: &SetupPacket) -> Option<Vec<u8>> {
        self.asked.lock().unwrap().push(*setup);
        (self.answer)(setup)
    }
}

impl Model for Told {
    fn host(&mut self, event: HostEvent) {
        // A bus reset has no setup packet; the mark is what no request can be.
        if matches!(event, HostEvent::Reset | HostEvent::Configured(_)) {
            self.asked.lock().unwrap().push(RESET);
        }
    }

    fn control(&mut self, request: &Request<'_>, _: Instant) -> simulated::Answer {
        self.note(request.setup).into()
    }

    fn answers_standard_requests(&self) -> bool {
        true
    }

    fn send(&mut self, _: &Endpoint, packet: &mut [u8], _: Instant) -> Option<usize> {
        packet[0] = 0x77;
        Some(1)
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        true
    }

    fn due(&self, _: u8, _: Instant) -> Option<Instant> {
        None
    }
}

const RESET: SetupPacket = SetupPacket { request_type: 0xff, request: 0xff, value: 0, index: 0, length: 0 };

/// A device of that model, open twice, and what it is asked for.
struct Bench {
    device: Device,
    other: Device,
    asked: Asked,
}

impl Bench {
    fn new(entries: &[&[u8]], answer: impl Fn(&SetupPacket) -> Option<Vec<u8>> + Send + 'static) -> Bench {
        let mut configuration = vec![9, 2, 0, 0, 1, 1, 0, 0x80, 50];
        entries.iter().for_each(|entry| configuration.extend_from_slice(entry));
        let total = (configuration.len() as u16).to_le_bytes();
        configuration[2..4].copy_from_slice(&total);
        let asked = Asked::default();
        let bus = SimulatedBus::default();
        let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x02, 0x00, 0, 1, 0, 0, 0, 1];
        let description = Description::new(Speed::High, &[&device[..], &configuration].concat()).unwrap();
        let model = Told { answer: Box::new(answer), asked: Arc::clone(&asked) };
        let info = bus.plug(description, Box::new(model), 1, &[]).unwrap().info().clone();
        let open = || Device::new(bus.open(&info).unwrap()).unwrap();
        let bench = Bench { device: open(), other: open(), asked };
        assert!(bench.asked().is_empty(), "opening asks nothing");
        bench
    }

    /// What was asked for since this was called last.
    fn asked(&self) -> Vec<SetupPacket> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn control(&self, request_type: u8, request: u8, value: u16, index: u16, length: u16) -> Result<usize, Status> {
        let setup = SetupPacket { request_type, request, value, index, length };
        let mut bytes = vec![0; usize::from(length)];
        status(with_buffer(&mut bytes, |buffer| self.device.control(setup, buffer, 1000)))
    }
}

fn status(outcome: Outcome) -> Result<usize, Status> {
    outcome.result.map(|()| outcome.transferred).map_err(|error| error.status)
}

/// An interface descriptor.
fn interface(number: u8, alt_setting: u8, class: u8) -> [u8; 9] {
    [9, 4, number, alt_setting, 1, class, 0, 0, 0]
}

/// A bulk endpoint's descriptor.
fn bulk(address: u8) -> [u8; 7] {
    [7, 5, address, 2, 0, 2, 0]
}
