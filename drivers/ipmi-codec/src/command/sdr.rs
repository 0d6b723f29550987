//! SDR repository commands (IPMI 2.0, chapter 33). Records are decoded in [`crate::sdr`].

use super::{Command, command};
use crate::{DecodeError, Reader};

/// The record id that names the first record.
pub const FIRST: u16 = 0x0000;
/// The record id that ends a walk.
pub const LAST: u16 = 0xFFFF;

/// Get SDR Repository Info.
#[derive(Clone, Copy, Debug)]
pub struct GetSdrRepositoryInfo;

/// The repository as a whole. Its two times together tell whether a cached copy is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdrRepositoryInfo {
    /// 0x51 for IPMI 1.5 and 2.0.
    pub version: u8,
    /// Number of records, where the firmware counts right.
    pub records: u16,
    /// Free space in bytes.
    pub free: u16,
    /// Time of the last addition, in seconds.
    pub last_addition: u32,
    /// Time of the last erasure, in seconds.
    pub last_erase: u32,
    /// Is Reserve SDR Repository supported?
    pub reservations: bool,
}

impl Command for GetSdrRepositoryInfo {
    type Answer = SdrRepositoryInfo;
    command!("Get SDR Repository Info", STORAGE, 0x20, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<SdrRepositoryInfo, DecodeError> {
        let mut reader = Reader::new(data);
        Ok(SdrRepositoryInfo {
            version: reader.u8("SDR version")?,
            records: reader.u16("SDR record count")?,
            free: reader.u16("SDR free space")?,
            last_addition: reader.u32("SDR addition time")?,
            last_erase: reader.u32("SDR erase time")?,
            reservations: reader.u8_or(0) & 0x02 != 0,
        })
    }
}

/// Reserve SDR Repository.
#[derive(Clone, Copy, Debug)]
pub struct ReserveSdrRepository;

impl Command for ReserveSdrRepository {
    type Answer = u16;
    command!("Reserve SDR Repository", STORAGE, 0x22, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<u16, DecodeError> {
        Reader::new(data).u16("SDR reservation")
    }
}

/// Get SDR: some bytes of a record.
#[derive(Clone, Copy, Debug)]
pub struct GetSdr {
    /// A reservation; 0 is enough for a read from offset 0.
    pub reservation: u16,
    /// Which record.
    pub record: u16,
    /// From which byte.
    pub offset: u8,
    /// How many bytes; 0xFF for the whole record.
    pub count: u8,
}

/// Some bytes of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdrPart {
    /// The id of the record after this one; [`LAST`] where there is none.
    pub next: u16,
    /// The bytes, never more than were asked for.
    pub data: Vec<u8>,
}

impl Command for GetSdr {
    type Answer = SdrPart;
    command!("Get SDR", STORAGE, 0x23, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.reservation.to_le_bytes());
        out.extend_from_slice(&self.record.to_le_bytes());
        out.extend_from_slice(&[self.offset, self.count]);
    }

    fn decode(&self, data: &[u8]) -> Result<SdrPart, DecodeError> {
        let mut reader = Reader::new(data);
        let next = reader.u16("next record id")?;
        let limit = if self.count == 0xFF { usize::MAX } else { usize::from(self.count) };
        Ok(SdrPart { next, data: reader.rest().iter().take(limit).copied().collect() })
    }
}
