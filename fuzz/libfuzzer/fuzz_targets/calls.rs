//! See targets/calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usbx::fuzzed::calls(data));
