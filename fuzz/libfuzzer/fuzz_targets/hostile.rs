//! See targets/hostile.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usbx::fuzzed::hostile(data));
