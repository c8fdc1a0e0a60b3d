#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| autolossgen_fuzz::containers(input));
