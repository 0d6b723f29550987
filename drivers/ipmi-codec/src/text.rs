//! Type/length strings of SDR and FRU data (IPMI 2.0, section 43.15; FRU definition 1.3, section 13).

use crate::{DecodeError, Reader};

/// The type/length byte that ends the fields of a FRU area.
pub const END_OF_FIELDS: u8 = 0xC1;

/// Reads a type/length byte and its string.
///
/// * Binary data becomes lower-case hex; trailing spaces and NULs are removed.
/// * `None` at [`END_OF_FIELDS`]; an empty field is an empty string.
pub fn read(reader: &mut Reader<'_>) -> Result<Option<String>, DecodeError> {
    let type_length = reader.u8("string type and length")?;
    if type_length == END_OF_FIELDS {
        return Ok(None);
    }
    let bytes = reader.take(usize::from(type_length & 0x3F), "string")?;
    Ok(Some(decode(type_length >> 6, bytes)))
}

/// Reads the id string at the end of an SDR: as much of it as is there.
#[must_use]
pub fn read_id(reader: &mut Reader<'_>) -> String {
    let Ok(type_length) = reader.u8("id string type and length") else { return String::new() };
    // Five bits of length here: bit 5 is reserved.
    let bytes = reader.rest();
    let bytes = bytes.get(..usize::from(type_length & 0x1F)).unwrap_or(bytes);
    match type_length >> 6 {
        // Unicode in an SDR, binary in a FRU area.
        0 => latin1(bytes),
        kind => decode(kind, bytes),
    }
}

fn decode(kind: u8, bytes: &[u8]) -> String {
    match kind {
        0 => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        1 => trim(bytes.iter().flat_map(|byte| [bcd(byte >> 4), bcd(byte & 0x0F)]).collect()),
        2 => trim(six_bit(bytes)),
        _ => latin1(bytes),
    }
}

/// 8-bit characters up to the first NUL, without trailing spaces; control characters are left out.
#[must_use]
pub fn latin1(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    // Newer firmware writes UTF-8 here, older Latin-1.
    match std::str::from_utf8(text) {
        Ok(text) => trim(text.to_owned()),
        Err(_) => trim(text.iter().map(|byte| char::from(*byte)).collect()),
    }
}

fn trim(mut text: String) -> String {
    text.retain(|character| !character.is_control());
    text.truncate(text.trim_end().len());
    text
}

/// BCD plus: digits, space, dash, period.
fn bcd(nibble: u8) -> char {
    match nibble {
        digit @ 0..=9 => char::from(b'0' + digit),
        10 => ' ',
        11 => '-',
        12 => '.',
        _ => '?',
    }
}

/// Packed 6-bit ASCII: four characters in three bytes, least significant bits first, from space on.
fn six_bit(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3);
    let (mut bits, mut have) = (0u32, 0);
    for byte in bytes {
        bits |= u32::from(*byte) << have;
        have += 8;
        while have >= 6 {
            // Six bits: the mask makes the conversion lossless.
            text.push(char::from(u8::try_from(bits & 0x3F).unwrap_or_default() + b' '));
            bits >>= 6;
            have -= 6;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_reads() {
        let read = |bytes: &[u8]| read(&mut Reader::new(bytes));
        // FRU definition 1.3, section 13.2: "IPMI" in packed 6-bit ASCII is 29 DC A6.
        assert_eq!(read(&[0x83, 0x29, 0xDC, 0xA6]), Ok(Some("IPMI".into())));
        assert_eq!(read(&[0x42, 0x12, 0xB4]), Ok(Some("12-4".into())));
        assert_eq!(read(&[0x02, 0xAB, 0x01]), Ok(Some("ab01".into())));
        assert_eq!(read(&[0xC4, b'a', b'b', b' ', 0]), Ok(Some("ab".into())));
        assert_eq!(read(&[0xC1, b'a']), Ok(None), "end of fields, not a one-letter string");
        assert_eq!(read(&[0xC0]), Ok(Some(String::new())));
        assert_eq!(read(&[0xC4, b'a']), Err(DecodeError::Truncated("string")));
    }

    #[test]
    fn a_cut_off_id_gives_what_is_there() {
        assert_eq!(read_id(&mut Reader::new(&[0xC8, b'F', b'a', b'n'])), "Fan");
        assert_eq!(read_id(&mut Reader::new(&[])), "");
    }
}
