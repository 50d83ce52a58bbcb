//! What Linux has for sockets.

use rustix::io::Result;
use std::net::TcpStream;

/// Bytes that a peer has not acknowledged for this time, in milliseconds, end the connection.
pub fn set_user_timeout(stream: &TcpStream, milliseconds: u32) -> Result<()> {
    rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds)
}
