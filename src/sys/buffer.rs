//! A caller's data buffer on its way through the library.

use super::memory::{Lent, Memory};
use crate::error::Outcome;
use std::ptr::NonNull;
use std::sync::Arc;

/// Memory of the caller that one transfer moves data into or out of. It can be split, never duplicated, so that at any
/// time one piece of code has the right to touch a byte.
pub struct Buffer {
    start: NonNull<u8>,
    length: usize,
    /// The right to memory of ours, if it is that.
    kept: Option<Lent>,
}

// SAFETY: a Buffer is a right to exclusive use of plain bytes; nothing about it is tied to a thread.
unsafe impl Send for Buffer {}

impl Buffer {
    /// # Safety
    /// `start` is valid for `length` bytes until the Buffer and all that is split off it are dropped: for reading, and
    /// also for writing if the transfer goes IN. NULL is fine with length 0.
    pub unsafe fn new(start: *mut u8, length: usize) -> Buffer {
        Buffer { start: NonNull::new(start).unwrap_or_else(NonNull::dangling), length, kept: None }
    }

    fn keeping(self, lent: Lent) -> Buffer {
        Buffer { kept: Some(lent), ..self }
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub fn as_ptr(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// What the host sends: for OUT transfers.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: valid for `length` bytes by the contract of `new`.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    /// Where the device's bytes go: for IN transfers.
    pub fn space(&mut self) -> &mut [u8] {
        // SAFETY: valid for `length` bytes and for writing by the contract of `new`; &mut self makes it exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }

    /// Whether it lies in memory that is shared with the system, so that a transfer of any length copies nothing.
    pub fn is_mapped(&self) -> bool {
        self.kept.as_ref().is_some_and(Lent::is_mapped)
    }

    /// Whether it lies in memory of ours.
    pub fn is_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// Cuts the first `length` bytes off.
    pub fn split_to(&mut self, length: usize) -> Buffer {
        let length = length.min(self.length);
        let kept = if length == self.length { self.kept.take() } else { self.kept.clone() };
        let head = Buffer { start: self.start, length, kept };
        // SAFETY: `length` is within the buffer, so the result is inside it or one past its end.
        self.start = unsafe { NonNull::new_unchecked(self.start.as_ptr().add(length)) };
        self.length -= length;
        head
    }
}

impl Memory {
    /// Lends the first `length` bytes to a transfer, which has them until the Buffer is dropped. `None` if they are in use.
    pub fn lend(self: &Arc<Self>, length: usize) -> Option<Buffer> {
        let lent = self.take()?;
        // SAFETY: within the block, which `lent` keeps alive and exclusive as long as the Buffer lives.
        Some(unsafe { Buffer::new(self.as_ptr().cast_mut(), length.min(self.len())) }.keeping(lent))
    }
}

/// Part of a block that a caller has, as a transfer's; `None` if the caller has given that back.
///
/// # Safety
/// As of `Buffer::new`, but for the time after the caller gave the block back; all of it lies in the block.
pub(super) unsafe fn part(block: &Arc<Memory>, start: *mut u8, length: usize) -> Option<Buffer> {
    let lent = block.share()?;
    // SAFETY: this function's own contract; `lent` keeps the block.
    Some(unsafe { Buffer::new(start, length) }.keeping(lent))
}

/// Lends a slice of ours to one blocking call, as if a caller had passed it.
pub fn with_buffer(bytes: &mut [u8], call: impl FnOnce(Buffer) -> Outcome) -> Outcome {
    // SAFETY: the slice is valid and exclusively borrowed until this function returns, and the call is a blocking one: it
    // returns only after the transfer, which owns the buffer, is complete. An Outcome holds no buffer.
    call(unsafe { Buffer::new(bytes.as_mut_ptr(), bytes.len()) })
}
