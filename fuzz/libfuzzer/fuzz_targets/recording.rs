//! See targets/recording.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| usbx::fuzzed::recording(data));
