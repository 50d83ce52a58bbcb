//! Stream sockets that never wait: TCP.

use super::readiness::{BorrowedDescriptor, Pollable};
use super::socket_watch::SocketWatch;
use crate::error::{Error, Result, Status};
use crate::sys::peer::{KEEPALIVE, KEEPALIVE_INTERVAL, KEEPALIVE_TRIES};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::windows::io::AsRawSocket;
use std::path::Path;
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    setsockopt, IPPROTO_TCP, SOCKET, SOL_SOCKET, SO_KEEPALIVE, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL,
};

/// Where connections arrive.
pub struct Listener {
    /// Before the socket, which it watches.
    watch: SocketWatch,
    listener: TcpListener,
}

pub struct Socket {
    /// Before the socket, which it watches.
    pub(super) watch: SocketWatch,
    pub(super) stream: TcpStream,
}

impl Listener {
    pub fn tcp(address: SocketAddr) -> Result<Listener> {
        let listener = TcpListener::bind(address).map_err(|error| refused(&error))?;
        let watch = SocketWatch::new(listener.as_raw_socket(), true).map_err(|error| refused(&error))?;
        Ok(Listener { watch, listener })
    }

    pub fn unix(_: &Path) -> Result<Listener> {
        let reason = "a share listens at no Unix socket on Windows; take an address as 127.0.0.1:3240";
        Err(Error::new(Status::NotSupported, reason))
    }

    pub fn passed() -> Result<Listener> {
        let reason = "there is no systemd on Windows; take an address as 127.0.0.1:3240";
        Err(Error::new(Status::NotSupported, reason))
    }

    /// "127.0.0.1:3240".
    pub fn address(&self) -> Result<String> {
        let address = self.listener.local_addr();
        Ok(address.map_err(|error| Error::new(Status::Other, error.to_string()))?.to_string())
    }

    /// The next connection and who made it; `None` if there is none now.
    pub fn accept(&self) -> io::Result<Option<(Socket, Option<IpAddr>)>> {
        match self.watch.reading(|| self.listener.accept()) {
            Ok((stream, peer)) => Ok(Some((Socket::new(stream, true)?, Some(peer.ip().to_canonical())))),
            // The peer may have gone before it was let in.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionReset) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn refused(error: &io::Error) -> Error {
    let (status, what) = match error.kind() {
        ErrorKind::AddrInUse => (Status::Busy, "another program listens there; end it, or take another port"),
        ErrorKind::AddrNotAvailable => (Status::NotFound, "this computer does not have that address"),
        ErrorKind::PermissionDenied => (Status::Access, "this user may not listen there; take another port"),
        _ => return Error::new(Status::Other, format!("the system refuses it: {error}")),
    };
    Error::new(status, what)
}

impl Socket {
    /// No call waits, small messages leave at once, and a peer that is lost is noticed.
    pub(super) fn new(stream: TcpStream, is_connected: bool) -> io::Result<Socket> {
        let watch = SocketWatch::new(stream.as_raw_socket(), is_connected)?;
        let socket = Socket { watch, stream };
        socket.stream.set_nodelay(true)?;
        socket.set_option(SOL_SOCKET, SO_KEEPALIVE, 1)?;
        socket.ask_after(KEEPALIVE, KEEPALIVE_INTERVAL);
        // Systems before Windows 10 of 2017 have their own times.
        let _ = socket.set_option(IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES);
        Ok(socket)
    }

    fn ask_after(&self, idle: Duration, interval: Duration) {
        let seconds = |time: Duration| u32::try_from(time.as_secs().max(1)).unwrap_or(u32::MAX);
        let _ = self.set_option(IPPROTO_TCP, TCP_KEEPIDLE, seconds(idle));
        let _ = self.set_option(IPPROTO_TCP, TCP_KEEPINTVL, seconds(interval));
    }

    fn set_option(&self, level: i32, name: i32, value: u32) -> io::Result<()> {
        let (socket, bytes) = (self.stream.as_raw_socket() as SOCKET, value.to_ne_bytes());
        // SAFETY: an open socket, and the value's bytes.
        match unsafe { setsockopt(socket, level, name, bytes.as_ptr(), bytes.len() as i32) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }

    /// Asks a peer that says nothing whether it is there, so that it is given up after about this long.
    pub fn give_up_after(&self, time: Duration) {
        self.ask_after(time / 3, time / 6);
    }
}

impl Pollable for Listener {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        self.watch.source().as_fd()
    }
}

impl Pollable for Socket {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        self.watch.source().as_fd()
    }
}
