//! See targets/host.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usbx::fuzzed::host(data));
