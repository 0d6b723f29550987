//! The machine's field-replaceable-unit inventory (Platform Management FRU Information Storage
//! Definition 1.0, revision 1.3).
use crate::plant::ServerSpec;

/// The whole area of logical device 0.
pub(super) fn data(spec: &ServerSpec) -> Vec<u8> {
    let persona = &spec.persona;
    // Chassis type 17h: rack mount.
    let chassis = area(&[0x17], &[&persona.part_number, &spec.serial]);
    // Language 25 is English; a date of 0 is "not given".
    let board_serial = format!("{}B", spec.serial);
    let board = area(
        &[25, 0, 0, 0],
        &[&persona.manufacturer, &persona.model, &board_serial, &persona.part_number, ""],
    );
    let product = area(
        &[25],
        &[&persona.manufacturer, &persona.model, &persona.part_number, "", &spec.serial, &spec.asset_tag, ""],
    );
    let offset = |bytes: usize| u8::try_from(bytes / 8).unwrap_or(0);
    let start = 8;
    let mut header = vec![
        0x01,
        0x00,
        offset(start),
        offset(start + chassis.len()),
        offset(start + chassis.len() + board.len()),
        0x00,
        0x00,
    ];
    header.push(zero_sum(&header));
    [header, chassis, board, product].concat()
}

/// An information area: version, length in 8 bytes, own bytes, fields, end mark, padding, checksum.
fn area(own: &[u8], fields: &[&str]) -> Vec<u8> {
    let mut out = vec![0x01, 0x00];
    out.extend_from_slice(own);
    for field in fields {
        let mut text: Vec<u8> = field.bytes().filter(u8::is_ascii).take(63).collect();
        if text.len() == 1 {
            // A length of one would read as the end mark.
            text.push(b' ');
        }
        out.push(0xC0 | u8::try_from(text.len()).unwrap_or(0));
        out.extend(text);
    }
    out.push(0xC1);
    while (out.len() + 1) % 8 != 0 {
        out.push(0x00);
    }
    let units = u8::try_from((out.len() + 1) / 8).unwrap_or(u8::MAX);
    if let Some(length) = out.get_mut(1) {
        *length = units;
    }
    out.push(zero_sum(&out));
    out
}

fn zero_sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}
