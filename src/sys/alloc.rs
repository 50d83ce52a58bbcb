//! Memory for tables whose size a caller decides: asked for with care, as Rust's collections end the program where there is none.

use crate::error::{Error, Result, Status};

/// An empty table with room for so many.
pub fn try_vec<T>(count: usize) -> Result<Vec<T>> {
    let mut table = Vec::new();
    table.try_reserve_exact(count).map_err(out_of_memory)?;
    Ok(table)
}

/// What a collection's own refusal means.
pub fn out_of_memory<E>(_: E) -> Error {
    Error::new(Status::NoMem, "the system has no memory left for it; nothing is lost, free some and call again")
}
