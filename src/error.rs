//! What can go wrong, as a status for programs and a sentence for people.

use std::fmt;
use std::sync::Arc;

/// A failure, by the number the C caller sees. libusb's own numbers first, so that ported code reads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    Io = -1,
    InvalidParam = -2,
    Access = -3,
    NoDevice = -4,
    NotFound = -5,
    Busy = -6,
    Timeout = -7,
    Overflow = -8,
    Pipe = -9,
    Interrupted = -10,
    NoMem = -11,
    NotSupported = -12,
    Other = -99,
    InvalidHandle = -100,
    Cancelled = -101,
    Closed = -102,
    NotClaimed = -103,
    Forked = -104,
    Internal = -105,
}

impl Status {
    const ALL: [Status; 19] = [
        Status::Io,
        Status::InvalidParam,
        Status::Access,
        Status::NoDevice,
        Status::NotFound,
        Status::Busy,
        Status::Timeout,
        Status::Overflow,
        Status::Pipe,
        Status::Interrupted,
        Status::NoMem,
        Status::NotSupported,
        Status::Other,
        Status::InvalidHandle,
        Status::Cancelled,
        Status::Closed,
        Status::NotClaimed,
        Status::Forked,
        Status::Internal,
    ];

    pub fn from_code(code: i32) -> Option<Status> {
        Status::ALL.iter().copied().find(|status| *status as i32 == code)
    }

    /// The C constant's name, NUL-terminated.
    pub fn name(self) -> &'static str {
        match self {
            Status::Io => "USBX_ERROR_IO\0",
            Status::InvalidParam => "USBX_ERROR_INVALID_PARAM\0",
            Status::Access => "USBX_ERROR_ACCESS\0",
            Status::NoDevice => "USBX_ERROR_NO_DEVICE\0",
            Status::NotFound => "USBX_ERROR_NOT_FOUND\0",
            Status::Busy => "USBX_ERROR_BUSY\0",
            Status::Timeout => "USBX_ERROR_TIMEOUT\0",
            Status::Overflow => "USBX_ERROR_OVERFLOW\0",
            Status::Pipe => "USBX_ERROR_PIPE\0",
            Status::Interrupted => "USBX_ERROR_INTERRUPTED\0",
            Status::NoMem => "USBX_ERROR_NO_MEM\0",
            Status::NotSupported => "USBX_ERROR_NOT_SUPPORTED\0",
            Status::Other => "USBX_ERROR_OTHER\0",
            Status::InvalidHandle => "USBX_ERROR_INVALID_HANDLE\0",
            Status::Cancelled => "USBX_ERROR_CANCELLED\0",
            Status::Closed => "USBX_ERROR_CLOSED\0",
            Status::NotClaimed => "USBX_ERROR_NOT_CLAIMED\0",
            Status::Forked => "USBX_ERROR_FORKED\0",
            Status::Internal => "USBX_ERROR_INTERNAL\0",
        }
    }

    /// One plain sentence, NUL-terminated.
    pub fn text(self) -> &'static str {
        match self {
            Status::Io => "The transfer failed on the bus.\0",
            Status::InvalidParam => "An argument is not valid.\0",
            Status::Access => "Permission denied.\0",
            Status::NoDevice => "The device was there and is gone.\0",
            Status::NotFound => "There is no such device, interface, setting or configuration.\0",
            Status::Busy => "It is in use.\0",
            Status::Timeout => "The time given was not enough.\0",
            Status::Overflow => "The device sent more than the buffer can hold.\0",
            Status::Pipe => "The endpoint stalled: the device refused the request or the endpoint is halted.\0",
            Status::Interrupted => "A signal interrupted the call.\0",
            Status::NoMem => "Memory ran out.\0",
            Status::NotSupported => "This platform or device does not support it.\0",
            Status::Other => "An error that has no number of its own.\0",
            Status::InvalidHandle => "The handle is not open, or is of another kind.\0",
            Status::Cancelled => "The transfer was cancelled.\0",
            Status::Closed => "The handle was closed meanwhile by another thread.\0",
            Status::NotClaimed => "The interface is not claimed by this handle.\0",
            Status::Forked => "The handle belongs to the parent process; open the device anew after fork.\0",
            Status::Internal => "A defect in usbx itself; please report it.\0",
        }
    }
}

/// A status with the reason a person can act on. Code that passes it up says what was tried, with [`Error::during`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub status: Status,
    reason: String,
    look: Option<Look>,
}

/// Finds out the end of the reason, where that takes longer than most programs want to wait: they look at the status alone.
#[derive(Clone)]
struct Look(Arc<dyn Fn() -> String + Send + Sync>);

impl PartialEq for Look {
    fn eq(&self, other: &Look) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Look {}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(status: Status, reason: impl Into<String>) -> Error {
        Error { status, reason: reason.into(), look: None }
    }

    /// The reason is looked for when a caller asks for it.
    pub fn looked_up(status: Status, look: impl Fn() -> String + Send + Sync + 'static) -> Error {
        Error { status, reason: String::new(), look: Some(Look(Arc::new(look))) }
    }

    pub fn reason(&self) -> String {
        match &self.look {
            Some(look) => format!("{}{}", self.reason, (look.0)()),
            None => self.reason.clone(),
        }
    }

    /// The same, where what was tried is put into words when a caller asks for them: programs that try again and again do not.
    pub fn while_trying(self, what: impl Fn() -> String + Send + Sync + 'static) -> Error {
        Error::looked_up(self.status, move || format!("{}: {}", what(), self.reason()))
    }

    pub fn invalid(reason: impl Into<String>) -> Error {
        Error::new(Status::InvalidParam, reason)
    }

    pub fn no_device() -> Error {
        Error::new(Status::NoDevice, "the device was unplugged; plug it in and open it again")
    }

    pub fn claim_lost() -> Error {
        let reason = "the claim ended when the device was reset or the computer slept, and the interface is in other hands since; \
                      call usbx_release, and usbx_claim once it is free";
        Error::new(Status::NotClaimed, reason)
    }

    /// What the system said when it made no file descriptor.
    pub fn no_descriptor(error: impl fmt::Display) -> Error {
        let reason = format!("cannot make a file descriptor: {error}; close some files or raise the limit (ulimit -n)");
        Error::new(Status::NoMem, reason)
    }

    /// The same reason, where it means another status.
    pub fn with_status(self, status: Status) -> Error {
        Error { status, ..self }
    }

    /// Puts what was tried, and on which device, in front of the reason.
    pub fn during(self, what: impl fmt::Display) -> Error {
        Error { reason: format!("{what}: {}", self.reason), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason())
    }
}

/// What came of a call that moves data.
pub struct Outcome {
    pub transferred: usize,
    pub result: Result<()>,
}

impl Outcome {
    pub fn failed(error: Error) -> Outcome {
        Outcome { transferred: 0, result: Err(error) }
    }

    /// Says what was tried. A success, the usual case, needs no words.
    pub fn during(self, what: impl FnOnce() -> String) -> Outcome {
        Outcome { result: self.result.map_err(|error| error.during(what())), ..self }
    }
}
