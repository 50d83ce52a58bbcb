//! The end of the program, and of the library in it.

use once_cell::sync::Lazy;
use std::ffi::c_void;
use windows_sys::Win32::System::LibraryLoader::{
    GetModuleHandleExW, GetModuleHandleW, GetProcAddress, GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
    GET_MODULE_HANDLE_EX_FLAG_PIN,
};

/// Has a function called when the program ends by exit() or by returning from main(). The C library that is linked into a DLL calls
/// what it was given when the DLL goes, too late: the system has ended all other threads by then. So each C library is asked that a
/// program may have.
pub fn at_exit(call: extern "C" fn()) {
    stay_loaded();
    type Register = unsafe extern "C" fn(extern "C" fn()) -> *mut c_void;
    for (library, function) in [("ucrtbase.dll", "_crt_atexit\0"), ("msvcrt.dll", "_onexit\0")] {
        let name: Vec<u16> = library.encode_utf16().chain([0]).collect();
        // SAFETY: a name with 0 at its end; it loads nothing.
        let library = unsafe { GetModuleHandleW(name.as_ptr()) };
        if library.is_null() {
            continue;
        }
        // SAFETY: a library that is loaded, and a name with 0 at its end.
        if let Some(register) = unsafe { GetProcAddress(library, function.as_ptr()) } {
            // SAFETY: both functions take one without arguments, and their callers discard its result; it lives as long as the
            // library, which is never unloaded.
            unsafe { std::mem::transmute::<unsafe extern "system" fn() -> isize, Register>(register)(call) };
        }
    }
}

/// FreeLibrary() of a host does not unload the library from now on: threads and callbacks have code of its to run.
pub fn stay_loaded() {
    static DONE: Lazy<()> = Lazy::new(|| {
        let mut module = std::ptr::null_mut();
        let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
        // SAFETY: an address in this library, or in the program that it is linked into.
        unsafe { GetModuleHandleExW(flags, stay_loaded as *const () as *const u16, &mut module) };
    });
    Lazy::force(&DONE);
}
