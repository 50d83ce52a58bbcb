//! `usbx read`: reads from an endpoint.

use crate::endpoint;
use crate::failure::{Failure, Result, STALL, TIMEOUT};
use crate::interrupt;
use crate::message::tell;
use crate::output::{self, Output};
use crate::progress::Progress;
use crate::request::Request;
use crate::target::{Open, Target};
use crate::values::{number, seconds, size};
use std::sync::Arc;
use std::time::{Duration, Instant};
use usbx::tool::{self, with_buffer, Direction, Endpoint, Status, Stream, TransferType, Wait};

/// Reads from a bulk, interrupt or isochronous endpoint
///
/// usbx finds and claims the endpoint's interface, and releases it at the end. Without --bytes and --for it reads until no data comes
/// for the time of --timeout.
///
/// Data that arrived before an unplugging, a stall, a timeout or Ctrl-C is written, and the message counts it. If the output is slow,
/// no bulk or interrupt data is lost, because the device waits; lost packets of an isochronous endpoint are counted. With --bytes,
/// usbx asks the device for no more than that (up to the end of a packet), so that the next program continues where this one ended. A
/// second Ctrl-C ends usbx at once.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// VID:PID, VID:PID:SERIAL or path
    pub device: Target,
    /// Address of an IN endpoint, such as 0x81
    #[arg(value_parser = number::<u8>)]
    pub endpoint: u8,
    /// Reads this many bytes (also 64K, 10M, 1G); exit code 6 if fewer come
    #[arg(short = 'n', long, value_name = "BYTES", value_parser = size)]
    pub bytes: Option<u64>,
    /// Reads for this many seconds
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<Duration>,
    /// Ends when no data came for this long; 0: never. Default: 1, or 0 with --for
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub output: output::Options,
    #[command(flatten)]
    pub endpoint_options: endpoint::Options,
    /// Sends a control request before reading, written as for 'usbx control': "vendor,out 1 0 0"; may be repeated
    #[arg(long, value_name = "REQUEST")]
    pub start: Vec<Request>,
    /// Shows progress even if standard error is not a terminal, or shows the dump
    #[arg(long)]
    pub progress: bool,
}

/// The maximum wait of one call, before the next check of the clock. No byte is lost at its end.
pub const SLICE: Duration = Duration::from_millis(200);

/// For a request that starts the device.
const START_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum time, after a signal, to take the data that a stream already has.
const STOPPING: Duration = Duration::from_secs(1);

/// The bytes of one call: enough to keep the bus busy.
const CHUNK: usize = 2 << 20;

pub fn run(options: &Options) -> Result<()> {
    let device = options.device.open()?;
    let endpoint = endpoint::prepare(&device, Direction::In, options.endpoint, &options.endpoint_options)?;
    let output = Output::open(&options.output)?;
    let stopped = (Arc::downgrade(&device.0), options.endpoint);
    interrupt::calls(move || {
        // Ends pending transfers on the endpoint; data that arrived is still delivered.
        let _ = stopped.0.upgrade().map(|device| device.cancel(stopped.1));
    })?;
    let source = Source::new(&device, endpoint, options.bytes)?;
    for request in &options.start {
        request.send(&device, START_TIMEOUT, false)?.1.result?;
    }
    let progress = Progress::new(options.bytes, options.progress, !output.to_terminal());
    let mut reader = Reader { options, output, progress };
    let result = reader.run(&source);
    let written = reader.output.written();
    reader.progress.finish(written);
    source.report_lost();
    result
}

/// Where the bytes come from. A stream is never idle, and so asks for more bytes than requested; a call does not.
enum Source<'a> {
    Stream(Arc<Stream>),
    Calls { device: &'a Open, endpoint: Endpoint },
}

