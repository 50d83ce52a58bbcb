//! What Linux has for sockets.

use rustix::io::Result;
use rustix::net::{socket_with, sockopt, AddressFamily, SendFlags, SocketFlags, SocketType};
use std::net::TcpStream;
use std::os::unix::io::{BorrowedFd, OwnedFd};

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

pub fn is_listening(socket: &OwnedFd) -> Result<bool> {
    sockopt::socket_acceptconn(socket)
}
