//! Eight Rust threads make random valid and invalid calls for eight virtual devices; tests/stress does the same from C, with
//! more kinds of calls. USBX_SEED repeats a run, USBX_CALLS sets its length.

use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::mem::zeroed;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use usbx::ffi::*;

const THREADS: usize = 8;
const DEVICES: usize = 8;
const SLOTS: usize = 16;

const OK: i32 = 0;
/// What a reset by another handle ends.
const IO: i32 = -1;
const INVALID_PARAM: i32 = -2;
const NO_DEVICE: i32 = -4;
const NOT_FOUND: i32 = -5;
const BUSY: i32 = -6;
const TIMEOUT: i32 = -7;
const OVERFLOW: i32 = -8;
const PIPE: i32 = -9;
const INVALID_HANDLE: i32 = -100;
const CANCELLED: i32 = -101;
const CLOSED: i32 = -102;
const NOT_CLAIMED: i32 = -103;
/// What another thread may have done meanwhile.
const ANY_TIME: [i32; 4] = [OK, NO_DEVICE, INVALID_HANDLE, CLOSED];

#[derive(Default)]
struct Shared {
    devices: [AtomicUsize; SLOTS],
    queues: [AtomicUsize; SLOTS],
    watches: [AtomicUsize; SLOTS],
    plugs: [AtomicUsize; DEVICES],
    /// Opened, less closed.
    open: AtomicI64,
}

struct Worker<'a> {
    shared: &'a Shared,
    state: u64,
    calls: u64,
    ends: BTreeMap<i32, u64>,
}

