//! Capture files: pcap and pcapng, in both byte orders. A packet at a time, so that no more than one is in memory.

use crate::error::{Error, Result, Status};
use std::io::Read;

/// More than Wireshark reads, and than one transfer of a driver has.
const MAX_PACKET: usize = 128 << 20;

/// The blocks of pcapng that say something here.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;

const BYTE_ORDER: u32 = 0x1a2b_3c4d;

/// An option of an interface: the unit of its times.
const IF_TSRESOL: u16 = 9;

pub(super) struct CapturedPacket<'a> {
    /// Its number from 1, as Wireshark counts.
    pub frame: u64,
    /// Which one brought it, where there are several.
    pub interface: Option<usize>,
    pub link_type: u32,
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
        _ => match Variant::of(&begin) {
            Some(variant) => records(variant, begin, from, take),
            None => Err(no_capture()),
        },
    }
}

/// How a file of the older format has its numbers and times.
#[derive(Clone, Copy)]
struct Variant {
    big_endian: bool,
    nanoseconds: bool,
    /// Each packet's header has eight bytes more.
    long_headers: bool,
}

impl Variant {
    fn of(begin: &[u8]) -> Option<Variant> {
        [false, true].into_iter().find_map(|big_endian| {
            let (nanoseconds, long_headers) = match number(begin, big_endian) {
                0xa1b2_c3d4 => (false, false),
                0xa1b2_3c4d => (true, false),
                0xa1b2_cd34 => (false, true),
                _ => return None,
            };
            Some(Variant { big_endian, nanoseconds, long_headers })
        })
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

/// The older format: one kind of packets, one behind the other.
fn records(
    variant: Variant,
    mut begin: Vec<u8>,
    mut from: impl Read,
    take: &mut dyn FnMut(CapturedPacket) -> Result<()>,
) -> Result<()> {
    fill(&mut from, &mut begin, 24, 0)?;
    let big_endian = variant.big_endian;
    let unit = if variant.nanoseconds { 1 } else { 1000 };
    let header_length = if variant.long_headers { 24 } else { 16 };
    // The upper bits say how long a check sum follows each frame of a network.
    let link_type = number(&begin[20..], big_endian) & 0x0fff_ffff;
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
        take(CapturedPacket { frame, interface: None, link_type, big_endian, time, bytes: &bytes[header_length..] })?;
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

/// The fields of a block, one behind the other; `None` where one leads out of it.
struct Fields<'a> {
    rest: &'a [u8],
    big_endian: bool,
}

impl<'a> Fields<'a> {
    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let taken = self.rest.get(..length)?;
        self.rest = &self.rest[length..];
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        let bytes = self.bytes(2)?.try_into().ok()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4).map(|bytes| number(bytes, self.big_endian))
    }

    /// The first option of that number. Options begin on multiples of four bytes; number 0 is the end of them.
    fn option(&mut self, wanted: u16) -> Option<&'a [u8]> {
        loop {
            let (code, length) = (self.u16()?, usize::from(self.u16()?));
            let value = self.bytes(length)?;
            match code {
                0 => return None,
                code if code == wanted => return Some(value),
                _ => self.bytes(length.wrapping_neg() % 4)?,
            };
        }
    }
}

/// Of an interface: what its packets are, how long at most, and how many units of their time make a second.
struct Interface {
    link_type: u32,
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
            let (content, behind) = block[8..].split_at(length - 12);
            if number(behind, self.big_endian) as usize != length {
                return Err(damaged(self.frame));
            }
            self.block(number(&block, self.big_endian), content, take)?;
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

