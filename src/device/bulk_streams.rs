//! Bulk streams of USB 3: several queues of transfers on one bulk endpoint, each with its number.

use super::{Device, Scope, State};
use crate::bus::Extras;
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::usb::{Endpoint, TransferType};

/// The streams of an endpoint, as long as its interface stays as it is.
pub(super) struct BulkStreams {
    pub address: u8,
    interface: u8,
    /// Numbers from 1 to this.
    count: u16,
}

/// usbfs takes no fewer; numbers have 16 bits, and the last ones mean something else (USB 3.2 section 8.12.1.4).
const COUNTS: std::ops::RangeInclusive<u32> = 2..=65533;

impl Device {
    /// Allocates the same number of streams on each of some bulk endpoints of one interface: how many there are then.
    pub fn allocate_bulk_streams(&self, count: u32, addresses: &[u8]) -> Result<u16> {
        let what = "allocate bulk streams";
        let allocate = || {
            let change = self.change(&what)?;
            let interface = self.check_bulk_streams(addresses, false)?;
            if !COUNTS.contains(&count) {
                let reason = format!("{count} streams; ask for {} to {}", COUNTS.start(), COUNTS.end());
                return Err(Error::invalid(reason));
            }
            let count = change.claimed(interface, || change.handle().allocate_bulk_streams(count as u16, addresses))?;
            let streams = addresses.iter().map(|address| BulkStreams { address: *address, interface, count });
            lock(&self.state).bulk_streams.extend(streams);
            Ok(count)
        };
        allocate().map_err(|error: Error| self.or_gone(error).during(format!("{what} of {self}")))
    }

    pub fn free_bulk_streams(&self, addresses: &[u8]) -> Result<()> {
        let what = "free bulk streams";
        let free = || {
            let change = self.change(&what)?;
            self.check_bulk_streams(addresses, true)?;
            change.handle().free_bulk_streams(addresses)?;
            lock(&self.state).bulk_streams.retain(|streams| !addresses.contains(&streams.address));
            Ok(())
        };
        free().map_err(|error: Error| self.or_gone(error).during(format!("{what} of {self}")))
    }

    /// The interface that the endpoints are of, if they are of one, and have streams or have none.
    fn check_bulk_streams(&self, addresses: &[u8], have: bool) -> Result<u8> {
        let state = lock(&self.state);
        let mut interface = None;
        for (at, address) in addresses.iter().enumerate() {
            let wrong = |reason: String| Err(Error::invalid(format!("endpoint 0x{address:02x}: {reason}")));
            let endpoint = state.endpoint(*address).map_err(|e| e.during(format!("endpoint 0x{address:02x}")))?;
            state.claimed(endpoint.interface)?;
            if endpoint.transfer_type != TransferType::Bulk {
                return wrong(format!(
                    "its type is {}; only bulk endpoints have streams",
                    endpoint.transfer_type.name()
                ));
            }
            if *interface.get_or_insert(endpoint.interface) != endpoint.interface {
                return wrong(
                    "it belongs to another interface than those before it; one call is for one interface".into(),
                );
            }
            if addresses[..at].contains(address) {
                return wrong("it is given twice".into());
            }
            let has = state.bulk_streams.iter().any(|streams| streams.address == *address);
            if has != have {
                return wrong(if has { "it has streams; free those first" } else { "it has no streams" }.into());
            }
            if state.pending.iter().any(|(pending, _)| pending.endpoint == *address && !pending.is_told()) {
                let reason = "transfers are pending there; wait for them, or cancel them";
                return Err(Error::new(Status::Busy, format!("endpoint 0x{address:02x}: {reason}")));
            }
        }
        interface.ok_or_else(|| Error::invalid("there are no endpoints; give at least one"))
    }
}

impl State {
    /// Whether a transfer says which stream it is of, where there are some.
    pub(super) fn check_stream(&self, endpoint: &Endpoint, extras: Extras) -> Result<()> {
        let count = self.bulk_streams.iter().find(|streams| streams.address == endpoint.address).map(|it| it.count);
        match (count, extras.stream) {
            (None, 0) => Ok(()),
            (None, stream) => Err(Error::invalid(format!(
                "there is no stream {stream}: the endpoint has none; call usbx_bulk_streams_alloc first, or set it to 0"
            ))),
            (Some(count), stream) if (1..=count).contains(&stream) => Ok(()),
            (Some(count), stream) => Err(Error::invalid(format!(
                "there is no stream {stream}: the endpoint has 1 to {count}; usbx_submit with one of these, or \
                 usbx_bulk_streams_free"
            ))),
        }
    }

    /// What changes an interface ends its streams: those there were, by their endpoints.
    pub(super) fn take_bulk_streams(&mut self, scope: Scope) -> Vec<u8> {
        let ends = |streams: &BulkStreams| scope.covers(Scope::Interface(streams.interface));
        let ended = self.bulk_streams.iter().filter(|streams| ends(streams)).map(|streams| streams.address).collect();
        self.bulk_streams.retain(|streams| !ends(streams));
        ended
    }
}
