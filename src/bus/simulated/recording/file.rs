//! Capture files: pcap and pcapng, in both byte orders. A packet at a time, so that no more than one is in memory.

use crate::error::{Error, Result, Status};
use pcap_parser::nom::IResult;
use pcap_parser::{parse_block_be, parse_block_le, parse_pcap_header, Block, PcapError};
use std::io::Read;

/// More than Wireshark reads, and than one transfer of a driver has.
const MAX_PACKET: usize = 128 << 20;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const BYTE_ORDER: u32 = 0x1a2b_3c4d;

pub(super) struct CapturedPacket<'a> {
    /// Its number from 1, as Wireshark counts.
    pub frame: u64,
    pub link_type: i32,
    pub big_endian: bool,
    /// Nanoseconds since 1970.
    pub time: Option<u64>,
    pub bytes: &'a [u8],
}

/// Gives each packet to `take`.
pub(super) fn read(mut from: impl Read, take: &mut dyn FnMut(CapturedPacket) -> Result<()>) -> Result<()> {
    let mut begin = Vec::new();
    fill(&mut from, &mut begin, 12, 0)?;
    match begin[..] {
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => Sections::default().read(begin, from, take),
        [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1, ..] | [0xa1, 0xb2, 0x3c | 0xc3 | 0xcd, 0x4d | 0xd4 | 0x34, ..] => {
            records(begin, from, take)
        }
        _ => Err(no_capture()),
    }
}

fn no_capture() -> Error {
    Error::invalid(
        "it is not a capture: neither pcap nor pcapng; record one with usbx --capture, tcpdump, Wireshark or USBPcap",
    )
}

/// Reads up to so many bytes in all, or says that the file ends before.
fn fill(from: &mut impl Read, bytes: &mut Vec<u8>, length: usize, frame: u64) -> Result<()> {
    let missing = length.saturating_sub(bytes.len());
    let read = from.by_ref().take(missing as u64).read_to_end(bytes);
    let read = read.map_err(|error| Error::new(Status::Io, format!("cannot read it: {error}")))?;
    if read == missing {
        Ok(())
    } else if frame == 0 && bytes.len() < 12 {
        Err(no_capture())
    } else {
        let what = "the file is cut: it ends in the middle of a block";
        Err(Error::invalid(format!("{what}, after frame {frame}; `editcap FILE NEW` makes one of the frames before")))
    }
}

fn damaged(frame: u64) -> Error {
    Error::invalid(format!("the file is damaged after frame {frame}: a block's lengths contradict each other"))
}

fn checked(length: usize, frame: u64) -> Result<usize> {
    match length {
        0..=MAX_PACKET => Ok(length),
        _ => Err(Error::invalid(format!(
            "the file is damaged after frame {frame}: a block of {length} bytes, where {MAX_PACKET} are the maximum"
        ))),
    }
}

/// The parsers ask for more when a length inside a block leads out of it.
fn whole<'a, T>(parsed: IResult<&'a [u8], T, PcapError<&'a [u8]>>, frame: u64) -> Result<T> {
    parsed.map(|(_, value)| value).map_err(|_| damaged(frame))
}

/// The older format: one kind of packets, one behind the other.
fn records(mut begin: Vec<u8>, mut from: impl Read, take: &mut dyn FnMut(CapturedPacket) -> Result<()>) -> Result<()> {
    fill(&mut from, &mut begin, 24, 0)?;
    let header = whole(parse_pcap_header(&begin), 0)?;
    let big_endian = header.is_bigendian();
    let unit = if header.is_nanosecond_precision() { 1 } else { 1000 };
    let header_length = if header.is_modified_format() { 24 } else { 16 };
    // The upper bits say how long a check sum follows each frame of a network.
    let link_type = header.network.0 & 0x0fff_ffff;
    let mut frame = 0;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        from.by_ref().take(1).read_to_end(&mut bytes).map_err(|error| Error::new(Status::Io, error.to_string()))?;
        if bytes.is_empty() {
            return Ok(());
        }
        fill(&mut from, &mut bytes, header_length, frame)?;
        let field = |at: usize| number(&bytes[at..], big_endian);
        let (seconds, fraction) = (u64::from(field(0)), u64::from(field(4)));
        let length = checked(field(8) as usize, frame)?;
        fill(&mut from, &mut bytes, header_length + length, frame)?;
        frame += 1;
        let time = seconds.checked_mul(1_000_000_000).and_then(|time| time.checked_add(fraction * unit));
        take(CapturedPacket { frame, link_type, big_endian, time, bytes: &bytes[header_length..] })?;
    }
}

