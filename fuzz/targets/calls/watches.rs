//! Watches: each arrival and departure is reported once, and only devices that arrived leave.

use super::handles::Kind;
use super::*;

impl Caller {
    pub fn watch(&mut self, which: u8) {
        match which % 4 {
            0 => self.watch_open(),
            1 => self.watch_fd(),
            2 => self.watch_close(),
            _ => self.watch_next(),
        }
    }

    fn watch_open(&mut self) {
        let (vendor, product) = (self.input.of(&[0, 0x1209, 0x1234]), self.input.of(&[0, 1]));
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_watch_open(vendor, product, place.start()));
        self.opened(Kind::Watch, &place, status);
    }

    fn watch_next(&mut self) {
        let (watch, valid) = self.handles.choose(Kind::Watch, &mut self.input);
        let (mut event, mut info) = (Memory::of::<i32>(), Memory::of::<usbx_device_info>());
        let wait = self.input.of(&WAITS);
        let status = call!(usbx_watch_next(watch as _, wait, event.start(), info.start()));
        self.judge(valid, status);
        event.guarded();
        info.guarded();
        assert_eq!(status == USBX_OK, [USBX_EVENT_ARRIVED, USBX_EVENT_LEFT].contains(&event.value::<i32>()));
        assert!(status == USBX_OK || event.is_zero() && info.is_zero());
    }

    fn watch_fd(&mut self) {
        let (watch, valid) = self.handles.choose(Kind::Watch, &mut self.input);
        let mut place = Memory::of::<i32>();
        let status = call!(usbx_watch_fd(watch as _, place.start()));
        self.judge(valid, status);
        place.guarded();
        assert_eq!(status != USBX_OK, place.value::<i32>() == -1);
    }

    fn watch_close(&mut self) {
        let (watch, valid) = self.handles.choose(Kind::Watch, &mut self.input);
        self.closed(watch, valid, call!(usbx_watch_close(watch as _)));
    }
}
