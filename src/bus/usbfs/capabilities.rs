//! What the kernel's usbfs, and the host controller below it, can do: asked once, when it first matters. Opening needs none of it.

use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sys::usbfs;
use crate::usb::TransferType;
use std::os::unix::io::AsFd;

/// Every kernel, and every controller, takes so many bytes in one request.
pub const CERTAIN: usize = 16 * 1024;

/// The kernel ends a transfer with a packet of length 0 where it is told to.
const ZERO_PACKET: u32 = 0x01;
/// A request may have more bytes than `CERTAIN`: its memory is then one piece of memory that hardware sees, if there is any.
const NO_PACKET_SIZE_LIMIT: u32 = 0x04;
/// The controller takes the memory of a bulk request in small pieces, so that a long one needs no large piece.
const BULK_SCATTER_GATHER: u32 = 0x08;
/// The kernel maps memory for transfers.
const MMAP: u32 = 0x20;

/// Of this module's own: the kernel has answered.
const KNOWN: u32 = 1 << 31;

#[derive(Default)]
pub struct Capabilities(AtomicU32);

impl Capabilities {
    fn has(&self, node: impl AsFd, wanted: u32) -> bool {
        let mut known = self.0.load(Ordering::Relaxed);
        if known == 0 {
            known = match usbfs::capabilities(node) {
                Ok(answer) => answer | KNOWN,
                // Kernels before 3.6 cannot be asked. All that Rust runs on know of packets of length 0.
                Err(error) if error.raw_os_error() == Some(libc::ENOTTY) => ZERO_PACKET | KNOWN,
                // The device is gone, or a sandbox does not let this through: what is tried next says so itself.
                Err(_) => return true,
            };
            self.0.store(known, Ordering::Relaxed);
        }
        known & wanted != 0
    }

    /// How many bytes a request may have; `None` for any number. Memory that is mapped is there for the controller as it is.
    pub fn most_bytes(&self, node: impl AsFd, transfer_type: TransferType, mapped: bool) -> Option<usize> {
        let in_small_pieces = transfer_type == TransferType::Bulk && !mapped;
        let whole = match in_small_pieces {
            true => self.has(node, BULK_SCATTER_GATHER),
            false => self.has(node, NO_PACKET_SIZE_LIMIT | BULK_SCATTER_GATHER),
        };
        (!whole).then_some(CERTAIN)
    }

    pub fn has_zero_packet(&self, node: impl AsFd) -> bool {
        self.has(node, ZERO_PACKET)
    }

    pub fn has_mapped_memory(&self, node: impl AsFd) -> bool {
        self.has(node, MMAP)
    }
}
