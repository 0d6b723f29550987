//! What a switch prints, through every parser of every platform.
#![no_main]

use underlay_switch_cli::{PLATFORMS, parse};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let _ = parse::version(&text);
    for platform in PLATFORMS {
        let read = parse::running(platform, &text);
        assert!(read.vlans.contains_key(&1), "VLAN 1 is always there");
        for row in parse::status(platform, &text) {
            assert!(platform.is_port(row.port.as_str()));
            let _ = row.status();
        }
        let _ = parse::macs(platform, &text);
        for seen in parse::neighbors(platform, &text) {
            assert!(platform.is_port(seen.port.as_str()));
        }
        let _ = platform.refusal(&text);
    }
});