    fn block(&mut self, kind: u32, content: &[u8], take: &mut dyn FnMut(CapturedPacket) -> Result<()>) -> Result<()> {
        let damage = damaged(self.frame);
        let mut fields = Fields { rest: content, big_endian: self.big_endian };
        match kind {
            INTERFACE_DESCRIPTION => self.interfaces.push(interface(&mut fields).ok_or(damage)?),
            ENHANCED_PACKET => {
                let (interface, time, captured) = enhanced_packet(&mut fields).ok_or(damage)?;
                self.packet(interface as usize, Some(time), captured, take)?;
            }
            SIMPLE_PACKET => {
                let whole = fields.u32().ok_or(damage)?;
                let limit = self.interfaces.first().map_or(0, |interface| interface.snap_length);
                let limit = if limit == 0 { usize::MAX } else { limit as usize };
                let length = fields.rest.len().min(whole as usize).min(limit);
                self.packet(0, None, &fields.rest[..length], take)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn packet(
        &mut self,
        index: usize,
        time: Option<u64>,
        bytes: &[u8],
        take: &mut dyn FnMut(CapturedPacket) -> Result<()>,
    ) -> Result<()> {
        let interface = self.interfaces.get(index).ok_or_else(|| damaged(self.frame))?;
        self.frame += 1;
        let nanoseconds = |time: u64| {
            let exact = u128::from(time) * 1_000_000_000 / u128::from(interface.resolution);
            u64::try_from(exact).ok()
        };
        let time = time.and_then(nanoseconds);
        let (link_type, big_endian) = (interface.link_type, self.big_endian);
        let index = Some(index).filter(|_| self.interfaces.len() > 1);
        take(CapturedPacket { frame: self.frame, interface: index, link_type, big_endian, time, bytes })
    }
}

/// An interface's description: its link type, two bytes of nothing, its snap length, options.
fn interface(fields: &mut Fields) -> Option<Interface> {
    let link_type = fields.u16()?.into();
    fields.u16()?;
    let snap_length = fields.u32()?;
    let unit = fields.option(IF_TSRESOL).and_then(|value| value.first().copied());
    Some(Interface { link_type, snap_length, resolution: resolution(unit.unwrap_or(6))? })
}

/// Its interface, time and bytes; what follows those is padding and options.
fn enhanced_packet<'a>(fields: &mut Fields<'a>) -> Option<(u32, u64, &'a [u8])> {
    let interface = fields.u32()?;
    let time = u64::from(fields.u32()?) << 32 | u64::from(fields.u32()?);
    let (captured, _whole) = (fields.u32()?, fields.u32()?);
    Some((interface, time, fields.bytes(captured as usize)?))
}

/// Units in a second: a power of ten, or of two.
fn resolution(option: u8) -> Option<u64> {
    match option & 0x80 {
        0 => 10u64.checked_pow(u32::from(option)),
        _ => 1u64.checked_shl(u32::from(option & 0x7f)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{block, capture, enhanced_packet, section, Format};
    use super::*;

    type Found = (u64, u32, Option<u64>, Vec<u8>);

    fn packets(file: &[u8]) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        read(file, &mut |packet| {
            found.push((packet.frame, packet.link_type, packet.time, packet.bytes.to_vec()));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn the_unit_of_times_is_found_behind_other_options() {
        // A name of five bytes with its padding, then 2^-10 s; and no options at all, where the unit is a microsecond.
        let named =
            [220, 0, 0, 0, 0, 0, 0, 0, 2, 0, 5, 0, b'u', b's', b'b', b'm', b'1', 0, 0, 0, 9, 0, 1, 0, 0x8a, 0, 0, 0];
        let plain = [189, 0, 0, 0, 0, 0, 0, 0];
        let file = [
            section(false, 1),
            block(INTERFACE_DESCRIPTION, false, &named),
            block(INTERFACE_DESCRIPTION, false, &plain),
            enhanced_packet(false, 1, 512, b"abcde"),
            enhanced_packet(false, 2, 3, b""),
        ];
        let expected = [(1, 220, Some(500_000_000), b"abcde".to_vec()), (2, 189, Some(3000), Vec::new())];
        assert_eq!(packets(&file.concat()).unwrap(), expected);
    }

    #[test]
    fn a_simple_packet_is_as_long_as_it_was_without_padding() {
        let file = [section(true, 249), block(SIMPLE_PACKET, true, b"\0\0\0\x02ab")].concat();
        assert_eq!(packets(&file).unwrap(), [(1, 249, None, b"ab".to_vec())]);
    }

    #[test]
    fn every_variant_of_the_older_format_is_read() {
        for big_endian in [false, true] {
            let file = capture(Format::Pcap, big_endian, 220, &[b"abc".to_vec()]);
            let with = |magic: u32| {
                let magic = if big_endian { magic.to_be_bytes() } else { magic.to_le_bytes() };
                [&magic, &file[4..]].concat()
            };
            let (second, bytes) = (1_700_000_000_000_000_000, b"abc".to_vec());
            assert_eq!(packets(&file).unwrap(), [(1, 220, Some(second), bytes.clone())]);
            assert_eq!(packets(&with(0xa1b2_3c4d)).unwrap(), [(1, 220, Some(second), bytes.clone())]);
            let mut long = with(0xa1b2_cd34);
            long.splice(40..40, [0; 8]);
            assert_eq!(packets(&long).unwrap(), [(1, 220, Some(second), bytes)]);
        }
    }

    #[test]
    fn lengths_that_contradict_each_other_are_damage() {
        let packet = enhanced_packet(false, 0, 0, b"abcd");
        let end = packet.len() - 4;
        // The second length, and that of the bytes inside.
        for (at, value) in [(end, 40), (20, 5)] {
            let mut damaged = packet.clone();
            damaged[at] = value;
            let error = packets(&[section(false, 220), damaged].concat()).unwrap_err().to_string();
            assert!(error.contains("lengths contradict each other"), "{error}");
        }
    }
}
