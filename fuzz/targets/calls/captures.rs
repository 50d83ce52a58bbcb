//! Captures: to places that take everything, nothing, or do not exist.

use super::handles::Kind;
use super::*;

impl Caller {
    pub fn capture(&mut self, which: u8) {
        match which % 4 {
            0..=1 => self.capture_open(),
            2 => self.capture_stats(),
            _ => self.capture_close(),
        }
    }

    fn capture_open(&mut self) {
        let path =
            self.input.of(&[b"/dev/null\0".as_slice(), b"/dev/full\0", b"/nonexistent/file\0", b"\0", b"\xff\0"]);
        let mut options = Memory::of::<usbx_capture_options>();
        // SAFETY: all-zero bytes are valid options.
        let mut wanted: usbx_capture_options = unsafe { std::mem::zeroed() };
        wanted.snap_length = self.input.of(&[0, 1, 10, usize::MAX]);
        wanted.ring = self.input.of(&[0, 0, 1, 100_000, usize::MAX]);
        wanted.memory = self.input.of(&[0, 1, 600_000, usize::MAX]);
        wanted.flags = self.input.of(&[0, 0, 0, 1]);
        if self.input.one_in(4) {
            wanted.path = [self.input.byte() as _; 256];
        }
        if self.input.one_in(2) {
            options = Memory::holding(super::super::memory::bytes_of(&wanted));
        }
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_capture_open(
            path.as_ptr().cast(),
            options.start::<usbx_capture_options>() as *const _,
            place.start()
        ));
        self.opened(Kind::Capture, &place, status);
    }

    fn capture_stats(&mut self) {
        let (capture, valid) = self.handles.choose(Kind::Capture, &mut self.input);
        let mut statistics = Memory::of::<usbx_capture_statistics>();
        let status = call!(usbx_capture_stats(capture as _, statistics.start()));
        self.judge(valid, status);
        statistics.guarded();
        assert!(status == USBX_OK || statistics.is_zero());
    }

    fn capture_close(&mut self) {
        let (capture, valid) = self.handles.choose(Kind::Capture, &mut self.input);
        // What it says is about the file: closed it is in any case.
        match call!(usbx_capture_close(capture as _)) {
            USBX_ERROR_IO | USBX_ERROR_OVERFLOW if valid => self.handles.closed(capture),
            status => self.closed(capture, valid, status),
        }
    }
}
