//! Addresses to listen at, and networks that may connect.

use crate::bus::usbip::protocol::PORT;
use crate::error::{Error, Result};
use crate::sys::Listener;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

/// This computer's programs alone reach it.
pub const DEFAULT_ADDRESS: &str = "127.0.0.1:3240";

/// Listens at "127.0.0.1:3240", "[::1]:3240", either without a port, "unix:/path", or "systemd:" for the socket that systemd passed.
pub fn listen(address: &str) -> Result<Listener> {
    if address == "systemd:" {
        return Listener::passed();
    }
    if let Some(path) = address.strip_prefix("unix:") {
        if path.is_empty() {
            return Err(Error::invalid("the path of the socket is missing behind \"unix:\""));
        }
        return Listener::unix(Path::new(path));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    let with_port = address.parse::<SocketAddr>().ok();
    let whole = with_port.or_else(|| bare.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, PORT)));
    let no_address = || {
        let reason =
            "it is no address; give one of this computer with a port, as 127.0.0.1:3240 or [::1]:3240, or unix:/path";
        Error::invalid(reason)
    };
    Listener::tcp(whole.ok_or_else(no_address)?)
}

/// The addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// A list: "192.168.1.0/24,fd00::/8,10.0.0.7".
    pub fn list(text: &str) -> Result<Vec<Network>> {
        text.split(',').map(|entry| Network::parse(entry.trim())).collect()
    }

    fn parse(text: &str) -> Result<Network> {
        let wrong = || Error::invalid(format!("\"{text}\" is no network; write one as 192.168.1.0/24 or fd00::/8"));
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(wrong)?,
            None => most,
        };
        Ok(Network { address, bits })
    }

    pub fn contains(&self, other: IpAddr) -> bool {
        let begins_alike = |a: u128, b: u128, width: u32| (a ^ b).checked_shr(width - self.bits).unwrap_or(0) == 0;
        match (self.address, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => begins_alike(u32::from(a).into(), u32::from(b).into(), 32),
            (IpAddr::V6(a), IpAddr::V6(b)) => begins_alike(a.into(), b.into(), 128),
            _ => false,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_the_addresses_that_begin_alike() {
        let networks = Network::list("192.168.1.0/24, fd00::/8,10.0.0.7,0.0.0.0/0,::/0").unwrap();
        let contains = |at: usize, address: &str| networks[at].contains(address.parse().unwrap());
        assert!(contains(0, "192.168.1.255") && !contains(0, "192.168.2.0") && !contains(0, "::1"));
        assert!(contains(1, "fdff::1") && !contains(1, "fe00::1"));
        assert!(contains(2, "10.0.0.7") && !contains(2, "10.0.0.6"));
        assert!(contains(3, "255.1.2.3") && !contains(3, "::1") && contains(4, "::1"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for wrong in ["", "192.168.1.0/33", "fd00::/129", "192.168.1/24", "host", "10.0.0.0/-1", "10.0.0.0/8,"] {
            assert!(Network::list(wrong).is_err(), "{wrong}");
        }
    }
}
