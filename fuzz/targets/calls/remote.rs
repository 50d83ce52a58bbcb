//! Other computers' devices: hosts that are none, that are not there, and connections that are none.

use super::handles::Kind;
use super::*;
use std::ffi::CString;
use std::mem::size_of;
use std::os::unix::io::AsRawFd;
use std::os::unix::net::UnixStream;

/// None of these has a USB/IP server.
const HOSTS: [&str; 6] = ["", "unix:", "unix:/no such folder/socket", "127.0.0.1:0", "[::1", "\u{feff}/"];
const BUS_IDS: [&str; 4] = ["1-1", "", "a bus", "0123456789012345678901234567890123456789"];

impl Caller {
    pub fn remote(&mut self) {
        match self.input.one_in(2) {
            true => self.remote_devices(),
            false => self.usbip_open_fd(),
        }
    }

    fn remote_devices(&mut self) {
        let host = CString::new(self.input.of(&HOSTS)).expect("no NUL");
        let (capacity, time) = (usize::from(self.input.byte() % 4), self.input.of(&[0, 1, u32::MAX]));
        let (mut places, mut there) = (Memory::new(capacity * size_of::<usbx_device_info>()), Memory::of::<usize>());
        let status = call!(usbx_remote_devices(host.as_ptr(), places.start(), capacity, there.start(), time));
        assert_ne!(status, USBX_OK, "{host:?} is no host");
        assert_eq!(count(&there, status), 0);
        places.untouched_from(0);
    }

    fn usbip_open_fd(&mut self) {
        let null = std::fs::File::open("/dev/null").expect("/dev/null");
        let (ours, _) = UnixStream::pair().expect("a pair of sockets"); // the other end is closed at once
        let fd = self.input.of(&[-1, i32::MAX, i32::MIN, null.as_raw_fd(), ours.as_raw_fd()]);
        let busid = CString::new(self.input.of(&BUS_IDS)).expect("no NUL");
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_usbip_open_fd(fd, busid.as_ptr(), place.start()));
        assert_ne!(status, USBX_OK, "nobody serves {fd}");
        self.opened(Kind::Device, &place, status);
    }
}
