//! What ends the tool early: an exit code for scripts and a sentence for people.

use std::fmt;
use std::io;
use std::process::ExitCode;
use usbx::tool::{Error, Status};

pub const ERROR: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_FOUND: u8 = 3;
pub const ACCESS: u8 = 4;
pub const BUSY: u8 = 5;
pub const TIMEOUT: u8 = 6;
pub const STALL: u8 = 7;
pub const BUS: u8 = 8;
/// As shells say it: more by this than the signal that ended a program.
pub const SIGNAL: u8 = 128;
const BROKEN_PIPE: u8 = SIGNAL + 13;

/// For `--help` and the manual.
pub const EXIT_CODES: [(&str, &str); 11] = [
    ("0", "All went well."),
    ("1", "An error that has no code of its own, such as a full disk."),
    ("2", "The command line is wrong."),
    ("3", "There is no such device, interface, alternate setting or endpoint, or the device was unplugged."),
    ("4", "Permission denied; the message has the udev rule that grants it."),
    ("5", "A kernel driver or another program holds the interface; the message says which."),
    ("6", "The time was up: nothing more came, or the device took no more. What moved until then was kept and is counted."),
    ("7", "The device refused the request, or the endpoint is halted (a stall)."),
    ("8", "The transfer failed on the bus, or the device sent too much."),
    ("130, 143", "Ended by Ctrl-C or by SIGTERM. What came until then was kept and is counted."),
    ("141", "Whoever read the output has gone."),
];

#[derive(Debug)]
pub struct Failure {
    code: u8,
    sentence: String,
}

pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub fn new(code: u8, sentence: impl Into<String>) -> Failure {
        Failure { code, sentence: sentence.into() }
    }

    /// Of a file, or of standard output. Nobody is left to hear of a reader that has gone.
    pub fn of_output(error: &io::Error, name: &str, written: u64) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::new(BROKEN_PIPE, ""),
            _ => Failure::new(ERROR, format!("write to {name}: {error}; {written} bytes were written")),
        }
    }

    /// What standard output says of lines and JSON.
    pub fn of_lines(error: impl Into<io::Error>) -> Failure {
        match error.into() {
            error if error.kind() == io::ErrorKind::BrokenPipe => Failure::new(BROKEN_PIPE, ""),
            error => Failure::new(ERROR, format!("write to standard output: {error}")),
        }
    }

    /// Adds what else is to be known.
    pub fn and(self, more: impl fmt::Display) -> Failure {
        Failure { sentence: format!("{}; {more}", self.sentence), ..self }
    }

    /// Adds an option that helps, if it ended for this reason.
    pub fn hint(self, code: u8, hint: &str) -> Failure {
        match self.code == code {
            true => Failure { sentence: format!("{}\nusbx: {hint}", self.sentence), ..self },
            false => self,
        }
    }

    pub fn report(self) -> ExitCode {
        if !self.sentence.is_empty() {
            eprintln!("usbx: {}", printable(&self.sentence));
        }
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = match error.status {
            Status::InvalidParam => USAGE,
            Status::NotFound | Status::NoDevice => NOT_FOUND,
            Status::Access => ACCESS,
            Status::Busy => BUSY,
            Status::Timeout => TIMEOUT,
            Status::Pipe => STALL,
            Status::Io | Status::Overflow => BUS,
            _ => ERROR,
        };
        Failure::new(code, error.reason())
    }
}

/// A device's strings are its own: what could steer a terminal is shown, not sent.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character.is_control() && character != '\n' {
            true => shown.extend(character.escape_default()),
            false => shown.push(character),
        }
    }
    shown
}
