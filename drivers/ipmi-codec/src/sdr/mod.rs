//! Sensor data records (IPMI 2.0, chapter 43).

mod conversion;
mod unit;

pub use conversion::{Conversion, DataFormat, Linearization};
pub use unit::{BaseUnit, UnitKind, Units};

use crate::{DecodeError, Reader, text};

/// Bytes in a record header.
pub const HEADER_LEN: usize = 5;

/// The header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader {
    /// The record's id; may change when the repository does.
    pub id: u16,
    /// The record type.
    pub kind: u8,
    /// Bytes after the header.
    pub len: u8,
}

impl RecordHeader {
    /// Reads the five bytes.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(data);
        let id = reader.u16("record id")?;
        let [_version, kind, len] = reader.array("record header")?;
        Ok(Self { id, kind, len })
    }
}

/// A decoded record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The record's id.
    pub id: u16,
    /// What it describes.
    pub body: RecordBody,
}

/// What a record describes.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RecordBody {
    /// A sensor: full record (01h) or compact record (02h).
    Sensor(Sensor),
    /// A sensor that only sends events (03h).
    EventOnly(EventOnly),
    /// A FRU device (11h).
    FruLocator(FruLocator),
    /// A management controller (12h).
    ControllerLocator(ControllerLocator),
    /// Another type.
    Other {
        /// The record type.
        kind: u8,
    },
}

/// Who owns a sensor, and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SensorKey {
    /// The owner's slave address or software id, as it stands in the record.
    pub owner: u8,
    /// The owner's LUN, 0 to 3.
    pub lun: u8,
    /// The owner's channel.
    pub channel: u8,
    /// The sensor's number.
    pub number: u8,
}

/// What a sensor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Entity id, such as 3 for a processor.
    pub id: u8,
    /// Instance, 7 bits.
    pub instance: u8,
}

/// A sensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Sensor {
    /// Which one.
    pub key: SensorKey,
    /// What it belongs to.
    pub entity: Entity,
    /// The sensor type: [`crate::event::sensor_type_name`].
    pub sensor_type: u8,
    /// The event/reading type code.
    pub event_type: u8,
    /// Units of the reading.
    pub units: Units,
    /// How a raw reading becomes a value; absent for sensors without a number, and in compact records.
    pub conversion: Option<Conversion>,
    /// Which thresholds can be read, as bits: 0 lower non-critical to 5 upper non-recoverable.
    pub readable_thresholds: u8,
    /// How many sensors share this (compact) record; 1 for one.
    pub share_count: u8,
    /// The number or letter of the first shared sensor's name.
    pub share_offset: u8,
    /// Are shared names told apart by letters, not numbers?
    pub share_letters: bool,
    /// The name.
    pub name: String,
}

impl Sensor {
    /// Is it compared with thresholds?
    #[must_use]
    pub const fn is_threshold(&self) -> bool {
        self.event_type == crate::event::THRESHOLD
    }

    /// The name of the `index`th sensor that shares the record.
    #[must_use]
    pub fn shared_name(&self, index: u8) -> String {
        if self.share_count <= 1 {
            return self.name.clone();
        }
        let number = self.share_offset.wrapping_add(index);
        if self.share_letters {
            let mut letters = String::new();
            if number >= 26 {
                letters.push(char::from(b'A' + (number / 26 - 1) % 26));
            }
            letters.push(char::from(b'A' + number % 26));
            format!("{}{letters}", self.name)
        } else {
            format!("{}{number}", self.name)
        }
    }
}

/// A sensor that only sends events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventOnly {
    /// Which one.
    pub key: SensorKey,
    /// What it belongs to.
    pub entity: Entity,
    /// The sensor type.
    pub sensor_type: u8,
    /// The event/reading type code.
    pub event_type: u8,
    /// The name.
    pub name: String,
}

/// A FRU device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FruLocator {
    /// The slave address of the controller that gives access.
    pub access_address: u8,
    /// The FRU device id for a logical device, the slave address of the store otherwise.
    pub device: u8,
    /// Is it read with FRU commands, not directly from the bus?
    pub logical: bool,
    /// LUN of the controller.
    pub lun: u8,
    /// Channel of the controller.
    pub channel: u8,
    /// What it belongs to.
    pub entity: Entity,
    /// The name.
    pub name: String,
}

/// A management controller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControllerLocator {
    /// Its slave address.
    pub address: u8,
    /// Its channel.
    pub channel: u8,
    /// What it can do, as in Get Device ID.
    pub capabilities: u8,
    /// What it belongs to.
    pub entity: Entity,
    /// The name.
    pub name: String,
}

