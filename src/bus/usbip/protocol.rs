//! The messages of USB/IP 1.1.1, as bytes. All numbers are big-endian but a setup packet's, which are as on the bus.

use crate::usb::{DeviceInfo, SetupPacket, Speed};

pub const PORT: u16 = 3240;

const VERSION: u16 = 0x0111;

/// What every message begins with, once a device is imported.
pub const HEADER: usize = 48;
/// What every message begins with before that.
pub const COMMON: usize = 8;
/// A description of a device, without interfaces.
pub const DEVICE: usize = 312;
/// Behind a device in a list, for each interface.
pub const INTERFACE: usize = 4;
pub const BUSID: usize = 32;
/// The end of a device's path, behind the NUL that ends it for others: this library's server says so that the answer to an unlink has what
/// had moved (RET_SUBMIT with -ECONNRESET before RET_UNLINK with 0). Others drop that.
const KEEPS: &[u8; 8] = b"usbx 1.0";
/// Behind the data of an isochronous transfer, for each packet.
pub const PACKET: usize = 16;

pub const REQ_DEVLIST: u16 = 0x8005;
pub const REP_DEVLIST: u16 = 0x0005;
pub const REQ_IMPORT: u16 = 0x8003;
pub const REP_IMPORT: u16 = 0x0003;

/// Statuses before a device is imported.
pub const ST_OK: u32 = 0;
pub const ST_NA: u32 = 1;
pub const ST_DEV_BUSY: u32 = 2;
pub const ST_DEV_ERR: u32 = 3;
pub const ST_NODEV: u32 = 4;
pub const ST_ERROR: u32 = 5;

/// The packets' count where a transfer is not isochronous.
pub const NOT_ISOCHRONOUS: u32 = 0xffff_ffff;

/// transfer_flags: those that a server honours.
pub const URB_SHORT_NOT_OK: u32 = 0x01;
pub const URB_ISO_ASAP: u32 = 0x02;
pub const URB_ZERO_PACKET: u32 = 0x40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Common {
    pub code: u16,
    pub status: u32,
}

/// Device as a list or an import describes it. Strings are not told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    pub path: String,
    pub busid: String,
    pub bus: u32,
    pub address: u32,
    pub speed: Speed,
    pub vendor_id: u16,
    pub product_id: u16,
    pub device_version: u16,
    pub class: u8,
    pub subclass: u8,
    pub protocol: u8,
    pub configuration: u8,
    pub configurations: u8,
    pub interfaces: u8,
    /// Nothing is lost by an unlink.
    pub keeps: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub sequence: u32,
    /// Bus and address: bus << 16 | address. A server leaves it 0.
    pub device: u32,
    pub is_in: bool,
    /// Without the direction's bit.
    pub endpoint: u8,
    pub message: Message,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message {
    Submit {
        flags: u32,
        length: u32,
        start_frame: u32,
        packets: u32,
        interval: u32,
        setup: SetupPacket,
    },
    Unlink {
        sequence: u32,
    },
    /// `status` is 0 or the negative errno of a Linux URB.
    Submitted {
        status: i32,
        actual: u32,
        start_frame: u32,
        packets: u32,
        errors: u32,
    },
    Unlinked {
        status: i32,
    },
}

/// One packet of an isochronous transfer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    pub offset: u32,
    pub length: u32,
    pub actual: u32,
    pub status: i32,
}

const CMD_SUBMIT: u32 = 1;
const CMD_UNLINK: u32 = 2;
const RET_SUBMIT: u32 = 3;
const RET_UNLINK: u32 = 4;

/// Bytes that are read one number after the other; past the end they are 0.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut taken = [0; N];
        let length = N.min(self.0.len());
        taken[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        taken
    }

    fn u8(&mut self) -> u8 {
        let [byte] = self.take();
        byte
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take())
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take())
    }

    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.take())
    }

    fn text<const N: usize>(&mut self) -> String {
        let bytes: [u8; N] = self.take();
        let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(N);
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn u16(&mut self, number: u16) {
        self.0.extend(number.to_be_bytes());
    }

    fn u32(&mut self, number: u32) {
        self.0.extend(number.to_be_bytes());
    }

    /// Cut so that a NUL ends it.
    fn text(&mut self, text: &str, room: usize) {
        let begin = self.0.len();
        self.0.extend(crate::text::cut(text, room - 1).as_bytes());
        self.0.resize(begin + room, 0);
    }
}

