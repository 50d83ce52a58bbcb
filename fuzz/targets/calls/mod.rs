//! Any sequence of calls of the C interface by one thread: every pointer is valid memory, and every other argument may be wrong.
//! After each call this checks what the header promises. Timeouts are short, so that no call waits forever.

mod buffers;
mod captures;
mod devices;
mod handles;
mod models;
mod queues;
mod remote;
mod shares;
mod streams;
mod transfers;
mod watches;

use super::input::Input;
use super::memory::Memory;
use crate::ffi::*;
use buffers::Held;
use handles::{Handles, Kind};
use queues::Submitted;
use std::collections::HashMap;
use std::ffi::CStr;

/// Calls a function of the header.
macro_rules! call {
    ($function:ident($($argument:expr),*)) => {{
        #[allow(unused_unsafe)]
        // SAFETY: each pointer is NULL or memory of this module's of the size that is passed with it or that the type has, alive until
        // the call, or what it started, is over; strings end with a NUL.
        let status = unsafe { $function($($argument),*) };
        crate::fuzzed::calls::known(stringify!($function), status);
        status
    }};
}
pub(crate) use call;

pub struct Caller {
    input: Input,
    handles: Handles,
    submitted: Vec<Submitted>,
    buffers: Vec<Held>,
    /// The next chunk's number, of each stream.
    sequences: HashMap<usize, u64>,
    liar: bool,
    descriptors: usize,
}

const MOST_CALLS: usize = 48;

/// Of waits: mostly none.
const WAITS: [u32; 4] = [USBX_NO_WAIT_VALUE, USBX_NO_WAIT_VALUE, USBX_NO_WAIT_VALUE, 1];

impl Caller {
    pub fn new(input: Input) -> Caller {
        let (handles, submitted, buffers) = (Handles::default(), Vec::new(), Vec::new());
        let (sequences, descriptors) = (HashMap::new(), open_descriptors());
        Caller { input, handles, submitted, buffers, sequences, liar: false, descriptors }
    }

    /// One that was opened elsewhere.
    pub fn has_device(&mut self, handle: usize) {
        self.handles.opened(Kind::Device, handle);
    }

    pub fn meets_a_liar(&mut self) {
        self.liar = true;
    }

    pub fn run(mut self) {
        // What nearly every sequence begins with.
        let begin = self.input.byte();
        if begin & 1 == 0 && !self.liar {
            self.virtual_open("acquisition", "");
            self.opens("virtual/1");
        }
        if begin & 2 == 0 {
            self.claim(0);
        }
        for _ in 0..MOST_CALLS {
            if self.input.is_empty() {
                break;
            }
            self.step();
        }
        self.shutdown();
        self.shutdown();
        self.free_buffers();
        // Threads and files of a test's neighbours come and go.
        #[cfg(fuzzing)]
        assert_eq!(open_descriptors(), self.descriptors, "the library left descriptors open");
        let _ = self.descriptors;
    }

    fn step(&mut self) {
        let which = self.input.byte();
        match which {
            252.. => return self.share(which),
            248.. => return self.capture(which),
            240.. => return self.watch(which),
            232.. => return self.handle_or_buffer(which),
            192.. => return self.model(which),
            _ => {}
        }
        match which % 48 {
            0 => self.words(),
            1 => self.shutdown(),
            2..=3 => self.any_virtual_open(),
            4 => self.virtual_unplug(),
            5 => self.virtual_close(),
            6 => self.list_devices(),
            7..=8 => self.any_open(),
            9 if self.input.one_in(2) => self.remote(),
            9 => self.open_fd(),
            10 => self.close(),
            11 => self.info(),
            12 => self.get_configuration(),
            13..=16 => self.change_setup(),
            17 if self.input.one_in(2) => self.list_interfaces(),
            17 => self.list_endpoints(),
            18 => self.get_descriptor(),
            19 => self.get_string(),
            20 => self.descriptors(),
            21..=22 => self.control(),
            23..=26 => self.transfer(),
            27..=28 => self.isochronous(),
            29 => self.queue_open(),
            30..=33 => self.submit(),
            34..=35 => self.queue_wait(),
            36 => self.queue_cancel(),
            37 => self.queue_fd(),
            38 => self.queue_close(),
            39..=40 => self.stream_open(),
            41 => self.stream_next(),
            42 => self.stream_read(),
            43 => self.stream_write(),
            44 => self.stream_fill(),
            45 => self.stream_flush(),
            46 => self.stream_tell(),
            _ => self.stream_close(),
        }
    }