impl Record {
    /// Reads a whole record.
    ///
    /// * The length in the header is not trusted: some firmware (HP DL585 G7) makes it too big. A record
    ///   that ends inside its name keeps what is there of it.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let header = RecordHeader::decode(data)?;
        let mut reader = Reader::new(data);
        reader.take(HEADER_LEN, "record header")?;
        // Bytes after the declared length belong to nothing.
        let body = reader.rest();
        let mut reader = Reader::new(body.get(..usize::from(header.len)).unwrap_or(body));
        let body = match header.kind {
            0x01 => RecordBody::Sensor(full(&mut reader)?),
            0x02 => RecordBody::Sensor(compact(&mut reader)?),
            0x03 => RecordBody::EventOnly(event_only(&mut reader)?),
            0x11 => RecordBody::FruLocator(fru_locator(&mut reader)?),
            0x12 => RecordBody::ControllerLocator(controller_locator(&mut reader)?),
            kind => RecordBody::Other { kind },
        };
        Ok(Self { id: header.id, body })
    }
}

fn key(reader: &mut Reader<'_>) -> Result<(SensorKey, Entity), DecodeError> {
    let [owner, lun, number, id, instance] = reader.array("sensor key")?;
    let key = SensorKey { owner, lun: lun & 3, channel: lun >> 4, number };
    Ok((key, Entity { id, instance: instance & 0x7F }))
}

/// The fields full and compact records share, up to the units.
fn common(reader: &mut Reader<'_>) -> Result<Sensor, DecodeError> {
    let (key, entity) = key(reader)?;
    let [_init, capabilities, sensor_type, event_type] = reader.array("sensor type")?;
    reader.u32("event masks")?;
    let [readable, _settable] = reader.array("threshold mask")?;
    let [flags, base, modifier] = reader.array("sensor units")?;
    // Capability bits 3:2: 1 and 2 mean that thresholds can be read.
    let readable_thresholds = if matches!(capabilities >> 2 & 3, 1 | 2) { readable & 0x3F } else { 0 };
    Ok(Sensor {
        key,
        entity,
        sensor_type,
        event_type: event_type & 0x7F,
        units: Units::decode(flags, base, modifier),
        conversion: None,
        readable_thresholds,
        share_count: 1,
        share_offset: 0,
        share_letters: false,
        name: String::new(),
    })
}

fn full(reader: &mut Reader<'_>) -> Result<Sensor, DecodeError> {
    let flags_at = reader.rest().get(15).copied().unwrap_or_default();
    let mut sensor = common(reader)?;
    let factors: [u8; 7] = reader.array("conversion factors")?;
    sensor.conversion = Conversion::decode(flags_at >> 6, factors);
    // Analog flags, nominal values, limits, thresholds, hysteresis, reserved, OEM.
    reader.take(17, "sensor limits")?;
    sensor.name = text::read_id(reader);
    Ok(sensor)
}

fn compact(reader: &mut Reader<'_>) -> Result<Sensor, DecodeError> {
    let mut sensor = common(reader)?;
    let [sharing, modifier] = reader.array("record sharing")?;
    // Hysteresis, reserved, OEM.
    reader.take(6, "sensor hysteresis")?;
    sensor.share_count = (sharing & 0x0F).max(1);
    sensor.share_letters = sharing >> 4 & 3 == 1;
    sensor.share_offset = modifier & 0x7F;
    sensor.name = text::read_id(reader);
    Ok(sensor)
}

fn event_only(reader: &mut Reader<'_>) -> Result<EventOnly, DecodeError> {
    let (key, entity) = key(reader)?;
    let [sensor_type, event_type, ..] = reader.array::<6>("event-only sensor")?;
    Ok(EventOnly { key, entity, sensor_type, event_type: event_type & 0x7F, name: text::read_id(reader) })
}

fn fru_locator(reader: &mut Reader<'_>) -> Result<FruLocator, DecodeError> {
    let [access_address, device, access, channel, _, _, _, id, instance, _] = reader.array("FRU locator")?;
    Ok(FruLocator {
        access_address,
        device,
        logical: access & 0x80 != 0,
        lun: access >> 3 & 3,
        channel: channel >> 4,
        entity: Entity { id, instance: instance & 0x7F },
        name: text::read_id(reader),
    })
}

fn controller_locator(reader: &mut Reader<'_>) -> Result<ControllerLocator, DecodeError> {
    let [address, channel, _, capabilities, _, _, _, id, instance, _] = reader.array("controller locator")?;
    Ok(ControllerLocator {
        address,
        channel: channel & 0x0F,
        capabilities,
        entity: Entity { id, instance: instance & 0x7F },
        name: text::read_id(reader),
    })
}
