//! Memory that only the model writes to: the models are about who owns it, not about its bytes.

use crate::error::{Error, Outcome, Result, Status};
use std::sync::Arc;

/// Memory of a caller, who can ask whether anybody has it.
#[derive(Clone, Default)]
pub struct Lender(Arc<()>);

impl Lender {
    pub fn lend(&self, length: usize) -> Buffer {
        Buffer { bytes: vec![0; length], _lent: Some(self.clone()) }
    }

    pub fn has_all_back(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

pub struct Buffer {
    bytes: Vec<u8>,
    _lent: Option<Lender>,
}

impl Buffer {
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub fn as_ptr(&self) -> *mut u8 {
        self.bytes.as_ptr().cast_mut()
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn space(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    pub fn split_to(&mut self, length: usize) -> Buffer {
        let rest = self.bytes.split_off(length);
        let lent = if rest.is_empty() { self._lent.take() } else { self._lent.clone() };
        Buffer { bytes: std::mem::replace(&mut self.bytes, rest), _lent: lent }
    }
}

pub fn with_buffer(bytes: &mut [u8], call: impl FnOnce(Buffer) -> Outcome) -> Outcome {
    call(Buffer { bytes: bytes.to_vec(), _lent: None })
}

/// Memory of the library's own, of which there is none here.
pub struct Memory;

impl Memory {
    pub fn heap(_: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NoMem, "the models have none"))
    }

    pub fn lend(self: &Arc<Self>, _: usize) -> Option<Buffer> {
        None
    }

    pub fn access<T>(self: &Arc<Self>, _: impl FnOnce(&mut [u8]) -> T) -> Option<T> {
        None
    }
}
