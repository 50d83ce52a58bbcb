//! The blocks of memory that callers have: where a transfer's data lie in one, it uses that as it is, and the block stays meanwhile.

use super::buffer::{part, Buffer};
use super::memory::Memory;
use crate::error::{Error, Result, Status};
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// By address. Without a lock: a forked child would find it as another thread had it.
static BLOCKS: ArcSwapOption<Vec<Arc<Memory>>> = ArcSwapOption::const_empty();

/// How many there are: without one, no call looks further.
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn start(block: &Arc<Memory>) -> usize {
    block.as_ptr() as usize
}

fn change(change: impl Fn(&mut Vec<Arc<Memory>>)) {
    BLOCKS.rcu(|before| {
        let mut blocks = before.as_ref().map_or_else(Vec::new, |blocks| (**blocks).clone());
        change(&mut blocks);
        blocks.sort_unstable_by_key(start);
        (!blocks.is_empty()).then(|| Arc::new(blocks))
    });
    COUNT.store(BLOCKS.load().as_ref().map_or(0, |blocks| blocks.len()), Ordering::Release);
}

/// Gives a block to the caller: its address.
pub fn give(block: Arc<Memory>) -> *mut u8 {
    let address = block.as_ptr().cast_mut();
    // What the parent of this process had, whose addresses may be in use again.
    change(|blocks| {
        blocks.retain(|block| block.is_of_this_process());
        blocks.push(Arc::clone(&block));
    });
    address
}

/// Takes the block back that begins at an address.
pub fn take_back(address: *const u8) -> Result<()> {
    let blocks = BLOCKS.load_full();
    let begins_there = |block: &&Arc<Memory>| std::ptr::eq(block.as_ptr(), address) && block.is_of_this_process();
    let block = blocks.iter().flat_map(|blocks| blocks.iter()).find(begins_there).ok_or_else(|| {
        Error::invalid("it is not the address of a buffer from usbx_buffer_alloc in this process, or was freed before")
    })?;
    if !block.retire() {
        // If two threads free it at once, one is late.
        let reason = "a transfer uses it; take its completion, cancel it, or close its queue first";
        return Err(Error::new(Status::Busy, reason));
    }
    change(|blocks| blocks.retain(|other| !Arc::ptr_eq(other, block)));
    Ok(())
}

/// The block that a transfer's data were found in. Those of the next one are looked for there first. It keeps no block.
#[derive(Default)]
pub struct Last(Weak<Memory>);

/// The bytes as part of the block that they lie in, if they lie in one.
///
/// # Safety
/// As of `Buffer::new`.
pub unsafe fn find(at: *mut u8, length: usize) -> Option<Buffer> {
    // SAFETY: this function's own contract.
    unsafe { find_among_all(at, length, |_| ()) }
}

/// The same, first in the block where the last ones were.
///
/// # Safety
/// As of `Buffer::new`.
pub unsafe fn find_again(last: &mut Last, at: *mut u8, length: usize) -> Option<Buffer> {
    // SAFETY: this function's own contract.
    let found = last.0.upgrade().and_then(|block| unsafe { find_in(&block, at, length) });
    // SAFETY: as above.
    found.or_else(|| unsafe { find_among_all(at, length, |block| last.0 = Arc::downgrade(block)) })
}

/// # Safety
/// As of `Buffer::new`.
unsafe fn find_among_all(at: *mut u8, length: usize, found_in: impl FnOnce(&Arc<Memory>)) -> Option<Buffer> {
    if COUNT.load(Ordering::Acquire) == 0 {
        return None;
    }
    let blocks = BLOCKS.load();
    let blocks = blocks.as_ref()?;
    let below = blocks.partition_point(|block| start(block) <= at as usize);
    let block = &blocks[below.checked_sub(1)?];
    // SAFETY: this function's own contract.
    let found = unsafe { find_in(block, at, length) }?;
    found_in(block);
    Some(found)
}

/// `None` too if the caller has given the block back.
///
/// # Safety
/// As of `Buffer::new`.
unsafe fn find_in(block: &Arc<Memory>, at: *mut u8, length: usize) -> Option<Buffer> {
    let rest = block.len().checked_sub((at as usize).checked_sub(start(block))?)?;
    if length > rest || !block.is_of_this_process() {
        return None;
    }
    // SAFETY: this function's own contract; it lies in the block.
    unsafe { part(block, at, length) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(last: &mut Last, at: *mut u8, length: usize) -> Option<Buffer> {
        // SAFETY: the buffer is not used.
        unsafe { find_again(last, at, length) }
    }

    #[test]
    fn the_last_block_is_where_bytes_are_until_the_caller_gives_it_back() {
        let (mut last, length) = (Last::default(), 4096);
        let (first, second) = (give(Memory::heap(length).unwrap()), give(Memory::heap(length).unwrap()));
        let inside = first.wrapping_add(length - 16);
        for (at, bytes, is_there) in [(first, length, true), (inside, 16, true), (inside, 17, false)] {
            assert_eq!(
                found(&mut last, at, bytes).map(|buffer| (buffer.as_ptr(), buffer.len())),
                is_there.then_some((at, bytes))
            );
        }
        // It keeps what is in use, and the other one is found although this was the last.
        let used = found(&mut last, second, 16);
        assert!(used.is_some() && found(&mut last, first, 16).is_some());
        assert_eq!(take_back(second).map_err(|error| error.status), Err(Status::Busy));
        drop(used);
        assert!(found(&mut last, second, 16).is_some() && take_back(second).is_ok());
        assert!(found(&mut last, second, 16).is_none() && found(&mut last, first, 16).is_some());
        assert!(take_back(first).is_ok() && found(&mut last, first, 16).is_none());
    }
}
