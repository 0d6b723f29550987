//! `gzip` answers of services that spoil their ETags with it (quirks Q2a and Q2c).
//!
//! The body is wrapped, not squeezed: stored blocks (RFC 1951, 3.2.4) are valid gzip and need no compressor.

use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;

use super::bytes::OutBody;
use super::quirks::{Quirk, Quirks};

/// Wraps the body if the client takes gzip and the service has a quirk about it.
pub(crate) async fn maybe(
    response: Response<OutBody>,
    asked: &HeaderMap,
    quirks: Quirks,
) -> Response<OutBody> {
    let weakens = quirks.has(Quirk::WeakensCompressed);
    let suffixes = quirks.has(Quirk::SuffixesCompressed);
    let takes = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let takes = takes.is_some_and(|value| value.split(',').any(|coding| coding.trim() == "gzip"));
    // A stream has no end to wait for.
    let streams =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if !(weakens || suffixes) || !takes || streams || response.status() != StatusCode::OK {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return Response::from_parts(head, OutBody::default());
    };
    if let Some(tag) = head.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()) {
        let spoilt = match (weakens, tag.strip_suffix('"')) {
            (true, _) => format!("W/{}", tag.trim_start_matches("W/")),
            (false, Some(open)) => format!("{open}-gzip\""),
            (false, None) => tag.to_owned(),
        };
        if let Ok(spoilt) = HeaderValue::from_str(&spoilt) {
            head.headers.insert(header::ETAG, spoilt);
        }
    }
    head.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    let wrapped = Full::new(Bytes::from(wrap(&body.to_bytes())));
    Response::from_parts(head, wrapped.map_err(|never| match never {}).boxed_unsync())
}

fn wrap(body: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = body.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    out.extend(crc32(body).to_le_bytes());
    let length = u32::try_from(body.len() & 0xffff_ffff).unwrap_or(u32::MAX);
    out.extend(length.to_le_bytes());
    out
}

/// CRC-32 of RFC 1952, bit by bit: these bodies are small and rare.
fn crc32(body: &[u8]) -> u32 {
    !body.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // The check value of CRC-32/ISO-HDLC in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(wrap(b"").len(), 10 + 5 + 8);
    }
}
