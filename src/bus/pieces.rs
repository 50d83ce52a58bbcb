//! A transfer that is longer than the system's requests may be, or that needs an end of its own.

use crate::error::Result;
use crate::sys::out_of_memory;

/// Where the pieces of a transfer begin, how long they are, and which is the last one with data, where a request has so many bytes at most.
/// `own_end`: data that end with a full packet are followed by a piece of length 0.
pub fn pieces(length: usize, packet: usize, most: Option<usize>, own_end: bool) -> Result<Vec<(usize, usize, bool)>> {
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
