//! How other computers and their devices are named: "pi.local:3240", "unix:/run/usbx", "usbip://pi.local/1-1.2".

use super::protocol::PORT;
use crate::error::{Error, Result, Status};
use crate::sync::{lock, wait, Condvar, Mutex};
use crate::sys::{start_thread, Peer};
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Who exports devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Tcp { name: String, port: u16 },
    Unix(PathBuf),
}

/// Which of its devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Busid(String),
    Ids { vendor_id: u16, product_id: u16, serial: String },
}

const TCP: &str = "usbip://";
const UNIX: &str = "usbip+unix://";

impl Host {
    /// "host", "host:port", "[::1]:port", "::1", or "unix:/path".
    pub fn parse(text: &str) -> Result<Host> {
        if let Some(path) = text.strip_prefix("unix:") {
            return match path.is_empty() {
                true => Err(Error::invalid("the path of the socket is missing behind \"unix:\"")),
                false => Ok(Host::Unix(path.into())),
            };
        }
        let wrong = || {
            Error::invalid(format!(
                "\"{text}\" is no host; write it as pi.local, 192.168.1.5:3240, [::1]:3240 or unix:/path"
            ))
        };
        let (name, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (name, behind) = rest.split_once(']').ok_or_else(wrong)?;
                name.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                (name, behind.strip_prefix(':').or(behind.is_empty().then_some("")))
            }
            None => match text.split_once(':') {
                Some((_, rest)) if rest.contains(':') => {
                    text.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
                    (text, Some(""))
                }
                Some((name, port)) => (name, Some(port).filter(|port| !port.is_empty())),
                None => (text, Some("")),
            },
        };
        let port = match port.ok_or_else(wrong)? {
            "" => PORT,
            port => port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?,
        };
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/');
        if !is_name(name) {
            return Err(wrong());
        }
        Ok(Host::Tcp { name: name.to_owned(), port })
    }

    /// The path of one of its devices.
    pub fn path(&self, busid: &str) -> String {
        match self {
            Host::Tcp { .. } => format!("{TCP}{self}/{busid}"),
            Host::Unix(path) => format!("{UNIX}{}/{busid}", path.display()),
        }
    }

    /// Where it may be reached. A name is asked for until the deadline.
    pub fn peers(&self, deadline: Instant) -> Result<Vec<Peer>> {
        match self {
            Host::Unix(path) => Ok(vec![Peer::Unix(path.clone())]),
            Host::Tcp { name, port } => match name.parse::<IpAddr>() {
                Ok(address) => Ok(vec![Peer::Tcp(SocketAddr::new(address, *port))]),
                Err(_) => Resolving::begin(name, *port)?.wait(deadline),
            },
        }
    }

    /// Asks for its name anew, and does not wait for the answer; `None` where there is nothing to ask.
    pub fn resolve(&self) -> Option<Resolving> {
        match self {
            Host::Tcp { name, port } if name.parse::<IpAddr>().is_err() => Resolving::begin(name, *port).ok(),
            _ => None,
        }
    }
}

type Found = std::result::Result<Vec<Peer>, String>;

/// A name that is being asked for. The system's resolver takes the time it wants, so a thread waits for it; that ends with the answer, used or
/// not.
pub struct Resolving {
    name: String,
    answer: Arc<(Mutex<Option<Found>>, Condvar)>,
}

impl Resolving {
    fn begin(name: &str, port: u16) -> Result<Resolving> {
        let answer: Arc<(Mutex<Option<Found>>, Condvar)> = Arc::default();
        let (theirs, asked) = (Arc::clone(&answer), name.to_owned());
        let ask = move || {
            let found = (asked.as_str(), port).to_socket_addrs();
            let found = found.map(|all| all.map(Peer::Tcp).collect()).map_err(|error| error.to_string());
            *lock(&theirs.0) = Some(found);
            theirs.1.notify_all();
        };
        start_thread("usbx resolver", ask)
            .map_err(|error| Error::new(Status::NoMem, format!("the system starts no thread: {error}")))?;
        Ok(Resolving { name: name.to_owned(), answer })
    }

    /// The answer, if it is there.
    pub fn take(&self) -> Option<Result<Vec<Peer>>> {
        lock(&self.answer.0).take().map(|found| self.checked(found))
    }