impl Common {
    pub fn bytes(self) -> Vec<u8> {
        let mut bytes = Writer(Vec::with_capacity(COMMON));
        bytes.u16(VERSION);
        bytes.u16(self.code);
        bytes.u32(self.status);
        bytes.0
    }

    /// `None`, with the version that came, if it is another protocol's or another version's.
    pub fn parse(bytes: &[u8; COMMON]) -> Result<Common, u16> {
        let mut bytes = Reader(bytes);
        match bytes.u16() {
            VERSION => Ok(Common { code: bytes.u16(), status: bytes.u32() }),
            other => Err(other),
        }
    }
}

/// What asks for a device.
pub fn import(busid: &str) -> Vec<u8> {
    let mut bytes = Writer(Common { code: REQ_IMPORT, status: 0 }.bytes());
    bytes.text(busid, BUSID);
    bytes.0
}

/// The bus ID that a request to import names.
pub fn busid(bytes: &[u8; BUSID]) -> String {
    Reader(bytes).text::<BUSID>()
}

impl Exported {
    pub fn parse(bytes: &[u8; DEVICE]) -> Exported {
        let keeps = bytes[256 - KEEPS.len()..].starts_with(KEEPS);
        let mut bytes = Reader(bytes);
        Exported {
            path: bytes.text::<256>(),
            busid: bytes.text::<BUSID>(),
            bus: bytes.u32(),
            address: bytes.u32(),
            speed: Speed::from_linux(bytes.u32()),
            vendor_id: bytes.u16(),
            product_id: bytes.u16(),
            device_version: bytes.u16(),
            class: bytes.u8(),
            subclass: bytes.u8(),
            protocol: bytes.u8(),
            configuration: bytes.u8(),
            configurations: bytes.u8(),
            interfaces: bytes.u8(),
            keeps,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = Writer(Vec::with_capacity(DEVICE));
        bytes.text(&self.path, 256 - KEEPS.len());
        bytes.0.extend(if self.keeps { *KEEPS } else { [0; 8] });
        bytes.text(&self.busid, BUSID);
        bytes.u32(self.bus);
        bytes.u32(self.address);
        bytes.u32(self.speed.to_linux());
        bytes.u16(self.vendor_id);
        bytes.u16(self.product_id);
        bytes.u16(self.device_version);
        bytes.0.extend([self.class, self.subclass, self.protocol]);
        bytes.0.extend([self.configuration, self.configurations, self.interfaces]);
        bytes.0
    }

    pub fn of(info: &DeviceInfo, busid: &str, configuration: u8, interfaces: u8) -> Exported {
        Exported {
            path: info.path.clone(),
            busid: busid.to_owned(),
            bus: info.bus.into(),
            address: info.address.into(),
            speed: info.speed,
            vendor_id: info.vendor_id,
            product_id: info.product_id,
            device_version: info.device_version,
            class: info.device_class,
            subclass: info.device_subclass,
            protocol: info.device_protocol,
            configuration,
            configurations: info.configurations,
            interfaces,
            keeps: true,
        }
    }
}

impl Header {
    /// `None` if there is no such message.
    pub fn parse(bytes: &[u8; HEADER]) -> Option<Header> {
        let [command, sequence, device, direction, endpoint, a, b, c, d, e] = numbers(bytes);
        let endpoint = u8::try_from(endpoint).ok().filter(|number| *number < 16)?;
        let message = match command {
            CMD_SUBMIT => {
                let setup = setup_packet([40, 41, 42, 43, 44, 45, 46, 47].map(|at: usize| bytes[at]));
                Message::Submit { flags: a, length: b, start_frame: c, packets: d, interval: e, setup }
            }
            CMD_UNLINK => Message::Unlink { sequence: a },
            RET_SUBMIT => Message::Submitted { status: a as i32, actual: b, start_frame: c, packets: d, errors: e },
            RET_UNLINK => Message::Unlinked { status: a as i32 },
            _ => return None,
        };
        Some(Header { sequence, device, is_in: direction != 0, endpoint, message })
    }

