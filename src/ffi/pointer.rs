//! Pointers that come from C, made into what the rest of the library can use.

use crate::error::{Error, Result};
use crate::sys::{blocks, Buffer};
use std::ffi::CStr;
use std::os::raw::c_char;

/// A place for a result. It is zeroed (0, NULL, "") at once, so that it is written on every path.
pub struct Out<T> {
    place: *mut T,
}

impl<T: Copy> Out<T> {
    /// # Safety
    /// `place` is NULL or valid for writing a `T` until the call returns; any alignment will do. All-zero bytes are a `T`.
    pub unsafe fn new(place: *mut T) -> Out<T> {
        if !place.is_null() {
            // SAFETY: valid for a write of one T, and all-zero bytes are a T, by this function's contract.
            unsafe { std::ptr::write_bytes(place.cast::<u8>(), 0, std::mem::size_of::<T>()) };
        }
        Out { place }
    }

    /// For results that a caller cannot do without.
    pub fn required(&self, name: &str) -> Result<()> {
        if self.place.is_null() {
            return Err(Error::invalid(format!("{name} is NULL; pass the address of a variable for it")));
        }
        Ok(())
    }

    pub fn set(&self, value: T) {
        if !self.place.is_null() {
            // SAFETY: not NULL, therefore valid for a write by the contract of `new`.
            unsafe { self.place.write_unaligned(value) };
        }
    }
}

/// A string argument; NULL is `None`.
///
/// # Safety
/// `text` is NULL or NUL-terminated, and unchanged until the call returns.
pub unsafe fn text<'a>(text: *const c_char, name: &str) -> Result<Option<&'a str>> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, therefore NUL-terminated by this function's contract.
    let text = unsafe { CStr::from_ptr(text) };
    match text.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Error::invalid(format!("{name} is not valid UTF-8"))),
    }
}

/// An array for the caller's entries.
///
/// # Safety
/// `array` is NULL or valid for writing `capacity` entries until the call returns.
pub unsafe fn fill<T: Copy>(array: *mut T, capacity: usize, entries: &[T], name: &str) -> Result<()> {
    let Some(mut entry) = entries.first().copied() else { return check_room(array, capacity, name) };
    // SAFETY: this function's contract.
    unsafe { fill_with(array, capacity, entries.iter(), &mut entry, |source, entry| *entry = *source, name) }
}

/// The same, of large entries: each is made where the one before it was, and copied once.
///
/// # Safety
/// As for `fill`.
pub unsafe fn fill_with<S, T: Copy>(
    array: *mut T,
    capacity: usize,
    sources: impl Iterator<Item = S>,
    entry: &mut T,
    make: impl Fn(S, &mut T),
    name: &str,
) -> Result<()> {
    check_room(array, capacity, name)?;
    for (i, source) in sources.take(capacity).enumerate() {
        make(source, entry);
        // SAFETY: i < capacity, and the array is valid for that many entries by this function's contract.
        unsafe { array.add(i).write_unaligned(*entry) };
    }
    Ok(())
}

fn check_room<T>(array: *mut T, capacity: usize, name: &str) -> Result<()> {
    if capacity > 0 && array.is_null() {
        return Err(Error::invalid(format!(
            "{name} is NULL but its capacity is {capacity}; pass capacity 0 to ask for the count"
        )));
    }
    Ok(())
}

/// A caller's short list of numbers, copied.
///
/// # Safety
/// `array` is NULL or valid for reading `count` bytes until the call returns.
pub unsafe fn entries(array: *const u8, count: usize, name: &str) -> Result<Vec<u8>> {
    if array.is_null() {
        return Err(Error::invalid(format!("{name} is NULL; pass an array of at least one entry")));
    }
    if count > usize::from(u8::MAX) {
        return Err(Error::invalid(format!("{count} {name} are more than a device can have")));
    }
    // SAFETY: not NULL, therefore valid for so many bytes by this function's contract.
    Ok(unsafe { std::slice::from_raw_parts(array, count) }.to_vec())
}

/// A string for the caller, cut at a character where it does not fit, and always terminated.
///
/// # Safety
/// `text` is NULL or valid for writing `capacity` bytes until the call returns.
pub unsafe fn fill_text(text: *mut c_char, capacity: usize, string: &str, name: &str) -> Result<()> {
    let cut = crate::text::cut(string, capacity.saturating_sub(1));
    let bytes: Vec<c_char> = cut.bytes().chain([0]).map(|byte| byte as c_char).collect();
    // SAFETY: this function's contract.
    unsafe { fill(text, capacity, &bytes, name) }
}

/// A data buffer, for reading or for writing.
///
/// # Safety
/// `data` is NULL or valid for `length` bytes (for writing too, where the transfer goes IN) until the transfer is done.
pub unsafe fn data(data: *mut u8, length: usize) -> Result<Buffer> {
    if data.is_null() && length > 0 {
        return Err(Error::invalid(format!("data is NULL but the length is {length}")));
    }
    if length > isize::MAX as usize {
        return Err(Error::invalid(format!(
            "a length of {length} bytes is more than any buffer can have; is it negative?"
        )));
    }
    // SAFETY: NULL only with length 0, and otherwise valid by this function's contract.
    Ok(unsafe { blocks::find(data, length).unwrap_or_else(|| Buffer::new(data, length)) })
}
