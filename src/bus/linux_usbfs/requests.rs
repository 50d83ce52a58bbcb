//! The requests that a transfer is for the kernel: one, but for isochronous transfers and those that are longer than a request may be.

use super::capabilities::CERTAIN;
use super::reaper::Reaper;
use super::urb::{Urb, PACKETS_OF_ONE};
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
            for (at, size, is_last) in pieces(length, (*max_packet_size).into(), most, own_end)? {
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

/// Where the pieces of a transfer begin, how long they are, and which is the last one with data, where a request has so many bytes at most.
/// `own_end`: data that end with a full packet are followed by a piece of length 0.
fn pieces(length: usize, packet: usize, most: Option<usize>, own_end: bool) -> Result<Vec<(usize, usize, bool)>> {
    let packet = packet.max(1);
    let most = most.map_or(length, |most| most / packet * packet).max(1);
    let mut pieces = Vec::new();
    pieces.try_reserve_exact(length.div_ceil(most) + 1).map_err(out_of_memory)?;
    pieces.extend((0..length.max(1)).step_by(most).map(|at| (at, most.min(length - at), at + most >= length)));
    if own_end && length > 0 && length % packet == 0 {
        pieces.push((length, 0, false));
    }
    Ok(pieces)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::pieces;

    #[test]
    fn pieces_are_whole_packets_and_an_end_of_its_own_has_one() {
        let of = |length, packet, most, own_end| pieces(length, packet, most, own_end).unwrap();
        assert_eq!(of(0, 512, None, true), [(0, 0, true)]);
        assert_eq!(of(512, 512, None, true), [(0, 512, true), (512, 0, false)]);
        assert_eq!(of(513, 512, Some(512), true), [(0, 512, false), (512, 1, true)]);
        assert_eq!(of(1024, 512, Some(512), true), [(0, 512, false), (512, 512, true), (1024, 0, false)]);
        assert_eq!(of(25, 10, Some(16), false), [(0, 10, false), (10, 10, false), (20, 5, true)]);
        assert_eq!(of(40, 512, None, false), [(0, 40, true)]);
    }
}
