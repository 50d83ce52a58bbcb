//! The file's format: the four blocks of pcapng that a capture has (draft-ietf-opsawg-pcapng), little-endian, with times in nanoseconds.

/// LINKTYPE_USB_LINUX_MMAPPED: usbmon's record with its full header.
const LINK_TYPE: u16 = 220;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;

// Options, by block.
const END: u16 = 0;
const COMMENT: u16 = 1;
const SECTION_APPLICATION: u16 = 4;
const INTERFACE_NAME: u16 = 2;
const INTERFACE_RESOLUTION: u16 = 9;
const PACKET_DROP_COUNT: u16 = 4;
const STATISTICS_START: u16 = 2;
const STATISTICS_END: u16 = 3;
const STATISTICS_RECEIVED: u16 = 4;
const STATISTICS_DROPPED: u16 = 5;
const STATISTICS_DELIVERED: u16 = 8;

/// One block that is being written at the end of a Vec.
struct Block<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl Block<'_> {
    fn new(out: &mut Vec<u8>, kind: u32) -> Block<'_> {
        let start = out.len();
        out.extend_from_slice(&kind.to_le_bytes());
        // Its length, which `finish` knows.
        out.extend_from_slice(&[0; 4]);
        Block { out, start }
    }

    fn word(&mut self, value: u32) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn pad(&mut self) {
        let length = (self.out.len() - self.start).next_multiple_of(4);
        self.out.resize(self.start + length, 0);
    }

    fn option(&mut self, code: u16, value: &[u8]) {
        let length = value.len().min(usize::from(u16::MAX));
        self.out.extend_from_slice(&code.to_le_bytes());
        self.out.extend_from_slice(&(length as u16).to_le_bytes());
        self.out.extend_from_slice(&value[..length]);
        self.pad();
    }

    /// The upper half first, as the format has it.
    fn time(value: u64) -> [u8; 8] {
        let (high, low) = (((value >> 32) as u32).to_le_bytes(), (value as u32).to_le_bytes());
        [high[0], high[1], high[2], high[3], low[0], low[1], low[2], low[3]]
    }

    fn finish(self, options: bool) {
        if options {
            self.out.extend_from_slice(&END.to_le_bytes());
            self.out.extend_from_slice(&[0; 2]);
        }
        let length = ((self.out.len() - self.start + 4) as u32).to_le_bytes();
        self.out[self.start + 4..self.start + 8].copy_from_slice(&length);
        self.out.extend_from_slice(&length);
    }
}

/// What a file begins with, and what follows a section before: the section, and the one interface all packets are of.
pub fn begin(out: &mut Vec<u8>) {
    let mut section = Block::new(out, SECTION);
    section.word(0x1a2b_3c4d);
    // Version 1.0; the section's length is not known.
    section.word(1);
    section.out.extend_from_slice(&[0xff; 8]);
    section.option(SECTION_APPLICATION, concat!("usbx ", env!("CARGO_PKG_VERSION")).as_bytes());
    section.finish(true);
    let mut interface = Block::new(out, INTERFACE);
    interface.word(u32::from(LINK_TYPE));
    // No limit for all packets: each says how much of it was kept.
    interface.word(0);
    interface.option(INTERFACE_NAME, b"usbx");
    interface.option(INTERFACE_RESOLUTION, &[9]);
    interface.finish(true);
}

/// What a packet may have besides its bytes.
#[derive(Clone, Copy, Default)]
pub struct Remarks<'a> {
    /// Packets that were lost since the one before.
    pub dropped: u64,
    pub comment: &'a str,
}

/// The most bytes of a packet's block besides its bytes and its comment.
pub const OVERHEAD: usize = 64;

/// `time`: in nanoseconds since 1970. `original`: how long it would be in full.
pub fn packet(out: &mut Vec<u8>, time: u64, parts: &[&[u8]], original: usize, remarks: Remarks) {
    let mut block = Block::new(out, PACKET);
    block.word(0);
    block.out.extend_from_slice(&Block::time(time));
    block.word(parts.iter().map(|part| part.len()).sum::<usize>() as u32);
    block.word(original.min(u32::MAX as usize) as u32);
    parts.iter().for_each(|part| block.out.extend_from_slice(part));
    block.pad();
    if remarks.dropped > 0 {
        block.option(PACKET_DROP_COUNT, &remarks.dropped.to_le_bytes());
    }
    if !remarks.comment.is_empty() {
        block.option(COMMENT, remarks.comment.as_bytes());
    }
    block.finish(remarks.dropped > 0 || !remarks.comment.is_empty());
}

/// What a file ends with.
pub struct Totals {
    pub begin: u64,
    pub end: u64,
    /// Records that were seen: those in the file, and those that were dropped.
    pub received: u64,
    pub dropped: u64,
}

pub fn end(out: &mut Vec<u8>, totals: &Totals, comment: &str) {
    let mut block = Block::new(out, STATISTICS);
    block.word(0);
    block.out.extend_from_slice(&Block::time(totals.end));
    block.option(STATISTICS_START, &Block::time(totals.begin));
    block.option(STATISTICS_END, &Block::time(totals.end));
    block.option(STATISTICS_RECEIVED, &totals.received.to_le_bytes());
    block.option(STATISTICS_DROPPED, &totals.dropped.to_le_bytes());
    block.option(STATISTICS_DELIVERED, &(totals.received - totals.dropped).to_le_bytes());
    if !comment.is_empty() {
        block.option(COMMENT, comment.as_bytes());
    }
    block.finish(true);
}

/// How many of these bytes are whole blocks, and how many packets those have, where no more than the first `length` could be written.
pub fn whole_blocks(bytes: &[u8], length: usize) -> (usize, u64) {
    let word = |at: usize| bytes.get(at..at + 4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    let (mut at, mut packets) = (0, 0);
    while let (Some(kind), Some(own)) = (word(at), word(at + 4)) {
        let next = at + own as usize;
        if next <= at || next > length {
            break;
        }
        packets += u64::from(kind == PACKET);
        at = next;
    }
    (at, packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_the_layout_of_the_format() {
        let mut out = Vec::new();
        begin(&mut out);
        assert_eq!(out[..12], [0x0a, 0x0d, 0x0d, 0x0a, 48, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a]);
        let first = u32::from_le_bytes([out[4], out[5], out[6], out[7]]) as usize;
        assert_eq!(out[first - 4..first], out[4..8]);
        assert_eq!(out[first..first + 4], 1u32.to_le_bytes());
        assert_eq!(out[first + 8..first + 10], 220u16.to_le_bytes());
        let at = out.len();
        packet(&mut out, 0x1_0000_0002, &[&[1, 2], &[3]], 9, Remarks::default());
        #[rustfmt::skip]
        assert_eq!(out[at..], [
            6, 0, 0, 0, 36, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 0, 36, 0, 0, 0,
        ]);
    }

    #[test]
    fn a_file_that_is_full_ends_with_a_whole_block() {
        let mut out = Vec::new();
        begin(&mut out);
        let first = out.len();
        packet(&mut out, 0, &[&[0; 10]], 10, Remarks { dropped: 3, comment: "x" });
        assert_eq!(whole_blocks(&out, out.len()), (out.len(), 1));
        assert_eq!(whole_blocks(&out, out.len() - 1), (first, 0));
        assert_eq!(whole_blocks(&out, 5), (0, 0));
    }
}
