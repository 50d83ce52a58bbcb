//! The other end of a stream socket: where it is, what came of a try to move bytes, and when it is given up.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// What came of a try to move bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    Bytes(usize),
    /// Nothing can be moved now.
    Nothing,
    /// The other end has closed it, or is lost.
    Over,
}

/// A peer is asked whether it is there after this time without a word, and given up after about twice as long.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(4);
pub(super) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);
pub(super) const KEEPALIVE_TRIES: u32 = 3;

impl Moved {
    pub(super) fn of(result: io::Result<usize>) -> Moved {
        match result {
            Ok(0) => Moved::Over,
            Ok(count) => Moved::Bytes(count),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => Moved::Nothing,
            Err(_) => Moved::Over,
        }
    }
}