    fn handle_or_buffer(&mut self, which: u8) {
        match which % 8 {
            0 => self.buffer_alloc(),
            1 => self.buffer_free(),
            2..=3 => self.buffer_read(),
            4 => self.handle_error(),
            5 => self.set_auto_detach(),
            6 => self.bulk_streams_alloc(),
            _ => self.bulk_streams_free(),
        }
    }

    /// Judges a call that was given a handle: only a valid one is let in.
    fn judge(&self, valid: bool, status: usbx_status) {
        assert_eq!(status == USBX_ERROR_INVALID_HANDLE, !valid, "the handle is {valid}, the status {status}");
    }

    /// A device that keeps the rules has no errors on its bus.
    fn judge_bus(&self, status: usbx_status) {
        assert!(self.liar || status != USBX_ERROR_IO, "an error on a bus that has none: {}", last_error());
    }

    fn shutdown(&mut self) {
        let mut leaked = Memory::of::<usize>();
        assert_eq!(call!(usbx_shutdown(leaked.start())), USBX_OK);
        leaked.guarded();
        assert_eq!(leaked.value::<usize>(), self.handles.forget_all());
        self.submitted.drain(..).for_each(|submitted| submitted.check());
    }

    fn handle_error(&mut self) {
        let kind = self.input.of(&[
            Kind::Device,
            Kind::Queue,
            Kind::Stream,
            Kind::Watch,
            Kind::Virtual,
            Kind::Capture,
            Kind::Share,
        ]);
        let (handle, _) = self.handles.choose(kind, &mut self.input);
        let capacity = self.input.of(&[1024, 0, 1, 20]);
        let (mut text, mut length) = (Memory::new(capacity), Memory::of::<usize>());
        let status = call!(usbx_handle_error(handle as *const _, text.start(), capacity, length.start()));
        // A handle of any kind will do.
        self.judge(self.handles.is_open_at_all(handle), status);
        text.guarded();
        let whole = count(&length, status);
        if capacity > 0 {
            let told = CStr::from_bytes_until_nul(text.content()).expect("a NUL at the end").to_str().expect("UTF-8");
            assert!(told.len() <= whole && (told.len() == whole || whole >= capacity));
        }
    }

    fn words(&mut self) {
        let number = self.input.word() as i16 as i32;
        for text in [usbx_version(), usbx_error_name(number), usbx_error_text(number)] {
            // SAFETY: the header promises a string that lives as long as the library.
            assert!(!unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").is_empty());
        }
    }
}

fn last_error() -> String {
    // SAFETY: a NUL-terminated string until this thread's next failure.
    unsafe { CStr::from_ptr(usbx_last_error()) }.to_str().expect("UTF-8").to_owned()
}

/// The statuses that can come at all, in one process, on the virtual bus.
pub(crate) fn known(function: &str, status: usbx_status) {
    assert!((-12..=0).contains(&status) || (-103..=-100).contains(&status), "{function}: {status}: {}", last_error());
    assert!(![USBX_ERROR_ACCESS, USBX_ERROR_INTERRUPTED].contains(&status), "{function}: {status}: {}", last_error());
    assert!(status == USBX_OK || !last_error().is_empty(), "{function} says nothing of its failure");
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// A number that was asked for, checked: 0 on failure.
fn count(place: &Memory, status: usbx_status) -> usize {
    place.guarded();
    assert!(status == USBX_OK || place.is_zero(), "a result is not zeroed on failure");
    place.value()
}
