//! See targets/share.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usbx::fuzzed::share(data));
