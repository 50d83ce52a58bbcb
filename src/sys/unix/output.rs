//! A file or pipe that one thread writes, and that another can stop from waiting for a reader.

use crate::error::Error;
use crate::sys::Event;
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::fs::{
    fcntl_getfl, fcntl_setfl, flock, fstat, ftruncate, open, seek, FileType, FlockOperation, Mode, OFlags, SeekFrom,
};
use rustix::io::Errno;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Output {
    file: OwnedFd,
    /// It can be cut to a length.
    regular: bool,
    stop: Arc<Event>,
}

/// How long a reader that takes nothing is waited for, once the writing is to end.
const PATIENCE: Duration = Duration::from_secs(2);

impl Output {
    /// Creates a file, or goes on at its end. `stop` ends waits.
    pub fn open(path: &Path, append: bool, stop: Arc<Event>) -> io::Result<Output> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = open(path, flags, Mode::from_raw_mode(0o666)).map_err(|error| match error {
            Errno::NXIO => io::Error::new(io::ErrorKind::NotFound, "no program reads this pipe yet; start that first"),
            Errno::MFILE | Errno::NFILE => {
                io::Error::new(io::ErrorKind::OutOfMemory, Error::no_descriptor(error).reason())
            }
            error => error.into(),
        })?;
        let regular = FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::RegularFile;
        if regular {
            flock(&file, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
                Errno::WOULDBLOCK => io::Error::new(
                    io::ErrorKind::WouldBlock,
                    "another capture is writing this file; give each its own (in USBX_CAPTURE, %p is the number of the process)",
                ),
                error => error.into(),
            })?;
            if append {
                seek(&file, SeekFrom::End(0))?;
            } else {
                ftruncate(&file, 0)?;
            }
        }
        Ok(Output { file, regular, stop })
    }

    /// Writes to what another part of the program has opened.
    pub fn of(file: OwnedFd, stop: Arc<Event>) -> io::Result<Output> {
        let regular = FileType::from_raw_mode(fstat(&file)?.st_mode) == FileType::RegularFile;
        if regular {
            return Ok(Output { file, regular, stop });
        }
        // Anew, so that nobody else's descriptor stops waiting. A socket cannot be opened so.
        let again = format!("/proc/self/fd/{}", file.as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = match open(again, flags, Mode::empty()) {
            Ok(again) => again,
            Err(_) => {
                fcntl_setfl(&file, fcntl_getfl(&file)? | OFlags::NONBLOCK)?;
                file
            }
        };
        Ok(Output { file, regular, stop })
    }

    /// Writes all of it; how much it was, where that is not possible.
    pub fn write(&self, bytes: &[u8]) -> std::result::Result<(), (usize, io::Error)> {
        let mut done = 0;
        while done < bytes.len() {
            match rustix::io::write(&self.file, &bytes[done..]) {
                Ok(0) => return Err((done, io::ErrorKind::WriteZero.into())),
                Ok(count) => done += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => self.wait().map_err(|error| (done, error))?,
                Err(error) => return Err((done, error.into())),
            }
        }
        Ok(())
    }

    /// Takes the last bytes back, where that is possible.
    pub fn take_back(&self, count: usize) {
        if !self.regular || count == 0 {
            return;
        }
        if let Ok(end) = seek(&self.file, SeekFrom::Current(0)) {
            let end = end.saturating_sub(count as u64);
            let _ = ftruncate(&self.file, end);
            let _ = seek(&self.file, SeekFrom::Start(end));
        }
    }

    /// Waits until the reader takes more.
    fn wait(&self) -> io::Result<()> {
        let mut end = None;
        loop {
            let left = end.map(|end: Instant| end.saturating_duration_since(Instant::now()));
            let time = left.map(|left| Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ });
            let mut both = [PollFd::new(&self.file, PollFlags::OUT), PollFd::new(&*self.stop, PollFlags::IN)];
            // Once it is to stop, only the reader counts.
            let watched = if end.is_some() { 1 } else { 2 };
            match poll(&mut both[..watched], time.as_ref()) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if !both[0].revents().is_empty() {
                return Ok(());
            }
            match end {
                None if !both[1].revents().is_empty() => end = Some(Instant::now() + PATIENCE),
                Some(end) if end <= Instant::now() => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "its reader takes no more"));
                }
                _ => {}
            }
        }
    }
}
