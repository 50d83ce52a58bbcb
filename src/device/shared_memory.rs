//! Memory that the system and its host controllers share with us, so that it copies nothing: whether to use it.

use super::Device;
use crate::error::{Error, Result};
use crate::sync::lock;
use crate::sys::Memory;
use crate::usb::Direction;
use std::sync::Arc;
use std::time::{Duration, Instant};

impl Device {
    /// `count` blocks of `length` bytes.
    pub fn shared_memory(&self, length: usize, count: usize) -> Result<Vec<Arc<Memory>>> {
        let call = self.enter(&"map memory")?;
        (0..count).map(|_| call.handle.memory(length)).collect()
    }

    /// How far away it is, for those that keep requests on the way.
    pub fn round_trip(&self) -> Duration {
        lock(&self.state).handle.as_ref().map_or(Duration::ZERO, |handle| handle.round_trip())
    }

    /// The most bytes of a bulk transfer that the system moves at once.
    pub fn undivided(&self) -> usize {
        let handle = lock(&self.state).handle.clone();
        handle.map_or(usize::MAX, |handle| handle.undivided())
    }

    /// Blocks as of `shared_memory`, or none at all where the system has none to give or reading from it is slow.
    pub fn fast_shared_memory(&self, way: Direction, length: usize, count: usize) -> Vec<Arc<Memory>> {
        let blocks = self.shared_memory(length, count).unwrap_or_default();
        match blocks.first() {
            Some(first) if way == Direction::In && !self.reads_as_fast(first, length) => Vec::new(),
            _ => blocks,
        }
    }

    /// Memory for a caller: shared with the system where the system has some that is not slow to read, and ordinary pages otherwise.
    pub fn buffer(&self, length: usize) -> Result<Arc<Memory>> {
        let tried = |error: Error| error.during(format!("allocate a buffer of {length} bytes for {self}"));
        let _call = self.enter(&"allocate a buffer")?;
        if length == 0 {
            return Err(tried(Error::invalid("a buffer has at least one byte")));
        }
        let shared = self.fast_shared_memory(Direction::In, length, 1).pop();
        let memory = shared.map_or_else(|| Memory::pages(length), Ok).map_err(tried)?;
        let mut state = lock(&self.state);
        state.buffers.retain(|buffer| buffer.strong_count() > 0);
        state.buffers.push(Arc::downgrade(&memory));
        Ok(memory)
    }

    /// On some machines shared memory is uncached, and reading it costs more than the copy that it saves. Measured once.
    fn reads_as_fast(&self, shared: &Arc<Memory>, length: usize) -> bool {
        *self.shared_is_fast.get_or_init(|| match Memory::heap(length.min(ENOUGH)) {
            Ok(heap) => {
                matches!((reading_time(shared), reading_time(&heap)), (Some(shared), Some(heap)) if shared <= heap * 4 + SLACK)
            }
            Err(_) => true,
        })
    }
}

/// What a coarse clock and a busy machine may add to the time of reading `ENOUGH`; reading uncached memory takes milliseconds.
const SLACK: Duration = Duration::from_micros(100);

/// How many bytes to read, so that there is something to measure.
const ENOUGH: usize = 256 * 1024;

fn reading_time(memory: &Arc<Memory>) -> Option<Duration> {
    let read = |bytes: &mut [u8]| {
        let length = bytes.len().min(ENOUGH);
        let bytes = &bytes[..length];
        let start = Instant::now();
        for _ in 0..ENOUGH.div_ceil(bytes.len().max(1)) {
            std::hint::black_box(bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
        }
        start.elapsed()
    };
    // The first look brings the pages in.
    memory.access(|bytes| (0..3).map(|_| read(&mut *bytes)).min()).flatten()
}
