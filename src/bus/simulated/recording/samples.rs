//! Captures made by hand, for tests: each format, byte for byte.

#![cfg_attr(fuzzing, allow(dead_code))]

/// Of a capture file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Pcap,
    PcapNg,
}

/// Numbers in one byte order.
struct Writer {
    bytes: Vec<u8>,
    big_endian: bool,
}

impl Writer {
    fn new(big_endian: bool) -> Writer {
        Writer { bytes: Vec::new(), big_endian }
    }

    fn u16(&mut self, value: u16) -> &mut Writer {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn u32(&mut self, value: u32) -> &mut Writer {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn u64(&mut self, value: u64) -> &mut Writer {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    fn raw(&mut self, bytes: &[u8]) -> &mut Writer {
        self.bytes.extend(bytes);
        self
    }
}

/// A block of pcapng: its length stands before and behind.
pub fn block(kind: u32, big_endian: bool, content: &[u8]) -> Vec<u8> {
    let padding = content.len().wrapping_neg() % 4;
    let length = (12 + content.len() + padding) as u32;
    let mut writer = Writer::new(big_endian);
    writer.u32(kind).u32(length).raw(content).raw(&[0; 3][..padding]).u32(length);
    writer.bytes
}

/// A section header, and an interface of that link type whose times are in nanoseconds.
pub fn section(big_endian: bool, link_type: u16) -> Vec<u8> {
    let mut header = Writer::new(big_endian);
    header.u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX);
    let mut interface = Writer::new(big_endian);
    interface.u16(link_type).u16(0).u32(0).u16(9).u16(1).raw(&[9, 0, 0, 0]).u32(0);
    [block(0x0a0d_0d0a, big_endian, &header.bytes), block(1, big_endian, &interface.bytes)].concat()
}

/// An enhanced packet block.
pub fn enhanced_packet(big_endian: bool, interface: u32, time: u64, packet: &[u8]) -> Vec<u8> {
    let mut content = Writer::new(big_endian);
    let length = packet.len() as u32;
    content.u32(interface).u32((time >> 32) as u32).u32(time as u32).u32(length).u32(length).raw(packet);
    block(6, big_endian, &content.bytes)
}

/// A whole file: packets a microsecond apart.
pub fn capture(format: Format, big_endian: bool, link_type: u16, packets: &[Vec<u8>]) -> Vec<u8> {
    let time = |at: usize| 1_700_000_000_000_000_000 + at as u64 * 1000;
    match format {
        Format::PcapNg => {
            let mut file = section(big_endian, link_type);
            packets.iter().enumerate().for_each(|(at, packet)| {
                file.extend(enhanced_packet(big_endian, 0, time(at), packet));
            });
            file
        }
        Format::Pcap => {
            let mut file = Writer::new(big_endian);
            file.u32(0xa1b2_c3d4).u16(2).u16(4).u32(0).u32(0).u32(1 << 18).u32(u32::from(link_type));
            for (at, packet) in packets.iter().enumerate() {
                let (time, length) = (time(at), packet.len() as u32);
                file.u32((time / 1_000_000_000) as u32).u32((time % 1_000_000_000 / 1000) as u32);
                file.u32(length).u32(length).raw(packet);
            }
            file.bytes
        }
    }
}

/// A record of usbmon.
#[derive(Clone, Debug)]
pub struct Usbmon<'a> {
    pub id: u64,
    pub kind: u8,
    /// 0 isochronous, 1 interrupt, 2 control, 3 bulk.
    pub transfer: u8,
    pub endpoint: u8,
    pub address: u8,
    pub bus: u16,
    pub setup: Option<[u8; 8]>,
    pub status: i32,
    pub length: u32,
    pub data: &'a [u8],
    /// Status, offset and length of each.
    pub packets: &'a [(i32, u32, u32)],
}

impl Default for Usbmon<'_> {
    fn default() -> Self {
        Usbmon {
            id: 1,
            kind: b'S',
            transfer: 3,
            endpoint: 0x81,
            address: 5,
            bus: 2,
            setup: None,
            status: 0,
            length: 0,
            data: &[],
            packets: &[],
        }
    }
}

impl Usbmon<'_> {
    /// With the header of 64 bytes, or of 48.
    pub fn bytes(&self, long: bool, big_endian: bool) -> Vec<u8> {
        let mut record = Writer::new(big_endian);
        let captured = self.data.len() + self.packets.len() * 16;
        record.u64(self.id).raw(&[self.kind, self.transfer, self.endpoint, self.address]).u16(self.bus);
        let without_data = if self.endpoint & 0x80 != 0 { b'<' } else { b'>' };
        let flag = if captured == 0 { without_data } else { 0 };
        record.raw(&[if self.setup.is_some() { 0 } else { b'-' }, flag]);
        record.u64(1_700_000_000).u32(5).u32(self.status as u32).u32(self.length).u32(captured as u32);
        match self.setup {
            Some(setup) => record.raw(&setup),
            None => record.u32(0).u32(self.packets.len() as u32),
        };
        if long {
            record.u32(0).u32(0).u32(0x200).u32(self.packets.len() as u32);
        }
        for (status, offset, length) in self.packets {
            record.u32(*status as u32).u32(*offset).u32(*length).u32(0);
        }
        record.raw(self.data);
        record.bytes
    }
}

