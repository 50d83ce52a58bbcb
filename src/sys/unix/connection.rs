//! Connections that this process makes, and those that the caller has made. No call waits.

use super::socket::{address_family, Socket};
use super::RawDescriptor;
use crate::error::{Error, Result, Status};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::bsd::{let_wait, stream_socket, SEND};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::linux::{let_wait, stream_socket, SEND};
use crate::sys::peer::{Moved, Peer};
use rustix::io::Errno;
use rustix::net::{self, sockopt, AddressFamily, RecvFlags, SocketAddrUnix, SocketType};
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::io::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

impl Socket {
    /// Begins to connect. Once it is ready for writing, `connected` says what came of it.
    pub fn connect(peer: &Peer) -> io::Result<Socket> {
        let family = match peer {
            Peer::Tcp(SocketAddr::V4(_)) => AddressFamily::INET,
            Peer::Tcp(SocketAddr::V6(_)) => AddressFamily::INET6,
            Peer::Unix(_) => AddressFamily::UNIX,
        };
        let socket = stream_socket(family)?;
        let begun = match peer {
            Peer::Tcp(address) => net::connect(&socket, address),
            Peer::Unix(path) => net::connect(&socket, &SocketAddrUnix::new(path)?),
        };
        match begun {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let socket = match peer {
            Peer::Tcp(_) => Socket::Tcp(TcpStream::from(socket)),
            Peer::Unix(_) => Socket::Unix(UnixStream::from(socket)),
        };
        socket.prepare()?;
        Ok(socket)
    }

    /// Whether the connection stands, once it is ready for writing.
    pub fn connected(&self) -> io::Result<()> {
        Ok(sockopt::socket_error(self)??)
    }

    /// A connected stream socket that the caller keeps open as well.
    pub fn adopt(fd: RawDescriptor) -> Result<Socket> {
        if fd < 0 {
            return Err(Error::invalid("a file descriptor is not negative"));
        }
        // SAFETY: the descriptor is borrowed for this statement alone. The system refuses a number that is not open.
        let own =
            unsafe { BorrowedFd::borrow_raw(fd) }.try_clone_to_owned().map_err(|error| match error.raw_os_error() {
                Some(libc::EBADF) => Error::invalid("it is not open"),
                _ => Error::no_descriptor(error),
            })?;
        if sockopt::socket_type(&own) != Ok(SocketType::STREAM) {
            return Err(Error::invalid("it is no stream socket; give one that is connected to a USB/IP server"));
        }
        let socket = match address_family(&own) {
            Ok(AddressFamily::INET | AddressFamily::INET6) => Socket::Tcp(TcpStream::from(own)),
            // Only the calls that every stream socket has are used.
            _ => Socket::Unix(UnixStream::from(own)),
        };
        socket.prepare().map_err(|error| Error::new(Status::Other, format!("the system refuses it: {error}")))?;
        Ok(socket)
    }

    /// Reads into one piece after the other.
    pub fn receive(&self, pieces: &mut [IoSliceMut<'_>]) -> Moved {
        let received = match pieces {
            [one] => net::recv(self, &mut **one, RecvFlags::DONTWAIT).map(|(_, count)| count),
            _ => net::recvmsg(self, pieces, &mut net::RecvAncillaryBuffer::default(), RecvFlags::DONTWAIT)
                .map(|message| message.bytes),
        };
        Moved::of(received.map_err(io::Error::from))
    }

    /// Lets `wait_and_receive` wait, for this time at most. False where the system has no such wait beside calls that do not.
    pub fn let_wait(&self, time: Duration) -> bool {
        let_wait(self.as_fd(), time)
    }

    /// Waits for what comes next: a system call less than to be told that something has come, and to read it then.
    pub fn wait_and_receive(&self, bytes: &mut [u8]) -> Moved {
        Moved::of(net::recv(self, bytes, RecvFlags::empty()).map(|(_, count)| count).map_err(io::Error::from))
    }

    /// Writes one piece after the other, as much as goes now.
    pub fn send(&self, pieces: &[IoSlice<'_>]) -> Moved {
        let sent = match pieces {
            [one] => net::send(self, one, SEND),
            _ => net::sendmsg(self, pieces, &mut net::SendAncillaryBuffer::default(), SEND),
        };
        Moved::of(sent.map_err(io::Error::from))
    }

    /// Makes it this process's until that ends or closes it, of all that have it by fork; false if it is another one's. Such a lock is the
    /// process's own: it goes when the process closes any descriptor of the socket, and its children do not get it.
    pub fn hold(&self) -> bool {
        rustix::fs::fcntl_lock(self, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok()
    }

    /// Ends the connection for every descriptor of it, as forked children have them.
    pub fn shut_down(&self) {
        let _ = match self {
            Socket::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Socket::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}
