//! What a share costs on a loopback connection: `cargo bench --bench share`. Beside each figure stands what it can be at best: a
//! round trip beside a bare TCP echo of as many bytes, a bulk stream beside the same transfers in this process. The device is the
//! library's own, so the making of its data is in the figures.

use std::ffi::CString;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ptr::{null, null_mut};
use std::thread;
use std::time::{Duration, Instant};
use usbx::ffi::*;

const HEADER: usize = 48;
const CHUNK: usize = 64 << 10;
const DEPTH: u32 = 8;

fn ok(status: usbx_status) {
    assert_eq!(status, USBX_OK);
}

/// A share of a virtual device, with its address.
fn share(path: &str) -> (*mut usbx_share, String) {
    let (mut share, mut text, path) = (null_mut(), [0u8; 64], CString::new(path).unwrap());
    let mut length = 0;
    // SAFETY: C strings and valid places; the text has the room that is said.
    unsafe {
        ok(usbx_share_open(b"127.0.0.1:0\0".as_ptr().cast(), null(), &mut share));
        ok(usbx_share_add(share, path.as_ptr(), b"1-1\0".as_ptr().cast()));
        ok(usbx_share_address(share, text.as_mut_ptr().cast(), text.len(), &mut length));
    }
    (share, String::from_utf8_lossy(&text[..length]).into_owned())
}

/// A virtual device that stays plugged in: its path.
fn plug() -> String {
    let (mut plugged, mut path) = (null_mut(), [0u8; 32]);
    let mut length = 0;
    // SAFETY: C strings and valid places; the path has the room that is said.
    unsafe {
        ok(usbx_virtual_open(b"acquisition\0".as_ptr().cast(), null(), &mut plugged));
        ok(usbx_virtual_path(plugged, path.as_mut_ptr().cast(), path.len(), &mut length));
    }
    String::from_utf8_lossy(&path[..length]).into_owned()
}

fn connect(address: &str) -> TcpStream {
    let client = TcpStream::connect(address).unwrap();
    client.set_nodelay(true).unwrap();
    client
}

/// A connection that has the device, which makes data as fast as they are read.
fn import(address: &str) -> TcpStream {
    let mut client = connect(address);
    client.write_all(&[&b"\x01\x11\x80\x03\0\0\0\0"[..], b"1-1", &[0; 29]].concat()).unwrap();
    let mut reply = [0; 320];
    client.read_exact(&mut reply).unwrap();
    assert_eq!(reply[..8], *b"\x01\x11\0\x03\0\0\0\0");
    let mut header = [0; HEADER];
    for (request, data) in [(3, &[0u8; 4][..]), (1, &[])] {
        let length = data.len() as u8;
        let setup = [0x40, request, 0, 0, 0, 0, length, 0];
        client.write_all(&[&submission(1, 0, false, length.into(), setup)[..], data].concat()).unwrap();
        client.read_exact(&mut header).unwrap();
        assert_eq!(header[20..24], [0; 4]);
    }
    client
}

fn submission(sequence: u32, endpoint: u32, is_in: bool, length: u32, setup: [u8; 8]) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    let numbers = [1, sequence, 0x0001_0001, is_in.into(), endpoint, 0, length, 0, 0, 0];
    bytes.chunks_exact_mut(4).zip(numbers).for_each(|(place, number)| place.copy_from_slice(&number.to_be_bytes()));
    bytes[40..].copy_from_slice(&setup);
    bytes
}

/// Processor time of all threads of that name, by the kernel's count.
fn thread_time(name: &str) -> Duration {
    let mut time = 0;
    for task in fs::read_dir("/proc/self/task").unwrap().flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").trim() == name {
            time += read("schedstat").split(' ').next().and_then(|first| first.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    Duration::from_nanos(time)
}

struct Round {
    /// The shortest quarter's longest: what the machine's other work adds is not in it.
    quartile: f64,
    median: f64,
}

fn rounds(count: usize, mut round: impl FnMut()) -> Round {
    let mut times: Vec<Duration> = (0..count)
        .map(|_| {
            let begin = Instant::now();
            round();
            begin.elapsed()
        })
        .collect();
    times.sort();
    let at = |index: usize| times[index].as_secs_f64() * 1e6;
    Round { quartile: at(count / 4), median: at(count / 2) }
}

/// A server that gives each request back, of as many bytes as the answer has.
fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut bytes = [0; HEADER];
        while let Ok(HEADER) = stream.read(&mut bytes) {
            stream.write_all(&[&bytes[..], &[0; 16]].concat()).unwrap();
        }
    });
    address
}

