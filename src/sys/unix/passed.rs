//! The socket that systemd passes to a program that it starts for its first client (sd_listen_fds).

use super::environment::environment;
use crate::error::{Error, Result, Status};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::bsd::is_listening;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::linux::is_listening;
use std::io;
use std::os::unix::io::{FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

/// The first descriptor that systemd passes.
const FIRST: i32 = 3;

/// It is there once.
static TAKEN: AtomicBool = AtomicBool::new(false);

pub fn passed_socket() -> Result<OwnedFd> {
    let number = |name| environment(name).and_then(|text| text.parse::<u32>().ok());
    let none = |reason| Err(Error::new(Status::NotFound, reason));
    if number("LISTEN_PID") != Some(std::process::id()) {
        return none("systemd has not passed a socket to this program; start it by a .socket unit, or name an address");
    }
    if number("LISTEN_FDS") != Some(1) {
        return none("a share takes one socket; let the .socket unit have one ListenStream=");
    }
    if TAKEN.swap(true, Ordering::SeqCst) {
        return Err(Error::new(Status::Busy, "another share of this program has systemd's socket"));
    }
    // SAFETY: systemd opened it for this process, says its environment, and nobody has taken it from there.
    let socket = unsafe { OwnedFd::from_raw_fd(FIRST) };
    let wrong = |error: io::Error| Error::new(Status::Other, format!("systemd's socket is of no use: {error}"));
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC).map_err(|error| wrong(error.into()))?;
    let listens = is_listening(&socket).map_err(|error| wrong(error.into()))?;
    if !listens {
        let reason = "systemd's socket does not listen; the .socket unit needs ListenStream= and Accept=no";
        return Err(Error::invalid(reason));
    }
    Ok(socket)
}
