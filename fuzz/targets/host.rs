//! A host that exports a device and keeps no rule of USB/IP, and a caller that makes any calls to that device. All promises about calls hold
//! here too, and what the library asks the host keeps the rules.

use super::calls::Caller;
use super::input::Input;
use crate::bus::simulated::{built_in, Description};
use crate::bus::usbip::protocol::{Common, Exported, Header, Message, Packet, BUSID, COMMON, PACKET};
use crate::bus::usbip::UsbipBus;
use crate::device::Device;
use crate::library::{self, Object};
use crate::usb::SetupPacket;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::io::AsRawFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::time::Duration;

/// For each question to the host, and for each cancel.
const PATIENCE: Duration = Duration::from_millis(40);

/// What comes where nothing was said, and where more was said than is there.
const LENGTHS: [u32; 8] = [0, 1, 47, 512, 65_536, 1 << 24, 1 << 31, u32::MAX];
const STATUSES: [i32; 10] = [0, -32, -104, -2, -75, -121, -108, -71, 1, i32::MIN];

pub fn run(mut input: Input) {
    if input.one_in(8) {
        return list(input);
    }
    // How much of the input is the caller's; the rest is the host's.
    let length = usize::from(input.word() % 512);
    let calls = Input::new(input.take(length));
    let (ours, theirs) = UnixStream::pair().expect("a pair of sockets");
    let theirs = Arc::new(theirs);
    let mut host = Host::new(Arc::clone(&theirs), Input::new(input.rest()));
    let thread = std::thread::spawn(move || host.serve());
    let mut caller = Caller::new(calls);
    caller.meets_a_liar();
    let bus = UsbipBus::patient_for(PATIENCE);
    let device = bus.open_descriptor(ours.as_raw_fd(), "1-1").and_then(Device::new);
    if let Ok(token) = device.and_then(|device| library::register(Object::Device(Arc::new(device)))) {
        caller.has_device(token.value());
    }
    caller.run();
    let _ = ours.shutdown(Shutdown::Both);
    thread.join().expect("the host finds no fault with the client");
}