impl Source<'_> {
    fn new(device: &Open, endpoint: Endpoint, bytes: Option<u64>) -> Result<Source<'_>> {
        match bytes {
            Some(_) if endpoint.transfer_type != TransferType::Isochronous => Ok(Source::Calls { device, endpoint }),
            _ => Ok(Source::Stream(Stream::open(Arc::clone(&device.0), endpoint.address, tool::Options::default())?)),
        }
    }

    /// Room for the wanted bytes, in whole packets.
    fn room(&self, wanted: u64) -> usize {
        match self {
            Source::Stream(_) => CHUNK,
            Source::Calls { endpoint, .. } => {
                let packet = usize::from(endpoint.max_packet_size).max(1);
                let most = match endpoint.transfer_type {
                    TransferType::Interrupt => packet,
                    _ => CHUNK / packet * packet,
                };
                usize::try_from(wanted).map_or(most, |wanted| (wanted.div_ceil(packet) * packet).min(most))
            }
        }
    }

    /// Whether nothing is in flight between two calls.
    fn is_idle(&self) -> bool {
        matches!(self, Source::Calls { .. })
    }

    fn take(&self, buffer: &mut [u8], wait: Duration) -> (usize, tool::Result<()>) {
        match self {
            Source::Stream(stream) => {
                let mut at = 0;
                let room = buffer.len();
                let result = stream.read(Wait::For(wait), room, &mut |bytes| {
                    buffer[at..at + bytes.len()].copy_from_slice(bytes);
                    at += bytes.len();
                });
                (at, result.map(|_| ()))
            }
            Source::Calls { device, endpoint } => {
                // 0 would wait forever.
                let milliseconds = wait.as_millis().clamp(1, 1000) as u32;
                let outcome = with_buffer(buffer, |buffer| {
                    device.transfer(endpoint.transfer_type, Direction::In, endpoint.address, buffer, milliseconds)
                });
                (outcome.transferred, outcome.result)
            }
        }
    }

    fn report_lost(&self) {
        if let Source::Stream(stream) = self {
            let stats = stream.stats();
            if stats.lost_packets > 0 {
                tell(format_args!("usbx: {} of {} packets were lost", stats.lost_packets, stats.packets));
            }
        }
    }
}

impl Drop for Source<'_> {
    fn drop(&mut self) {
        if let Source::Stream(stream) = self {
            stream.close();
        }
    }
}

struct Reader<'a> {
    options: &'a Options,
    output: Output,
    progress: Progress,
}

impl Reader<'_> {
    fn run(&mut self, source: &Source) -> Result<()> {
        let options = self.options;
        let most = options.bytes.unwrap_or(u64::MAX);
        let default = if options.duration.is_some() { Duration::ZERO } else { Duration::from_secs(1) };
        let patience = Some(options.timeout.unwrap_or(default)).filter(|time| !time.is_zero());
        let begin = Instant::now();
        let end = options.duration.and_then(|time| begin.checked_add(time));
        let (mut latest, mut stopping, mut buffer) = (begin, None, vec![0; source.room(most)]);
        while self.output.written() < most {
            let now = Instant::now();
            let left = end.map_or(SLICE, |end| end.saturating_duration_since(now));
            if left.is_zero() {
                return self.time_up(begin.elapsed());
            }
            if interrupt::came() && (source.is_idle() || stopping.get_or_insert(now).elapsed() > STOPPING) {
                return Err(interrupt::failure(self.read()));
            }
            let quiet = patience.map_or(SLICE, |time| (latest + time).saturating_duration_since(now));
            let wanted = most - self.output.written();
            let room = source.room(wanted);
            let (moved, result) =
                source.take(&mut buffer[..room], SLICE.min(left).min(quiet.max(Duration::from_millis(1))));
            let cut = u64::try_from(moved).unwrap_or(u64::MAX).saturating_sub(wanted);
            self.output.write(&buffer[..moved - cut as usize])?;
            if cut > 0 {
                tell(format_args!("usbx: dropped {cut} extra bytes of the last packet"));
            }
            self.progress.set(self.output.written());
            match result {
                Ok(()) => latest = Instant::now(),
                // All data that had arrived was delivered before.
                Err(_) if interrupt::came() => return Err(interrupt::failure(self.read())),
                Err(error) if error.status == Status::Timeout => {
                    latest = if moved > 0 { Instant::now() } else { latest };
                    if patience.is_some_and(|time| latest.elapsed() >= time) {
                        return self.time_up(latest.elapsed());
                    }
                }
                Err(error) => return Err(Failure::from(error).and(self.read()).hint(STALL, HALTED)),
            }
        }
        Ok(())
    }

    /// The time is up: success or failure?
    fn time_up(&self, time: Duration) -> Result<()> {
        if self.options.bytes.is_none() && self.output.written() > 0 {
            return Ok(());
        }
        let what = if self.output.written() == 0 { "nothing" } else { "nothing more" };
        let endpoint = self.options.endpoint;
        let sentence = format!("{what} came from endpoint 0x{endpoint:02x} within {:.1} s", time.as_secs_f64());
        Err(Failure::new(TIMEOUT, sentence).and(self.read()))
    }

    fn read(&self) -> String {
        let of = self.options.bytes.map_or_else(String::new, |most| format!(" of {most}"));
        format!("{}{of} bytes read", self.output.written())
    }
}

pub const HALTED: &str = "with --clear-halt, usbx clears the endpoint's halt first";