fn round_trips(count: usize) {
    let (share, address) = share(&plug());
    let mut client = import(&address);
    let mut bare = connect(&echo());
    let request = submission(2, 0, true, 16, [0xc0, 4, 0, 0, 0, 0, 16, 0]);
    let mut answer = [0; HEADER + 16];
    let mut ask = |client: &mut TcpStream| {
        client.write_all(&request).unwrap();
        client.read_exact(&mut answer).unwrap();
    };
    // By turns, so that both have the same machine.
    let (mut shared, mut echoed) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        echoed.push(rounds(count, || ask(&mut bare)));
        shared.push(rounds(count, || ask(&mut client)));
    }
    let least = |rounds: &[Round], of: fn(&Round) -> f64| rounds.iter().map(of).fold(f64::MAX, f64::min);
    for (name, of) in [("median", (|round| round.median) as fn(&Round) -> f64), ("quartile", |round| round.quartile)] {
        let (echoed, shared) = (least(&echoed, of), least(&shared, of));
        println!(
            "round trip, {name:<8}  echo {echoed:6.1} us  control request {shared:6.1} us  {:.2} x",
            shared / echoed
        );
    }
    drop(client);
    ok(usbx_share_close(share));
}

/// Bytes per second of 64 KiB × 8 in flight, and the server's processor time for a megabyte. The endpoints are the source, or those
/// that give back what is written: then half of what is in flight goes either way.
fn bulk(endpoints: &[(u32, bool)], name: &str, seconds: f64) {
    let (share, address) = share(&plug());
    let mut client = import(&address);
    let mut bytes = vec![0; HEADER + CHUNK];
    let submit = |client: &mut TcpStream, bytes: &mut [u8], at: u32| {
        let (endpoint, is_in) = endpoints[at as usize % endpoints.len()];
        // A number may be used again once it is answered.
        bytes[..HEADER].copy_from_slice(&submission(2 + at, endpoint, is_in, CHUNK as u32, [0; 8]));
        client.write_all(if is_in { &bytes[..HEADER] } else { bytes }).unwrap();
    };
    (0..DEPTH).for_each(|at| submit(&mut client, &mut bytes, at));
    let (before, begin) = (thread_time("usbx-share"), Instant::now());
    let mut moved = 0u64;
    while begin.elapsed().as_secs_f64() < seconds {
        client.read_exact(&mut bytes[..HEADER]).unwrap();
        assert_eq!(bytes[20..28], [0, 0, 0, 0, 0, 1, 0, 0]);
        let at = u32::from(bytes[7]) - 2;
        if endpoints[at as usize % endpoints.len()].1 {
            client.read_exact(&mut bytes[HEADER..]).unwrap();
        }
        moved += CHUNK as u64;
        submit(&mut client, &mut bytes, at);
    }
    let (time, used) = (begin.elapsed().as_secs_f64(), thread_time("usbx-share") - before);
    let megabytes = moved as f64 / 1e6;
    println!(
        "{name}, 64 KiB x 8   {:5.0} MB/s  server {:.3} ms of processor time per MB",
        megabytes / time,
        used.as_secs_f64() * 1e3 / megabytes
    );
    drop(client);
    ok(usbx_share_close(share));
}

/// The same reads in this process: what the device itself costs.
fn local(seconds: f64) {
    let path = CString::new(plug()).unwrap();
    let (mut device, mut data, mut moved) = (null_mut(), vec![0u8; CHUNK], 0u64);
    // SAFETY: a C string and valid places.
    ok(unsafe { usbx_open_path(path.as_ptr(), &mut device) });
    ok(usbx_claim(device, 0));
    for (request, length) in [(3, 4), (1, 0)] {
        // SAFETY: the data are valid for their length.
        ok(unsafe { usbx_control(device, 0x40, request, 0, 0, data.as_mut_ptr().cast(), length, 1000, null_mut()) });
    }
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < seconds {
        // SAFETY: as above.
        ok(unsafe { usbx_bulk_read(device, 0x81, data.as_mut_ptr().cast(), CHUNK, 1000, null_mut()) });
        moved += CHUNK as u64;
    }
    let (megabytes, time) = (moved as f64 / 1e6, begin.elapsed().as_secs_f64());
    println!("bulk IN in this process   {:5.0} MB/s  {:.3} ms per MB", megabytes / time, time * 1e3 / megabytes);
    ok(usbx_close(device));
}

fn main() {
    // As Criterion has it.
    let short = std::env::args().any(|argument| argument == "--quick");
    let seconds = if short { 0.2 } else { 3.0 };
    round_trips(if short { 500 } else { 20_000 });
    bulk(&[(1, true)], "bulk IN", seconds);
    bulk(&[(2, false), (3, true)], "bulk OUT and IN", seconds);
    local(seconds);
}
