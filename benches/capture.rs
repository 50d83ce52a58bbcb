//! What a capture takes of a stream's rate: `cargo bench --bench capture`, with `-- DIRECTORY` for another place than target/. The virtual device
//! has no bus to wait for, 64 KiB are read at a time, eight reads are in flight. Each round measures all ways of capturing one after the other,
//! so that what else the machine does meets all of them; the figures are medians of the rounds.

use std::ffi::CString;
use std::os::raw::c_void;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};
use usbx::ffi::*;

const FRAMES: u8 = 0x81;
const SIZE: usize = 64 * 1024;
const TIMEOUT_MS: u32 = 5000;
/// 128 MiB: what is in the file at the end of a round is less than what systems keep in memory.
const CHUNKS: usize = 2048;
const ROUNDS: usize = 31;

fn ok(status: usbx_status) {
    assert_eq!(status, USBX_OK);
}

/// The virtual device, sampling as fast as it is read.
fn device() -> *mut usbx_device {
    let (mut plugged, mut device) = (null_mut(), null_mut());
    // SAFETY: the model's name is a C string, the serial number may be NULL, and the place is valid.
    ok(unsafe { usbx_virtual_open(b"acquisition\0".as_ptr().cast(), null(), &mut plugged) });
    // SAFETY: as above.
    ok(unsafe { usbx_open(0x1209, 0x0001, null(), &mut device) });
    ok(usbx_claim(device, 0));
    let mut rate = [0u8; 4];
    // SAFETY: the data is valid for its length; a count may be NULL.
    ok(unsafe { usbx_control(device, 0x40, 3, 0, 0, rate.as_mut_ptr().cast::<c_void>(), 4, TIMEOUT_MS, null_mut()) });
    // SAFETY: a request without data has none.
    ok(unsafe { usbx_control(device, 0x40, 1, 0, 0, null_mut(), 0, TIMEOUT_MS, null_mut()) });
    device
}

/// Of the thread that calls.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn next(stream: *mut usbx_stream) {
    // SAFETY: all-zero bytes are a valid usbx_chunk.
    let mut chunk: usbx_chunk = unsafe { std::mem::zeroed() };
    // SAFETY: the place is valid.
    ok(unsafe { usbx_stream_next(stream, TIMEOUT_MS, &mut chunk) });
    assert_eq!(chunk.length, SIZE);
}

/// What one run has measured.
struct Run {
    /// Bytes per second, by the clock.
    rate: f64,
    /// Bytes per second of the reader's processor time.
    own_rate: f64,
    /// Which share of the records was dropped.
    dropped: f64,
}

fn measure(device: *mut usbx_device, place: Option<&CString>) -> Run {
    let mut capture = null_mut();
    if let Some(place) = place {
        // SAFETY: the path is a C string, the options may be NULL, and the place is valid.
        ok(unsafe { usbx_capture_open(place.as_ptr(), null(), &mut capture) });
    }
    // SAFETY: all-zero bytes are valid options, as their documentation asks for.
    let mut options: usbx_stream_options = unsafe { std::mem::zeroed() };
    (options.size, options.depth) = (SIZE, 8);
    let mut stream = null_mut();
    // SAFETY: the options and the place are valid.
    ok(unsafe { usbx_stream_open(device, FRAMES, &options, &mut stream) });
    (0..CHUNKS / 16).for_each(|_| next(stream));
    let (clock, processor) = (Instant::now(), processor_time());
    (0..CHUNKS).for_each(|_| next(stream));
    let (clock, processor) = (clock.elapsed(), processor_time() - processor);
    ok(usbx_stream_close(stream));
    // SAFETY: all-zero bytes are valid statistics.
    let mut counted: usbx_capture_statistics = unsafe { std::mem::zeroed() };
    if place.is_some() {
        // SAFETY: the place is valid.
        ok(unsafe { usbx_capture_stats(capture, &mut counted) });
        // It says that records were dropped, if any were.
        usbx_capture_close(capture);
    }
    let bytes = (CHUNKS * SIZE) as f64;
    Run {
        rate: bytes / clock.as_secs_f64(),
        own_rate: bytes / processor.as_secs_f64(),
        dropped: counted.dropped as f64 / (counted.dropped + counted.records).max(1) as f64,
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    // Cargo's own arguments begin with a dash.
    let directory = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let directory = directory.unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").to_owned());
    let file = format!("{directory}/capture-{}.pcapng", std::process::id());
    let rounds = if std::env::args().any(|argument| argument == "--quick") { 3 } else { ROUNDS };
    let ways = [None, Some("/dev/null"), Some(&*file)];
    let places = ways.map(|way| way.map(|way| CString::new(way).unwrap()));
    let device = device();
    let runs: Vec<[Run; 3]> = (0..rounds)
        .map(|_| {
            let round = [0, 1, 2].map(|way| measure(device, places[way].as_ref()));
            std::fs::remove_file(&file).unwrap();
            round
        })
        .collect();
    println!("{:40} {:>8} {:>8} {:>9} {:>8}", "a stream, 64 KiB x 8", "GB/s", "to bare", "own time", "dropped");
    for (way, name) in ways.iter().enumerate() {
        println!(
            "{:40} {:8.2} {:8.2} {:9.2} {:7.1}%",
            name.map_or("not captured".to_owned(), |name| format!("captured to {name}")),
            median(runs.iter().map(|round| round[way].rate)) / 1e9,
            median(runs.iter().map(|round| round[way].rate / round[0].rate)),
            median(runs.iter().map(|round| round[way].own_rate / round[0].own_rate)),
            100.0 * median(runs.iter().map(|round| round[way].dropped)),
        );
    }
    ok(usbx_close(device));
}
