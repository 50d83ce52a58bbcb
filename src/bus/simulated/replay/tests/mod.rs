//! Recordings made by hand, played to the device's rules and, where time counts, to the model itself.

mod configuration;
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

#[test]
fn a_host_that_does_the_same_sees_the_same() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"one"));
    recorded.written(b"command");
    recorded.read(512, b"answer");
    recorded.request((TELL, b"ok"));
    recorded.read(64, &[7; 64]);
    let bench = recorded.capture().plug("");
    assert_eq!(bench.device.info().product_id, 0x0815);
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
    assert_eq!(bench.write(b"command").unwrap(), b"command");
    assert_eq!(bench.read(512).unwrap(), b"answer");
    assert_eq!(bench.control(TELL, b"ok").unwrap(), b"ok");
    assert_eq!(bench.read(64).unwrap(), [7; 64]);
    // Frames 9 to 18; what follows is nowhere.
    says(&bench.read(64), &["bulk read from endpoint 0x81 of 4711:0815", "is at its end", "follows frame 17"]);
    says(&bench.write(b"x"), &["is at its end", "follows frame 11; got 78"]);
    says(&bench.control(ASK, &[]), &["no request after frame 15; got c0 01 00 00 00 00 04 00"]);
}

#[test]
fn every_version_of_usbpcap_plays() {
    for old in [false, true] {
        let mut packets: Vec<Vec<u8>> =
            setting_up().iter().flat_map(|request| usbpcap_request(old, *request)).collect();
        packets.extend(usbpcap_request(old, (ASK, b"one")));
        packets.extend(usbpcap_request(old, (TELL, b"ok")));
        let asked = Usbpcap { irp: 9, ..Usbpcap::default() };
        let came = Usbpcap { irp: 9, completes: true, data: b"answer", ..Usbpcap::default() };
        let out = Usbpcap { irp: 10, endpoint: OUT, data: b"command", ..Usbpcap::default() };
        let sent = Usbpcap { irp: 10, endpoint: OUT, completes: true, ..Usbpcap::default() };
        let transfers = if old { vec![out, came] } else { vec![asked, out, sent, came] };
        packets.extend(transfers.iter().map(Usbpcap::bytes));
        let recorded = Capture::of(capture(Format::Pcap, false, 249, &packets));
        for options in ["", ",match=setup", ",match=loose", ",timing=recorded"] {
            let bench = recorded.plug(options);
            assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
            assert_eq!(bench.control(TELL, b"ok").unwrap(), b"ok");
            assert_eq!(bench.write(b"command").unwrap(), b"command");
            assert_eq!(bench.read(512).unwrap(), b"answer");
            says(&bench.read(512), &["is at its end"]);
        }
    }
}

#[test]
fn a_departure_says_the_frame_and_both_sides() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"one"));
    recorded.request((TELL, b"ok"));
    recorded.written(&[1; 40]);
    let capture = recorded.capture();
    let bench = capture.plug("");
    says(
        &bench.control(ASK_MORE, &[]),
        &["frame 9: expected c0 01 00 00 00 00 04 00, got c0 02 00 00 00 00 04 00", "match=loose"],
    );
    // It is not lost.
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
    says(&bench.control(TELL, b"no"), &["frame 11: expected 40 03 00 00 00 00 02 00 with 6f 6b, got", "with 6e 6f"]);
    let mut wrong = [1; 40];
    wrong[35] = 2;
    says(&bench.write(&wrong), &["frame 13: expected 01 01", "… (40 bytes)", "at byte 35: 01 01 01 01 01 and 02"]);
    says(&bench.write(&[1; 39]), &["frame 13", "(39 bytes)", "match=setup"]);
    assert!(bench.write(&[1; 40]).is_ok());
    // Set-up packets alone.
    let bench = capture.plug(",match=setup");
    says(&bench.control(TELL, b"ok"), &["frame 9"]);
    assert!(bench.control(ASK, &[]).is_ok());
    assert_eq!(bench.control(TELL, b"no").unwrap(), b"no");
    assert!(bench.write(b"anything").is_ok());
}

/// A driver of the system asked for something, too.
#[test]
fn requests_to_each_interface_have_an_order_of_their_own() {
    let mut recorded = Recorded::new();
    recorded.request(([0x21, 10, 0, 0, 1, 0, 0, 0], &[]));
    recorded.request((ASK, b"1"));
    recorded.request(([0xa1, 1, 0, 0, 0, 0, 4, 0], b"2"));
    let bench = recorded.capture().plug("");
    assert_eq!(bench.control([0xa1, 1, 0, 0, 0, 0, 4, 0], &[]).unwrap(), b"2");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"1");
    says(&bench.control(ASK, &[]), &["no request after frame 13"]);
}

