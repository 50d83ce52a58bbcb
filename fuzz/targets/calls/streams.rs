//! Streams: chunks are readable, lent memory is writable; reads and writes of any length.

use super::handles::Kind;
use super::*;
use crate::fuzzed::memory::bytes_of;
use std::mem::zeroed;
use std::slice::{from_raw_parts, from_raw_parts_mut};

impl Caller {
    pub fn stream_open(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let endpoint = self.endpoint();
        // SAFETY: a plain struct, to be zeroed as its documentation says.
        let mut options: usbx_stream_options = unsafe { zeroed() };
        // Not larger: the fuzzer's time goes by in clearing memory.
        options.size = self.input.of(&[512, 0, 1024, 16, 100, 8, 4096, usize::MAX]);
        options.depth = self.input.of(&[2, 0, 1, 8, 64, 1025]);
        options.memory = self.input.of(&[0, 0, 1, 2, 3]);
        options.flags = self.input.of(&[0, 0, 0, 0, 0, 0, 1, 2]);
        let mut asked = Memory::holding(bytes_of(&options));
        let given = if self.input.one_in(4) { std::ptr::null() } else { asked.start::<usbx_stream_options>() };
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_stream_open(device as _, endpoint, given, place.start()));
        self.judge(valid, status);
        self.opened(Kind::Stream, &place, status);
    }

    pub fn stream_next(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let mut place = Memory::of::<usbx_chunk>();
        let status = call!(usbx_stream_next(stream as _, self.input.of(&WAITS), place.start()));
        self.judge(valid, status);
        self.judge_bus(status);
        place.guarded();
        if status != USBX_OK {
            assert!(place.is_zero());
            return;
        }
        let chunk: usbx_chunk = place.value();
        known("usbx_stream_next", chunk.status);
        let next = self.sequences.entry(stream).or_default();
        assert!(chunk.sequence >= *next && chunk.reserved == [0; 28] && !chunk.data.is_null());
        *next = chunk.sequence + 1;
        // SAFETY: the header promises so many bytes until the next call.
        let sum: u64 =
            unsafe { from_raw_parts(chunk.data.cast::<u8>(), chunk.length) }.iter().map(|b| u64::from(*b)).sum();
        assert!(sum <= 255 * chunk.length as u64);
        if chunk.packet_count > 0 {
            // SAFETY: as for the bytes.
            let packets = unsafe { from_raw_parts(chunk.packets, chunk.packet_count) };
            assert!(packets.iter().all(|packet| packet.length == packet.transferred));
            assert_eq!(packets.iter().map(|packet| packet.length as usize).sum::<usize>(), chunk.length);
        }
    }

    pub fn stream_read(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let length = self.length();
        let (mut data, mut moved) = (Memory::new(length), Memory::of::<usize>());
        let wait = self.input.of(&WAITS);
        let status = call!(usbx_stream_read(stream as _, data.start(), length, wait, moved.start()));
        self.judge(valid, status);
        self.judge_bus(status);
        let moved = count(&moved, status);
        assert!(moved <= length);
        data.untouched_from(moved);
    }

    pub fn stream_write(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let length = self.length();
        let (mut data, mut moved) = (Memory::new(length), Memory::of::<usize>());
        let (from, wait) = (data.start::<std::os::raw::c_void>().cast_const(), self.input.of(&WAITS));
        let status = call!(usbx_stream_write(stream as _, from, length, wait, moved.start()));
        self.judge(valid, status);
        moved.guarded();
        let moved = moved.value::<usize>();
        assert!(moved <= length && (status != USBX_OK || moved == length));
        data.untouched_from(0);
    }

    /// Room that is lent, filled and given back.
    pub fn stream_fill(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let (mut data, mut length) = (Memory::of::<usize>(), Memory::of::<usize>());
        let status = call!(usbx_stream_space(stream as _, self.input.of(&WAITS), data.start(), length.start()));
        self.judge(valid, status);
        let (data, length) = (count(&data, status), count(&length, status));
        assert_eq!(length > 0, status == USBX_OK);
        if status == USBX_OK {
            // SAFETY: the header lends it until the next call for this stream.
            unsafe { from_raw_parts_mut(data as *mut u8, length) }.fill(0x3c);
        }
        let filled = self.input.of(&[length, length / 2, 0, length.wrapping_add(1), 1, usize::MAX]);
        let status = call!(usbx_stream_commit(stream as _, filled));
        self.judge(valid, status);
        assert!(filled <= length || status != USBX_OK, "{filled} bytes in room for {length}");
    }

    pub fn stream_flush(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let status = call!(usbx_stream_flush(stream as _, self.input.of(&WAITS)));
        self.judge(valid, status);
    }

    pub fn stream_tell(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        let (mut told, mut fd) = (Memory::of::<usbx_stream_statistics>(), Memory::of::<i32>());
        let status = call!(usbx_stream_stats(stream as _, told.start()));
        self.judge(valid, status);
        told.guarded();
        assert!(status == USBX_OK || told.is_zero());
        let told: usbx_stream_statistics = told.value();
        assert!(told.lost_packets == 0 || told.size > 0);
        let status = call!(usbx_stream_fd(stream as _, fd.start()));
        self.judge(valid, status);
        fd.guarded();
        assert_eq!(fd.value::<i32>() >= 0, status == USBX_OK);
    }

    pub fn stream_close(&mut self) {
        let (stream, valid) = self.handles.choose(Kind::Stream, &mut self.input);
        self.closed(stream, valid, call!(usbx_stream_close(stream as _)));
    }
}
