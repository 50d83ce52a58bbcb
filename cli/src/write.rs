//! `usbx write`: writes to an endpoint.

use crate::endpoint;
use crate::failure::{Failure, Result, ERROR, STALL, TIMEOUT, USAGE};
use crate::interrupt;
use crate::progress::Progress;
use crate::read::{HALTED, SLICE};
use crate::target::{Open, Target};
use crate::values::{number, seconds, Bytes};
use clap::ValueHint;
use std::fs::File;
use std::io::{self, stdin, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use usbx::tool::{with_buffer, Direction, Endpoint, Status, TransferType};

/// Writes to a bulk or interrupt endpoint
///
/// usbx finds and claims the endpoint's interface, and releases it at the end. However the input arrives, usbx sends the bytes as one
/// transfer would: in full packets, with a shorter one at the end if needed.
///
/// If the write ends early, the message says how many bytes the device has taken.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// VID:PID, VID:PID:SERIAL or path
    pub device: Target,
    /// Address of an OUT endpoint, such as 0x02
    #[arg(value_parser = number::<u8>)]
    pub endpoint: u8,
    /// The file to send; standard input if it is - or missing
    #[arg(value_hint = ValueHint::FilePath, conflicts_with = "hex")]
    pub file: Option<PathBuf>,
    /// Sends these bytes: "01 02 ff" or 0102ff
    #[arg(long, value_name = "BYTES")]
    pub hex: Option<Bytes>,
    /// Sends a zero-length packet at the end, if the last packet was full or there was none
    #[arg(long)]
    pub zlp: bool,
    /// Ends when the device accepted no data for this long; 0: never
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    pub timeout: Duration,
    #[command(flatten)]
    pub endpoint_options: endpoint::Options,
    /// Shows progress even if standard error is not a terminal
    #[arg(long)]
    pub progress: bool,
}

/// The size of one read of the input.
const CHUNK: usize = 1 << 20;

pub fn run(options: &Options) -> Result<()> {
    let (sender, input) = sync_channel(2);
    let (source, total) = options.input()?;
    let device = options.device.open()?;
    let endpoint = endpoint::prepare(&device, Direction::Out, options.endpoint, &options.endpoint_options)?;
    if endpoint.transfer_type == TransferType::Isochronous {
        let sentence = format!("endpoint 0x{:02x} is isochronous; usbx writes to bulk and interrupt", options.endpoint);
        return Err(Failure::new(USAGE, sentence));
    }
    let stopped = (Arc::downgrade(&device.0), options.endpoint, sender.clone());
    interrupt::calls(move || {
        let _ = stopped.0.upgrade().map(|device| device.cancel(stopped.1));
        let _ = stopped.2.try_send(Input::Interrupted);
    })?;
    // Read in another thread, because a signal does not end a read from a terminal or a pipe.
    thread::spawn(move || read(source, &sender));
    let progress = Progress::new(total, options.progress, true);
    let mut writer = Writer { options, device: &device, endpoint, progress, latest: Instant::now(), written: 0 };
    let result = writer.run(&input);
    let Writer { progress, written, .. } = writer;
    progress.finish(written);
    result.map_err(|failure: Failure| failure.and(format!("the device took {written} bytes")))
}

enum Input {
    Bytes(Vec<u8>),
    End,
    Failed(Failure),
    Interrupted,
}

impl Options {
    /// The bytes, and their number if known.
    fn input(&self) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
        if let Some(Bytes(bytes)) = &self.hex {
            let total = bytes.len() as u64;
            return Ok((Box::new(io::Cursor::new(bytes.clone())), Some(total)));
        }
        match self.file.as_deref().filter(|path| *path != Path::new("-")) {
            None => Ok((Box::new(stdin()), None)),
            Some(path) => {
                let failed = |error| Failure::new(ERROR, format!("read {}: {error}", path.display()));
                let file = File::open(path).map_err(failed)?;
                let known = file.metadata().map_err(failed)?;
                if known.is_dir() {
                    return Err(Failure::new(ERROR, format!("read {}: it is a directory", path.display())));
                }
                let total = known.is_file().then_some(known.len());
                Ok((Box::new(file), total))
            }
        }
    }
}

fn read(mut source: Box<dyn Read + Send>, sender: &SyncSender<Input>) {
    loop {
        let mut bytes = vec![0; CHUNK];
        let next = match source.read(&mut bytes) {
            Ok(0) => Input::End,
            Ok(count) => {
                bytes.truncate(count);
                Input::Bytes(bytes)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Input::Failed(Failure::new(ERROR, format!("read the input: {error}"))),
        };
        let more = matches!(next, Input::Bytes(_));
        if sender.send(next).is_err() || !more {
            return;
        }
    }
}

struct Writer<'a> {
    options: &'a Options,
    device: &'a Open,
    endpoint: Endpoint,
    progress: Progress,
    /// When the device last accepted data.
    latest: Instant,
    written: u64,
}

impl Writer<'_> {
    fn run(&mut self, input: &Receiver<Input>) -> Result<()> {
        let packet = usize::from(self.endpoint.max_packet_size).max(1);
        let mut waiting = Vec::new();
        loop {
            match input.recv().unwrap_or(Input::End) {
                Input::Bytes(bytes) => waiting.extend_from_slice(&bytes),
                Input::End => break,
                Input::Failed(failure) => return Err(failure),
                Input::Interrupted => return Err(interrupt::failure("interrupted")),
            }
            // For the device, a packet that is not full ends the transfer.
            let full = waiting.len() / packet * packet;
            self.send(&mut waiting[..full])?;
            waiting.drain(..full);
        }
        self.send(&mut waiting)?;
        if self.options.zlp && self.written % packet as u64 == 0 {
            self.call(&mut [])?;
        }
        Ok(())
    }

    fn send(&mut self, bytes: &mut [u8]) -> Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            done += self.call(&mut bytes[done..])?;
        }
        Ok(())
    }

    /// One transfer, until it is done or the device accepts no data for too long. Returns how many bytes the device took.
    fn call(&mut self, bytes: &mut [u8]) -> Result<usize> {
        self.latest = Instant::now();
        loop {
            if interrupt::came() {
                return Err(interrupt::failure("interrupted"));
            }
            let milliseconds = SLICE.as_millis() as u32;
            let Endpoint { transfer_type, address, .. } = self.endpoint;
            let outcome = with_buffer(bytes, |buffer| {
                self.device.transfer(transfer_type, Direction::Out, address, buffer, milliseconds)
            });
            self.written += outcome.transferred as u64;
            self.progress.set(self.written);
            let timeout = self.options.timeout;
            match outcome.result {
                Ok(()) => return Ok(outcome.transferred),
                Err(error) if error.status == Status::Timeout => {
                    if outcome.transferred > 0 {
                        return Ok(outcome.transferred);
                    }
                    if !timeout.is_zero() && self.latest.elapsed() >= timeout {
                        let seconds = timeout.as_secs_f64();
                        let sentence = format!("endpoint 0x{address:02x} took nothing more within {seconds:.1} s");
                        return Err(Failure::new(TIMEOUT, sentence));
                    }
                }
                Err(error) if error.status == Status::Cancelled && interrupt::came() => {
                    return Err(interrupt::failure("interrupted"))
                }
                Err(error) => return Err(Failure::from(error).hint(STALL, HALTED)),
            }
        }
    }
}
