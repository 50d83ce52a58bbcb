//! What these systems have for sockets.

use rustix::fs::{fcntl_getfl, fcntl_setfl, OFlags};
use rustix::io::{fcntl_setfd, Errno, FdFlags, Result};
use rustix::net::{socket, AddressFamily, SendFlags, SocketType};
use std::net::TcpStream;
use std::os::unix::io::{AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

/// Without waiting, and without the signal of a broken pipe, which ends programs.
#[cfg(not(target_vendor = "apple"))]
pub const SEND: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);
#[cfg(target_vendor = "apple")]
pub const SEND: SendFlags = SendFlags::DONTWAIT;

/// One that does not wait, and that no child gets.
pub fn stream_socket(family: AddressFamily) -> Result<OwnedFd> {
    let socket = socket(family, SocketType::STREAM, None)?;
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    fcntl_setfl(&socket, fcntl_getfl(&socket)? | OFlags::NONBLOCK)?;
    Ok(socket)
}

/// Where the flag of `SEND` is missing, the socket itself has it.
pub fn without_signals(_socket: BorrowedFd<'_>) -> Result<()> {
    #[cfg(target_vendor = "apple")]
    rustix::net::sockopt::set_socket_nosigpipe(_socket, true)?;
    Ok(())
}

/// How long bytes may be unacknowledged is the system's to decide.
pub fn set_user_timeout(_: &TcpStream, _milliseconds: u32) -> Result<()> {
    Ok(())
}

/// A socket's calls wait here only if none says otherwise.
pub fn let_wait(_: BorrowedFd<'_>, _: Duration) -> bool {
    false
}

pub fn is_listening(socket: &OwnedFd) -> Result<bool> {
    let mut listens: libc::c_int = 0;
    let mut length = std::mem::size_of_val(&listens) as libc::socklen_t;
    let place: *mut libc::c_int = &mut listens;
    // SAFETY: the place has that length, and both are there until the call returns.
    let status = unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ACCEPTCONN, place.cast(), &mut length)
    };
    match status {
        0 => Ok(listens != 0),
        _ => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)),
    }
}
