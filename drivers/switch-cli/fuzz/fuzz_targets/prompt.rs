//! What comes from a terminal, in pieces: the first byte says how long they are.
#![no_main]

use underlay_switch_cli::{Look, PLATFORMS, Screen};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    for platform in PLATFORMS {
        let mut screen = Screen::default();
        for piece in data.chunks(usize::from(*first).max(1)) {
            if screen.feed(piece).is_err() {
                return;
            }
            let look = Look::at(platform, &screen);
            let line = screen.last_line();
            assert!(!matches!(look, Look::Prompt(_)) || (!line.is_empty() && line.len() <= 256));
            let _ = Look::is_buried(platform, &screen, "sw1");
        }
        let answer = screen.answer("show x");
        assert!(answer.len() <= screen.text().len() + 1);
    }
});
