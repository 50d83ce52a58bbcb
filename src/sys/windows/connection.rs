//! Connections that this process makes, and those that the caller has made. No call waits.

use super::socket::Socket;
use super::RawDescriptor;
use crate::error::{Error, Result, Status};
use crate::sys::peer::{Moved, Peer};
use once_cell::sync::Lazy;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::windows::io::{AsRawSocket, BorrowedSocket, FromRawSocket, RawSocket};
use std::time::Duration;
use windows_sys::Win32::Networking::WinSock::{
    connect, getsockopt, ioctlsocket, WSAGetLastError, WSASocketW, WSAStartup, AF_INET, AF_INET6, FIONBIO, IN6_ADDR,
    IN6_ADDR_0, INVALID_SOCKET, IN_ADDR, IN_ADDR_0, SOCKADDR, SOCKADDR_IN, SOCKADDR_IN6, SOCKADDR_IN6_0, SOCKET,
    SOCK_STREAM, SOL_SOCKET, SO_TYPE, WSAENOTCONN, WSAENOTSOCK, WSAEWOULDBLOCK, WSA_FLAG_NO_HANDLE_INHERIT,
    WSA_FLAG_OVERLAPPED,
};

impl Socket {
    /// Begins to connect. Once it is ready for writing, `connected` says what came of it.
    pub fn connect(peer: &Peer) -> io::Result<Socket> {
        let Peer::Tcp(address) = peer else {
            let reason = "Unix sockets are not supported on Windows; connect by TCP";
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
        };
        let socket = Socket::new(new_stream(address)?, false)?;
        let raw = socket.stream.as_raw_socket() as SOCKET;
        let begun = match address {
            SocketAddr::V4(address) => {
                let number = IN_ADDR { S_un: IN_ADDR_0 { S_addr: u32::from_ne_bytes(address.ip().octets()) } };
                let address = SOCKADDR_IN {
                    sin_family: AF_INET,
                    sin_port: address.port().to_be(),
                    sin_addr: number,
                    sin_zero: [0; 8],
                };
                // SAFETY: an open socket, and an address of this length.
                unsafe {
                    connect(
                        raw,
                        (&address as *const SOCKADDR_IN).cast::<SOCKADDR>(),
                        std::mem::size_of_val(&address) as i32,
                    )
                }
            }
            SocketAddr::V6(address) => {
                let address = SOCKADDR_IN6 {
                    sin6_family: AF_INET6,
                    sin6_port: address.port().to_be(),
                    sin6_flowinfo: address.flowinfo(),
                    sin6_addr: IN6_ADDR { u: IN6_ADDR_0 { Byte: address.ip().octets() } },
                    Anonymous: SOCKADDR_IN6_0 { sin6_scope_id: address.scope_id() },
                };
                // SAFETY: as above.
                unsafe {
                    connect(
                        raw,
                        (&address as *const SOCKADDR_IN6).cast::<SOCKADDR>(),
                        std::mem::size_of_val(&address) as i32,
                    )
                }
            }
        };
        // SAFETY: it reads this thread's own number.
        match (begun, unsafe { WSAGetLastError() }) {
            (0, _) | (_, WSAEWOULDBLOCK) => Ok(socket),
            (_, code) => Err(io::Error::from_raw_os_error(code)),
        }
    }

    /// Whether the connection stands, once it is ready for writing.
    pub fn connected(&self) -> io::Result<()> {
        self.watch.connected()
    }

    /// A connected stream socket that the caller keeps open as well.
    pub fn adopt(fd: RawDescriptor) -> Result<Socket> {
        start_sockets();
        if fd < 0 {
            return Err(Error::invalid("a socket is not negative"));
        }
        let (mut kind, mut length) = (0i32, 4);
        // SAFETY: the system refuses a number that is no socket of this process, and the place has room for the answer.
        let known =
            unsafe { getsockopt(fd as SOCKET, SOL_SOCKET, SO_TYPE, (&mut kind as *mut i32).cast(), &mut length) };
        // SAFETY: it reads this thread's own number.
        match (known, unsafe { WSAGetLastError() }) {
            (0, _) if kind == SOCK_STREAM => {}
            (0, _) => {
                return Err(Error::invalid("it is no stream socket; give one that is connected to a USB/IP server"))
            }
            (_, WSAENOTSOCK) => return Err(Error::invalid("it is not an open socket")),
            (_, code) => return Err(refused(&io::Error::from_raw_os_error(code))),
        }
        // SAFETY: an open socket, borrowed for this statement alone.
        let own = unsafe { BorrowedSocket::borrow_raw(fd as RawSocket) }.try_clone_to_owned();
        Socket::new(TcpStream::from(own.map_err(|error| refused(&error))?), true).map_err(|error| refused(&error))
    }

    /// Reads into one piece after the other.
    pub fn receive(&self, pieces: &mut [IoSliceMut<'_>]) -> Moved {
        Moved::of(self.watch.reading(|| (&self.stream).read_vectored(pieces)))
    }

    /// A socket's calls wait here only if none says otherwise.
    pub fn let_wait(&self, _: Duration) -> bool {
        false
    }

    pub fn wait_and_receive(&self, bytes: &mut [u8]) -> Moved {
        self.receive(&mut [IoSliceMut::new(bytes)])
    }

    /// Writes one piece after the other, as much as goes now.
    pub fn send(&self, pieces: &[IoSlice<'_>]) -> Moved {
        let sent = self.watch.writing(|| match (&self.stream).write_vectored(pieces) {
            Err(error) if error.raw_os_error() == Some(WSAENOTCONN) && self.watch.is_connecting() => {
                Err(io::ErrorKind::WouldBlock.into())
            }
            sent => sent,
        });
        Moved::of(sent)
    }

    /// No process has it from another one.
    pub fn hold(&self) -> bool {
        true
    }

    /// Ends the connection for every user of it.
    pub fn shut_down(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn refused(error: &io::Error) -> Error {
    Error::new(Status::Other, format!("the system refuses it: {error}"))
}

/// A socket that is not connected, whose calls do not wait.
fn new_stream(address: &SocketAddr) -> io::Result<TcpStream> {
    let family = if address.is_ipv4() { AF_INET } else { AF_INET6 };
    start_sockets();
    let flags = WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT;
    // SAFETY: a new socket of nobody else's.
    let socket = unsafe { WSASocketW(family.into(), SOCK_STREAM, 0, std::ptr::null(), 0, flags) };
    if socket == INVALID_SOCKET {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just made, and kept by this alone.
    let stream = unsafe { TcpStream::from_raw_socket(socket as RawSocket) };
    let mut yes = 1;
    // SAFETY: an open socket, and a number to read.
    match unsafe { ioctlsocket(socket, FIONBIO, &mut yes) } {
        0 => Ok(stream),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Sockets work once a process has started them, which counts and does nothing more after the first time.
fn start_sockets() {
    static DONE: Lazy<()> = Lazy::new(|| {
        // SAFETY: plain numbers and text, which the system fills in.
        unsafe { WSAStartup(0x0202, &mut std::mem::zeroed()) };
    });
    Lazy::force(&DONE);
}
