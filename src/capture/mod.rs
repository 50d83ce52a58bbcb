//! Captures: what goes between this process and its devices, as files that Wireshark reads.
//!
//! A bus reports a transfer with its locks held. A capture copies the bytes into memory that it has for that, and returns; a thread writes
//! them. Where the thread is slower, that memory fills up, and records are dropped and counted: no transfer waits for a file.

mod head;
mod open_captures;
mod pcapng;
mod recording;
mod store;
mod usbmon;
mod writer;

pub use recording::Statistics;

use crate::bus::tap::{add_recorder, remove_recorder, Recorder};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::{process_generation, start_thread, Event, OpenFile, Output};
use recording::Recording;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

/// What to capture, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The path of one device; "" for all.
    pub device: String,
    /// So many bytes of each transfer's data; 0 for all.
    pub snap_length: usize,
    /// Nothing is written until a transfer fails, or the end; until then the last so many bytes are kept. 0: all is written at once.
    pub ring: usize,
    /// Memory for records that wait for the file; 0 for the library's choice.
    pub memory: usize,
    /// Goes on at the end of the file.
    pub append: bool,
}

/// The least memory: room for one record of any length.
const LEAST: usize = 512 * 1024;
const LEAST_RING: usize = 64 * 1024;
const DEFAULT_MEMORY: usize = 32 * 1024 * 1024;
const MOST: usize = 1 << 30;

/// Where to.
pub enum Place<'a> {
    File(&'a str),
    Descriptor(OpenFile, &'a str),
}

pub struct Capture {
    recording: Arc<Recording>,
    name: String,
    process: u32,
    /// Ends the thread's waits for a reader.
    stop: Arc<Event>,
    /// Dropped by `close` alone: in a forked child the thread's number may be another thread's by now.
    thread: Mutex<Option<ManuallyDrop<JoinHandle<()>>>>,
}

impl Capture {
    /// All that goes through the library from now on.
    pub fn open(place: Place, options: &Options) -> Result<Arc<Capture>> {
        let limit = match (options.ring, options.memory) {
            (0, 0) => DEFAULT_MEMORY,
            (0, memory) => memory.max(LEAST),
            (ring, _) => ring.max(LEAST_RING),
        };
        if limit > MOST {
            return Err(Error::invalid(format!("{limit} bytes of memory are too many; a capture takes up to {MOST}")));
        }
        let stop = Arc::new(Event::new()?);
        let (name, output) = match place {
            Place::File(path) => (path, Output::open(Path::new(path), options.append, Arc::clone(&stop))),
            Place::Descriptor(descriptor, name) => (name, Output::of(descriptor, Arc::clone(&stop))),
        };
        let output = output.map_err(|error| refused(&error))?;
        let recording = Arc::new(Recording::new(options, limit));
        let of_thread = Arc::clone(&recording);
        let thread = start_thread("usbx-capture", move || writer::run(&of_thread, &output))
            .map_err(|error| Error::new(Status::NoMem, format!("the system cannot start a thread: {error}")))?;
        let thread = Mutex::new(Some(ManuallyDrop::new(thread)));
        let process = process_generation();
        let capture = Arc::new(Capture { recording, name: name.to_owned(), process, stop, thread });
        open_captures::add(&capture);
        capture.recording.begin(|| add_recorder(capture.recorder()));
        Ok(capture)
    }

    fn recorder(&self) -> Arc<dyn Recorder> {
        Arc::clone(&self.recording) as Arc<dyn Recorder>
    }

    pub fn statistics(&self) -> Statistics {
        self.recording.statistics()
    }

    /// Writes what waits, and ends the file. Fails if the file has not all of it. Closing once more does nothing.
    pub fn close(&self) -> Result<()> {
        // The thread is the parent's, and so is the file.
        if self.process != process_generation() {
            return Ok(());
        }
        remove_recorder(&self.recorder());
        let Some(thread) = lock(&self.thread).take() else { return Ok(()) };
        self.recording.end();
        self.stop.set();
        let _ = ManuallyDrop::into_inner(thread).join();
        open_captures::remove(self);
        let statistics = self.recording.statistics();
        let (dropped, records) = (statistics.dropped, statistics.records + statistics.dropped);
        let missing = match records {
            0 => "nothing was captured".to_owned(),
            _ => format!("{dropped} of {records} records are missing in it"),
        };
        match self.recording.failure() {
            Some(reason) => Err(Error::new(Status::Io, format!("write to {}: {reason}; {missing}", self.name))),
            None if dropped > 0 => {
                let reason = format!(
                    "write to {}: the file was slower than the traffic, and {missing}; give the capture more memory, a snap length, or \
                     only one device",
                    self.name
                );
                Err(Error::new(Status::Overflow, reason))
            }
            None => Ok(()),
        }
    }
}

fn refused(error: &std::io::Error) -> Error {
    let status = match error.kind() {
        std::io::ErrorKind::NotFound => Status::NotFound,
        std::io::ErrorKind::PermissionDenied => Status::Access,
        std::io::ErrorKind::WouldBlock => Status::Busy,
        std::io::ErrorKind::OutOfMemory => Status::NoMem,
        _ => Status::Io,
    };
    Error::new(status, error.to_string())
}
