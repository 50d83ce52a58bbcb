//! A file or pipe that one thread writes.

use super::Event;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::OwnedHandle;
use std::path::Path;
use std::sync::Arc;
use windows_sys::Win32::Foundation::ERROR_SHARING_VIOLATION;
use windows_sys::Win32::Storage::FileSystem::FILE_SHARE_READ;

/// A file that another part of the program has opened.
pub type OpenFile = OwnedHandle;

pub struct Output {
    file: File,
    /// It can be cut to a length.
    regular: bool,
}

impl Output {
    /// Creates a file, or goes on at its end. Others may read it meanwhile. A write to a pipe waits for its reader: `stop` does not end
    /// it here.
    pub fn open(path: &Path, append: bool, _stop: Arc<Event>) -> io::Result<Output> {
        let opened = OpenOptions::new().write(true).create(true).truncate(false).share_mode(FILE_SHARE_READ).open(path);
        let file = opened.map_err(|error| match error.raw_os_error() {
            Some(code) if code == ERROR_SHARING_VIOLATION as i32 => io::Error::new(
                io::ErrorKind::WouldBlock,
                "another capture is writing this file; give each its own (in USBX_CAPTURE, %p is the number of the process)",
            ),
            _ => error,
        })?;
        let mut output = Output::new(file);
        if output.regular && append {
            output.file.seek(SeekFrom::End(0))?;
        } else if output.regular {
            output.file.set_len(0)?;
        }
        Ok(output)
    }

    /// Writes to what another part of the program has opened.
    pub fn of(file: OpenFile, _stop: Arc<Event>) -> io::Result<Output> {
        Ok(Output::new(file.into()))
    }

    fn new(file: File) -> Output {
        let regular = file.metadata().is_ok_and(|found| found.is_file()) && (&file).stream_position().is_ok();
        Output { file, regular }
    }

    /// Writes all of it; how much it was, where that is not possible.
    pub fn write(&self, bytes: &[u8]) -> Result<(), (usize, io::Error)> {
        let mut done = 0;
        while done < bytes.len() {
            match (&self.file).write(&bytes[done..]) {
                Ok(0) => return Err((done, io::ErrorKind::WriteZero.into())),
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((done, error)),
            }
        }
        Ok(())
    }

    /// Takes the last bytes back, where that is possible.
    pub fn take_back(&self, count: usize) {
        if !self.regular || count == 0 {
            return;
        }
        let mut file = &self.file;
        if let Ok(end) = file.stream_position() {
            let end = end.saturating_sub(count as u64);
            let _ = file.set_len(end);
            let _ = file.seek(SeekFrom::Start(end));
        }
    }
}
