//! Why the tool ends early: an exit code for scripts and a message for people.

use crate::message::tell;
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
/// As shells have them, of `usbx run`.
#[cfg(target_os = "linux")]
pub const NOT_EXECUTABLE: u8 = 126;
#[cfg(target_os = "linux")]
pub const NO_SUCH_PROGRAM: u8 = 127;
/// As in shells, the exit code is this plus the number of the signal that ended the program.
pub const SIGNAL: u8 = 128;
const BROKEN_PIPE: u8 = SIGNAL + 13;

/// For `--help` and the manual.
pub const EXIT_CODES: [(&str, &str); 12] = [
    ("0", "Success."),
    ("1", "An error without a code of its own, such as a full disk."),
    ("2", "The command line is wrong."),
    ("3", "There is no such device, interface, alternate setting or endpoint, or the device was unplugged."),
    ("4", "Permission denied; the message has the udev rule that grants it."),
    ("5", "A kernel driver or another program holds the interface; the message says which."),
    ("6", "Timeout: no more data came, or the device accepted no more. The data that moved was kept and is counted."),
    ("7", "The device refused the request, or the endpoint is halted (a stall)."),
    ("8", "The transfer failed on the bus, or the device sent too much."),
    (
        "126, 127",
        "Of 'usbx run': the program cannot be run so, or is not there. Otherwise its exit code is the program's.",
    ),
    ("130, 143", "Ended by Ctrl-C or by SIGTERM. The data that arrived was kept and is counted."),
    ("141", "The reader of the output has closed it."),
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

    pub fn code(&self) -> u8 {
        self.code
    }

    /// A failure to write to a file or to standard output. If the reader has gone, there is no message.
    pub fn of_output(error: &io::Error, name: &str, written: u64) -> Failure {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::new(BROKEN_PIPE, ""),
            _ => Failure::new(ERROR, format!("write to {name}: {error}; {written} bytes were written")),
        }
    }

    /// A failure to write lines or JSON to standard output.
    pub fn of_lines(error: impl Into<io::Error>) -> Failure {
        match error.into() {
            error if error.kind() == io::ErrorKind::BrokenPipe => Failure::new(BROKEN_PIPE, ""),
            error => Failure::new(ERROR, format!("write to standard output: {error}")),
        }
    }

    /// Adds more information.
    pub fn and(self, more: impl fmt::Display) -> Failure {
        Failure { sentence: format!("{}; {more}", self.sentence), ..self }
    }

    /// Adds a hint about an option, if the exit code is this one.
    pub fn hint(self, code: u8, hint: &str) -> Failure {
        match self.code == code {
            true => Failure { sentence: format!("{}\nusbx: {hint}", self.sentence), ..self },
            false => self,
        }
    }

    pub fn report(self) -> ExitCode {
        if !self.sentence.is_empty() {
            tell(format_args!("usbx: {}", printable(&self.sentence)));
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

/// A device chooses its strings: control characters, which could control a terminal, are escaped.
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
