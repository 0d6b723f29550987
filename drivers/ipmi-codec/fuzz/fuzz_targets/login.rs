//! A console's login against any sequence of payloads: no panic, and no session without the password.
#![no_main]

use libfuzzer_sys::fuzz_target;
use underlay_ipmi_codec::handshake::UserName;
use underlay_ipmi_codec::keys::UserKey;
use underlay_ipmi_codec::login::{Account, Login, Seed, Step};
use underlay_ipmi_codec::suite::CipherSuite;
use underlay_ipmi_codec::v20::PayloadType;
use underlay_ipmi_codec::{Privilege, Reader};

fuzz_target!(|data: &[u8]| {
    let account = Account {
        user: UserName::new(b"admin").expect("short"),
        password: UserKey::new(b"secret").expect("short"),
        bmc_key: None,
        privilege: Privilege::Administrator,
        name_only_lookup: true,
    };
    let seed = Seed { console_id: 0x0101_0101, console_random: [1; 16], tag: 1 };
    let (mut login, _) = Login::start(account, CipherSuite::SUITE_17, seed).expect("a valid seed");
    let mut reader = Reader::new(data);
    // Each message: its kind, its length, its bytes.
    while let Ok([kind, len]) = reader.array("message") {
        let Ok(payload) = reader.take(usize::from(len), "payload") else { return };
        if kind & 0x80 != 0 {
            login.resent();
        }
        let payload_type =
            [PayloadType::OpenResponse, PayloadType::Rakp2, PayloadType::Rakp4, PayloadType::Ipmi]
                [usize::from(kind & 3)];
        if let Step::Done(_) = login.receive(payload_type, payload) {
            panic!("logged in without knowing the password");
        }
    }
});
