//! One transfer of a recording.

use crate::usb::SetupPacket;

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Stalled,
    /// The device sent more than was asked for.
    Overflow,
    /// Noise, or no answer at all.
    Failed,
    /// The host did not wait any longer: a timeout, a cancel, a close.
    Cancelled,
    /// The device was unplugged.
    Gone,
    /// The recording does not say.
    Unknown,
}

/// One packet of an isochronous transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Where its bytes are in the transfer's data.
    pub offset: u32,
    pub asked: u32,
    pub actual: u32,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urb {
    /// The number that Wireshark shows for the submission, or for the completion where the capture has no submission.
    pub frame: u64,
    /// The same of the completion.
    pub completion: Option<u64>,
    /// Nanoseconds since 1970.
    pub submitted: Option<u64>,
    pub completed: Option<u64>,
    /// Of a control request.
    pub setup: Option<SetupPacket>,
    /// How many bytes the host wanted to move, where the capture says.
    pub asked: Option<u32>,
    /// How many it moved.
    pub actual: u32,
    /// IN: the bytes that came; OUT: those that were to go. As far as they were captured.
    pub data: Vec<u8>,
    pub outcome: Outcome,
    /// Of an isochronous transfer.
    pub packets: Vec<Packet>,
}

impl Urb {
    /// The bytes that are in the recording of those that came; a snap length may have cut the rest off.
    pub fn received(&self) -> &[u8] {
        &self.data[..self.data.len().min(self.actual as usize)]
    }

    /// Whether the capture has fewer bytes of an IN transfer than came.
    pub fn is_cut(&self) -> bool {
        self.data.len() < self.actual as usize
    }
}
