//! What a capture takes of a stream's rate: `cargo bench --bench capture`, with `-- DIRECTORY` for another place than target/. 64 KiB are read
//! at a time, eight reads are in flight; first from a virtual device that has no bus to wait for, then from one that sends at a bus's rate.
//! Each round measures all ways of capturing one after the other, so that what else the machine does meets all of them; the figures are
//! medians of the rounds.
//!
//! A capture copies each byte once more on the thread that moves it, and writes it to the file on another. Both are measured alone, too.

use std::ffi::CString;
use std::fs::File;
use std::io::Write;
use std::os::raw::c_void;
use std::ptr::{null, null_mut};
use std::time::{Duration, Instant};
use usbx::ffi::*;

const FRAMES: u8 = 0x81;
const SIZE: usize = 64 * 1024;
const TIMEOUT_MS: u32 = 5000;
/// 128 MiB: what is in the file at the end of a round is less than what systems keep in memory.
const CHUNKS: usize = 2048;
/// Before them: 8 MiB, in which a capture has not used all of its memory, so that some of what is measured goes to memory that it has not
/// used before; and 64 MiB, in which one with a file has used all of its 32 MiB.
const FIRST: usize = 128;
const GOING_ON: usize = 1024;
const ROUNDS: usize = 31;
/// What a writer gives to the system at a time, as the capture does.
const BLOCK: usize = 256 * 1024;
/// In bytes per second; USB 3 with 5 and with 10 Gbit/s moves up to about so many.
const BUSES: [(&str, u64); 2] = [("at 450 MB/s, 5 Gbit/s", 450_000_000), ("at 1,050 MB/s, 10 Gbit/s", 1_050_000_000)];
const SAMPLES_IN_FRAME: u64 = 62;
const FRAME: u64 = 512;

fn ok(status: usbx_status) {
    assert_eq!(status, USBX_OK);
}

/// The virtual device.
fn device() -> *mut usbx_device {
    let (mut plugged, mut device) = (null_mut(), null_mut());
    // SAFETY: the model's name is a C string, the serial number may be NULL, and the place is valid.
    ok(unsafe { usbx_virtual_open(b"acquisition\0".as_ptr().cast(), null(), &mut plugged) });
    // SAFETY: as above.
    ok(unsafe { usbx_open(0x1209, 0x0001, null(), &mut device) });
    ok(usbx_claim(device, 0));
    device
}

/// Starts it anew: as fast as it is read, or with so many bytes per second.
fn sample(device: *mut usbx_device, pace: Option<u64>) {
    let samples = pace.map_or(0, |bytes| bytes * SAMPLES_IN_FRAME / FRAME);
    let mut rate = (samples as u32).to_le_bytes();
    // SAFETY: the data is valid for its length; a count may be NULL.
    ok(unsafe { usbx_control(device, 0x40, 3, 0, 0, rate.as_mut_ptr().cast::<c_void>(), 4, TIMEOUT_MS, null_mut()) });
    // SAFETY: a request without data has none.
    ok(unsafe { usbx_control(device, 0x40, 1, 0, 0, null_mut(), 0, TIMEOUT_MS, null_mut()) });
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

/// The same number of bytes through a function that takes so many at a time.
fn alone(size: usize, mut act: impl FnMut(&[u8])) -> Run {
    let data = vec![0x5a; size];
    (0..4).for_each(|_| act(&data));
    let (clock, processor) = (Instant::now(), processor_time());
    (0..CHUNKS * SIZE / size).for_each(|_| act(&data));
    let (clock, processor) = (clock.elapsed(), processor_time() - processor);
    let bytes = (CHUNKS * SIZE) as f64;
    Run { rate: bytes / clock.as_secs_f64(), own_rate: bytes / processor.as_secs_f64(), dropped: 0.0 }
}

/// Into memory that is used again and again, as the capture's is.
fn copied() -> Run {
    let mut memory = vec![0u8; BLOCK];
    let mut at = 0;
    alone(SIZE, |data| {
        memory[at..at + SIZE].copy_from_slice(data);
        at = (at + SIZE) % BLOCK;
        std::hint::black_box(&mut memory);
    })
}

/// To a file that is new, for which the system has to find memory, and once more over what is there.
fn written(path: &str) -> [Run; 2] {
    let runs = [(); 2].map(|()| {
        let mut file = File::options().create(true).write(true).truncate(false).open(path).unwrap();
        alone(BLOCK, |data| file.write_all(data).unwrap())
    });
    std::fs::remove_file(path).unwrap();
    runs
}

fn measure(device: *mut usbx_device, place: Option<&CString>, before: usize, pace: Option<u64>) -> Run {
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
    sample(device, pace);
    (0..before).for_each(|_| next(stream));
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
    let path = CString::new(&*file).unwrap();
    let null_device = CString::new("/dev/null").unwrap();
    let device = device();
    let captured = |place: Option<&CString>, before, pace| {
        let run = measure(device, place, before, pace);
        let _ = std::fs::remove_file(&file);
        run
    };
    println!("{:40} {:>8} {:>8} {:>9} {:>8}", "a stream, 64 KiB x 8", "GB/s", "to bare", "own time", "dropped");
    let full: Vec<[Run; 7]> = (0..rounds)
        .map(|_| {
            let streams = [(None, FIRST), (Some(&null_device), FIRST), (Some(&path), FIRST), (Some(&path), GOING_ON)];
            let [bare, null, first, going_on] = streams.map(|(place, before)| captured(place, before, None));
            let [new, again] = written(&file);
            [bare, null, first, going_on, copied(), new, again]
        })
        .collect();
    println!("file: {file}");
    print(
        &full,
        &[
            "not captured",
            "captured to /dev/null",
            "captured to the file, its first 128 MiB",
            "captured to the file, later",
        ],
        0,
    );
    let alone = ["its bytes copied, nothing else", "its bytes written to the file", "its bytes written over these"];
    print(&full, &alone, 4);
    for (name, pace) in BUSES {
        let runs: Vec<[Run; 2]> =
            (0..rounds).map(|_| [None, Some(&path)].map(|place| captured(place, FIRST, Some(pace)))).collect();
        print(&runs, &[&format!("{name}, not captured"), &format!("{name}, captured to the file")], 0);
    }
    ok(usbx_close(device));
}

/// The ways from the first one on, beside way 0.
fn print<const WAYS: usize>(runs: &[[Run; WAYS]], names: &[&str], first: usize) {
    for (way, name) in (first..).zip(names) {
        println!(
            "{name:40} {:8.2} {:8.2} {:9.2} {:7.1}%",
            median(runs.iter().map(|round| round[way].rate)) / 1e9,
            median(runs.iter().map(|round| round[way].rate / round[0].rate)),
            median(runs.iter().map(|round| round[way].own_rate / round[0].own_rate)),
            100.0 * median(runs.iter().map(|round| round[way].dropped)),
        );
    }
}
