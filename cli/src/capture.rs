//! `--capture FILE`: what a command does on the bus, for Wireshark.

use crate::failure::{Failure, Result, ERROR, USAGE};
use crate::message::tell;
#[cfg(unix)]
use std::io::stderr;
use std::io::{stdout, IsTerminal};
#[cfg(unix)]
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;
use usbx::tool::{self, CaptureOptions, Place};

const STDOUT: &str = "standard output";

pub struct Capture(Option<Arc<tool::Capture>>);

impl Capture {
    /// Before anything else is done. "-" is standard output; what the command prints goes to standard error then.
    pub fn begin(file: Option<&Path>) -> Result<Capture> {
        let Some(file) = file else { return Ok(Capture(None)) };
        let name =
            file.to_str().ok_or_else(|| Failure::new(USAGE, "the name of the file for --capture is not UTF-8"))?;
        let opened = match name {
            "-" if stdout().is_terminal() => {
                let hint = "--capture - writes binary data, and standard output is a terminal; write '| wireshark -k -i -' behind it";
                return Err(Failure::new(USAGE, hint));
            }
            #[cfg(not(unix))]
            "-" => return Err(Failure::new(USAGE, "--capture - is not there on Windows; name a file")),
            #[cfg(unix)]
            "-" => {
                let failed = |error: std::io::Error| Failure::new(ERROR, format!("capture to {STDOUT}: {error}"));
                let own = stdout().as_fd().try_clone_to_owned().map_err(failed)?;
                rustix::stdio::dup2_stdout(stderr()).map_err(|error| failed(error.into()))?;
                tool::Capture::open(Place::Descriptor(own, STDOUT), &CaptureOptions::default())
            }
            _ => tool::Capture::open(Place::File(name), &CaptureOptions::default()),
        };
        let name = if name == "-" { STDOUT } else { name };
        Ok(Capture(Some(opened.map_err(|error| Failure::from(error.during(format!("capture to {name}"))))?)))
    }

    /// Ends it, once the command is done. The command's own failure is the one that counts.
    pub fn end(self, done: Result<()>) -> Result<()> {
        let ended = self.0.map_or(Ok(()), |capture| capture.close());
        match (done, ended) {
            (done, Ok(())) => done,
            (Ok(()), Err(error)) => Err(Failure::new(ERROR, error.to_string())),
            (Err(failure), Err(error)) => {
                tell(format_args!("usbx: {error}"));
                Err(failure)
            }
        }
    }
}
