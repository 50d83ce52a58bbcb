//! What a client sends, taken apart. Whatever comes is a message, the beginning of one, or nonsense.

use crate::bus::usbip::protocol::{
    self, Common, Header, Message, Packet, BUSID, COMMON, HEADER, PACKET, REQ_DEVLIST, REQ_IMPORT,
};
use crate::usb::SetupPacket;
use std::borrow::Cow;

/// What a client begins with.
pub enum Greeting {
    List,
    Import(String),
}

/// What a device's client sends.
pub enum Incoming<'a> {
    Submit(Submission<'a>),
    Unlink { sequence: u32, target: u32 },
}

pub struct Submission<'a> {
    pub sequence: u32,
    pub is_in: bool,
    /// Without the direction's bit.
    pub endpoint: u8,
    pub flags: u32,
    pub length: usize,
    pub setup: SetupPacket,
    /// Empty unless it is isochronous.
    pub packets: Vec<Packet>,
    /// What the host sends.
    pub data: Cow<'a, [u8]>,
}

impl Submission<'_> {
    /// To be kept when the message is gone.
    pub fn kept(self) -> Submission<'static> {
        let data = Cow::Owned(self.data.into_owned());
        Submission { data, ..self }
    }
}

/// What comes is not the protocol: the connection is of no use any more.
pub struct Nonsense;

/// More bytes than any host controller's driver takes for one transfer.
pub const MOST_BYTES: usize = 16 << 20;
/// The kernel's limit of an isochronous transfer.
const MOST_PACKETS: u32 = 1024;

/// Before a device is imported.
pub fn greeting(bytes: &[u8]) -> Result<Option<(Greeting, usize)>, Nonsense> {
    let Some(common) = first::<COMMON>(bytes) else { return Ok(None) };
    let common = Common::parse(&common).map_err(|_| Nonsense)?;
    match common.code {
        REQ_DEVLIST => Ok(Some((Greeting::List, COMMON))),
        REQ_IMPORT => {
            let busid = first::<BUSID>(&bytes[COMMON..]);
            Ok(busid.map(|busid| (Greeting::Import(protocol::busid(&busid)), COMMON + BUSID)))
        }
        _ => Err(Nonsense),
    }
}

/// Of a device's client. Whether a transfer is isochronous stands in no message: the device says, by endpoint number, direction and the
/// message's count of packets.
pub fn request(
    bytes: &[u8],
    is_isochronous: impl Fn(u8, bool, u32) -> bool,
) -> Result<Option<(Incoming<'_>, usize)>, Nonsense> {
    let Some(header) = first::<HEADER>(bytes) else { return Ok(None) };
    let Header { sequence, is_in, endpoint, message, .. } = Header::parse(&header).ok_or(Nonsense)?;
    let (flags, length, packets, setup) = match message {
        Message::Unlink { sequence: target } => return Ok(Some((Incoming::Unlink { sequence, target }, HEADER))),
        Message::Submit { flags, length, packets, setup, .. } => (flags, length as usize, packets, setup),
        _ => return Err(Nonsense),
    };
    let packets = if is_isochronous(endpoint, is_in, packets) { packets } else { 0 };
    if packets > MOST_PACKETS || length > MOST_BYTES && !is_in {
        return Err(Nonsense);
    }
    let data = if is_in { 0 } else { length };
    let whole = HEADER + data + packets as usize * PACKET;
    if bytes.len() < whole {
        return Ok(None);
    }
    let (data, tables) = bytes[HEADER..whole].split_at(data);
    let packets = tables.chunks_exact(PACKET).filter_map(first::<PACKET>);
    let submission = Submission {
        sequence,
        is_in,
        endpoint,
        flags,
        length,
        setup,
        packets: packets.map(|bytes| Packet::parse(&bytes)).collect(),
        data: Cow::Borrowed(data),
    };
    Ok(Some((Incoming::Submit(submission), whole)))
}

/// The first bytes, if there are so many.
fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_message_is_taken_when_it_is_whole_and_not_before() {
        let setup = SetupPacket { request_type: 0, request: 0, value: 0, index: 0, length: 0 };
        let message = Message::Submit { flags: 0, length: 5, start_frame: 0, packets: 2, interval: 1, setup };
        let header = Header { sequence: 7, device: 1, is_in: false, endpoint: 2, message }.bytes();
        let bytes = [&header[..], b"hello", &[0; 2 * PACKET], b"next"].concat();
        for (isochronous, whole) in [(false, HEADER + 5), (true, HEADER + 5 + 2 * PACKET)] {
            for length in 0..bytes.len() {
                let taken = request(&bytes[..length], |_, _, _| isochronous).map_err(|_| ()).unwrap();
                assert_eq!(taken.is_some(), length >= whole, "{length} bytes");
                if let Some((Incoming::Submit(submission), used)) = taken {
                    assert_eq!((used, &submission.data[..], submission.sequence), (whole, &b"hello"[..], 7));
                    assert_eq!(submission.packets.len(), if isochronous { 2 } else { 0 });
                }
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_takes_no_more_than_is_there(bytes in proptest::collection::vec(any::<u8>(), 0..200), command in 0u8..6) {
            let mut bytes = bytes;
            if let Some(start) = bytes.get_mut(..4) {
                start.copy_from_slice(&[0, 0, 0, command]);
            }
            for isochronous in [false, true] {
                if let Ok(Some((_, used))) = request(&bytes, |_, _, _| isochronous) {
                    prop_assert!(used <= bytes.len() && used >= HEADER);
                }
            }
            if let Ok(Some((_, used))) = greeting(&bytes) {
                prop_assert!(used <= bytes.len());
            }
        }
    }
}