#[test]
fn a_loose_replay_answers_in_any_order_and_again() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"1"));
    recorded.request((ASK_MORE, b"2"));
    recorded.request((ASK, b"3"));
    recorded.request((TELL, b"ok"));
    let bench = recorded.capture().plug(",match=loose");
    assert_eq!(bench.control(TELL, b"no").unwrap(), b"no");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"1");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"3");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"3");
    assert_eq!(bench.control(ASK_MORE, &[]).unwrap(), b"2");
    says(&bench.control([0xc0, 9, 0, 0, 0, 0, 4, 0], &[]), &["no such request: c0 09"]);
}

#[test]
fn a_loose_replay_cuts_what_came_to_the_reads() {
    let mut recorded = Recorded::new();
    recorded.read(512, &[1; 512]);
    recorded.read(512, &[2; 100]);
    recorded.ended(IN, 512, &[], -2);
    recorded.read(4, b"last");
    let capture = recorded.capture();
    // As in the recording, the read is too short for it.
    says(&capture.plug("").read(100), &["frame 9", "512 bytes came there, and this read takes 100"]);
    let bench = capture.plug(",match=loose");
    assert_eq!(bench.read(300).unwrap(), [1; 300]);
    // Across the end of a full transfer, up to that of a short one.
    let got = bench.read(1000).unwrap();
    assert_eq!((got.len(), got[211], got[212]), (312, 1, 2));
    assert_eq!(bench.read(2).unwrap(), b"la");
    assert_eq!(bench.read(100).unwrap(), b"st");
    says(&bench.read(100), &["is at its end"]);
}

#[test]
fn a_loose_replay_takes_what_is_written_and_is_silent_at_its_end() {
    let mut recorded = Recorded::new();
    recorded.written(b"one");
    recorded.ended(OUT, 3, b"two", -32);
    recorded.read(512, b"data");
    recorded.ended(IN, 512, &[], -2);
    let bench = recorded.capture().plug(",match=loose");
    assert_eq!(bench.write(b"o").unwrap(), b"o");
    assert_eq!(bench.write(b"ne").unwrap_err().0, Status::Pipe);
    assert_eq!(bench.write(b"more").unwrap(), b"more");
    assert_eq!(bench.read(512).unwrap(), b"data");
    // As often as the host asks.
    for _ in 0..3 {
        assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    }
}

#[test]
fn what_failed_fails_again() {
    for (status, expected) in [(-32, Status::Pipe), (-75, Status::Overflow), (-71, Status::Io)] {
        let mut recorded = Recorded::new();
        recorded.ended(IN, 512, b"xy", status);
        recorded.read(512, b"more");
        let capture = recorded.capture();
        for options in ["", ",match=loose"] {
            let bench = capture.plug(options);
            let failed = bench.read(512);
            assert_eq!(failed.unwrap_err().0, expected);
            assert_eq!(bench.read(512).unwrap(), b"more");
        }
    }
}

/// The host's own patience ends it, as it did then.
#[test]
fn a_read_that_got_nothing_gets_nothing() {
    let mut recorded = Recorded::new();
    recorded.ended(IN, 512, &[], -2);
    recorded.ended(IN, 512, b"part", -2);
    recorded.read(512, b"data");
    let bench = recorded.capture().plug("");
    assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    let (status, text) = bench.transfer(IN, vec![0; 512], 1).unwrap_err();
    assert_eq!(status, Status::Timeout);
    assert!(text.contains("4 of 512 bytes"), "{text}");
    assert_eq!(bench.read(512).unwrap(), b"data");
}

/// A host that has done what it did later does not wait for what it gave up before.
#[test]
fn a_wait_in_vain_is_over_when_the_host_goes_on() {
    let mut recorded = Recorded::new();
    recorded.ended(IN, 512, &[], -2);
    recorded.ended(IN, 512, &[], -2);
    recorded.request((ASK, b"go"));
    recorded.read(512, b"data");
    let bench = recorded.capture().plug("");
    assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    assert!(bench.control(ASK, &[]).is_ok());
    assert_eq!(bench.read(512).unwrap(), b"data");
}

