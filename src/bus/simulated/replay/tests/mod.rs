//! Recordings made by hand, played to the device's rules and, where time counts, to the model itself.

mod configuration;
mod endings;
mod loose;
mod order;
mod times;

use super::*;
use crate::bus::simulated::recording::samples::{self, *};
use crate::bus::simulated::{built_in, Description, SimulatedBus};
use crate::bus::Bus;
use crate::device::Device;
use crate::error::{Error, Outcome as Moved};
use crate::sys::with_buffer;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

const IN: u8 = 0x81;
const OUT: u8 = 0x02;

/// A file that is gone when the test is over.
struct Capture(PathBuf);

impl Capture {
    fn new(packets: &[Vec<u8>]) -> Capture {
        Capture::of(capture(Format::PcapNg, false, 220, packets))
    }

    fn of(file: Vec<u8>) -> Capture {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("usbx-replay-{}-{number}.pcapng", std::process::id()));
        std::fs::write(&path, file).unwrap();
        Capture(path)
    }

    fn device(&self, options: &str) -> Result<(Description, Box<dyn Model>), Error> {
        built_in(&format!("replay:{}{options}", self.0.display()), "")
    }

    fn plug(&self, options: &str) -> Bench {
        let (description, model) = self.device(options).unwrap_or_else(|error| panic!("{error}"));
        let bus = SimulatedBus::default();
        let info = bus.plug(description, model, 1, &[]).unwrap().info().clone();
        let device = Device::new(bus.open(&info).unwrap()).unwrap();
        device.claim(0).unwrap();
        Bench { bus, device }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

struct Bench {
    bus: SimulatedBus,
    device: Device,
}

/// What came of it: bytes, or a status and what was said.
type Came = Result<Vec<u8>, (Status, String)>;

fn came(outcome: Moved, bytes: Vec<u8>) -> Came {
    let count = outcome.transferred;
    outcome.result.map(|()| bytes[..count].to_vec()).map_err(|error| (error.status, error.to_string()))
}

impl Bench {
    fn control(&self, setup: [u8; 8], data: &[u8]) -> Came {
        let setup = SetupPacket {
            request_type: setup[0],
            request: setup[1],
            value: u16::from_le_bytes([setup[2], setup[3]]),
            index: u16::from_le_bytes([setup[4], setup[5]]),
            length: u16::from_le_bytes([setup[6], setup[7]]),
        };
        let mut bytes = vec![0; usize::from(setup.length)];
        bytes[..data.len()].copy_from_slice(data);
        let outcome = with_buffer(&mut bytes, |buffer| self.device.control(setup, buffer, 1000));
        came(outcome, bytes)
    }

    fn transfer(&self, address: u8, mut bytes: Vec<u8>, timeout_ms: u32) -> Came {
        let way = if address & 0x80 != 0 { Direction::In } else { Direction::Out };
        let bulk = TransferType::Bulk;
        let outcome = with_buffer(&mut bytes, |buffer| self.device.transfer(bulk, way, address, buffer, timeout_ms));
        came(outcome, bytes)
    }

    fn read(&self, length: usize) -> Came {
        self.transfer(IN, vec![0; length], 5000)
    }

    fn write(&self, bytes: &[u8]) -> Came {
        self.transfer(OUT, bytes.to_vec(), 5000)
    }
}

/// Transfers of usbmon, behind what a host asks when the device is plugged in.
#[derive(Default)]
struct Recorded {
    packets: Vec<Vec<u8>>,
    id: u64,
}

impl Recorded {
    fn new() -> Recorded {
        let mut recorded = Recorded::default();
        setting_up().iter().for_each(|request| recorded.request(*request));
        recorded
    }

    fn add(&mut self, record: Usbmon) {
        self.packets.push(record.bytes(true, false));
    }

    fn request(&mut self, request: samples::Request<'_>) {
        self.id += 1;
        self.packets.extend(usbmon_request(true, false, self.id, 5, request));
    }

    fn ended(&mut self, endpoint: u8, asked: usize, data: &[u8], status: i32) {
        self.id += 1;
        let id = self.id;
        let (sent, came): (&[u8], &[u8]) = if endpoint & 0x80 == 0 { (data, &[]) } else { (&[], data) };
        let at = Usbmon { id, endpoint, ..Usbmon::default() };
        self.add(Usbmon { status: -115, length: asked as u32, data: sent, ..at.clone() });
        self.add(Usbmon { kind: b'C', status, length: data.len() as u32, data: came, ..at });
    }

    fn read(&mut self, asked: usize, data: &[u8]) {
        self.ended(IN, asked, data, 0);
    }

    fn written(&mut self, data: &[u8]) {
        self.ended(OUT, data.len(), data, 0);
    }

    fn capture(&self) -> Capture {
        Capture::new(&self.packets)
    }
}

const ASK: [u8; 8] = [0xc0, 1, 0, 0, 0, 0, 4, 0];
const ASK_MORE: [u8; 8] = [0xc0, 2, 0, 0, 0, 0, 4, 0];
const TELL: [u8; 8] = [0x40, 3, 0, 0, 0, 0, 2, 0];

fn says(came: &Came, parts: &[&str]) {
    let (status, text) = came.as_ref().expect_err("a departure");
    assert_eq!(*status, Status::Other, "{text}");
    parts.iter().for_each(|part| assert!(text.contains(part), "{text}"));
}
