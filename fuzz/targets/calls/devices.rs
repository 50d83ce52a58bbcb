//! Finding, opening, querying and configuring devices.

use super::handles::Kind;
use super::*;
use crate::fuzzed::memory::bytes_of;
use std::ffi::CString;
use std::mem::size_of;

impl Caller {
    pub fn opens(&mut self, path: &str) {
        let path = CString::new(path).expect("no NUL");
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_open_path(path.as_ptr(), place.start()));
        self.opened(Kind::Device, &place, status);
    }

    /// Takes note of a handle, if there is one.
    pub fn opened(&mut self, kind: Kind, place: &Memory, status: usbx_status) {
        let handle = count(place, status);
        if status == USBX_OK {
            self.handles.opened(kind, handle);
        }
    }

    pub fn any_open(&mut self) {
        let mut place = Memory::of::<usize>();
        let serial = self.text();
        let status = match self.input.byte() % 4 {
            0 => {
                let path = self.text();
                call!(usbx_open_path(path.as_ptr(), place.start()))
            }
            1 => call!(usbx_open(0x1209, 1, serial.as_ptr(), place.start())),
            2 => call!(usbx_open(self.input.word(), self.input.word(), std::ptr::null(), place.start())),
            _ => call!(usbx_open(0x1209, 1, std::ptr::null(), place.start())),
        };
        self.opened(Kind::Device, &place, status);
    }

    pub fn text(&mut self) -> CString {
        let known = self.input.of(&["virtual/1", "virtual/2", "acquisition", "", "B"]);
        if !self.input.one_in(4) {
            return CString::new(known).expect("no NUL");
        }
        let length = usize::from(self.input.byte());
        let bytes = self.input.take(length);
        CString::new(bytes.split(|byte| *byte == 0).next().unwrap_or_default()).expect("no NUL")
    }

    pub fn descriptors(&mut self) {
        let path = self.text();
        let capacity = self.input.of(&[0, 17, 18, 4096]);
        let (mut data, mut length) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_descriptors(path.as_ptr(), data.start(), capacity, length.start()));
        assert!([USBX_OK, USBX_ERROR_NOT_FOUND, USBX_ERROR_INVALID_PARAM].contains(&status));
        data.untouched_from(count(&length, status).min(capacity));
    }

    pub fn open_fd(&mut self) {
        let null = std::fs::File::open("/dev/null").expect("/dev/null");
        let fd = self.input.of(&[-1, i32::MAX, i32::MIN, std::os::unix::io::AsRawFd::as_raw_fd(&null)]);
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_open_fd(fd, place.start()));
        assert_ne!(status, USBX_OK, "{fd} is not a file descriptor of a device");
        self.opened(Kind::Device, &place, status);
    }

    pub fn virtual_open(&mut self, model: &str, serial: &str) {
        let (model, serial) = (CString::new(model).expect("no NUL"), CString::new(serial).expect("no NUL"));
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_virtual_open(model.as_ptr(), serial.as_ptr(), place.start()));
        self.opened(Kind::Virtual, &place, status);
    }

    pub fn any_virtual_open(&mut self) {
        let (model, serial) = (self.text(), self.text());
        let mut place = Memory::of::<usize>();
        let status = call!(usbx_virtual_open(model.as_ptr(), serial.as_ptr(), place.start()));
        self.opened(Kind::Virtual, &place, status);
    }

    pub fn virtual_unplug(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        let status = call!(usbx_virtual_unplug(handle as _));
        self.judge(valid, status);
        assert_eq!(status == USBX_OK, valid);
    }

    pub fn virtual_close(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Virtual, &mut self.input);
        self.closed(handle, valid, call!(usbx_virtual_close(handle as _)));
    }

    pub fn close(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Device, &mut self.input);
        self.closed(handle, valid, call!(usbx_close(handle as _)));
    }

    /// Exactly an open handle can be closed, and NULL.
    pub fn closed(&mut self, handle: usize, valid: bool, status: usbx_status) {
        assert_eq!(status, if valid || handle == 0 { USBX_OK } else { USBX_ERROR_INVALID_HANDLE });
        if valid {
            self.handles.closed(handle);
        }
    }

    pub fn list_devices(&mut self) {
        let capacity = usize::from(self.input.byte() % 4);
        let (mut places, mut there) = (Memory::new(capacity * size_of::<usbx_device_info>()), Memory::of::<usize>());
        assert_eq!(call!(usbx_devices(places.start(), capacity, there.start())), USBX_OK);
        let count = count(&there, USBX_OK).min(capacity);
        places.untouched_from(count * size_of::<usbx_device_info>());
        places.values::<usbx_device_info>(count).iter().for_each(is_told_well);
    }

    pub fn info(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let mut place = Memory::of::<usbx_device_info>();
        let status = call!(usbx_info(device as _, place.start()));
        self.judge(valid, status);
        place.guarded();
        assert!(status == USBX_OK || place.is_zero());
        is_told_well(&place.value());
    }

    pub fn get_configuration(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let mut place = Memory::of::<u8>();
        let status = call!(usbx_get_configuration(device as _, place.start()));
        self.judge(valid, status);
        place.guarded();
        assert!(status == USBX_OK || place.is_zero());
    }

    pub fn claim(&mut self, interface: u8) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut Input::new(&[]));
        self.judge(valid, call!(usbx_claim(device as _, interface)));
    }

    /// Calls that take a number and no more.
    pub fn change_setup(&mut self) {
        let (handle, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (device, interface) = (handle as *mut usbx_device, self.input.byte() % 4);
        let endpoint = self.endpoint();
        let status = match self.input.byte() % 14 {
            0..=2 => call!(usbx_claim(device, interface)),
            3..=5 => call!(usbx_set_alt_setting(device, interface, self.input.byte() % 4)),
            6 => call!(usbx_release(device, interface)),
            7 => call!(usbx_detach_kernel_driver(device, interface)),
            8 => call!(usbx_clear_halt(device, endpoint)),
            9 => call!(usbx_cancel(device, endpoint)),
            10 => call!(usbx_reset(device)),
            11 => call!(usbx_attach_kernel_driver(device, interface)),
            12 => {
                let (mut name, mut length) = (Memory::new(usize::from(self.input.byte() % 4)), Memory::of::<usize>());
                let status =
                    call!(usbx_kernel_driver(device, interface, name.start(), name.content().len(), length.start()));
                name.guarded();
                assert_eq!(count(&length, status), 0, "a virtual device has no kernel driver");
                status
            }
            _ => call!(usbx_set_configuration(device, self.input.byte() % 4)),
        };
        self.judge(valid, status);
    }

    pub fn set_auto_detach(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let status = call!(usbx_set_auto_detach(device as _, i32::from(self.input.byte() as i8)));
        self.judge(valid, status);
    }

    /// The virtual devices are too slow to have streams.
    pub fn bulk_streams_alloc(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (mut endpoints, mut allocated) = (self.endpoints(), Memory::of::<u32>());
        let (many, wanted) = (endpoints.len(), self.input.of(&[2u32, 0, 1, 4, 65533, 65534, u32::MAX]));
        let (start, there) = (endpoints.start::<u8>().cast_const(), allocated.start());
        let status = call!(usbx_bulk_streams_alloc(device as _, wanted, start, many, there));
        self.judge(valid, status);
        assert!(status != USBX_OK && allocated.is_zero());
        allocated.guarded();
        endpoints.guarded();
    }

    pub fn bulk_streams_free(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let mut endpoints = self.endpoints();
        let (start, many) = (endpoints.start::<u8>().cast_const(), endpoints.len());
        let status = call!(usbx_bulk_streams_free(device as _, start, many));
        self.judge(valid, status);
        assert_ne!(status, USBX_OK, "there are none");
        endpoints.guarded();
    }

    fn endpoints(&mut self) -> Memory {
        let count = self.input.byte() % 4;
        let endpoints: Vec<u8> = (0..count).map(|_| self.endpoint()).collect();
        Memory::holding(&endpoints)
    }

    pub fn list_endpoints(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let capacity = usize::from(self.input.byte() % 20);
        let (mut places, mut there) = (Memory::new(capacity * size_of::<usbx_endpoint>()), Memory::of::<usize>());
        let status = call!(usbx_endpoints(device as _, places.start(), capacity, there.start()));
        self.judge(valid, status);
        let count = count(&there, status).min(capacity);
        places.untouched_from(count * size_of::<usbx_endpoint>());
        for endpoint in places.values::<usbx_endpoint>(count) {
            assert!(endpoint.r#type <= USBX_TYPE_INTERRUPT && endpoint.max_packet_size < 2048);
            assert!(endpoint.packets_per_interval >= 1 && endpoint.reserved == [0; 16]);
        }
    }

    pub fn list_interfaces(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let capacity = usize::from(self.input.byte() % 20);
        let (mut places, mut there) = (Memory::new(capacity * size_of::<usbx_interface>()), Memory::of::<usize>());
        let status = call!(usbx_interfaces(device as _, places.start(), capacity, there.start()));
        self.judge(valid, status);
        let count = count(&there, status).min(capacity);
        places.untouched_from(count * size_of::<usbx_interface>());
        for interface in places.values::<usbx_interface>(count) {
            assert!(interface.selected <= 1 && interface.reserved == [0; 22]);
        }
    }

    pub fn get_descriptor(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let length = self.input.of(&[18, 255, 9, 0, 1, 1024]);
        let (kind, index) = (self.input.byte() % 16, self.input.byte() % 4);
        let (mut data, mut moved) = (Memory::new(length), Memory::of::<usize>());
        let status = call!(usbx_get_descriptor(device as _, kind, index, data.start(), length, moved.start()));
        self.judge(valid, status);
        self.judge_bus(status);
        moved.guarded();
        data.untouched_from(moved.value());
    }

    pub fn get_string(&mut self) {
        let (device, valid) = self.handles.choose(Kind::Device, &mut self.input);
        let (index, language) = (self.input.byte() % 6, self.input.of(&[0, 0x0409, 0x0407]));
        let capacity = self.input.of(&[384, 1, 2, 5, 30, 0]);
        let (mut text, mut length) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_get_string(device as _, index, language, text.start(), capacity, length.start()));
        self.judge(valid, status);
        self.judge_bus(status);
        text.guarded();
        let whole = count(&length, status);
        if capacity > 0 {
            assert!(terminated(text.content()).len() <= whole);
        }
        if whole < capacity {
            // A NUL inside is the end for a C program, but the length tells of more.
            assert!(std::str::from_utf8(&text.content()[..whole]).is_ok() && text.content()[whole] == 0);
        }
    }
}

/// What a C program sees in a place for a string.
fn terminated(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| *byte == 0).expect("a NUL at the end");
    std::str::from_utf8(&bytes[..end]).expect("UTF-8")
}

/// The texts stand behind 16 bytes of numbers.
fn is_told_well(info: &usbx_device_info) {
    let bytes = bytes_of(info);
    let texts = [(16, 256), (272, 384), (656, 384), (1040, 384)];
    texts.iter().for_each(|(at, length)| assert!(terminated(&bytes[*at..at + length]).len() < *length));
    assert_eq!(info.reserved, [0; 64]);
}
