//! What a defect inside leaves behind: a model that panics once stands for it.

use super::Device;
use crate::bus::simulated::{Answer, Description, HostEvent, Model, Request, SimulatedBus};
use crate::bus::Bus;
use crate::error::Status;
use crate::sys::with_buffer;
use crate::usb::{Direction, Endpoint, Speed, TransferType};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Asked for a packet the second time, it panics.
struct Defect {
    asked: usize,
}

/// One bulk IN endpoint.
fn description() -> Description {
    let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x99, 0x00, 0x00, 0x01, 0, 0, 0, 1];
    let configuration = [9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0];
    Description::new(Speed::High, &[&device[..], &configuration].concat()).unwrap()
}

impl Model for Defect {
    fn host(&mut self, _: HostEvent) {}

    fn control(&mut self, _: &Request<'_>, _: Instant) -> Answer {
        Answer::Stall
    }

    fn send(&mut self, _: &Endpoint, _: &mut [u8], _: Instant) -> Option<usize> {
        self.asked += 1;
        assert!(self.asked != 2, "a defect, for this test");
        None
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        false
    }

    fn due(&self, _: u8, _: Instant) -> Option<Instant> {
        None
    }
}

#[test]
fn a_device_can_be_closed_after_a_panic_inside() {
    let bus = SimulatedBus::default();
    let plugged = bus.plug(description(), Box::new(Defect { asked: 0 }), 1, &[]).unwrap();
    let device = Arc::new(Device::new(bus.open(plugged.info()).unwrap()).unwrap());
    device.claim(0).unwrap();
    let mut bytes = [0; 512];
    let read = |bytes: &mut [u8]| {
        with_buffer(bytes, |buffer| device.transfer(TransferType::Bulk, Direction::In, 0x81, buffer, 10))
    };
    assert!(catch_unwind(AssertUnwindSafe(|| read(&mut bytes))).is_err());
    assert_eq!(read(&mut bytes).result.unwrap_err().status, Status::Timeout, "and goes on until then");
    let (done, closed) = mpsc::channel();
    let closing = Arc::clone(&device);
    std::thread::spawn(move || {
        closing.close();
        done.send(()).unwrap();
    });
    closed.recv_timeout(Duration::from_secs(30)).expect("close waits for the call that panicked");
}
