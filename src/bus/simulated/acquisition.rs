//! The built-in model `acquisition`, 1209:0001: a four-channel data source. docs/acquisition.md has its protocol.

use super::description::{Description, OF_INTERFACE};
use super::model::{Answer, HostEvent, Model, Request};
use crate::error::{Error, Result};
use crate::usb::string::ENGLISH;
use crate::usb::{Endpoint, SetupPacket, Speed};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

mod frames;
mod sampling;

use frames::FRAME;
use sampling::Sampling;

const FRAMES: u8 = 0x81;
const STATUS: u8 = 0x82;
const LOOPBACK_IN: u8 = 0x83;
const LOOPBACK_OUT: u8 = 0x02;

/// Isochronous, in alternate setting 1.
const SAMPLES_NOW: u8 = 0x85;

const START: u8 = 1;
const STOP: u8 = 2;
const RATE: u8 = 3;
const REGISTERS: u8 = 4;

const LOOPBACK_PACKETS: usize = 128;
const REPORT_PERIOD: Duration = Duration::from_millis(10);

struct Acquisition {
    plugged: Instant,
    registers: [u8; 256],
    sampling: Sampling,
    loopback: VecDeque<Vec<u8>>,
    /// The number of the last status report that was read; report n is made n periods after plugging in.
    reported: u64,
    idle_rate: u8,
}

/// A new one; without a serial number "VIRT0001".
pub(super) fn device(serial: &str) -> Result<(Description, Box<dyn Model>)> {
    let serial = if serial.is_empty() { "VIRT0001" } else { serial };
    if serial.encode_utf16().count() > 126 {
        return Err(Error::invalid("a serial number has at most 126 UTF-16 units, as a string descriptor"));
    }
    let mut description = Description::new(Speed::High, &descriptors())?;
    for (index, text) in [(1, "usbx"), (2, "Virtual acquisition, 4 × 16 bit"), (3, serial)] {
        description.add_string(index, ENGLISH, text)?;
    }
    description.add_descriptor(0x22, 0, OF_INTERFACE | 1, &REPORT_DESCRIPTOR)?;
    description.add_descriptor(0x21, 0, OF_INTERFACE | 1, &hid_descriptor())?;
    Ok((description, Box::new(Acquisition::new())))
}

impl Acquisition {
    fn new() -> Acquisition {
        Acquisition {
            plugged: Instant::now(),
            registers: [0; 256],
            sampling: Sampling::default(),
            loopback: VecDeque::new(),
            reported: 0,
            idle_rate: 0,
        }
    }

    fn reset(&mut self) {
        self.registers = [0; 256];
        self.sampling = Sampling::default();
        self.loopback.clear();
        self.idle_rate = 0;
    }

    fn seed(&self) -> u32 {
        let [a, b, c, d, ..] = self.registers;
        u32::from_le_bytes([a, b, c, d])
    }

    fn vendor_request(&mut self, setup: &SetupPacket, data: &[u8], now: Instant) -> Option<Vec<u8>> {
        match (setup.request_type, setup.request) {
            (0x40, START) if data.is_empty() => {
                let seed = self.seed();
                self.sampling.start(seed, now);
                Some(Vec::new())
            }
            (0x40, STOP) if data.is_empty() => {
                self.sampling.stop(now);
                Some(Vec::new())
            }
            (0x40, RATE) => {
                let rate = <[u8; 4]>::try_from(data).ok()?;
                self.sampling.set_rate(u32::from_le_bytes(rate), now);
                Some(Vec::new())
            }
            (0xc0, RATE) => Some(self.sampling.rate().to_le_bytes().to_vec()),
            (0x40 | 0xc0, REGISTERS) => {
                let start = usize::from(setup.index);
                let block = self.registers.get_mut(start..start + usize::from(setup.length).max(1))?;
                if setup.request_type == 0x40 {
                    // None of them may be meant; there is a block of one all the same, so that it begins at a register.
                    block[..data.len()].copy_from_slice(data);
                    return Some(Vec::new());
                }
                Some(block.to_vec())
            }
            _ => None,
        }
    }

    fn hid_request(&mut self, setup: &SetupPacket) -> Option<Vec<u8>> {
        if setup.index != 1 {
            return None;
        }
        match (setup.request_type, setup.request, setup.value) {
            // GET_REPORT, input: no button is pressed.
            (0xa1, 1, 0x0100) => Some(vec![0]),
            (0xa1, 2, _) => Some(vec![self.idle_rate]),
            (0x21, 10, value) => {
                self.idle_rate = (value >> 8) as u8;
                Some(Vec::new())
            }
            _ => None,
        }
    }

