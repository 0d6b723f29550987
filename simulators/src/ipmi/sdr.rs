//! The sensor data repository, made once from the persona (IPMI 2.0, chapter 43).
use super::{
    discrete::{self, Discrete},
    scale::{Scale, in_order, mask, type_and_unit},
};
use crate::{
    persona::{SensorData, SensorOf},
    plant::ServerSpec,
};

/// Records in order of their ids, from 1.
pub(super) fn records(spec: &ServerSpec) -> Vec<Vec<u8>> {
    let discrete = discrete::all(spec);
    let bodies = spec
        .sensors()
        .iter()
        .map(full)
        .chain(discrete.iter().map(compact))
        .chain([controller_locator(spec), fru_locator()]);
    bodies
        .zip(1_u16..)
        .map(|((kind, body), id)| {
            let mut record = id.to_le_bytes().to_vec();
            record.extend([0x51, kind, u8::try_from(body.len()).unwrap_or(u8::MAX)]);
            record.extend(body);
            record
        })
        .collect()
}

/// Entity id (table 43-13).
fn entity(of: SensorOf) -> u8 {
    match of {
        SensorOf::Inlet => 0x37,
        SensorOf::Exhaust => 0x17,
        SensorOf::Processor => 0x03,
        SensorOf::Memory => 0x20,
        SensorOf::Board => 0x07,
        SensorOf::Fan => 0x1D,
        SensorOf::PowerSupply => 0x0A,
        SensorOf::System => 0x13,
    }
}

/// Full sensor record, type 01.
fn full(data: &SensorData) -> (u8, Vec<u8>) {
    let scale = Scale::of(data);
    let (kind, unit) = type_and_unit(data.kind);
    let readable = mask(&data.thresholds);
    let raw = |limit: Option<f64>| limit.map_or(0, |value| scale.raw(value));
    let [lower_caution, lower_critical, lower_fatal, upper_caution, upper_critical, upper_fatal] =
        in_order(&data.thresholds).map(raw);
    // Going low past lower thresholds and going high past upper ones; comparisons returned.
    let lower = readable & 0b111;
    let upper = readable >> 3;
    let events = spread(lower, 0) | spread(upper, 7);
    let [assert_low, assert_high] = (events | u16::from(lower) << 12).to_le_bytes();
    let [clear_low, clear_high] = (events | u16::from(upper) << 12).to_le_bytes();
    let [m_low, m_high] = scale.m.to_le_bytes();
    let capabilities = if readable == 0 { 0x40 } else { 0x44 };
    let format = if scale.signed { 0x80 } else { 0x00 };
    let exponents = (scale.exponent << 4).cast_unsigned() & 0xF0;
    let mut body = vec![
        0x20,
        0x00,
        data.number,
        entity(data.of),
        data.instance,
        0x7F,
        capabilities,
        kind,
        0x01,
        assert_low,
        assert_high,
        clear_low,
        clear_high,
        readable,
        0x00,
        format,
        unit,
        0x00,
        0x00,
        m_low,
        m_high << 6,
        0x00,
        0x00,
        0x00,
        exponents,
        0x01,
        scale.raw(data.on),
        0x00,
        0x00,
        if scale.signed { 0x7F } else { 0xFF },
        if scale.signed { 0x80 } else { 0x00 },
        upper_fatal,
        upper_critical,
        upper_caution,
        lower_fatal,
        lower_critical,
        lower_caution,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
    ];
    push_name(&mut body, &data.name);
    (0x01, body)
}

/// Three bits to every second bit from `shift` on.
fn spread(bits: u8, shift: u32) -> u16 {
    let spread = u16::from(bits & 1) | u16::from(bits >> 1 & 1) << 2 | u16::from(bits >> 2 & 1) << 4;
    spread << shift
}

/// Compact sensor record, type 02.
fn compact(sensor: &Discrete) -> (u8, Vec<u8>) {
    let [low, high] = sensor.possible.to_le_bytes();
    let mut body = vec![
        0x20,
        0x00,
        sensor.number,
        sensor.entity,
        sensor.instance,
        0x67,
        0x40,
        sensor.kind,
        0x6F,
        low,
        high,
        low,
        high,
        low,
        high,
        0xC0,
        0x00,
        0x00,
        0x01,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
        0x00,
    ];
    push_name(&mut body, &sensor.name);
    (0x02, body)
}

/// Management controller locator record, type 12.
fn controller_locator(spec: &ServerSpec) -> (u8, Vec<u8>) {
    let mut body = vec![0x20, 0x00, 0x00, 0x9F, 0x00, 0x00, 0x00, 0x2E, 0x01, 0x00];
    push_name(&mut body, &spec.persona.bmc.model);
    (0x12, body)
}

/// FRU device locator record, type 11: the machine's own, logical device 0.
fn fru_locator() -> (u8, Vec<u8>) {
    let mut body = vec![0x20, 0x00, 0x80, 0x00, 0x00, 0x10, 0x00, 0x07, 0x01, 0x00];
    push_name(&mut body, "System FRU");
    (0x11, body)
}

/// Type/length byte for 8-bit text, then at most 16 characters.
fn push_name(body: &mut Vec<u8>, name: &str) {
    let text: Vec<u8> = name.bytes().filter(u8::is_ascii).take(16).collect();
    body.push(0xC0 | u8::try_from(text.len()).unwrap_or(0));
    body.extend(text);
}
