#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| underlay_redfish::fuzzing::parts(data));
