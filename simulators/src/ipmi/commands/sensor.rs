//! Network function 04: sensors and events.
use underlay_ipmi_codec::Completion;

use super::{Answer, Desk, fields, refused};
use crate::{
    ipmi::{
        discrete,
        scale::{Scale, in_order, mask},
    },
    persona::SensorData,
    plant::{Crossing, LogEvent, Origin, SensorReading, Severity},
};

pub(super) fn run(desk: &Desk<'_>, command: u8, data: &[u8]) -> Answer {
    match command {
        0x02 => platform_event(desk, data),
        0x25 => numbered(desk, data).map(|_| vec![0x00, 0x00]),
        0x27 => thresholds(desk, data),
        0x2D => reading(desk, data),
        _ => Err(Completion::INVALID_COMMAND),
    }
}

fn numbered<'d>(desk: &'d Desk<'_>, data: &[u8]) -> Result<&'d SensorData, Completion> {
    let [number] = fields(data)?;
    let sensors = desk.server.spec().sensors();
    sensors.iter().find(|data| data.number == number).ok_or(Completion::NOT_PRESENT)
}

fn thresholds(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let sensor = numbered(desk, data)?;
    let scale = Scale::of(sensor);
    let mut answer = vec![mask(&sensor.thresholds)];
    answer.extend(in_order(&sensor.thresholds).map(|limit| limit.map_or(0, |value| scale.raw(value))));
    Ok(answer)
}

fn reading(desk: &Desk<'_>, data: &[u8]) -> Answer {
    /// Events and scanning enabled.
    const ENABLED: u8 = 0xC0;
    /// Nothing to measure now.
    const UNAVAILABLE: u8 = 0x20;
    let [number] = fields(data)?;
    if let Some(sensor) = desk.discrete.iter().find(|sensor| sensor.number == number) {
        let [low, high] = discrete::states(sensor, &desk.server.snapshot()).to_le_bytes();
        return Ok(vec![0x00, ENABLED, low, high | 0x80]);
    }
    let sensor = numbered(desk, data)?;
    let reading = desk.server.sensor(number).ok_or(Completion::NOT_PRESENT)?;
    let Some(value) = reading.value else { return Ok(vec![0x00, ENABLED | UNAVAILABLE, 0xC0]) };
    Ok(vec![Scale::of(sensor).raw(value), ENABLED, 0xC0 | crossed(&reading, sensor)])
}

/// Every threshold that the reading is beyond, in the order of the mask's bits.
fn crossed(reading: &SensorReading, sensor: &SensorData) -> u8 {
    let bits = match reading.crossed {
        None => 0,
        Some(Crossing::LowerCaution) => 0b00_0001,
        Some(Crossing::LowerCritical) => 0b00_0011,
        Some(Crossing::LowerFatal) => 0b00_0111,
        Some(Crossing::UpperCaution) => 0b00_1000,
        Some(Crossing::UpperCritical) => 0b01_1000,
        Some(Crossing::UpperFatal) => 0b11_1000,
    };
    bits & mask(&sensor.thresholds)
}

/// An event that a console reports goes into the log.
fn platform_event(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [revision, kind, number, direction, d1, d2, d3] = fields(data)?;
    let record = [0x02, 0, 0, 0, 0, 0x41, 0x00, revision, kind, number, direction, d1, d2, d3];
    let text = format!("A platform event was reported for sensor type {kind:#04x} number {number:#04x}.");
    desk.server.append_log(Severity::Ok, LogEvent::Raw(record), text, Origin::Ipmi).map_err(refused)?;
    Ok(Vec::new())
}
