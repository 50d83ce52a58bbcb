//! Where a device's bytes go: to a file or to standard output, unchanged or as a hex dump.

use crate::failure::{Failure, Result, ERROR};
use crate::hexdump;
use std::fs::File;
use std::io::{stdout, IsTerminal, Write};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Writes the bytes to FILE instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Writes a hex dump; the default on a terminal
    #[arg(long, conflicts_with = "raw")]
    pub hex: bool,
    /// Writes the bytes unchanged; the default to a file or a pipe
    #[arg(long)]
    pub raw: bool,
}

pub struct Output {
    place: Box<dyn Write>,
    name: String,
    hex: bool,
    to_terminal: bool,
    written: u64,
}

/// Rust's own standard output keeps bytes back, and takes them for written.
#[cfg(unix)]
fn unbuffered() -> Result<Box<dyn Write>> {
    let copy =
        stdout().as_fd().try_clone_to_owned().map_err(|error| Failure::of_output(&error, "standard output", 0))?;
    Ok(Box::new(File::from(copy)))
}

#[cfg(not(unix))]
fn unbuffered() -> Result<Box<dyn Write>> {
    Ok(Box::new(stdout()))
}

impl Output {
    /// This overwrites an existing file, so open it when nothing else can go wrong any more.
    pub fn open(options: &Options) -> Result<Output> {
        let to_terminal = options.output.is_none() && stdout().is_terminal();
        let (place, name): (Box<dyn Write>, String) = match &options.output {
            None => (unbuffered()?, "standard output".to_owned()),
            Some(path) => {
                let name = path.display().to_string();
                let file = File::create(path).map_err(|error| Failure::new(ERROR, format!("write to {name}: {error}")));
                (Box::new(file?), name)
            }
        };
        Ok(Output { place, name, hex: options.hex || (to_terminal && !options.raw), to_terminal, written: 0 })
    }

    pub fn to_terminal(&self) -> bool {
        self.to_terminal
    }

    /// How many of the device's bytes were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Writes the bytes and flushes them.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let written = self.written;
        let result = match self.hex {
            true => self.place.write_all(hexdump::rows(written, bytes).as_bytes()).map(|()| bytes.len()),
            false => self.write_raw(bytes),
        };
        let flushed = result.and_then(|count| {
            self.written += count as u64;
            self.place.flush()
        });
        flushed.map_err(|error| Failure::of_output(&error, &self.name, self.written))
    }

    /// Counts the bytes that a full disk accepted.
    fn write_raw(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.place.write(&bytes[done..]) {
                Ok(0) => return Err(std::io::ErrorKind::WriteZero.into()),
                Ok(count) => done += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.written += done as u64;
                    return Err(error);
                }
            }
        }
        Ok(done)
    }
}