/// A list of devices, as a host sends it that knows no better.
fn list(mut input: Input) {
    let folder = std::env::temp_dir().join(format!("usbx-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("host");
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).expect("a socket");
    let host = format!("unix:{}", path.display());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut question = [0; COMMON];
        stream.read_exact(&mut question).expect("a question");
        assert_eq!(question, *b"\x01\x11\x80\x05\0\0\0\0");
        let count = u32::from(input.byte() % 4);
        let mut answer = Common { code: 5, status: 0 }.bytes();
        answer.extend(if input.one_in(4) { input.of(&LENGTHS) } else { count }.to_be_bytes());
        for _ in 0..count {
            let interfaces = input.byte() % 4;
            answer.extend(exported(&mut input, interfaces));
            answer.resize(answer.len() + 4 * usize::from(interfaces), 0xff);
        }
        send(&mut stream, answer, &mut input);
        let mut cut = input.one_in(8);
        while !input.is_empty() && !cut {
            cut = stream.write_all(input.take(64)).is_err();
        }
    });
    if let Ok(devices) = library::remote_devices(&host, Some(PATIENCE)) {
        for info in devices {
            assert!(info.path.starts_with("usbip+unix://") && info.path.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
    thread.join().expect("the host finds no fault with the client");
    let _ = std::fs::remove_dir_all(&folder);
}

/// Changes some bytes, cuts it, and sends it. False if the connection is over.
fn send(stream: &mut impl Write, mut bytes: Vec<u8>, input: &mut Input) -> bool {
    if input.one_in(32) && !bytes.is_empty() {
        let at = usize::from(input.word()) % bytes.len();
        bytes[at] = input.byte();
    }
    let cut = input.one_in(64);
    if cut {
        bytes.truncate(usize::from(input.word()));
    }
    let whole = match usize::from(input.byte() % 8) {
        // In pieces.
        7 => bytes.chunks(47).all(|piece| stream.write_all(piece).is_ok()),
        _ => stream.write_all(&bytes).is_ok(),
    };
    whole && !cut
}

fn exported(input: &mut Input, interfaces: u8) -> Vec<u8> {
    let busid = match input.byte() % 8 {
        7 => String::from_utf8_lossy(input.take(40)).into_owned(),
        _ => "1-1".to_owned(),
    };
    let mut bytes = Exported {
        path: "/sys/1-1".to_owned(),
        busid,
        bus: 1,
        address: 2,
        speed: crate::usb::Speed::High,
        vendor_id: 0x1209,
        product_id: 1,
        device_version: 0x0100,
        class: 0,
        subclass: 0,
        protocol: 0,
        configuration: 1,
        configurations: if input.one_in(8) { input.byte() } else { 1 },
        interfaces,
        keeps: input.one_in(2),
    }
    .bytes();
    if input.one_in(8) {
        let at = usize::from(input.word()) % bytes.len();
        bytes[at] = input.byte();
    }
    bytes
}

struct Host {
    stream: Arc<UnixStream>,
    input: Input,
    device: Option<Description>,
    /// What was asked and not answered.
    pending: Vec<Asked>,
    seen: BTreeSet<u32>,
}

#[derive(Clone)]
struct Asked {
    sequence: u32,
    is_in: bool,
    endpoint: u8,
    length: u32,
    setup: SetupPacket,
    /// The packets' lengths, if it is isochronous.
    packets: Vec<u32>,
}

impl Host {
    fn new(stream: Arc<UnixStream>, input: Input) -> Host {
        let device = built_in("acquisition", "FUZZ").ok().map(|(description, _)| description);
        Host { stream, input, device, pending: Vec::new(), seen: BTreeSet::new() }
    }

    fn read<const N: usize>(&mut self) -> Option<[u8; N]> {
        let mut bytes = [0; N];
        (&*self.stream).read_exact(&mut bytes).ok().map(|()| bytes)
    }

    fn send(&mut self, bytes: Vec<u8>) -> Option<()> {
        send(&mut &*self.stream, bytes, &mut self.input).then_some(())
    }

    /// `None` at the end of the connection.
    fn serve(&mut self) -> Option<()> {
        let end = self.converse();
        let _ = self.stream.shutdown(Shutdown::Both);
        end
    }

    fn converse(&mut self) -> Option<()> {
        let question: [u8; COMMON + BUSID] = self.read()?;
        assert_eq!(question[..12], *b"\x01\x11\x80\x03\0\0\0\x001-1\0");
        let status = if self.input.one_in(32) { self.input.byte().into() } else { 0 };
        let mut answer = Common { code: 3, status }.bytes();
        if status == 0 || self.input.one_in(2) {
            let interfaces = self.input.byte();
            answer.extend(exported(&mut self.input, interfaces));
        }
        self.send(answer)?;
        loop {
            let header = Header::parse(&self.read()?).expect("a message");
            assert!(header.sequence != 0 && self.seen.insert(header.sequence), "a number that is not new");
            match header.message {
                Message::Submit { length, packets, interval, setup, .. } => {
                    self.submitted(&header, length, packets, interval, setup)?;
                }
                Message::Unlink { sequence } => self.unlinked(&header, sequence)?,
                _ => panic!("an answer from a client: {header:?}"),
            }
        }
    }

    fn submitted(
        &mut self,
        header: &Header,
        length: u32,
        packets: u32,
        interval: u32,
        setup: SetupPacket,
    ) -> Option<()> {
        assert!(packets <= 1024, "{packets} packets");
        assert!(header.endpoint != 0 || length == u32::from(setup.length), "{setup:?} with {length} bytes");
        assert!(packets == 0 || interval > 0, "an isochronous transfer without an interval");
        if !header.is_in {
            let mut data = vec![0; length as usize];
            (&*self.stream).read_exact(&mut data).ok()?;
        }
        let mut lengths = Vec::new();
        for _ in 0..packets {
            let packet = Packet::parse(&self.read::<PACKET>()?);
            assert!(packet.offset == lengths.iter().sum::<u32>() && packet.offset + packet.length <= length);
            lengths.push(packet.length);
        }
        let (sequence, is_in, endpoint) = (header.sequence, header.is_in, header.endpoint);
        let asked = Asked { sequence, is_in, endpoint, length, setup, packets: lengths };
        match self.input.byte() % 16 {
            0..=8 => self.answer(&asked),
            9..=10 => {
                self.pending.push(asked);
                Some(())
            }
            11..=12 => {
                // Others come first, in any order.
                self.pending.push(asked);
                while !self.pending.is_empty() && !self.input.one_in(4) {
                    let at = usize::from(self.input.byte()) % self.pending.len();
                    let one = self.pending.swap_remove(at);
                    self.answer(&one)?;
                }
                Some(())
            }
            13 => self.lie(&asked),
            14 => {
                // Twice, or for another one.
                self.answer(&asked)?;
                let sequence = if self.input.one_in(2) { self.input.byte().into() } else { asked.sequence };
                self.answer(&Asked { sequence, ..asked })
            }
            _ => {
                let length = usize::from(self.input.byte());
                let bytes = self.input.take(length).to_vec();
                self.send(bytes)
            }
        }
    }

    /// As the rules want it, with any outcome.
    fn answer(&mut self, asked: &Asked) -> Option<()> {
        let standard = (asked.endpoint == 0).then(|| self.device.as_ref()?.descriptor(&asked.setup)).flatten();
        let mut status = if self.input.one_in(8) { self.input.of(&STATUSES) } else { 0 };
        let mut actual = if self.input.one_in(4) { u32::from(self.input.word()) } else { asked.length };
        actual = actual.min(asked.length);
        let mut data = vec![0x5a; actual as usize];
        if let Some(bytes) = standard.filter(|_| asked.is_in && !self.input.one_in(32)) {
            status = 0;
            actual = asked.length.min(bytes.len() as u32);
            data = bytes[..actual as usize].to_vec();
        }
        let mut packets = Vec::new();
        if !asked.packets.is_empty() {
            actual = 0;
            for length in &asked.packets {
                let moved = if self.input.one_in(4) { self.input.word().into() } else { *length }.min(*length);
                let status = if self.input.one_in(8) { self.input.of(&STATUSES) } else { 0 };
                packets.extend(Packet { offset: actual, length: *length, actual: moved, status }.bytes());
                actual += moved;
            }
            data = vec![0x5a; actual as usize];
        }
        self.reply(asked, status, actual, asked.packets.len() as u32, &data, &packets)
    }

    /// With a length, a count or packets that cannot be.
    fn lie(&mut self, asked: &Asked) -> Option<()> {
        let actual = if self.input.one_in(2) { asked.length.wrapping_add(1) } else { self.input.of(&LENGTHS) };
        let count = asked.packets.len() as u32;
        let told = if self.input.one_in(2) { self.input.of(&[0, 1, count, count + 1, 1025, u32::MAX]) } else { count };
        let data = vec![0xa5; actual.min(1 << 17) as usize];
        let mut packets = Vec::new();
        for _ in 0..told.min(1025) {
            let (offset, length) = (self.input.of(&LENGTHS), self.input.of(&LENGTHS));
            let actual = if self.input.one_in(4) { self.input.of(&LENGTHS) } else { 0 };
            packets.extend(Packet { offset, length, actual, status: self.input.of(&STATUSES) }.bytes());
        }
        let status = self.input.of(&STATUSES);
        self.reply(asked, status, actual, told, &data, &packets)
    }

    fn reply(
        &mut self,
        asked: &Asked,
        status: i32,
        actual: u32,
        packets: u32,
        data: &[u8],
        behind: &[u8],
    ) -> Option<()> {
        let message = Message::Submitted { status, actual, start_frame: 0, packets, errors: 0 };
        let mut bytes = self.header(asked.sequence, message);
        bytes.extend(if asked.is_in { data } else { &[] });
        bytes.extend(behind);
        self.send(bytes)
    }

    fn header(&mut self, sequence: u32, message: Message) -> Vec<u8> {
        Header { sequence, device: 0, is_in: false, endpoint: 0, message }.bytes().to_vec()
    }

    fn unlinked(&mut self, header: &Header, target: u32) -> Option<()> {
        assert!(self.seen.contains(&target), "a number that was never used is taken back");
        let at = self.pending.iter().position(|asked| asked.sequence == target);
        let asked = at.map(|at| self.pending.swap_remove(at));
        let over = if self.input.one_in(8) { self.input.of(&STATUSES) } else { 0 };
        let told = |host: &mut Host, status: i32| {
            let bytes = host.header(header.sequence, Message::Unlinked { status });
            host.send(bytes)
        };
        match (self.input.byte() % 8, asked) {
            (0..=1, Some(_)) => told(self, -104),
            // What has moved comes before.
            (2..=3, Some(asked)) => {
                self.answer(&asked)?;
                told(self, over)
            }
            // Or behind.
            (4, Some(asked)) => {
                told(self, over)?;
                self.answer(&asked)
            }
            (5, asked) => {
                self.pending.extend(asked);
                Some(())
            }
            (6, Some(asked)) => self.answer(&asked),
            (7, _) => {
                let status = self.input.of(&STATUSES);
                let sequence = if self.input.one_in(2) { target } else { self.input.byte().into() };
                let bytes = self.header(sequence, Message::Unlinked { status });
                self.send(bytes)
            }
            (_, _) => told(self, over),
        }
    }
}
