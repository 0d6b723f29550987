//! Datagrams: no input panics, and what decodes encodes to what decodes to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use underlay_ipmi_codec::handshake::{OpenRequest, OpenResponse, Rakp1, Rakp2, Rakp3, Rakp4};
use underlay_ipmi_codec::lan::{Checksums, Request, Response};
use underlay_ipmi_codec::v20::{Frame, PayloadType};
use underlay_ipmi_codec::{Packet, crypto};

fn message(bytes: &[u8]) {
    for checksums in [Checksums::Verify, Checksums::Tolerate] {
        if let Ok(request) = Request::decode(bytes, checksums) {
            assert_eq!(Request::decode(&request.encode(), Checksums::Verify), Ok(request));
        }
        if let Ok(response) = Response::decode(bytes, checksums) {
            assert_eq!(Response::decode(&response.encode(), Checksums::Verify), Ok(response));
        }
    }
}

fuzz_target!(|data: &[u8]| {
    message(data);
    let _ = crypto::decrypt(&[7; 16], data);
    match Packet::decode(data) {
        Ok(Packet::V15(frame)) => {
            message(frame.payload);
            let again = frame.encode().expect("what was decoded encodes");
            assert_eq!(Packet::decode(&again), Ok(Packet::V15(frame)));
        }
        Ok(Packet::V20(frame)) => {
            let code = frame.trailer.map_or(Vec::new(), |trailer| trailer.code.to_vec());
            let again =
                Frame::encode(&frame.header, frame.payload, |_| code).expect("what was decoded encodes");
            // The RMCP sequence number and reserved bits are not kept, so compare what is.
            if let Ok(Packet::V20(second)) = Packet::decode(&again) {
                assert_eq!((second.header, second.payload), (frame.header, frame.payload));
            } else {
                panic!("an encoded frame does not decode");
            }
            match frame.header.payload_type {
                PayloadType::Ipmi => message(frame.payload),
                _ => {
                    let _ = OpenRequest::decode(frame.payload)
                        .map(|m| assert_eq!(OpenRequest::decode(&m.encode()), Ok(m)));
                    let _ = OpenResponse::decode(frame.payload)
                        .map(|m| assert_eq!(OpenResponse::decode(&m.encode()), Ok(m)));
                    let _ =
                        Rakp1::decode(frame.payload).map(|m| assert_eq!(Rakp1::decode(&m.encode()), Ok(m)));
                    let _ = Rakp2::decode(frame.payload);
                    let _ = Rakp3::decode(frame.payload);
                    let _ = Rakp4::decode(frame.payload);
                }
            }
        }
        _ => {}
    }
});
