//! Devices for other computers: a server of USB/IP. One thread of its own serves every client; each device that a client has taken has
//! another, for the calls that may wait for the device.

mod address;
mod client;
mod exports;
mod handover;
mod import;
mod input;
mod message;
mod outcome;
mod output;
mod server;
mod store;
#[cfg(all(test, not(loom), unix))]
mod tests;
mod visits;
mod worker;

pub use address::{Network, DEFAULT_ADDRESS};
pub use exports::Source;
pub use visits::Visit;

use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{start_thread, Event};
use exports::Exports;
use server::Server;
use std::sync::Arc;
use std::thread::JoinHandle;
use visits::Visits;

/// Whom a share serves.
pub struct Options {
    /// The networks whose computers may connect; none: every computer that reaches the address.
    pub allow: Vec<Network>,
    /// How many may be connected at once.
    pub clients: usize,
}

/// The path of a device, and the bus ID that it is to have.
pub type Offer = (String, Option<String>);

pub struct Share {
    /// Where it listens: the real port.
    address: String,
    exports: Arc<Exports>,
    stop: Arc<Stop>,
    visits: Arc<Visits>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Wakes the server's thread, and tells it to end.
struct Stop {
    wake: Event,
    ending: AtomicBool,
}

impl Share {
    /// With devices to begin with: the first client, which may wait already, finds them.
    pub fn open(address: &str, options: Options, source: Arc<dyn Source>, offers: &[Offer]) -> Result<Arc<Share>> {
        let exports = Arc::new(Exports::new(source));
        offers.iter().try_for_each(|(path, busid)| add(&exports, path, busid.as_deref()))?;
        let open = || {
            let listener = address::listen(address)?;
            let address = listener.address()?;
            let stop = Arc::new(Stop { wake: Event::new()?, ending: AtomicBool::new(false) });
            let visits: Arc<Visits> = Arc::default();
            let server = Server::new(listener, options, Arc::clone(&exports), Arc::clone(&stop), Arc::clone(&visits))?;
            let thread = start_thread("usbx-share", move || server.run()).map_err(|error| {
                Error::new(Status::NoMem, format!("the system starts no thread: {error}; raise the limit (ulimit -u)"))
            })?;
            Ok(Arc::new(Share { address, exports, stop, visits, thread: Mutex::new(Some(thread)) }))
        };
        open().map_err(|error: Error| error.during(format!("share devices at {address}")))
    }

    /// Offers one more device. Without a bus ID it gets one from its path.
    pub fn add(&self, path: &str, busid: Option<&str>) -> Result<()> {
        add(&self.exports, path, busid)
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// The clients that have devices, in the order in which they came.
    pub fn visits(&self) -> Vec<Visit> {
        self.visits.now()
    }

    /// Disconnects every client, gives every device back, and returns when that is done.
    pub fn close(&self) {
        self.stop.ending.store(true, Ordering::SeqCst);
        self.stop.wake.set();
        if let Some(thread) = lock(&self.thread).take() {
            let _ = thread.join();
        }
    }
}

fn add(exports: &Exports, path: &str, busid: Option<&str>) -> Result<()> {
    exports.add(path, busid).map_err(|error| error.during(format!("share the device at path {path}")))
}
