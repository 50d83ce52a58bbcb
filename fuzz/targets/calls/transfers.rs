//! Blocking transfers: moved bytes are counted, and nothing else is touched.

use super::handles::Kind;
use super::*;
use std::mem::size_of;

/// A transfer must end by itself: a quiet device is waited for a millisecond.
const TIMEOUTS: [u32; 8] = [1, 1, 1, 1, 1, 1, 1, USBX_NO_WAIT_VALUE];

const ENDPOINTS: [u8; 8] = [0x81, 0x82, 0x83, 0x02, 0x84, 0x85, 0x04, 0x06];

const LENGTHS: [usize; 8] = [512, 16, 1, 0, 64, 1000, 3000, 70_000];

impl Caller {
    /// Mostly one that there is.
    pub fn endpoint(&mut self) -> u8 {
        match self.input.byte() {
            other @ 240.. => other.wrapping_mul(29),
            known => ENDPOINTS[usize::from(known) % 8],
        }
    }

    pub fn length(&mut self) -> usize {
        match self.input.byte() {
            240.. => usize::from(self.input.word()),
            known => LENGTHS[usize::from(known) % 8],
        }
    }

    pub fn transfer(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (device, endpoint, length) = (handle as *mut usbx_device, self.endpoint(), self.length());
        let timeout = self.input.of(&TIMEOUTS);
        let (mut data, mut moved) = (Memory::new(length), Memory::of::<usize>());
        let which = self.input.byte();
        let interrupt = if which & 0x80 == 0 { matches!(endpoint, 0x82 | 0x84) } else { which & 1 != 0 };
        // Mostly the way the endpoint goes.
        let reads = (endpoint & 0x80 != 0) != (which & 0x70 == 0x70);
        let (start, count) = (data.start(), moved.start());
        let status = match (interrupt, reads) {
            (false, true) => call!(usbx_bulk_read(device, endpoint, start, length, timeout, count)),
            (true, true) => call!(usbx_interrupt_read(device, endpoint, start, length, timeout, count)),
            (false, false) => call!(usbx_bulk_write(device, endpoint, start.cast_const(), length, timeout, count)),
            (true, false) => call!(usbx_interrupt_write(device, endpoint, start.cast_const(), length, timeout, count)),
        };
        self.judge(valid, status);
        self.judge_bus(status);
        moved.guarded();
        let moved = moved.value::<usize>();
        assert!(moved <= length && (reads || status != USBX_OK || moved == length));
        data.untouched_from(if reads { moved } else { 0 });
    }

    pub fn control(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let request_type = self.input.of(&[0xc0, 0x40, 0x80, 0x00, 0x81, 0x01, 0x82, 0x02, 0xa1, 0x21]);
        let request = self.input.byte() % 13;
        let (value, index) = (self.input.word(), self.input.word());
        let length = self.input.of(&[4u16, 0, 64, 256, 4096, 65535]);
        let (mut data, mut moved) = (Memory::new(length.into()), Memory::of::<usize>());
        let timeout = self.input.of(&TIMEOUTS);
        let start = if length == 0 { std::ptr::null_mut() } else { data.start() };
        let count = moved.start();
        let status =
            call!(usbx_control(device as _, request_type, request, value, index, start, length, timeout, count));
        self.judge(valid, status);
        self.judge_bus(status);
        moved.guarded();
        let moved = moved.value::<usize>();
        assert!(moved <= length.into());
        data.untouched_from(if request_type & 0x80 != 0 { moved } else { 0 });
    }

    /// A table of packets, and the bytes they have in all, mostly.
    pub fn packets(&mut self) -> (Memory, usize, usize) {
        let count = usize::from(self.input.byte() % 10);
        let mut table = Vec::new();
        let mut total = 0;
        for _ in 0..count {
            let length = self.input.of(&[512u32, 512, 1, 0, 1024, 3072, 6141, 511]);
            total += length as usize;
            table.extend([length, 0xdddd_dddd, 0xdddd_dddd, 0xdddd_dddd].iter().flat_map(|word| word.to_ne_bytes()));
        }
        let length = if self.input.one_in(8) { self.length() } else { total };
        (Memory::holding(&table), count, length)
    }

    pub fn isochronous(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (device, endpoint) = (handle as *mut usbx_device, self.input.of(&[0x85, 0x06, 0x81, 0x02]));
        let (mut packets, many, length) = self.packets();
        let timeout = self.input.of(&[5, 1, 1, USBX_NO_WAIT_VALUE]);
        let (mut data, mut moved) = (Memory::new(length), Memory::of::<usize>());
        let (start, table, count) = (data.start(), packets.start(), moved.start());
        let reads = endpoint & 0x80 != 0;
        let status = if reads {
            call!(usbx_isochronous_read(device, endpoint, start, length, table, many, timeout, count))
        } else {
            call!(usbx_isochronous_write(device, endpoint, start.cast_const(), length, table, many, timeout, count))
        };
        self.judge(valid, status);
        self.judge_bus(status);
        moved.guarded();
        packets.guarded();
        data.untouched_from(if reads { length } else { 0 });
        assert!(moved.value::<usize>() <= length);
        if status == USBX_OK || status == USBX_ERROR_TIMEOUT {
            tallies(&packets, many, moved.value());
        }
    }
}

/// What the packets say they moved is what was moved in all.
pub fn tallies(packets: &Memory, count: usize, moved: usize) {
    assert_eq!(packets.len(), count * size_of::<usbx_packet>());
    let packets = packets.values::<usbx_packet>(count);
    assert!(packets.iter().all(|packet| packet.transferred <= packet.length && packet.reserved == 0));
    assert_eq!(packets.iter().map(|packet| packet.transferred as usize).sum::<usize>(), moved);
}
