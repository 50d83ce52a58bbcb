//! Random sequences of calls by one thread, compared with a model of what the header promises: the model knows every status and every byte.

use proptest::prelude::*;
use std::collections::VecDeque;
use std::os::raw::c_char;
use std::ptr::null_mut;
use usbx::ffi::*;

const PACKET: usize = 512;
const HELD: usize = 128;
const SERIAL: &[u8] = b"SEQUENCE\0";
const NO_DEVICE: i32 = -4;
const NOT_FOUND: i32 = -5;
const TIMEOUT: i32 = -7;
const INVALID_HANDLE: i32 = -100;
const NOT_CLAIMED: i32 = -103;

#[derive(Clone, Debug)]
enum Step {
    Plug,
    Unplug,
    Open,
    Close,
    Claim,
    Release,
    Select(u8),
    Write(usize),
    Read(usize),
    Reset,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Plug),
        1 => Just(Step::Unplug),
        4 => Just(Step::Open),
        1 => Just(Step::Close),
        4 => Just(Step::Claim),
        1 => Just(Step::Release),
        1 => (0u8..3).prop_map(Step::Select),
        6 => (1usize..6 * PACKET).prop_map(Step::Write),
        6 => (1usize..8).prop_map(Step::Read),
        1 => Just(Step::Reset),
    ]
}

/// What there has to be.
#[derive(Default)]
struct Model {
    plugged: bool,
    open: bool,
    /// What the handle was opened on has been unplugged.
    gone: bool,
    claimed: bool,
    loopback: VecDeque<Vec<u8>>,
}

impl Model {
    /// Of a call that needs the device, and nothing else.
    fn reached(&self) -> i32 {
        match self {
            Model { open: false, .. } => INVALID_HANDLE,
            Model { gone: true, .. } => NO_DEVICE,
            _ => 0,
        }
    }

    fn claimed(&self) -> i32 {
        match self.reached() {
            0 if !self.claimed => NOT_CLAIMED,
            status => status,
        }
    }

    /// What a read of so many packets gets: it ends with a short packet, or when there is nothing more.
    fn read(&mut self, packets: usize) -> (i32, Vec<u8>) {
        let mut bytes = Vec::new();
        for _ in 0..packets {
            let Some(packet) = self.loopback.pop_front() else { return (TIMEOUT, bytes) };
            bytes.extend_from_slice(&packet);
            if packet.len() < PACKET {
                break;
            }
        }
        (0, bytes)
    }
}

fn text(terminated: &'static [u8]) -> *const c_char {
    terminated.as_ptr().cast()
}

fn run(steps: &[Step]) {
    // SAFETY: the count is not needed. A sequence that failed has left something open.
    unsafe { usbx_shutdown(null_mut()) };
    let mut model = Model::default();
    let (mut plugged, mut device) = (null_mut(), null_mut());
    let mut counter = 0u8;
    for (number, step) in steps.iter().enumerate() {
        let at = format!("step {number}, {step:?}");
        // SAFETY: all texts, places and buffers are valid for the call.
        unsafe {
            match step {
                Step::Plug if !model.plugged => {
                    usbx_virtual_close(plugged);
                    let opened = usbx_virtual_open(text(b"acquisition\0"), text(SERIAL), &mut plugged);
                    assert_eq!(opened, 0, "{at}");
                    model.plugged = true;
                    model.loopback.clear();
                }
                Step::Plug => {}
                Step::Unplug if plugged.is_null() => {}
                Step::Unplug => {
                    assert_eq!(usbx_virtual_unplug(plugged), 0, "{at}");
                    model.plugged = false;
                    model.gone = true;
                }
                Step::Open if model.open => {}
                Step::Open => {
                    let opened = usbx_open(0x1209, 1, text(SERIAL), &mut device);
                    assert_eq!(opened, if model.plugged { 0 } else { NOT_FOUND }, "{at}");
                    model = Model { open: model.plugged, gone: false, claimed: false, ..model };
                }
                Step::Close => {
                    let expected = if model.open || device.is_null() { 0 } else { INVALID_HANDLE };
                    assert_eq!(usbx_close(device), expected, "{at}");
                    model = Model { open: false, claimed: false, ..model };
                }
                Step::Claim => {
                    assert_eq!(usbx_claim(device, 0), model.reached(), "{at}");
                    model.claimed |= model.reached() == 0;
                }
                Step::Release => {
                    assert_eq!(usbx_release(device, 0), model.claimed(), "{at}");
                    model.claimed = false;
                }
                Step::Select(setting) => {
                    let expected = if model.open && *setting == 2 { NOT_FOUND } else { model.claimed() };
                    assert_eq!(usbx_set_alt_setting(device, 0, *setting), expected, "{at}");
                }
                Step::Write(length) => {
                    counter = counter.wrapping_add(1);
                    let bytes: Vec<u8> =
                        (0..*length).map(|n| (n as u8).wrapping_mul(31).wrapping_add(counter)).collect();
                    let packets = bytes.chunks(PACKET).map(<[u8]>::to_vec);
                    if model.loopback.len() + packets.len() > HELD {
                        continue;
                    }
                    let mut moved = 99;
                    let written = usbx_bulk_write(device, 2, bytes.as_ptr().cast(), *length, 10_000, &mut moved);
                    assert_eq!(written, model.claimed(), "{at}");
                    assert_eq!(moved, if written == 0 { *length } else { 0 }, "{at}");
                    if written == 0 {
                        model.loopback.extend(packets);
                    }
                }
                Step::Read(packets) => {
                    let mut bytes = vec![0xa5; packets * PACKET];
                    let mut moved = 99;
                    let status = usbx_bulk_read(device, 0x83, bytes.as_mut_ptr().cast(), bytes.len(), 1, &mut moved);
                    let (expected, data) = match model.claimed() {
                        0 => model.read(*packets),
                        refused => (refused, Vec::new()),
                    };
                    assert_eq!((status, moved), (expected, data.len()), "{at}");
                    assert!(bytes[..moved] == data, "{at}: other bytes");
                    assert!(bytes[moved..].iter().all(|byte| *byte == 0xa5), "{at}");
                }
                Step::Reset => {
                    assert_eq!(usbx_reset(device), model.reached(), "{at}");
                    if model.reached() == 0 {
                        model.loopback.clear();
                    }
                }
            }
        }
    }
    let mut leaked = 99;
    // SAFETY: a valid place.
    unsafe { usbx_shutdown(&mut leaked) };
    assert_eq!(leaked, usize::from(model.open) + usize::from(!plugged.is_null()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_status_and_every_byte_is_as_promised(steps in prop::collection::vec(step(), 1..120)) {
        run(&steps);
    }
}
