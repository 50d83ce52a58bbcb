//! The requests that a transfer is for the kernel: one, but for isochronous transfers and those that are longer than a request may be.

use super::capabilities::CERTAIN;
use super::reaper::Reaper;
use super::urb::{Urb, PACKETS_OF_ONE};
use crate::bus::pieces::pieces;
use crate::bus::{setup_and_data, Extras, Target};
use crate::error::Result;
use crate::sys::{out_of_memory, Buffer};
use crate::usb::TransferType;
use smallvec::SmallVec;

/// In the order of the data.
pub type Requests = SmallVec<[Urb; 1]>;

/// The requests for the first `length` bytes of the buffer, and a control request's memory: its setup packet, with the data behind.
#[inline]
pub fn divide(reaper: &Reaper, target: &Target, buffer: &mut Buffer, length: usize) -> Result<(Vec<u8>, Requests)> {
    let begin = buffer.as_ptr();
    let mut setup = Vec::new();
    let mut urbs = Requests::new();
    match target {
        Target::Control(request) => {
            setup = setup_and_data(request, buffer, length)?;
            urbs.push(Urb::new(TransferType::Control, 0, setup.as_mut_ptr(), setup.len(), &[])?);
        }
        Target::Endpoint { transfer_type, address, extras, .. } if length <= CERTAIN && !extras.zero_packet => {
            urbs.push(Urb::new(*transfer_type, *address, begin, length, &[])?.with(*extras))
        }
        Target::Endpoint { transfer_type, address, max_packet_size, extras } => {
            let (node, can) = (reaper.node(), &reaper.capabilities);
            let most = match length > CERTAIN {
                true => can.most_bytes(node, *transfer_type, buffer.is_mapped()),
                false => None,
            };
            let own_end = extras.zero_packet && !can.has_zero_packet(node);
            let pieces = pieces(length, (*max_packet_size).into(), most, own_end)?;
            urbs.try_reserve_exact(pieces.len()).map_err(out_of_memory)?;
            for (at, size, is_last) in pieces {
                let zero_packet = extras.zero_packet && !own_end && is_last;
                let urb = Urb::new(*transfer_type, *address, begin.wrapping_add(at), size, &[])?;
                urbs.push(urb.with(Extras { zero_packet, ..*extras }));
            }
        }
        Target::Isochronous { address, packets } => {
            let requests = packets.lengths.chunks(PACKETS_OF_ONE);
            urbs.try_reserve_exact(requests.len()).map_err(out_of_memory)?;
            let mut at = 0;
            for lengths in requests {
                let bytes = lengths.iter().map(|length| *length as usize).sum();
                urbs.push(Urb::new(TransferType::Isochronous, *address, begin.wrapping_add(at), bytes, lengths)?);
                at += bytes;
            }
        }
    }
    Ok((setup, urbs))
}
