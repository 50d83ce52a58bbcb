//! Where a caller reads what became of each packet of an isochronous chunk, in a layout that is the caller's business.

use crate::bus::PacketResult;
use crate::error::Result;

pub trait PacketTable: Send + Sync {
    /// Where the first entry lies. It does not move.
    fn address(&self) -> usize;

    /// Of a chunk whose packets' bytes lie one after the other without gaps.
    fn write(&self, results: &[PacketResult]);

    /// Takes the first `bytes` of the chunk away: how many packets are over, and where the entry of the next one lies. A packet that is
    /// cut keeps its rest.
    fn cut(&self, bytes: usize) -> (usize, usize);
}

/// Makes a table for so many packets.
pub type MakeTable = fn(usize) -> Result<Box<dyn PacketTable>>;