    fn report_number(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.plugged).as_millis() / REPORT_PERIOD.as_millis()) as u64
    }

    fn report(&self, now: Instant) -> [u8; 16] {
        let uptime = now.saturating_duration_since(self.plugged).as_millis() as u32;
        let counts = self.sampling.counts(now);
        let temperature = 2500 + (uptime / 1000 % 100) as u16;
        let mut report = [0; 16];
        report[0..2].copy_from_slice(&temperature.to_le_bytes());
        report[2..4].copy_from_slice(&u16::from(counts.running).to_le_bytes());
        report[4..8].copy_from_slice(&(counts.made as u32).to_le_bytes());
        report[8..12].copy_from_slice(&(counts.dropped as u32).to_le_bytes());
        report[12..16].copy_from_slice(&uptime.to_le_bytes());
        report
    }
}

impl Model for Acquisition {
    fn host(&mut self, event: HostEvent) {
        if matches!(event, HostEvent::Reset | HostEvent::Configured(_)) {
            self.reset();
        }
    }

    fn control(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        let answer = match request.setup.request_type & 0x7f {
            0x40 => self.vendor_request(request.setup, request.data, now),
            0x01 | 0x21 => self.hid_request(request.setup),
            _ => None,
        };
        answer.into()
    }

    fn send(&mut self, endpoint: &Endpoint, packet: &mut [u8], now: Instant) -> Option<usize> {
        match endpoint.address {
            FRAMES => self.sampling.next_frame(packet, now),
            STATUS => {
                let number = self.report_number(now);
                if number == self.reported {
                    return None;
                }
                self.reported = number;
                packet[..16].copy_from_slice(&self.report(now));
                Some(16)
            }
            SAMPLES_NOW => self.sampling.frame_of_this_millisecond(packet, now),
            LOOPBACK_IN => {
                let sent = self.loopback.pop_front()?;
                packet[..sent.len()].copy_from_slice(&sent);
                Some(sent.len())
            }
            _ => None,
        }
    }

    fn send_full(&mut self, endpoint: &Endpoint, packets: &mut [u8], now: Instant) -> usize {
        if endpoint.address != FRAMES {
            return 0;
        }
        packets.chunks_exact_mut(FRAME).map_while(|packet| self.sampling.next_frame(packet, now)).sum()
    }

    fn receive(&mut self, endpoint: &Endpoint, packet: &[u8]) -> bool {
        let room = endpoint.address == LOOPBACK_OUT && self.loopback.len() < LOOPBACK_PACKETS;
        if room {
            self.loopback.push_back(packet.to_vec());
        }
        room
    }

    fn due(&self, endpoint: u8, now: Instant) -> Option<Instant> {
        match endpoint {
            FRAMES => self.sampling.due(now),
            STATUS => Some(self.plugged + REPORT_PERIOD * (self.report_number(now) as u32 + 1)),
            _ => None,
        }
    }
}

fn descriptors() -> Vec<u8> {
    let mut all = vec![9, 2, 0, 0, 2, 1, 0, 0x80, 50];
    all.extend([9, 4, 0, 0, 4, 0xff, 0, 0, 0]);
    all.extend(endpoint(FRAMES, 2, 512, 0));
    all.extend(endpoint(STATUS, 3, 16, 7));
    all.extend(endpoint(LOOPBACK_OUT, 2, 512, 0));
    all.extend(endpoint(LOOPBACK_IN, 2, 512, 0));
    all.extend([9, 4, 0, 1, 5, 0xff, 0, 0, 0]);
    all.extend(endpoint(FRAMES, 2, 512, 0));
    all.extend(endpoint(STATUS, 3, 16, 7));
    all.extend(endpoint(LOOPBACK_OUT, 2, 512, 0));
    all.extend(endpoint(LOOPBACK_IN, 2, 512, 0));
    all.extend(endpoint(SAMPLES_NOW, 1, 512, 4));
    all.extend([9, 4, 1, 0, 1, 3, 0, 0, 0]);
    all.extend(hid_descriptor());
    all.extend(endpoint(0x84, 3, 8, 7));
    let total = (all.len() as u16).to_le_bytes();
    all[2..4].copy_from_slice(&total);
    let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x01, 0x00, 0x00, 0x01, 1, 2, 3, 1];
    [&device[..], &all].concat()
}

fn endpoint(address: u8, kind: u8, size: u16, interval: u8) -> [u8; 7] {
    let [low, high] = size.to_le_bytes();
    [7, 5, address, kind, low, high, interval]
}

/// HID 1.11, section 6.2.1: one report descriptor.
fn hid_descriptor() -> [u8; 9] {
    [9, 0x21, 0x11, 0x01, 0, 1, 0x22, REPORT_DESCRIPTOR.len() as u8, 0]
}

/// A vendor-defined application of eight buttons, a byte in all.
const REPORT_DESCRIPTOR: [u8; 24] = [
    0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01, 0x05, 0x09, 0x19, 0x01, 0x29, 0x08, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01,
    0x95, 0x08, 0x81, 0x02, 0xc0,
];
