//! The requests that a transfer is for libusb: one, but for long isochronous transfers and those that the system does not take as they are.
//! libusb would divide long ones itself, and have all parts of a read in flight at once: what comes after a short packet may be lost then.

use super::connection::Connection;
use super::request::{Request, PACKETS_OF_ONE};
use crate::bus::pieces::pieces;
use crate::bus::{setup_and_data, Target};
use crate::error::Result;
use crate::sys::{out_of_memory, Buffer};
use crate::usb::TransferType;
use rusb::ffi::libusb_transfer_cb_fn;
use smallvec::SmallVec;

/// In the order of the data.
pub type Requests = SmallVec<[Request; 1]>;

/// The requests for the first `length` bytes of the buffer, and a control request's memory: its setup packet, with the data behind.
pub fn divide(
    connection: &Connection,
    target: &Target,
    buffer: &Buffer,
    length: usize,
    callback: libusb_transfer_cb_fn,
) -> Result<(Vec<u8>, Requests)> {
    let mut setup = Vec::new();
    let mut requests = Requests::new();
    match target {
        Target::Control(request) => {
            setup = setup_and_data(request, buffer, length)?;
            requests.push(Request::new(connection, TransferType::Control, 0, setup.len(), &[], callback)?);
        }
        Target::Endpoint { transfer_type, address, max_packet_size, extras } => {
            let node = &connection.node;
            let most = node.most_bytes(length);
            let own_end = extras.zero_packet && !node.has_zero_packet();
            let request = |size, zero_packet| {
                let request = Request::new(connection, *transfer_type, *address, size, &[], callback)?;
                Ok(request.with_zero_packet(zero_packet).with_bulk_stream(extras.stream))
            };
            if most.is_none() && !own_end {
                requests.push(request(length, extras.zero_packet)?);
                return Ok((setup, requests));
            }
            let pieces = pieces(length, (*max_packet_size).into(), most, own_end)?;
            requests.try_reserve_exact(pieces.len()).map_err(out_of_memory)?;
            for (_, size, is_last) in pieces {
                requests.push(request(size, extras.zero_packet && !own_end && is_last)?);
            }
        }
        Target::Isochronous { address, packets } => {
            let pieces = packets.lengths.chunks(PACKETS_OF_ONE);
            requests.try_reserve_exact(pieces.len()).map_err(out_of_memory)?;
            for lengths in pieces {
                let bytes = lengths.iter().map(|length| *length as usize).sum();
                requests.push(Request::new(connection, TransferType::Isochronous, *address, bytes, lengths, callback)?);
            }
        }
    }
    Ok((setup, requests))
}
