//! Calls of a program that answers for a virtual device.

use super::super::device::configuration;
use super::handles::Kind;
use super::{call, count, Caller, Memory, WAITS};
use crate::ffi::*;

const ENDPOINTS: [u8; 8] = [0x81, 0x02, 0x83, 0x04, 0x85, 0x06, 0x80, 0x00];

impl Caller {
    pub fn model(&mut self, which: u8) {
        match which % 17 {
            0 => self.virtual_create(),
            1..=2 => self.virtual_plug(),
            3 => self.virtual_string(),
            4 => self.virtual_descriptor(),
            5 => self.virtual_path(),
            6 => self.virtual_fd(),
            7 => self.virtual_answer_standard_requests(),
            8..=9 => self.virtual_next(),
            10 => self.virtual_reply(),
            11 => self.virtual_stall(),
            12 => self.virtual_fault(),
            13..=14 => self.virtual_write(),
            15 => self.virtual_read(),
            _ => self.virtual_replay_stats(),
        }
    }

    fn virtual_create(&mut self) {
        let device = [18, 1, 0, 2, 0, 0, 0, 64, 0x09, 0x12, 0x02, 0x00, 0x00, 0x01, 1, 2, 3, 1];
        let mut bytes = [&device[..], &configuration(&mut self.input)].concat();
        if self.input.one_in(8) {
            bytes.truncate(usize::from(self.input.byte()));
        }
        let speed = self.input.byte() % 7;
        // Nobody knows what it does.
        self.meets_a_liar();
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_virtual_create(speed, bytes.as_ptr().cast(), bytes.len(), place.start()));
        self.opened(Kind::Virtual, &place, status);
    }

    fn virtual_replay_stats(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let capacity = usize::from(self.input.byte() % 4);
        let (mut told, mut text) = (Memory::of::<usbx_replay_statistics>(), Memory::new(capacity));
        let mut length = Memory::of::<usize>();
        let (told_at, text_at, length_at) = (told.start(), text.start(), length.start());
        let status = call!(usbx_virtual_replay_stats(handle as _, told_at, text_at, capacity, length_at));
        // None of the models is a recording.
        assert_ne!(status, USBX_OK);
        assert!(told.is_zero() && count(&length, status) == 0);
        text.guarded();
        self.judge(valid, status);
    }

    fn virtual_plug(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let status = call!(usbx_virtual_plug(handle as _));
        self.judge(valid, status);
    }

    fn virtual_string(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let (index, language, text) = (self.input.byte() % 5, self.input.word(), self.text());
        self.judge(valid, call!(usbx_virtual_string(handle as _, index, language, text.as_ptr())));
    }

    fn virtual_descriptor(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let (kind, index) = (self.input.byte(), self.input.byte() % 3);
        let recipient = self.input.of(&[0, 0x100, 0x101, 0x200]);
        let length = usize::from(self.input.byte());
        let bytes = self.input.take(length).to_vec();
        let status =
            call!(usbx_virtual_descriptor(handle as _, kind, index, recipient, bytes.as_ptr().cast(), bytes.len()));
        self.judge(valid, status);
    }

    fn virtual_path(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let capacity = usize::from(self.input.byte() % 20);
        let (mut path, mut length) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_virtual_path(handle as _, path.start(), capacity, length.start()));
        self.judge(valid, status);
        assert!(count(&length, status) < 32);
        assert!(capacity == 0 || path.values::<u8>(capacity).contains(&0));
    }

    fn virtual_fd(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let mut place = Memory::of::<i32>();
        let status = call!(usbx_virtual_fd(handle as _, place.start()));
        self.judge(valid, status);
        assert_eq!(status == USBX_OK, place.values::<i32>(1)[0] >= 0);
    }

    fn virtual_answer_standard_requests(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let enable = i32::from(self.input.byte() % 2);
        self.judge(valid, call!(usbx_virtual_answer_standard_requests(handle as _, enable)));
    }

    fn virtual_next(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let (wait, capacity) = (self.input.of(&WAITS), usize::from(self.input.byte()));
        let (mut event, mut data) = (Memory::of::<usbx_virtual_event>(), Memory::new(capacity));
        let mut length = Memory::of::<usize>();
        let status = call!(usbx_virtual_next(handle as _, wait, event.start(), data.start(), capacity, length.start()));
        self.judge(valid, status);
        let event = event.values::<usbx_virtual_event>(1)[0];
        assert_eq!(status == USBX_OK, (USBX_VIRTUAL_SETUP..=USBX_VIRTUAL_OUT).contains(&event.event));
        if status == USBX_OK {
            let moved = length.values::<usize>(1)[0];
            assert!(moved <= capacity && moved <= usize::from(event.length));
            data.untouched_from(moved);
        }
    }

    fn virtual_reply(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let length = usize::from(self.input.byte());
        let bytes = self.input.take(length).to_vec();
        self.judge(valid, call!(usbx_virtual_reply(handle as _, bytes.as_ptr().cast(), bytes.len())));
    }

    fn virtual_stall(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let endpoint = self.input.of(&ENDPOINTS);
        self.judge(valid, call!(usbx_virtual_stall(handle as _, endpoint)));
    }

    fn virtual_fault(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let endpoint = self.input.of(&ENDPOINTS);
        self.meets_a_liar();
        // Times are short, so that no call waits forever.
        let fault = usbx_fault {
            kind: u32::from(self.input.byte() % 9),
            nth: u32::from(self.input.byte() % 4),
            repeat: u32::from(self.input.byte() % 3),
            status: self.input.of(&[USBX_ERROR_IO, USBX_ERROR_PIPE, USBX_ERROR_OVERFLOW, USBX_ERROR_BUSY]),
            bytes: u64::from(self.input.word()),
            milliseconds: u32::from(self.input.byte() % 3),
            seed: u32::from(self.input.word()),
            reserved: [0; 32],
        };
        let fault = if self.input.one_in(6) { std::ptr::null() } else { &fault as *const usbx_fault };
        self.judge(valid, call!(usbx_virtual_fault(handle as _, endpoint, fault)));
    }

    fn virtual_write(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let (endpoint, wait) = (self.input.of(&ENDPOINTS), self.input.of(&WAITS));
        let bytes = vec![0x5a_u8; usize::from(self.input.word() % 3000)];
        let mut moved = Memory::of::<usize>();
        let status =
            call!(usbx_virtual_write(handle as _, endpoint, bytes.as_ptr().cast(), bytes.len(), wait, moved.start()));
        self.judge(valid, status);
        let moved = moved.values::<usize>(1)[0];
        assert!(moved <= bytes.len() && (status != USBX_OK || moved == bytes.len()));
    }

    fn virtual_read(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let (endpoint, wait) = (self.input.of(&ENDPOINTS), self.input.of(&WAITS));
        let capacity = usize::from(self.input.word() % 3000);
        let (mut data, mut moved) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_virtual_read(handle as _, endpoint, data.start(), capacity, wait, moved.start()));
        self.judge(valid, status);
        let moved = moved.values::<usize>(1)[0];
        assert!(moved <= capacity);
        data.untouched_from(moved);
    }
}