#[test]
fn what_a_recording_does_not_have_is_said() {
    let mut recorded = Recorded::new();
    recorded.read(512, b"whole");
    recorded.id += 1;
    let at = Usbmon { id: recorded.id, ..Usbmon::default() };
    recorded.add(Usbmon { status: -115, length: 512, ..at.clone() });
    recorded.add(Usbmon { kind: b'C', length: 512, data: &[5; 60], ..at.clone() });
    recorded.add(Usbmon { status: -115, length: 512, ..at });
    let bench = recorded.capture().plug("");
    assert!(bench.read(512).is_ok());
    says(&bench.read(512), &["frame 11, has 60 of the 512 bytes that came", "larger snap length"]);
    says(&bench.read(512), &["does not say how frame 13 ended"]);
}

#[test]
fn a_device_that_left_leaves() {
    let mut recorded = Recorded::new();
    recorded.read(512, b"data");
    recorded.ended(IN, 512, &[], -108);
    let bench = recorded.capture().plug("");
    assert!(bench.read(512).is_ok());
    assert_eq!(bench.read(512).unwrap_err().0, Status::NoDevice);
    assert!(bench.bus.devices(&|_| true).unwrap().is_empty());
}

/// A loader takes its firmware and is another device then.
#[test]
fn a_device_that_came_back_as_another_does() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"old"));
    recorded.request((TELL, b"fw"));
    let mut renumbered = DEVICE;
    renumbered[10] = 0x16;
    let mut requests = setting_up();
    requests[0].1 = &renumbered;
    requests.iter().for_each(|request| recorded.packets.extend(usbmon_request(true, false, 99, 6, *request)));
    recorded.packets.extend(usbmon_request(true, false, 99, 6, (ASK, b"new")));
    // What the host leaves out on the way does not matter.
    let bench = recorded.capture().plug(",match=loose");
    assert!(bench.control(TELL, b"fw").is_ok());
    assert_eq!(bench.control(ASK, &[]).unwrap_err().0, Status::NoDevice);
    let there = bench.bus.devices(&|_| true).unwrap();
    assert_eq!(there.iter().map(|info| info.product_id).collect::<Vec<_>>(), [0x0816]);
    let device = Device::new(bench.bus.open(&there[0]).unwrap()).unwrap();
    device.claim(0).unwrap();
    let bench = Bench { bus: bench.bus, device };
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"new");
}

#[test]
fn standard_requests_are_answered_from_the_recorded_descriptors() {
    let mut recorded = Recorded::new();
    recorded.request(([0x80, 6, 0, 3, 0, 0, 255, 0], &[4, 3, 7, 4]));
    recorded.request(([0x80, 6, 1, 3, 7, 4, 255, 0], &[6, 3, b'O', 0, b'h', 0]));
    recorded.request(([0x81, 6, 0, 0x22, 0, 0, 8, 0], &[5, 1, 9, 6]));
    recorded.request(([0x80, 6, 0, 15, 0, 0, 5, 0], &[5, 15, 5, 0, 0]));
    let bench = recorded.capture().plug("");
    assert_eq!(bench.device.info().product, "Oh");
    // As often as they are asked, whole or in part.
    for _ in 0..2 {
        assert_eq!(bench.control(get_descriptor(1, 0, 18), &[]).unwrap(), DEVICE);
        assert_eq!(bench.control(get_descriptor(2, 0, 20), &[]).unwrap(), CONFIGURATION[..20]);
        assert_eq!(bench.control([0x80, 6, 1, 3, 7, 4, 255, 0], &[]).unwrap(), [6, 3, b'O', 0, b'h', 0]);
        assert_eq!(bench.control([0x81, 6, 0, 0x22, 0, 0, 64, 0], &[]).unwrap(), [5, 1, 9, 6]);
        assert_eq!(bench.control(get_descriptor(15, 0, 5), &[]).unwrap(), [5, 15, 5, 0, 0]);
    }
}

#[test]
fn a_file_that_cannot_be_played_is_named() {
    let error = built_in("replay:/nonexistent.pcapng,match=loose", "").err().unwrap();
    assert!(error.to_string().starts_with("replay of /nonexistent.pcapng: cannot open it: No such file"), "{error}");
    let error = Recorded::default().capture().device("").err().unwrap();
    assert!(error.to_string().contains("the capture has no packet"), "{error}");
    let error = Recorded::new().capture().device(",match=exact").err().unwrap();
    assert!(error.to_string().contains("match=strict"), "{error}");
}
