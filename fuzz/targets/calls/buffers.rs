//! Buffers of the library's own: zero at first, used by transfers, and freed once.

use super::handles::Kind;
use super::*;
use std::ffi::c_void;
use std::slice::from_raw_parts_mut;

/// One that is not freed.
pub struct Held {
    address: usize,
    length: usize,
}

impl Held {
    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the header promises memory of this length until usbx_buffer_free, and this is the only place that looks at it.
        unsafe { from_raw_parts_mut(self.address as *mut u8, self.length) }
    }
}

impl Caller {
    pub fn buffer_alloc(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let length = self.length();
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_buffer_alloc(device as _, length, place.start::<*mut c_void>()));
        self.judge(valid, status);
        let address = count(&place, status);
        assert!(status != USBX_OK || length > 0);
        if status == USBX_OK {
            let mut held = Held { address, length };
            assert!(held.bytes().iter().all(|byte| *byte == 0));
            held.bytes().fill(0xab);
            self.buffers.push(held);
        }
    }

    /// Mostly one that there is.
    pub fn buffer_free(&mut self) {
        let which = usize::from(self.input.byte());
        let there = which < self.buffers.len();
        let odd = self.input.of(&[0usize, 1, 0x1000]);
        let address = self.buffers.get(which).map_or(odd, |held| held.address);
        let status = call!(usbx_buffer_free(address as *mut c_void));
        assert_eq!(status, if there || address == 0 { USBX_OK } else { USBX_ERROR_INVALID_PARAM });
        if there {
            self.buffers.swap_remove(which);
            assert_eq!(call!(usbx_buffer_free(address as *mut c_void)), USBX_ERROR_INVALID_PARAM, "freed twice");
        }
    }

    /// A read into some part of it: the rest stays as it is.
    pub fn buffer_read(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (which, endpoint) = (usize::from(self.input.byte()), self.input.of(&[0x81, 0x83]));
        let (from, wanted) = (usize::from(self.input.byte()), self.length());
        let Some(held) = self.buffers.get_mut(which) else { return };
        let from = from % held.length;
        let length = wanted.min(held.length - from);
        held.bytes().fill(0xab);
        let mut moved = Memory::of::<usize>();
        let start = held.bytes()[from..].as_mut_ptr().cast();
        let status = call!(usbx_bulk_read(device as _, endpoint, start, length, 1, moved.start()));
        moved.guarded();
        let moved = moved.value::<usize>();
        assert!(moved <= length);
        let (before, rest) = held.bytes().split_at(from);
        assert!(before.iter().chain(&rest[moved..]).all(|byte| *byte == 0xab), "written beside what was to be written");
        self.judge(valid, status);
        self.judge_bus(status);
    }

    /// After a shutdown, nothing uses them any more.
    pub fn free_buffers(&mut self) {
        for held in std::mem::take(&mut self.buffers) {
            assert_eq!(call!(usbx_buffer_free(held.address as *mut c_void)), USBX_OK);
        }
    }
}
