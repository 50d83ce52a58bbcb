//! What a call costs above a bus that costs nothing, through the functions that C calls: `cargo bench --bench virtual`.
//! The device is the library's own, so the making of the data is in the figures, where there is any: 0x81 makes samples and a
//! checksum, 0x02 and 0x83 keep what was written, a control request copies registers. The interrupt endpoint has a report
//! every 10 ms and would measure that. Nothing here waits for time: the source is not paced.

// Criterion asks for a newer compiler than the library does.
#![allow(clippy::incompatible_msrv)]

use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use std::os::raw::c_void;
use std::ptr::{null, null_mut};
use usbx::ffi::*;

const OUT: u8 = 0x40;
const IN: u8 = 0xc0;
const START: u8 = 0x01;
const RATE: u8 = 0x03;
const REGISTERS: u8 = 0x04;
const FRAMES: u8 = 0x81;
const LOOP_OUT: u8 = 0x02;
const LOOP_IN: u8 = 0x83;
const PACKET: usize = 512;
const TIMEOUT_MS: u32 = 5000;

fn ok(status: usbx_status) {
    assert_eq!(status, USBX_OK);
}

fn control(device: *mut usbx_device, request_type: u8, request: u8, data: &mut [u8]) {
    let length = u16::try_from(data.len()).unwrap();
    // SAFETY: the data is valid for its length during the call; a count may be NULL.
    ok(unsafe {
        usbx_control(device, request_type, request, 0, 0, data.as_mut_ptr().cast(), length, TIMEOUT_MS, null_mut())
    });
}

fn read(device: *mut usbx_device, endpoint: u8, data: &mut [u8]) {
    let mut moved = 0;
    // SAFETY: the data is valid for its length during the call, and so is the count.
    ok(unsafe { usbx_bulk_read(device, endpoint, data.as_mut_ptr().cast(), data.len(), TIMEOUT_MS, &mut moved) });
    assert_eq!(moved, data.len());
}

fn write(device: *mut usbx_device, endpoint: u8, data: &[u8]) {
    // SAFETY: the data is valid for its length during the call; a count may be NULL.
    ok(unsafe { usbx_bulk_write(device, endpoint, data.as_ptr().cast(), data.len(), TIMEOUT_MS, null_mut()) });
}

/// The virtual device, sampling as fast as it is read. It stays plugged in until the program ends.
fn device() -> *mut usbx_device {
    let (mut plugged, mut device) = (null_mut(), null_mut());
    // SAFETY: the model's name is a C string, the serial number may be NULL, and the place is valid.
    ok(unsafe { usbx_virtual_open(b"acquisition\0".as_ptr().cast(), null(), &mut plugged) });
    // SAFETY: as above.
    ok(unsafe { usbx_open(0x1209, 0x0001, null(), &mut device) });
    ok(usbx_claim(device, 0));
    control(device, OUT, RATE, &mut [0; 4]);
    control(device, OUT, START, &mut []);
    device
}

fn blocking(c: &mut Criterion, device: *mut usbx_device) {
    let mut data = [0; PACKET];
    let mut group = c.benchmark_group("blocking");
    group.bench_function("control read, 16 bytes", |b| b.iter(|| control(device, IN, REGISTERS, &mut data[..16])));
    group.bench_function("bulk read, 512 bytes", |b| b.iter(|| read(device, FRAMES, &mut data)));
    group.bench_function("bulk write and bulk read of the same 512 bytes", |b| {
        b.iter(|| {
            write(device, LOOP_OUT, &data);
            read(device, LOOP_IN, &mut data);
        });
    });
    group.finish();
}

