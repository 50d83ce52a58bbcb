//! The end of the program.

/// Has a function called when the program ends by exit() or by returning from main(). It may fail, where there is no memory.
pub fn at_exit(call: extern "C" fn()) {
    // SAFETY: the function lives as long as the library, which is never unloaded.
    unsafe { libc::atexit(call) };
}