    pub fn bytes(&self) -> [u8; HEADER] {
        let (command, [a, b, c, d, e]) = match self.message {
            Message::Submit { flags, length, start_frame, packets, interval, .. } => {
                (CMD_SUBMIT, [flags, length, start_frame, packets, interval])
            }
            Message::Unlink { sequence } => (CMD_UNLINK, [sequence, 0, 0, 0, 0]),
            Message::Submitted { status, actual, start_frame, packets, errors } => {
                (RET_SUBMIT, [status as u32, actual, start_frame, packets, errors])
            }
            Message::Unlinked { status } => (RET_UNLINK, [status as u32, 0, 0, 0, 0]),
        };
        let mut whole = [0; HEADER];
        let numbers = [command, self.sequence, self.device, self.is_in.into(), self.endpoint.into(), a, b, c, d, e];
        for (place, number) in whole.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        if let Message::Submit { setup, .. } = self.message {
            whole[40..].copy_from_slice(&setup.bytes());
        }
        whole
    }
}

/// The numbers that a message begins with.
fn numbers<const N: usize>(bytes: &[u8; HEADER]) -> [u32; N] {
    let mut numbers = [0; N];
    for (number, bytes) in numbers.iter_mut().zip(bytes.chunks_exact(4)) {
        *number = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    numbers
}

impl Packet {
    pub fn parse(bytes: &[u8; PACKET]) -> Packet {
        let mut bytes = Reader(bytes);
        Packet { offset: bytes.u32(), length: bytes.u32(), actual: bytes.u32(), status: bytes.i32() }
    }

    pub fn bytes(&self) -> [u8; PACKET] {
        let mut whole = [0; PACKET];
        let numbers = [self.offset, self.length, self.actual, self.status as u32];
        for (place, number) in whole.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        whole
    }
}

fn setup_packet(bytes: [u8; 8]) -> SetupPacket {
    let [request_type, request, v0, v1, i0, i1, l0, l1] = bytes;
    let word = |low, high| u16::from_le_bytes([low, high]);
    SetupPacket { request_type, request, value: word(v0, v1), index: word(i0, i1), length: word(l0, l1) }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_submission_is_laid_out_as_the_kernel_does() {
        let setup = SetupPacket { request_type: 0x80, request: 6, value: 0x0100, index: 0, length: 18 };
        let message = Message::Submit { flags: 0x200, length: 18, start_frame: 0, packets: 0, interval: 0, setup };
        let bytes = Header { sequence: 0x0d05, device: 0x0001_000f, is_in: true, endpoint: 0, message }.bytes();
        let expected = [
            &[0, 0, 0, 1, 0, 0, 0x0d, 5, 0, 1, 0, 0x0f, 0, 0, 0, 1, 0, 0, 0, 0][..],
            &[0, 0, 2, 0, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 6, 0, 1, 0, 0, 18, 0],
        ];
        assert_eq!(bytes[..], expected.concat());
        assert_eq!(Header::parse(&bytes).unwrap().message, message);
    }

    #[test]
    fn devices_come_back_as_they_were() {
        let device = Exported {
            path: "/sys/devices/pci0000:00/usb1/1-1".to_owned(),
            busid: "1-1".to_owned(),
            bus: 1,
            address: 2,
            speed: Speed::SuperPlus,
            vendor_id: 0x1209,
            product_id: 1,
            device_version: 0x0100,
            class: 0xff,
            subclass: 1,
            protocol: 2,
            configuration: 1,
            configurations: 2,
            interfaces: 3,
            keeps: true,
        };
        let bytes = <[u8; DEVICE]>::try_from(device.bytes()).unwrap();
        assert_eq!(Exported::parse(&bytes), device);
        let long = Exported { busid: "x".repeat(100), ..device };
        assert_eq!(Exported::parse(&<[u8; DEVICE]>::try_from(long.bytes()).unwrap()).busid.len(), BUSID - 1);
    }

    #[test]
    fn another_version_is_seen() {
        assert_eq!(Common::parse(b"\x01\x11\x80\x05\0\0\0\0"), Ok(Common { code: REQ_DEVLIST, status: 0 }));
        assert_eq!(Common::parse(b"\x01\x06\x80\x05\0\0\0\0"), Err(0x0106));
        assert_eq!(Common::parse(b"GET / HT"), Err(0x4745));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::array::uniform32(any::<u8>()), command in 0u32..6, tail in proptest::array::uniform16(any::<u8>())) {
            let mut header: [u8; HEADER] = [bytes.as_slice(), &tail].concat().try_into().unwrap();
            header[..4].copy_from_slice(&command.to_be_bytes());
            header[16..19].fill(0);
            if let Some(parsed) = Header::parse(&header) {
                prop_assert_eq!(Header::parse(&parsed.bytes()), Some(parsed));
            }
        }
    }
}