/// Submits one read for each buffer and takes all completions.
fn submit_and_wait(
    device: *mut usbx_device,
    queue: *mut usbx_queue,
    buffers: &mut [[u8; PACKET]],
    done: &mut [usbx_completion],
) {
    for buffer in buffers.iter_mut() {
        // SAFETY: all-zero bytes are a valid usbx_transfer, as its documentation asks for.
        let mut transfer: usbx_transfer = unsafe { std::mem::zeroed() };
        transfer.r#type = USBX_TYPE_BULK;
        transfer.endpoint = FRAMES;
        transfer.data = buffer.as_mut_ptr().cast::<c_void>();
        transfer.length = buffer.len();
        // SAFETY: the buffer is not touched until its completion was taken, below.
        ok(unsafe { usbx_submit(device, queue, &transfer, null_mut()) });
    }
    let mut taken = 0;
    while taken < buffers.len() {
        let mut count = 0;
        // SAFETY: as many completions fit as are said to.
        ok(unsafe { usbx_queue_wait(queue, done.as_mut_ptr(), done.len(), TIMEOUT_MS, &mut count) });
        assert!(done[..count]
            .iter()
            .all(|completion| completion.status == USBX_OK && completion.transferred == PACKET));
        taken += count;
    }
}

fn queued(c: &mut Criterion, device: *mut usbx_device) {
    let mut queue = null_mut();
    // SAFETY: the place is valid.
    ok(unsafe { usbx_queue_open(&mut queue) });
    let mut buffers = [[0; PACKET]; 32];
    // SAFETY: all-zero bytes are a valid usbx_completion.
    let mut done: [usbx_completion; 32] = unsafe { std::mem::zeroed() };
    let mut group = c.benchmark_group("queue");
    for depth in [1, 32] {
        group.throughput(Throughput::Elements(depth as u64));
        group.bench_function(format!("submit and wait, 512 bytes, {depth} at a time"), |b| {
            b.iter(|| submit_and_wait(device, queue, &mut buffers[..depth], &mut done));
        });
    }
    group.finish();
    ok(usbx_queue_close(queue));
}

fn streamed(c: &mut Criterion, device: *mut usbx_device) {
    let mut group = c.benchmark_group("stream");
    // To a place that takes everything at once: all that a capture costs the program, and no disk.
    for (size, captured) in [(16 * 1024, false), (64 * 1024, false), (64 * 1024, true)] {
        let mut capture = null_mut();
        if captured {
            // SAFETY: the path is a C string, the options may be NULL, and the place is valid.
            ok(unsafe { usbx_capture_open(b"/dev/null\0".as_ptr().cast(), null(), &mut capture) });
        }
        // SAFETY: all-zero bytes are valid options, as their documentation asks for.
        let mut options: usbx_stream_options = unsafe { std::mem::zeroed() };
        options.size = size;
        let mut stream = null_mut();
        // SAFETY: the options and the place are valid.
        ok(unsafe { usbx_stream_open(device, FRAMES, &options, &mut stream) });
        group.throughput(Throughput::Bytes(size as u64));
        let name = format!("next, chunks of {} KiB{}", size / 1024, if captured { ", captured" } else { "" });
        group.bench_function(name, |b| {
            b.iter(|| {
                // SAFETY: all-zero bytes are a valid usbx_chunk.
                let mut chunk: usbx_chunk = unsafe { std::mem::zeroed() };
                // SAFETY: the place is valid.
                ok(unsafe { usbx_stream_next(stream, TIMEOUT_MS, &mut chunk) });
                assert_eq!(chunk.length, size);
                chunk.sequence
            });
        });
        ok(usbx_stream_close(stream));
        // It may say that records were dropped: here the thread that writes shares the processor with this one.
        usbx_capture_close(capture);
    }
    group.finish();
}

/// A vendor device of 1209:0002 with a bulk endpoint 0x81, which a program answers for.
const MODEL: [u8; 43] = [
    18, 1, 0, 2, 0xff, 0, 0, 64, 0x09, 0x12, 0x02, 0, 0, 1, 0, 0, 0, 1, // device
    9, 2, 25, 0, 1, 1, 0, 0x80, 50, // configuration
    9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, FRAMES, 2, 0, 2, 0,
];