impl Worker<'_> {
    /// xorshift64*.
    fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }

    fn try_call(&mut self, what: &str, status: i32, more: &[i32]) -> bool {
        self.calls += 1;
        *self.ends.entry(status).or_default() += 1;
        assert!(ANY_TIME.contains(&status) || more.contains(&status), "{what}: {status}");
        if status != OK {
            // SAFETY: a NUL-terminated string until this thread's next failure.
            let sentence = unsafe { CStr::from_ptr(usbx_last_error()) };
            assert!(sentence.to_str().expect("UTF-8").len() > 10, "{what} says nothing");
        }
        status == OK
    }

    /// Mostly one that somebody opened, and maybe closed.
    fn choose(&mut self, slots: &[AtomicUsize]) -> usize {
        let handle = slots[self.below(slots.len())].load(Ordering::Relaxed);
        match self.below(16) {
            0 => handle & 0xffff_ffff,
            1 => handle ^ 1 << self.below(53),
            _ => handle,
        }
    }

    /// Puts it where all find it, and closes what was there.
    fn keep(&mut self, slot: &AtomicUsize, handle: usize, close: extern "C" fn(*mut u8) -> i32) {
        assert!(handle != 0 && handle < 1 << 53);
        self.shared.open.fetch_add(1, Ordering::Relaxed);
        self.close(slot.swap(handle, Ordering::Relaxed), close);
    }

    fn close(&mut self, handle: usize, close: extern "C" fn(*mut u8) -> i32) {
        if self.try_call("close", close(handle as *mut u8), &[]) && handle != 0 {
            self.shared.open.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn step(&mut self) {
        let shared = self.shared;
        let device = self.choose(&shared.devices) as *mut usbx_device;
        let mut count = 77usize;
        let mut data = vec![0xa5u8; 64 + self.below(2048)];
        let way = self.below(100);
        // SAFETY: all places and buffers are valid for the call; transfers of queues have static memory.
        unsafe {
            match way {
                0 => self.replug(),
                1..=9 => {
                    let mut opened = 1 as *mut usbx_device;
                    let serial = serial(self.below(DEVICES));
                    let status = usbx_open(0x1209, 1, serial.as_ptr(), &mut opened);
                    if self.try_call("open", status, &[NOT_FOUND]) {
                        let slot = self.below(SLOTS);
                        self.keep(&shared.devices[slot], opened as usize, close_device);
                    } else {
                        assert!(opened.is_null());
                    }
                }
                10..=12 => self.close(device as usize, close_device),
                13..=24 => {
                    let status = usbx_claim(device, self.below(3) as u8);
                    self.try_call("claim", status, &[BUSY, NOT_FOUND]);
                }
                25..=27 => {
                    let status = usbx_release(device, 0);
                    self.try_call("release", status, &[NOT_CLAIMED]);
                }
                28..=30 => {
                    let status = usbx_set_alt_setting(device, 0, self.below(3) as u8);
                    self.try_call("set_alt_setting", status, &[NOT_CLAIMED, NOT_FOUND]);
                }
                31 => {
                    let status = usbx_reset(device);
                    self.try_call("reset", status, &[]);
                }
                32..=34 => {
                    let status = usbx_cancel(device, 0x83);
                    self.try_call("cancel", status, &[INVALID_PARAM]);
                }
                35..=50 => {
                    let status = usbx_bulk_write(device, 0x02, data.as_ptr().cast(), data.len(), 1, &mut count);
                    self.try_call("write", status, &[IO, TIMEOUT, PIPE, CANCELLED, NOT_CLAIMED, INVALID_PARAM]);
                    assert!(count <= data.len());
                }
                51..=66 => {
                    let status = usbx_bulk_read(device, 0x83, data.as_mut_ptr().cast(), data.len(), 1, &mut count);
                    self.try_call(
                        "read",
                        status,
                        &[IO, TIMEOUT, PIPE, CANCELLED, NOT_CLAIMED, OVERFLOW, INVALID_PARAM],
                    );
                    assert!(count <= data.len());
                }
                67..=72 => {
                    let status =
                        usbx_control(device, 0x80, 6, 0x0100, 0, data.as_mut_ptr().cast(), 18, 1000, &mut count);
                    assert_eq!(self.try_call("control", status, &[IO, CANCELLED]), count == 18);
                }
                73..=75 => {
                    let mut queue = 1 as *mut usbx_queue;
                    if self.try_call("queue_open", usbx_queue_open(&mut queue), &[]) {
                        let slot = self.below(SLOTS);
                        self.keep(&shared.queues[slot], queue as usize, close_queue);
                    }
                }
                76..=84 => self.submit(device),
                85..=91 => {
                    let queue = self.choose(&shared.queues) as *mut usbx_queue;
                    let mut done: [usbx_completion; 8] = zeroed();
                    let status = usbx_queue_wait(queue, done.as_mut_ptr(), 8, u32::MAX, &mut count);
                    assert_eq!(self.try_call("queue_wait", status, &[TIMEOUT]), (1..=8).contains(&count));
                }
                92..=93 => {
                    let mut watch = 1 as *mut usbx_watch;
                    if self.try_call("watch_open", usbx_watch_open(0x1209, 0, &mut watch), &[]) {
                        let slot = self.below(SLOTS);
                        self.keep(&shared.watches[slot], watch as usize, close_watch);
                    }
                }
                94..=97 => {
                    let watch = self.choose(&shared.watches) as *mut usbx_watch;
                    let (mut event, mut info): (i32, usbx_device_info) = (77, zeroed());
                    let status = usbx_watch_next(watch, u32::MAX, &mut event, &mut info);
                    assert_eq!(self.try_call("watch_next", status, &[TIMEOUT]), event != 0);
                }
                _ => {
                    let mut info: usbx_device_info = zeroed();
                    let found = self.try_call("info", usbx_info(device, &mut info), &[]);
                    assert_eq!(found, info.vendor_id == 0x1209);
                }
            }
        }
    }

    /// Only the reports of an interrupt endpoint, which come without a request, into memory that is not checked.
    fn submit(&mut self, device: *mut usbx_device) {
        static SINK: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let queue = self.choose(&self.shared.queues) as *mut usbx_queue;
        // SAFETY: zero is a transfer; the memory is static, and atomics may be written behind a shared reference.
        unsafe {
            let mut transfer: usbx_transfer = zeroed();
            transfer.r#type = USBX_TYPE_CONTROL;
            transfer.request_type = 0x80;
            transfer.value = 0x0100;
            transfer.request = 6;
            transfer.length = 16;
            transfer.data = SINK.as_ptr() as *mut _;
            let mut id = 77;
            let status = usbx_submit(device, queue, &transfer, &mut id);
            assert_eq!(self.try_call("submit", status, &[BUSY]), id != 0);
        }
    }

    fn replug(&mut self) {
        let at = self.below(DEVICES);
        let mut plugged = null_mut();
        // SAFETY: the texts end with a NUL, and the place is valid.
        let status = unsafe { usbx_virtual_open(b"acquisition\0".as_ptr().cast(), serial(at).as_ptr(), &mut plugged) };
        if self.try_call("virtual_open", status, &[]) {
            self.keep(&self.shared.plugs[at], plugged as usize, close_virtual);
        }
    }
}

extern "C" fn close_device(handle: *mut u8) -> i32 {
    usbx_close(handle.cast())
}

extern "C" fn close_queue(handle: *mut u8) -> i32 {
    usbx_queue_close(handle.cast())
}

extern "C" fn close_watch(handle: *mut u8) -> i32 {
    usbx_watch_close(handle.cast())
}

extern "C" fn close_virtual(handle: *mut u8) -> i32 {
    usbx_virtual_close(handle.cast())
}

fn serial(number: usize) -> CString {
    CString::new(format!("THREAD{number}")).expect("no NUL")
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect(variable))
}

#[test]
fn random_calls_of_eight_threads_keep_to_the_contract() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let (seed, calls) = (number("USBX_SEED", now.as_secs()), number("USBX_CALLS", 400_000));
    println!("USBX_SEED={seed} USBX_CALLS={calls}");
    let (shared, before) = (Shared::default(), descriptors());
    let work = |thread: usize| {
        let state = (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (thread as u64 + 1) << 32;
        let mut worker = Worker { shared: &shared, state, calls: 0, ends: BTreeMap::new() };
        worker.replug();
        while worker.calls < calls / THREADS as u64 {
            worker.step();
        }
        worker.ends
    };
    let mut ends = BTreeMap::<i32, u64>::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn({
                    let work = &work;
                    move || work(thread)
                })
            })
            .collect();
        for thread in threads {
            for (status, count) in thread.join().expect("a thread failed") {
                *ends.entry(status).or_default() += count;
            }
        }
    });
    let mut leaked = 0;
    // SAFETY: a valid place.
    assert_eq!(unsafe { usbx_shutdown(&mut leaked) }, OK);
    assert_eq!(leaked as i64, shared.open.load(Ordering::Relaxed));
    assert_eq!(descriptors(), before);
    println!("{} calls; by status: {ends:?}", ends.values().sum::<u64>());
}
