//! What Linux has for sockets.

use rustix::io::Result;
use rustix::net::{socket_with, sockopt, AddressFamily, SendFlags, SocketFlags, SocketType};
use std::net::TcpStream;
use std::os::unix::io::{BorrowedFd, OwnedFd};
use std::time::Duration;

/// Without waiting, and without the signal of a broken pipe, which ends programs.
pub const SEND: SendFlags = SendFlags::NOSIGNAL.union(SendFlags::DONTWAIT);

/// One that does not wait, and that no child gets.
pub fn stream_socket(family: AddressFamily) -> Result<OwnedFd> {
    socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK, None)
}

/// `SEND` does it.
pub fn without_signals(_: BorrowedFd<'_>) -> Result<()> {
    Ok(())
}

/// Bytes that a peer has not acknowledged for this time, in milliseconds, end the connection.
pub fn set_user_timeout(stream: &TcpStream, milliseconds: u32) -> Result<()> {
    sockopt::set_tcp_user_timeout(stream, milliseconds)
}

/// Calls that do not say otherwise wait from now on, those that receive for this time at most. False where they never do.
pub fn let_wait(socket: BorrowedFd<'_>, time: Duration) -> bool {
    let set = || {
        sockopt::set_socket_timeout(socket, sockopt::Timeout::Recv, Some(time))?;
        rustix::io::ioctl_fionbio(socket, false)
    };
    set().is_ok()
}

pub fn is_listening(socket: &OwnedFd) -> Result<bool> {
    sockopt::socket_acceptconn(socket)
}
