//! No panic crosses into the program: it is logged, and the function fails.

use std::panic::{catch_unwind, AssertUnwindSafe};

/// Runs the body of an exported function.
pub fn guard<T>(name: &'static str, failed: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        crate::log::error(name, "usbx has a defect; please report it");
        failed
    })
}

/// The value, or the function's return with a code.
macro_rules! or_return {
    ($value:expr, $code:expr) => {
        match $value {
            Some(value) => value,
            None => return $code,
        }
    };
}