fn number(bytes: &[u8], big_endian: bool) -> u32 {
    let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
    if big_endian {
        u32::from_be_bytes(bytes)
    } else {
        u32::from_le_bytes(bytes)
    }
}

/// Of an interface: what its packets are, how long at most, and how many units of their time make a second.
struct Interface {
    link_type: i32,
    snap_length: u32,
    resolution: u64,
}

#[derive(Default)]
struct Sections {
    big_endian: bool,
    interfaces: Vec<Interface>,
    frame: u64,
}

impl Sections {
    fn read(
        mut self,
        mut block: Vec<u8>,
        mut from: impl Read,
        take: &mut dyn FnMut(CapturedPacket) -> Result<()>,
    ) -> Result<()> {
        loop {
            let kind = number(&block, false);
            if kind == SECTION_HEADER {
                self.begin(&block)?;
            }
            let length = checked(number(&block[4..], self.big_endian) as usize, self.frame)?;
            if length < 12 {
                return Err(damaged(self.frame));
            }
            fill(&mut from, &mut block, length, self.frame)?;
            self.block(&block, take)?;
            block.clear();
            from.by_ref().take(1).read_to_end(&mut block).map_err(|error| Error::new(Status::Io, error.to_string()))?;
            if block.is_empty() {
                return Ok(());
            }
            fill(&mut from, &mut block, 12, self.frame)?;
        }
    }

    fn begin(&mut self, block: &[u8]) -> Result<()> {
        self.big_endian = match (number(&block[8..], false), number(&block[8..], true)) {
            (BYTE_ORDER, _) => false,
            (_, BYTE_ORDER) => true,
            _ => return Err(damaged(self.frame)),
        };
        self.interfaces.clear();
        Ok(())
    }

    fn block(&mut self, block: &[u8], take: &mut dyn FnMut(CapturedPacket) -> Result<()>) -> Result<()> {
        let parsed = if self.big_endian { parse_block_be(block) } else { parse_block_le(block) };
        match whole(parsed, self.frame)? {
            Block::InterfaceDescription(interface) => self.interfaces.push(Interface {
                link_type: interface.linktype.0,
                snap_length: interface.snaplen,
                resolution: resolution(interface.if_tsresol).ok_or_else(|| damaged(self.frame))?,
            }),
            Block::EnhancedPacket(packet) => {
                let captured = packet.data.get(..packet.caplen as usize).ok_or_else(|| damaged(self.frame))?;
                let time = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                self.packet(packet.if_id as usize, Some(time), captured, take)?;
            }
            Block::SimplePacket(packet) => {
                let limit = self.interfaces.first().map_or(0, |interface| interface.snap_length);
                let limit = if limit == 0 { usize::MAX } else { limit as usize };
                let length = packet.data.len().min(packet.origlen as usize).min(limit);
                self.packet(0, None, &packet.data[..length], take)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn packet(
        &mut self,
        interface: usize,
        time: Option<u64>,
        bytes: &[u8],
        take: &mut dyn FnMut(CapturedPacket) -> Result<()>,
    ) -> Result<()> {
        let interface = self.interfaces.get(interface).ok_or_else(|| damaged(self.frame))?;
        self.frame += 1;
        let nanoseconds = |time: u64| {
            let exact = u128::from(time) * 1_000_000_000 / u128::from(interface.resolution);
            u64::try_from(exact).ok()
        };
        let time = time.and_then(nanoseconds);
        let (link_type, big_endian) = (interface.link_type, self.big_endian);
        take(CapturedPacket { frame: self.frame, link_type, big_endian, time, bytes })
    }
}

/// Units in a second: a power of ten, or of two.
fn resolution(option: u8) -> Option<u64> {
    match option & 0x80 {
        0 => 10u64.checked_pow(u32::from(option)),
        _ => 1u64.checked_shl(u32::from(option & 0x7f)),
    }
}