    fn wait(&self, deadline: Instant) -> Result<Vec<Peer>> {
        let mut found = lock(&self.answer.0);
        while found.is_none() && Instant::now() < deadline {
            found = wait(&self.answer.1, found, Some(deadline));
        }
        let late = || format!("the name server did not answer for {}; give its address", self.name);
        let found = found.take().ok_or_else(|| Error::new(Status::Timeout, late()))?;
        self.checked(found)
    }

    fn checked(&self, found: Found) -> Result<Vec<Peer>> {
        let name = &self.name;
        let reason = match found {
            Ok(peers) if !peers.is_empty() => return Ok(peers),
            Ok(_) => format!("the name {name} has no address"),
            Err(error) => format!("the name {name} is not known: {error}; check the spelling, or give its address"),
        };
        Err(Error::new(Status::NotFound, reason))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Unix(path) => write!(f, "unix:{}", path.display()),
            Host::Tcp { name, port } => {
                let ipv6 = name.contains(':');
                match (ipv6, *port == PORT) {
                    (false, true) => f.write_str(name),
                    (false, false) => write!(f, "{name}:{port}"),
                    (true, true) => write!(f, "[{name}]"),
                    (true, false) => write!(f, "[{name}]:{port}"),
                }
            }
        }
    }
}

/// What a path says; `None` if it is not one of another computer's devices.
pub fn parse(path: &str) -> Option<Result<(Host, Wanted)>> {
    let split = |rest: &str, host: fn(&str) -> Result<Host>| {
        let missing =
            || Error::invalid(format!("{path} names no device; write usbip://host/1-1, or usbip://host/0403:6001"));
        let (before, device) = rest.rsplit_once('/').filter(|(_, device)| !device.is_empty()).ok_or_else(missing)?;
        Ok((host(before)?, wanted(device)))
    };
    if let Some(rest) = path.strip_prefix(TCP) {
        return Some(split(rest, Host::parse));
    }
    let rest = path.strip_prefix(UNIX)?;
    Some(split(rest, |path| Host::parse(&format!("unix:{path}"))))
}

fn wanted(device: &str) -> Wanted {
    let mut parts = device.splitn(3, ':');
    let mut id = || {
        let part = parts.next()?;
        u16::from_str_radix(part, 16).ok().filter(|_| part.len() == 4 && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    match (id(), id()) {
        (Some(vendor_id), Some(product_id)) => {
            Wanted::Ids { vendor_id, product_id, serial: parts.next().unwrap_or_default().to_owned() }
        }
        _ => Wanted::Busid(device.to_owned()),
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_written_as_people_write_them() {
        let name = |text: &str| Host::parse(text).map(|host| host.to_string()).unwrap_or_default();
        for same in ["pi.local", "192.168.1.5:3241", "unix:/run/a:b", "[::1]:7", "[fe80::1%eth0]"] {
            let found = name(same);
            assert!(found == same || same.contains('%'), "{same}: {found}");
        }
        assert_eq!([name("pi:3240"), name("::1"), name("[::1]")], ["pi", "[::1]", "[::1]"]);
        for wrong in ["", "a:b", "a:0", "a:70000", "[::1", "[x]:1", "a b", "unix:", "a/b", "a:"] {
            assert!(Host::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_name_a_host_and_a_device() {
        let of = |path: &str| parse(path).unwrap().unwrap();
        let (host, device) = of("usbip://pi:9/1-1.2");
        assert_eq!((host.path("1-1.2"), device), ("usbip://pi:9/1-1.2".to_owned(), Wanted::Busid("1-1.2".to_owned())));
        let ids = |serial: &str| Wanted::Ids { vendor_id: 0x0403, product_id: 0x6001, serial: serial.to_owned() };
        assert_eq!(of("usbip://[::1]/0403:6001").1, ids(""));
        assert_eq!(of("usbip://[::1]/0403:6001:A:B").1, ids("A:B"));
        let (host, device) = of("usbip+unix:///run/usbx.sock/1-1");
        assert_eq!(
            (host.path("1-1"), device),
            ("usbip+unix:///run/usbx.sock/1-1".to_owned(), Wanted::Busid("1-1".to_owned()))
        );
        assert!(parse("1-1").is_none() && parse("virtual/1").is_none());
        for wrong in ["usbip://", "usbip://pi", "usbip://pi/", "usbip:///1-1", "usbip+unix:///x"] {
            let refused = parse(wrong).unwrap();
            assert!(refused.is_err() || wrong.contains("unix"), "{wrong}");
        }
    }
}
