//! Whatever the bytes: no panic; whatever the message: decoding gives back what was encoded.

use proptest::collection::vec;
use proptest::prelude::*;
use underlay_ipmi_codec::command::boot::{BootDevice, BootFlags};
use underlay_ipmi_codec::handshake::{OpenRequest, OpenResponse, Rakp1, Rakp2, Rakp3, Rakp4, UserName};
use underlay_ipmi_codec::lan::{Address, Checksums, NetFn, Request, Response};
use underlay_ipmi_codec::suite::CipherSuite;
use underlay_ipmi_codec::v20::{Frame, Header, PayloadType};
use underlay_ipmi_codec::{Completion, Packet, Privilege, Status, asf, crypto, fru, sdr, sel, text, v15};

fn suites() -> impl Strategy<Value = CipherSuite> {
    (0u8..20).prop_map(|id| CipherSuite::from_id(id).expect("a standard suite"))
}

fn addresses() -> impl Strategy<Value = Address> {
    (any::<u8>(), 0u8..4, any::<u8>(), 0u8..4).prop_map(|(rs_addr, rs_lun, rq_addr, rq_lun)| Address {
        rs_addr,
        rs_lun,
        rq_addr,
        rq_lun,
    })
}

proptest! {
    #[test]
    fn random_bytes_never_panic(data in vec(any::<u8>(), 0..600)) {
        let _ = Packet::decode(&data);
        for kind in [7u8, 6] {
            let mut packet = vec![6, 0, 0xFF, kind];
            packet.extend_from_slice(&data);
            let _ = Packet::decode(&packet);
        }
        let _ = OpenRequest::decode(&data);
        let _ = OpenResponse::decode(&data);
        let _ = Rakp1::decode(&data);
        let _ = Rakp2::decode(&data);
        let _ = Rakp3::decode(&data);
        let _ = Rakp4::decode(&data);
        for checksums in [Checksums::Verify, Checksums::Tolerate] {
            let _ = Request::decode(&data, checksums);
            let _ = Response::decode(&data, checksums);
        }
        let _ = crypto::decrypt(&[7; 16], &data);
        let _ = sdr::Record::decode(&data);
        let _ = sel::SelRecord::decode_slice(&data);
        let _ = (fru::Header::decode(&data), fru::Chassis::decode(&data));
        let _ = (fru::Board::decode(&data), fru::Product::decode(&data));
        let _ = text::latin1(&data);
    }

    #[test]
    fn messages_round_trip(
        address in addresses(), net_fn in 0u8..32, sequence in 0u8..64, command: u8, completion: u8,
        data in vec(any::<u8>(), 0..200),
    ) {
        let net_fn = NetFn(net_fn * 2);
        let request = Request { address, net_fn, sequence, command, data: &data };
        let bytes = request.encode();
        prop_assert_eq!(Request::decode(&bytes, Checksums::Verify), Ok(request));
        prop_assert!(Response::decode(&bytes, Checksums::Verify).is_err(), "a request is no response");
        let response = request.reply(Completion(completion), &data);
        let mut bytes = response.encode();
        prop_assert_eq!(Response::decode(&bytes, Checksums::Verify), Ok(response));
        // Control: one changed byte is noticed, unless told to tolerate it.
        bytes[4] ^= 0x10;
        prop_assert!(Response::decode(&bytes, Checksums::Verify).is_err());
        prop_assert!(Response::decode(&bytes, Checksums::Tolerate).is_ok());
    }

    #[test]
    fn frames_round_trip(
        encrypted: bool, authenticated: bool, session_id: u32, sequence: u32, iana: u32, id: u16, which in 0usize..3,
        payload in vec(any::<u8>(), 0..300), code in vec(any::<u8>(), 0..32),
    ) {
        let payload_type = [PayloadType::Ipmi, PayloadType::Rakp3, PayloadType::Oem { iana, id }][which];
        let header = Header { payload_type, encrypted, authenticated, session_id, sequence };
        let mut covered = Vec::new();
        let bytes = Frame::encode(&header, &payload, |bytes| { covered = bytes.to_vec(); code.clone() }).unwrap();
        let Ok(Packet::V20(frame)) = Packet::decode(&bytes) else { panic!("not an RMCP+ frame") };
        prop_assert_eq!(frame.header, header);
        prop_assert_eq!(frame.payload, &payload[..]);
        prop_assert_eq!(frame.trailer.map(|trailer| (trailer.covered.to_vec(), trailer.code.to_vec())),
            authenticated.then_some((covered.clone(), code)));
        prop_assert_eq!(covered.len() % 4, 0);
    }

    #[test]
    fn old_frames_round_trip_and_ignore_what_follows(payload in vec(any::<u8>(), 0..256), extra in vec(any::<u8>(), 0..4)) {
        let mut bytes = v15::Frame::sessionless(&payload).encode().unwrap();
        bytes.extend_from_slice(&extra);
        prop_assert_eq!(Packet::decode(&bytes), Ok(Packet::V15(v15::Frame::sessionless(&payload))));
    }

    #[test]
    fn handshake_payloads_round_trip(
        suite in suites(), tag: u8, ids in (any::<u32>(), 1u32..), random: [u8; 16], guid: [u8; 16], role: u8,
        name in vec(any::<u8>(), 0..=16), status in 1u8..0x13, code in vec(any::<u8>(), 0..33), short: bool,
    ) {
        let (console_id, bmc_id) = ids;
        let open = OpenRequest { tag, privilege: Some(Privilege::Operator), console_id, suite };
        prop_assert_eq!(OpenRequest::decode(&open.encode()), Ok(open));
        let accepted = OpenResponse::Accepted { tag, privilege: None, console_id, bmc_id, suite };
        prop_assert_eq!(OpenResponse::decode(&accepted.encode()), Ok(accepted));
        let status = Status(status);
        let refused = OpenResponse::Refused { tag, status, console_id: (!short).then_some(console_id) };
        prop_assert_eq!(OpenResponse::decode(&refused.encode()), Ok(refused));
        let user = UserName::new(&name).unwrap();
        let rakp1 = Rakp1 { tag, bmc_id, console_random: random, role, user };
        prop_assert_eq!(Rakp1::decode(&rakp1.encode()), Ok(rakp1));
        let rakp2 = Rakp2 { tag, status: Status::OK, console_id, bmc_random: random, guid, code: code.clone() };
        prop_assert_eq!(Rakp2::decode(&rakp2.encode()), Ok(rakp2));
        let rakp3 = Rakp3 { tag, status, bmc_id, code: code.clone() };
        prop_assert_eq!(Rakp3::decode(&rakp3.encode()), Ok(rakp3));
        let rakp4 = Rakp4 { tag, status, console_id, check: code };
        prop_assert_eq!(Rakp4::decode(&rakp4.encode()), Ok(rakp4));
    }

    #[test]
    fn encryption_round_trips_and_a_changed_length_is_refused(key: [u8; 16], iv: [u8; 16], plain in vec(any::<u8>(), 0..200)) {
        let hidden = crypto::encrypt(&key, &iv, &plain);
        prop_assert_eq!(hidden.len() % 16, 0);
        prop_assert_eq!(&crypto::decrypt(&key, &hidden).unwrap()[..], &plain[..]);
        prop_assert!(crypto::decrypt(&key, &hidden[..hidden.len() - 1]).is_err());
    }

    #[test]
    fn boot_flags_round_trip(valid: bool, persistent: bool, efi: bool, device in 0u8..16, clear_cmos: bool, other: [u8; 4]) {
        let other = [other[0] & 0x43, other[1], other[2], other[3]];
        let flags = BootFlags { valid, persistent, efi, device: BootDevice(device), clear_cmos, other };
        prop_assert_eq!(BootFlags::decode(&flags.encode()), Ok(flags));
    }

    #[test]
    fn pings_round_trip(tag: u8, oem: u32, ipmi: bool) {
        let ping = asf::encode_ping(tag);
        prop_assert_eq!(Packet::decode(&ping), Ok(Packet::Asf(asf::Message::Ping { tag })));
        let pong = asf::Pong { oem, ipmi, ..asf::Pong::IPMI };
        let bytes = asf::encode_pong(tag, &pong);
        prop_assert_eq!(bytes.len(), 28);
        prop_assert_eq!(Packet::decode(&bytes), Ok(Packet::Asf(asf::Message::Pong { tag, pong })));
        prop_assert!(Packet::decode(&bytes[..27]).is_err(), "a cut-off pong");
    }
}

#[test]
fn a_name_or_password_that_does_not_fit_is_refused_not_cut() {
    assert!(UserName::new(&[b'a'; 16]).is_ok() && UserName::new(&[b'a'; 17]).is_err());
    let key = underlay_ipmi_codec::keys::UserKey::new;
    assert!(key(&[b'a'; 20]).is_ok() && key(&[b'a'; 21]).is_err());
    assert_eq!(format!("{:?}", key(b"secret").unwrap()), "UserKey(..)");
}

#[test]
fn suites_are_triples_with_ids() {
    assert_eq!(CipherSuite::SUITE_3.id(), Some(3));
    assert_eq!(CipherSuite::SUITE_17.id(), Some(17));
    assert_eq!(CipherSuite::from_id(20), None);
}