fn new_model() -> *mut usbx_virtual {
    let mut model = null_mut();
    // SAFETY: the descriptors and the place are valid.
    ok(unsafe { usbx_virtual_create(USBX_SPEED_HIGH, MODEL.as_ptr().cast(), MODEL.len(), &mut model) });
    ok(usbx_virtual_plug(model));
    model
}

fn open_model(model: *mut usbx_virtual) -> *mut usbx_device {
    let (mut path, mut device) = ([0; 32], null_mut());
    // SAFETY: the path has the room that is said.
    ok(unsafe { usbx_virtual_path(model, path.as_mut_ptr(), path.len(), null_mut()) });
    // SAFETY: it is a C string, and the place is valid.
    ok(unsafe { usbx_open_path(path.as_ptr(), &mut device) });
    device
}

/// What a model writes on a thread of its own, 64 KiB at a time, to a stream of 8 such transfers.
fn modelled(c: &mut Criterion) {
    const SIZE: usize = 64 * 1024;
    let model = new_model();
    let device = open_model(model);
    ok(usbx_claim(device, 0));
    // SAFETY: all-zero bytes are valid options, as their documentation asks for.
    let mut options: usbx_stream_options = unsafe { std::mem::zeroed() };
    options.size = SIZE;
    options.depth = 8;
    let mut stream = null_mut();
    // SAFETY: the options and the place are valid.
    ok(unsafe { usbx_stream_open(device, FRAMES, &options, &mut stream) });
    let handle = model as usize;
    let writer = std::thread::spawn(move || {
        let data = vec![0x5a; SIZE];
        let model = handle as *mut usbx_virtual;
        // SAFETY: the data are valid for their length; a count may be NULL.
        while unsafe { usbx_virtual_write(model, FRAMES, data.as_ptr().cast(), SIZE, USBX_NO_TIMEOUT, null_mut()) }
            == USBX_OK
        {}
    });
    let mut group = c.benchmark_group("model");
    group.throughput(Throughput::Bytes(SIZE as u64));
    group.bench_function("stream of what it writes, 64 KiB x 8", |b| {
        b.iter(|| {
            // SAFETY: all-zero bytes are a valid usbx_chunk.
            let mut chunk: usbx_chunk = unsafe { std::mem::zeroed() };
            // SAFETY: the place is valid.
            ok(unsafe { usbx_stream_next(stream, TIMEOUT_MS, &mut chunk) });
            assert_eq!(chunk.length, SIZE);
            chunk.sequence
        });
    });
    group.finish();
    ok(usbx_stream_close(stream));
    ok(usbx_virtual_close(model));
    writer.join().unwrap();
    ok(usbx_close(device));
}

/// Listing all, and opening each by its path: the time for one of them is to be the same however many there are.
fn many(c: &mut Criterion) {
    let mut group = c.benchmark_group("many models");
    let mut models = Vec::new();
    for count in [100, 1000] {
        models.resize_with(count, new_model);
        // SAFETY: all-zero bytes are valid infos.
        let mut infos: Vec<usbx_device_info> = (0..count + 100).map(|_| unsafe { std::mem::zeroed() }).collect();
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(format!("list {count}"), |b| {
            b.iter(|| {
                let mut found = 0;
                // SAFETY: as many infos fit as are said to.
                ok(unsafe { usbx_devices(infos.as_mut_ptr(), infos.len(), &mut found) });
                assert!(found >= count);
            });
        });
        group.bench_function(format!("open and close each of {count}"), |b| {
            b.iter(|| models.iter().for_each(|model| ok(usbx_close(open_model(*model)))));
        });
        group.bench_function(format!("plug in and out one more than {count}"), |b| {
            b.iter(|| ok(usbx_virtual_close(new_model())));
        });
    }
    group.finish();
    models.into_iter().for_each(|model| ok(usbx_virtual_close(model)));
}

fn all(c: &mut Criterion) {
    many(c);
    let device = device();
    blocking(c, device);
    queued(c, device);
    streamed(c, device);
    ok(usbx_close(device));
    modelled(c);
}

criterion_group!(benches, all);
criterion_main!(benches);
