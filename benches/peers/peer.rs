//! Shared by the peers in Rust: the command line, the clock and the line of figures at the end. See c/peer.h.

use std::time::{Duration, Instant};

pub const VENDOR: u16 = 0x0525;
pub const PRODUCT: u16 = 0xa4a0;
pub const IN: u8 = 0x81;
pub const OUT: u8 = 0x02;
pub const INTERFACE: u8 = 0;
pub const TIMEOUT: Duration = Duration::from_secs(10);
pub const WARM_UP: usize = 32;

#[allow(dead_code)] // a peer that has only one kind does not use it
pub struct Peer {
    pub input: bool,
    pub size: usize,
    pub depth: usize,
    pub mapped: bool,
    /// The bytes are in the caller's memory: a peer with other buffers has to copy them.
    pub write: bool,
    /// IN from all devices at once: their number; 0 in the other modes.
    pub devices: usize,
    latency: bool,
    pub length: Duration,
    began: Instant,
    last: Instant,
    usage: libc::rusage,
    idle: f64,
    bytes: u64,
    calls: u64,
    calls_of: Vec<u64>,
    samples: Vec<f32>,
}

fn usage() -> libc::rusage {
    // SAFETY: the struct is plain numbers, and getrusage fills it.
    unsafe {
        let mut usage = std::mem::zeroed();
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, &mut usage), 0);
        usage
    }
}

fn cpu(usage: &libc::rusage) -> f64 {
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 * 1e-6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Seconds that the guest's processors were idle. See c/peer.h.
fn idle() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap();
    // SAFETY: sysconf has no conditions.
    let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) };
    stat.split_whitespace().nth(4).unwrap().parse::<f64>().unwrap() / ticks as f64
}

/// Peak resident memory, in KiB. ru_maxrss would include the process that started the program.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// Mapped usbfs memory, in KiB: the kernel does not count it as resident.
fn mapped() -> u64 {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let length = |line: &str| {
        let (first, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        u64::from_str_radix(end, 16).unwrap() - u64::from_str_radix(first, 16).unwrap()
    };
    maps.lines().filter(|line| line.contains(" /dev/bus/usb/")).map(length).sum::<u64>() / 1024
}

impl Peer {
    pub fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let [_, mode, size, depth, seconds] = &arguments[..] else { panic!("MODE SIZE DEPTH SECONDS") };
        assert!(["in", "out", "write", "latency", "devices"].contains(&mode.as_str()));
        let latency = mode == "latency";
        Self {
            input: mode != "out" && mode != "write",
            write: mode == "write",
            devices: match mode.as_str() {
                "devices" => std::env::var("PEER_DEVICES").unwrap().parse().unwrap(),
                _ => 0,
            },
            size: size.parse().unwrap(),
            depth: depth.parse().unwrap(),
            mapped: std::env::var_os("PEER_MEMORY").is_some_and(|memory| memory == "mapped"),
            latency,
            length: Duration::from_secs_f64(seconds.parse().unwrap()),
            began: Instant::now(),
            last: Instant::now(),
            usage: usage(),
            idle: 0.0,
            bytes: 0,
            calls: 0,
            calls_of: Vec::new(),
            samples: Vec::with_capacity(if latency { 1 << 20 } else { 0 }),
        }
    }

    pub fn begin(&mut self) {
        (self.bytes, self.calls, self.idle, self.usage) = (0, 0, idle(), usage());
        self.began = Instant::now();
        self.last = self.began;
    }

    /// Counts one transfer; returns whether to continue.
    pub fn count(&mut self, bytes: usize) -> bool {
        assert_eq!(bytes, self.size);
        self.bytes += bytes as u64;
        self.calls += 1;
        if !self.latency && !self.calls.is_multiple_of(8) {
            return true;
        }
        let now = Instant::now();
        if self.latency {
            self.samples.push((now - self.last).as_secs_f32() * 1e6);
        }
        self.last = now;
        now - self.began < self.length
    }

    /// Mode "devices": the counts of a device's thread.
    #[allow(dead_code)]
    pub fn add(&mut self, calls: u64) {
        self.bytes += calls * self.size as u64;
        self.calls += calls;
        self.calls_of.push(calls);
    }

    pub fn report(mut self) {
        let wall = self.began.elapsed().as_secs_f64();
        let (before, after) = (self.usage, usage());
        // SAFETY: sysconf has no conditions.
        let processors = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) } as f64;
        let busy = wall * processors - (idle() - self.idle);
        print!(
            "bytes={} calls={} wall={wall:.6} cpu={:.6} busy={busy:.6} switches={} rss_kib={} mapped_kib={}",
            self.bytes,
            self.calls,
            cpu(&after) - cpu(&before),
            after.ru_nvcsw + after.ru_nivcsw - before.ru_nvcsw - before.ru_nivcsw,
            resident(),
            mapped()
        );
        if let Some(least) = self.calls_of.iter().min() {
            print!(" least={:.3}", *least as f64 * self.calls_of.len() as f64 / self.calls as f64);
        }
        if self.latency {
            self.samples.sort_by(f32::total_cmp);
            let (n, samples) = (self.samples.len(), &self.samples);
            let (p50, p90, p99) = (samples[n / 2], samples[n * 9 / 10], samples[n * 99 / 100]);
            print!(" p50={p50:.1} p90={p90:.1} p99={p99:.1} max={:.1}", samples[n - 1]);
        }
        println!();
    }
}
