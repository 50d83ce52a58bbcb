//! Stream sockets that never wait: TCP, and those of this computer alone, by a file's name.

use super::passed::passed_socket;
use crate::error::{Error, Result, Status};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::bsd::{set_user_timeout, without_signals};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::linux::{set_user_timeout, without_signals};
use crate::sys::peer::{KEEPALIVE, KEEPALIVE_INTERVAL, KEEPALIVE_TRIES};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::io::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where connections arrive. Dropped, it removes its file.
pub enum Listener {
    Tcp(TcpListener),
    /// With its file.
    Unix(UnixListener, PathBuf),
    /// Of systemd, whose file stays.
    Passed(UnixListener, PathBuf),
}

pub enum Socket {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// Bytes that a peer has not acknowledged for this time end the connection, in milliseconds.
const USER_TIMEOUT: u32 = 10_000;

impl Listener {
    pub fn tcp(address: SocketAddr) -> Result<Listener> {
        let listener = TcpListener::bind(address).map_err(|error| refused(&error))?;
        listener.set_nonblocking(true).map_err(|error| refused(&error))?;
        Ok(Listener::Tcp(listener))
    }

    /// A file that a server has left there, which listens no more, gives way.
    pub fn unix(path: &Path) -> Result<Listener> {
        let listener = match UnixListener::bind(path) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_left_over(path) => {
                let _ = std::fs::remove_file(path);
                UnixListener::bind(path)
            }
            bound => bound,
        };
        let listener = listener.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse if !is_socket(path) => {
                let what = "there is a file of that name, which is no socket; remove it, or take another name";
                Error::new(Status::Busy, what)
            }
            ErrorKind::AddrInUse => {
                Error::new(Status::Busy, "another program listens there; end it, or take another name")
            }
            ErrorKind::PermissionDenied => {
                Error::new(Status::Access, "this user may not make a file there; take another folder")
            }
            _ => refused(&error),
        })?;
        listener.set_nonblocking(true).map_err(|error| refused(&error))?;
        Ok(Listener::Unix(listener, path.to_owned()))
    }

    /// The one that systemd passed when it started this program.
    pub fn passed() -> Result<Listener> {
        let socket = passed_socket()?;
        let wrong = |error: io::Error| Error::new(Status::Other, format!("systemd's socket is of no use: {error}"));
        let domain = address_family(&socket).map_err(|error| wrong(error.into()))?;
        if domain == rustix::net::AddressFamily::UNIX {
            let listener = UnixListener::from(socket);
            listener.set_nonblocking(true).map_err(wrong)?;
            let address = listener.local_addr().map_err(wrong)?;
            let path = address.as_pathname().unwrap_or(Path::new("")).to_owned();
            return Ok(Listener::Passed(listener, path));
        }
        let listener = TcpListener::from(socket);
        listener.set_nonblocking(true).map_err(wrong)?;
        Ok(Listener::Tcp(listener))
    }

    /// "127.0.0.1:3240", or "unix:/path".
    pub fn address(&self) -> Result<String> {
        match self {
            Listener::Tcp(listener) => {
                Ok(listener.local_addr().map_err(|error| Error::new(Status::Other, error.to_string()))?.to_string())
            }
            Listener::Unix(_, path) | Listener::Passed(_, path) => Ok(format!("unix:{}", path.display())),
        }
    }

    /// The next connection and, of TCP, who made it; `None` if there is none now.
    pub fn accept(&self) -> io::Result<Option<(Socket, Option<IpAddr>)>> {
        let accepted = match self {
            Listener::Tcp(listener) => {
                listener.accept().map(|(stream, peer)| (Socket::Tcp(stream), Some(peer.ip().to_canonical())))
            }
            Listener::Unix(listener, _) | Listener::Passed(listener, _) => {
                listener.accept().map(|(stream, _)| (Socket::Unix(stream), None))
            }
        };
        match accepted {
            Ok((socket, peer)) => {
                socket.prepare()?;
                Ok(Some((socket, peer)))
            }
            // The peer may have gone before it was let in.
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Of a socket that may have no other end yet.
pub(super) fn address_family(socket: impl AsFd) -> rustix::io::Result<rustix::net::AddressFamily> {
    Ok(rustix::net::getsockname(socket)?.address_family())
}

fn is_socket(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

fn is_left_over(path: &Path) -> bool {
    is_socket(path) && UnixStream::connect(path).is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn refused(error: &io::Error) -> Error {
    let (status, what) = match error.kind() {
        ErrorKind::AddrInUse => (Status::Busy, "another program listens there; end it, or take another port"),
        ErrorKind::AddrNotAvailable => (Status::NotFound, "this computer does not have that address"),
        ErrorKind::PermissionDenied => (Status::Access, "this user may not listen there; take a port from 1024 on"),
        ErrorKind::NotFound => (Status::NotFound, "there is no such folder; make it first"),
        _ => return Error::new(Status::Other, format!("the system refuses it: {error}")),
    };
    Error::new(status, what)
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Socket {
    /// No call waits, small messages leave at once, and a peer that is lost is noticed.
    pub(super) fn prepare(&self) -> io::Result<()> {
        without_signals(self.as_fd())?;
        match self {
            Socket::Unix(stream) => stream.set_nonblocking(true),
            Socket::Tcp(stream) => {
                use rustix::net::sockopt;
                stream.set_nonblocking(true)?;
                stream.set_nodelay(true)?;
                sockopt::set_socket_keepalive(stream, true)?;
                sockopt::set_tcp_keepidle(stream, KEEPALIVE)?;
                sockopt::set_tcp_keepintvl(stream, KEEPALIVE_INTERVAL)?;
                sockopt::set_tcp_keepcnt(stream, KEEPALIVE_TRIES)?;
                set_user_timeout(stream, USER_TIMEOUT)?;
                Ok(())
            }
        }
    }

    /// Gives a peer up that says nothing for this long, to the second, in place of what `prepare` has set.
    pub fn give_up_after(&self, time: Duration) {
        use rustix::net::sockopt;
        let Socket::Tcp(stream) = self else { return };
        let part = |share: u32| (time / share).max(Duration::from_secs(1));
        let set = || {
            sockopt::set_tcp_keepidle(stream, part(3))?;
            sockopt::set_tcp_keepintvl(stream, part(6))?;
            set_user_timeout(stream, time.as_millis().try_into().unwrap_or(i32::MAX as u32))
        };
        // Where the system has none of these, its own times stay.
        let _: rustix::io::Result<()> = set();
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Listener::Tcp(listener) => listener.as_fd(),
            Listener::Unix(listener, _) | Listener::Passed(listener, _) => listener.as_fd(),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Socket::Tcp(stream) => stream.as_fd(),
            Socket::Unix(stream) => stream.as_fd(),
        }
    }
}