/// A record of USBPcap.
#[derive(Clone, Debug)]
pub struct Usbpcap<'a> {
    pub irp: u64,
    pub completes: bool,
    pub status: u32,
    pub function: u16,
    pub bus: u16,
    pub device: u16,
    pub endpoint: u8,
    pub transfer: u8,
    /// Of a control request: 0 set-up, 1 data, 2 status, 3 complete.
    pub stage: Option<u8>,
    pub data: &'a [u8],
    /// Offset, length and status of each.
    pub packets: Option<&'a [(u32, u32, u32)]>,
}

impl Default for Usbpcap<'_> {
    fn default() -> Self {
        Usbpcap {
            irp: 0xffff_fa80_1234_5678,
            completes: false,
            status: 0,
            function: 9,
            bus: 2,
            device: 5,
            endpoint: 0x81,
            transfer: 3,
            stage: None,
            data: &[],
            packets: None,
        }
    }
}

impl Usbpcap<'_> {
    pub fn bytes(&self) -> Vec<u8> {
        let packets = self.packets.unwrap_or(&[]);
        let extra = usize::from(self.stage.is_some()) + self.packets.map_or(0, |packets| 12 + packets.len() * 12);
        let mut record = Writer::new(false);
        record.u16(27 + extra as u16).u64(self.irp).u32(self.status).u16(self.function);
        record.raw(&[u8::from(self.completes)]).u16(self.bus).u16(self.device);
        record.raw(&[self.endpoint, self.transfer]).u32(self.data.len() as u32);
        if let Some(stage) = self.stage {
            record.raw(&[stage]);
        }
        if self.packets.is_some() {
            record.u32(0).u32(packets.len() as u32).u32(0);
        }
        for (offset, length, status) in packets {
            record.u32(*offset).u32(*length).u32(*status);
        }
        record.raw(self.data);
        record.bytes
    }
}

/// 4711:0815, with a product string.
pub const DEVICE: [u8; 18] = [18, 1, 0, 2, 0, 0, 0, 64, 0x11, 0x47, 0x15, 0x08, 0x00, 0x01, 0, 1, 0, 1];

/// One interface with bulk endpoints 0x81 and 0x02.
pub const CONFIGURATION: [u8; 32] =
    [9, 2, 32, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 2, 0xff, 0, 0, 0, 7, 5, 0x81, 2, 0, 2, 0, 7, 5, 0x02, 2, 0, 2, 0];

/// A control request as a host makes it: its set-up packet, and the data of its direction.
pub type Request<'a> = ([u8; 8], &'a [u8]);

pub fn get_descriptor(kind: u8, index: u8, length: u16) -> [u8; 8] {
    let [low, high] = length.to_le_bytes();
    [0x80, 6, index, kind, 0, 0, low, high]
}

/// What a host asks when a device is plugged in.
pub fn setting_up() -> [Request<'static>; 4] {
    [
        (get_descriptor(1, 0, 18), &DEVICE),
        (get_descriptor(2, 0, 9), CONFIGURATION.split_at(9).0),
        (get_descriptor(2, 0, 32), &CONFIGURATION),
        ([0, 9, 1, 0, 0, 0, 0, 0], &[]),
    ]
}

/// Submission and completion of a request, by usbmon.
pub fn usbmon_request(long: bool, big_endian: bool, id: u64, address: u8, request: Request) -> [Vec<u8>; 2] {
    let (setup, data) = request;
    let is_in = setup[0] & 0x80 != 0;
    let at = Usbmon { id, transfer: 2, endpoint: setup[0] & 0x80, address, ..Usbmon::default() };
    let length = u32::from(u16::from_le_bytes([setup[6], setup[7]]));
    let submission =
        Usbmon { setup: Some(setup), status: -115, length, data: if is_in { &[] } else { data }, ..at.clone() };
    let done = Usbmon { kind: b'C', length: data.len() as u32, data: if is_in { data } else { &[] }, ..at.clone() };
    [submission.bytes(long, big_endian), done.bytes(long, big_endian)]
}

/// The packets of a request by USBPcap: of version 1.5 and later, or of those before.
pub fn usbpcap_request(old: bool, request: Request) -> Vec<Vec<u8>> {
    let (setup, data) = request;
    let is_in = setup[0] & 0x80 != 0;
    let at = Usbpcap { transfer: 2, endpoint: setup[0] & 0x80, function: 0x0b, ..Usbpcap::default() };
    let with_data = [&setup[..], data].concat();
    let out_in_setup = !is_in && !old;
    let first = Usbpcap { stage: Some(0), data: if out_in_setup { &with_data } else { &setup }, ..at.clone() };
    let mut packets = vec![first.bytes()];
    if old {
        if !data.is_empty() {
            packets.push(Usbpcap { stage: Some(1), completes: is_in, data, ..at.clone() }.bytes());
        }
        packets.push(Usbpcap { stage: Some(2), completes: true, ..at.clone() }.bytes());
    } else {
        let data = if is_in { data } else { &[] };
        packets.push(Usbpcap { stage: Some(3), completes: true, data, ..at.clone() }.bytes());
    }
    packets
}
