//! SEL records (IPMI 2.0, chapter 32).

use crate::DecodeError;
use crate::event::{self, Level};

/// A timestamp at or above this is a date; below, seconds since the controller started.
const FIRST_DATE: u32 = 0x2000_0000;
const UNSPECIFIED: u32 = 0xFFFF_FFFF;

/// A decoded SEL record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelRecord {
    /// The record's id.
    pub id: u16,
    /// What it holds.
    pub body: SelBody,
}

/// What a SEL record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelBody {
    /// A system event (record type 02h).
    Event(Event),
    /// OEM data with a timestamp (C0h to DFh).
    OemTimestamped {
        /// The record type.
        kind: u8,
        /// When.
        timestamp: u32,
        /// IANA enterprise number.
        manufacturer: u32,
        /// The vendor's data.
        data: [u8; 6],
    },
    /// OEM data without a timestamp (E0h to FFh).
    Oem {
        /// The record type.
        kind: u8,
        /// The vendor's data.
        data: [u8; 13],
    },
    /// A record type with no meaning.
    Other {
        /// The record type.
        kind: u8,
        /// The bytes after it.
        data: [u8; 13],
    },
}

/// A system event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in seconds: see [`SelRecord::unix_time`].
    pub timestamp: u32,
    /// Who reported it: slave address or software id, and LUN and channel.
    pub generator: u16,
    /// The event message format; 4 for IPMI 1.5 and 2.0.
    pub revision: u8,
    /// The sensor's type.
    pub sensor_type: u8,
    /// The sensor's number.
    pub sensor: u8,
    /// Whether the state came (true) or went.
    pub asserted: bool,
    /// The event/reading type code, 7 bits.
    pub event_type: u8,
    /// Event data 1 to 3.
    pub data: [u8; 3],
}

impl Event {
    /// Which state, 0 to 15.
    #[must_use]
    pub const fn offset(&self) -> u8 {
        let [first, ..] = self.data;
        first & 0x0F
    }

    /// The raw reading that triggered the event, and the raw threshold, where a threshold event tells them.
    #[must_use]
    pub const fn trigger(&self) -> (Option<u8>, Option<u8>) {
        let [first, reading, threshold] = self.data;
        if self.event_type != event::THRESHOLD {
            return (None, None);
        }
        (
            if first >> 6 == 1 { Some(reading) } else { None },
            if first >> 4 & 3 == 1 { Some(threshold) } else { None },
        )
    }

    /// The event in words, without the sensor's name.
    #[must_use]
    pub fn text(&self) -> String {
        let state = event::describe(self.sensor_type, self.event_type, self.offset());
        let direction = if self.asserted { "asserted" } else { "deasserted" };
        format!("{}: {}, {direction}", event::sensor_type_name(self.sensor_type), state.text)
    }

    /// How bad it is; a state that went is normal.
    #[must_use]
    pub fn level(&self) -> Level {
        if self.asserted {
            event::describe(self.sensor_type, self.event_type, self.offset()).level
        } else {
            Level::Normal
        }
    }
}

impl SelRecord {
    /// Reads a record of 16 bytes; every content is valid.
    #[must_use]
    pub const fn decode(record: &[u8; 16]) -> Self {
        let [i0, i1, kind, t0, t1, t2, t3, g0, g1, revision, sensor_type, sensor, event, d1, d2, d3] =
            *record;
        let timestamp = u32::from_le_bytes([t0, t1, t2, t3]);
        let data = [t0, t1, t2, t3, g0, g1, revision, sensor_type, sensor, event, d1, d2, d3];
        let body = match kind {
            0x02 => SelBody::Event(Event {
                timestamp,
                generator: u16::from_le_bytes([g0, g1]),
                revision,
                sensor_type,
                sensor,
                asserted: event & 0x80 == 0,
                event_type: event & 0x7F,
                data: [d1, d2, d3],
            }),
            0xC0..=0xDF => SelBody::OemTimestamped {
                kind,
                timestamp,
                manufacturer: u32::from_le_bytes([g0, g1, revision, 0]),
                data: [sensor_type, sensor, event, d1, d2, d3],
            },
            0xE0..=0xFF => SelBody::Oem { kind, data },
            _ => SelBody::Other { kind, data },
        };
        Self { id: u16::from_le_bytes([i0, i1]), body }
    }

    /// Reads a record of unknown length.
    pub fn decode_slice(record: &[u8]) -> Result<Self, DecodeError> {
        record.first_chunk().map(Self::decode).ok_or(DecodeError::Truncated("SEL record"))
    }

    /// Seconds since 1970; `None` where the record has no time, or one that only counts from the controller's start.
    #[must_use]
    pub const fn unix_time(&self) -> Option<u32> {
        match self.body {
            SelBody::Event(Event { timestamp, .. }) | SelBody::OemTimestamped { timestamp, .. } => {
                unix_time(timestamp)
            }
            SelBody::Oem { .. } | SelBody::Other { .. } => None,
        }
    }
}

/// A SEL timestamp as seconds since 1970, where it is a date.
#[must_use]
pub const fn unix_time(timestamp: u32) -> Option<u32> {
    if timestamp < FIRST_DATE || timestamp == UNSPECIFIED { None } else { Some(timestamp) }
}
