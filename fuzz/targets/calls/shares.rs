//! Shares: their addresses, their devices, and that they end.

use super::handles::Kind;
use super::*;

const ADDRESSES: [&str; 5] = ["127.0.0.1:0", "127.0.0.1:0", "[::1]:0", "nowhere", "unix:"];
const NETWORKS: [&str; 4] = ["", "127.0.0.0/8,::1", "10.0.0.0/33", "\u{feff}/"];
const PATHS: [&str; 4] = ["virtual/1", "virtual/2", "", "virtual/99999999999"];
const BUS_IDS: [&str; 4] = ["1-1", "", "a bus", "0123456789012345678901234567890123456789"];

fn terminated(text: &str) -> Memory {
    Memory::holding(&[text.as_bytes(), &[0]].concat())
}

impl Caller {
    pub fn share(&mut self, which: u8) {
        match which % 4 {
            0 => self.share_open(),
            1 => self.share_add(),
            2 => self.share_address(),
            _ => self.share_close(),
        }
    }

    fn share_open(&mut self) {
        let (mut address, mut allow) = (terminated(self.input.of(&ADDRESSES)), terminated(self.input.of(&NETWORKS)));
        let clients = u32::from(self.input.byte());
        let options = usbx_share_options { allow: allow.start(), clients, reserved: [0; 52] };
        let mut options = Memory::holding(super::super::memory::bytes_of(&options));
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_share_open(address.start(), options.start(), place.start()));
        self.opened(Kind::Share, &place, status);
    }

    fn share_add(&mut self) {
        let (share, valid) = self.handles.choose(Kind::Share, &mut self.input);
        let (mut path, mut busid) = (terminated(self.input.of(&PATHS)), terminated(self.input.of(&BUS_IDS)));
        let named = self.input.one_in(2);
        let busid = if named { busid.start() } else { std::ptr::null_mut() };
        self.judge(valid, call!(usbx_share_add(share as _, path.start(), busid)));
    }

    fn share_address(&mut self) {
        let (share, valid) = self.handles.choose(Kind::Share, &mut self.input);
        let capacity = self.input.of(&[64, 0, 1, 5]);
        let (mut text, mut length) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_share_address(share as _, text.start(), capacity, length.start()));
        self.judge(valid, status);
        text.guarded();
        assert_eq!(count(&length, status) > 0, status == USBX_OK);
    }

    fn share_close(&mut self) {
        let (share, valid) = self.handles.choose(Kind::Share, &mut self.input);
        self.closed(share, valid, call!(usbx_share_close(share as _)));
    }
}
