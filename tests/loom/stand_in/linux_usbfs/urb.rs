//! Requests as the kernel sees them; only their length is modelled.

use super::node::Node;
use crate::bus::Extras;
use crate::error::Result;
use crate::usb::TransferType;
use std::io;
use std::sync::{Arc, Mutex};

pub const PACKETS_OF_ONE: usize = 128;

pub struct Urb(Arc<Record>);

#[derive(Default)]
pub struct Record {
    length: usize,
    outcome: Mutex<UrbResult>,
}

#[derive(Clone, Copy, Default)]
pub struct UrbResult {
    pub status: i32,
    pub actual_length: usize,
}

impl Record {
    pub fn finish(&self, status: i32) {
        let actual_length = if status == 0 { self.length } else { 0 };
        *self.outcome.lock().unwrap() = UrbResult { status, actual_length };
    }
}

impl Urb {
    pub fn new(_: TransferType, _: u8, _: *mut u8, length: usize, _: &[u32]) -> Result<Urb> {
        Ok(Urb(Arc::new(Record { length, ..Record::default() })))
    }

    pub fn with(self, _: Extras) -> Urb {
        self
    }

    pub unsafe fn prepare(&self, buffer: *mut u8) -> *mut u8 {
        buffer.wrapping_add(self.0.length)
    }

    pub unsafe fn submit(&self, node: &Node) -> io::Result<()> {
        node.submit(&self.0);
        Ok(())
    }

    pub fn discard(&self, node: &Node) -> bool {
        node.discard(&self.0)
    }

    pub fn outcome(&self) -> UrbResult {
        *self.0.outcome.lock().unwrap()
    }

    pub fn place(&self) -> (TransferType, u8, Extras) {
        (TransferType::Bulk, 0x81, Extras::default())
    }

    pub fn length(&self) -> usize {
        self.0.length
    }

    pub fn packet_outcomes(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        std::iter::empty()
    }

    pub fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }
}

pub fn reap(node: &Node) -> io::Result<usize> {
    let record = node.reap().ok_or_else(|| io::Error::from_raw_os_error(libc::EAGAIN))?;
    Ok(Arc::as_ptr(&record) as usize)
}
