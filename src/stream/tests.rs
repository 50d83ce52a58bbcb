//! Streams of devices that make errors on the bus, or are late, which the built-in one does not and is not.

use super::{Options, Stream};
use crate::bus::simulated::{Answer, Description, HostEvent, Model, Request};
use crate::bus::Bus;
use crate::device::Device;
use crate::error::Status;
use crate::sync::{lock, Mutex};
use crate::sys::Wait;
use crate::usb::{Endpoint, Speed};
use std::sync::Arc;
use std::time::{Duration, Instant};

const IN: u8 = 0x81;
const LONG: Wait = Wait::For(Duration::from_secs(30));

/// Sends packets that begin with their number; every fifth is longer than a packet may be, up to a number of them.
struct Noisy {
    sent: u8,
}

const ALL: u8 = 40;

/// One bulk IN endpoint.
fn description() -> Description {
    let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x99, 0x00, 0x00, 0x01, 0, 0, 0, 1];
    let configuration = [9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, IN, 2, 0, 2, 0];
    Description::new(Speed::High, &[&device[..], &configuration].concat()).unwrap()
}

impl Model for Noisy {
    fn host(&mut self, _: HostEvent) {}

    fn control(&mut self, _: &Request<'_>, _: Instant) -> Answer {
        Answer::Stall
    }

    fn send(&mut self, _: &Endpoint, packet: &mut [u8], _: Instant) -> Option<usize> {
        if self.sent == ALL {
            return None;
        }
        self.sent += 1;
        packet[0] = self.sent;
        Some(if self.sent % 5 == 0 { packet.len() + 1 } else { packet.len() })
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        false
    }

    fn due(&self, _: u8, _: Instant) -> Option<Instant> {
        None
    }
}

fn noisy() -> Arc<Device> {
    let bus = crate::bus::simulated::SimulatedBus::default();
    let plugged = bus.plug(description(), Box::new(Noisy { sent: 0 }), 1, &[]).unwrap();
    let device = Device::new(bus.open(plugged.info()).unwrap()).unwrap();
    device.claim(0).unwrap();
    Arc::new(device)
}

fn stream(keep_going: bool) -> Arc<Stream> {
    let options = Options { size: 1024, depth: 3, keep_going, ..Options::default() };
    Stream::open(noisy(), IN, options).unwrap()
}

#[test]
fn a_stream_that_keeps_going_tells_each_error_where_it_was() {
    let stream = stream(true);
    let (mut numbers, mut errors) = (Vec::new(), 0);
    while numbers.len() < usize::from(ALL) {
        let chunk = stream.next(LONG).unwrap();
        let slot = &stream.inner.lock().unwrap().inner.as_ref().unwrap().slots[chunk.slot()].memory.clone();
        numbers.extend(
            slot.access(|bytes| (0..chunk.length / 512).map(|at| bytes[at * 512]).collect::<Vec<_>>()).unwrap(),
        );
        if let Err(status) = chunk.result {
            assert_eq!((status, numbers.last().unwrap() % 5), (Status::Overflow, 0));
            errors += 1;
        }
    }
    assert_eq!(numbers, (1..=ALL).collect::<Vec<_>>(), "in order, and none is missing");
    assert_eq!((errors, stream.stats().overflows), (8, 8));
    assert_eq!(stream.next(Wait::For(Duration::from_millis(1))).unwrap_err().status, Status::Timeout);
    stream.close();
}

#[test]
fn reading_as_from_a_file_tells_an_error_once_behind_the_bytes_before_it() {
    let stream = stream(true);
    let (mut bytes, mut errors) = (0, 0);
    while bytes < usize::from(ALL) * 512 {
        match stream.read(LONG, 700, &mut |_| {}) {
            Ok(moved) => bytes += moved,
            Err(error) => {
                assert_eq!((error.status, bytes % (5 * 512)), (Status::Overflow, 0));
                errors += 1;
            }
        }
    }
    assert_eq!(errors, 7);
    assert_eq!(stream.read(LONG, 700, &mut |_| {}).unwrap_err().status, Status::Overflow);
    assert_eq!(stream.read(Wait::Not, 700, &mut |_| {}).unwrap_err().status, Status::Timeout);
    stream.close();
}

#[test]
fn another_stream_ends_at_the_first_error() {
    let stream = stream(false);
    let failure = loop {
        match stream.next(LONG) {
            Ok(chunk) => assert!(chunk.sequence < 10),
            Err(error) => break error,
        }
    };
    assert_eq!(failure.status, Status::Overflow);
    assert_eq!(stream.next(LONG).unwrap_err().status, Status::Overflow, "for good");
    stream.close();
}

/// Sends as many isochronous packets as it may, and lets the host wait for the others; notes the interval of each.
#[derive(Default)]
struct Late {
    may_send: usize,
    sent: Vec<Instant>,
}

struct LateModel(Arc<Mutex<Late>>);

impl Model for LateModel {
    fn host(&mut self, _: HostEvent) {}

    fn control(&mut self, _: &Request<'_>, _: Instant) -> Answer {
        Answer::Stall
    }

    fn send(&mut self, _: &Endpoint, _: &mut [u8], interval: Instant) -> Option<usize> {
        let mut late = lock(&self.0);
        let sends = late.sent.len() < late.may_send;
        sends.then(|| late.sent.push(interval))?;
        Some(8)
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        false
    }

    fn due(&self, _: u8, now: Instant) -> Option<Instant> {
        Some(now + Duration::from_secs(60))
    }
}

#[test]
fn no_interval_is_missed_for_a_device_that_is_late() {
    let late = Arc::new(Mutex::new(Late::default()));
    let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x99, 0x00, 0x00, 0x01, 0, 0, 0, 1];
    // One packet in a millisecond.
    let configuration = [9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, IN, 1, 8, 0, 4];
    let description = Description::new(Speed::High, &[&device[..], &configuration].concat()).unwrap();
    let bus = crate::bus::simulated::SimulatedBus::default();
    let plugged = bus.plug(description, Box::new(LateModel(Arc::clone(&late))), 1, &[]).unwrap();
    let device = Device::new(bus.open(plugged.info()).unwrap()).unwrap();
    device.claim(0).unwrap();
    let stream = Stream::open(Arc::new(device), IN, Options { size: 80, depth: 2, ..Options::default() }).unwrap();
    // By now both transfers would have ended.
    std::thread::sleep(Duration::from_millis(40));
    let may_send = |count| {
        lock(&late).may_send = count;
        plugged.look();
    };
    may_send(10);
    // The next call submits the first one again, long after the intervals of the second, at which the device still is.
    assert_eq!(stream.next(LONG).unwrap().length, 80);
    may_send(15);
    assert_eq!(stream.next(Wait::Not).unwrap_err().status, Status::Timeout);
    may_send(30);
    assert_eq!(stream.next(LONG).unwrap().length, 80);
    assert_eq!(stream.next(LONG).unwrap().length, 80);
    let times = lock(&late).sent.clone();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == Duration::from_millis(1)), "{times:?}");
    stream.close();
}
