//! System Event Log commands (IPMI 2.0, chapter 31). Records are decoded in [`crate::sel`].

use super::{Command, command};
use crate::{DecodeError, Reader};

/// The record id that names the first record in a request, and ends a walk in an answer it starts with.
pub const FIRST: u16 = 0x0000;
/// The record id that names the last record in a request, and says "no next one" in an answer.
pub const LAST: u16 = 0xFFFF;

/// Get SEL Info.
#[derive(Clone, Copy, Debug)]
pub struct GetSelInfo;

/// The log as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelInfo {
    /// 0x51 for IPMI 1.5 and 2.0.
    pub version: u8,
    /// Number of entries.
    pub entries: u16,
    /// Free space in bytes; 0xFFFF means that much or more.
    pub free: u16,
    /// Time of the last addition, in seconds.
    pub last_addition: u32,
    /// Time of the last erasure or deletion, in seconds.
    pub last_erase: u32,
    /// Were events lost because the log was full?
    pub overflow: bool,
    /// Is Reserve SEL supported?
    pub reservations: bool,
}

impl Command for GetSelInfo {
    type Answer = SelInfo;
    command!("Get SEL Info", STORAGE, 0x40, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<SelInfo, DecodeError> {
        let mut reader = Reader::new(data);
        let version = reader.u8("SEL version")?;
        let entries = reader.u16("SEL entries")?;
        let free = reader.u16("SEL free space")?;
        let last_addition = reader.u32("SEL addition time")?;
        let last_erase = reader.u32("SEL erase time")?;
        let support = reader.u8_or(0);
        Ok(SelInfo {
            version,
            entries,
            free,
            last_addition,
            last_erase,
            overflow: support & 0x80 != 0,
            reservations: support & 0x02 != 0,
        })
    }
}

/// Reserve SEL.
#[derive(Clone, Copy, Debug)]
pub struct ReserveSel;

impl Command for ReserveSel {
    type Answer = u16;
    command!("Reserve SEL", STORAGE, 0x42, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<u16, DecodeError> {
        Reader::new(data).u16("SEL reservation")
    }
}

/// Get SEL Entry, whole.
#[derive(Clone, Copy, Debug)]
pub struct GetSelEntry {
    /// Which record, or [`FIRST`] or [`LAST`].
    pub record: u16,
}

/// A record as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelEntry {
    /// The id of the record after this one; [`LAST`] where there is none.
    pub next: u16,
    /// The record.
    pub record: [u8; 16],
}

impl Command for GetSelEntry {
    type Answer = SelEntry;
    command!("Get SEL Entry", STORAGE, 0x43, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        // No reservation is needed for a whole record from offset 0.
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&self.record.to_le_bytes());
        out.extend_from_slice(&[0, 0xFF]);
    }

    fn decode(&self, data: &[u8]) -> Result<SelEntry, DecodeError> {
        let mut reader = Reader::new(data);
        Ok(SelEntry { next: reader.u16("next record id")?, record: reader.array("SEL record")? })
    }
}

/// Clear SEL: starts erasing.
#[derive(Clone, Copy, Debug)]
pub struct EraseSel {
    /// A reservation.
    pub reservation: u16,
}

/// Clear SEL: asks how far an erasure is.
#[derive(Clone, Copy, Debug)]
pub struct GetErasure {
    /// The reservation of the erasure.
    pub reservation: u16,
}

/// How far an erasure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erasure {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
}

/// The last byte of a Clear SEL request that starts erasing; 0 asks for the status.
pub const ERASE: u8 = 0xAA;

fn clear_request(reservation: u16, action: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(&reservation.to_le_bytes());
    out.extend_from_slice(b"CLR");
    out.push(action);
}

fn erasure(data: &[u8]) -> Result<Erasure, DecodeError> {
    let progress = Reader::new(data).u8("erasure progress")?;
    Ok(if progress & 0x0F == 1 { Erasure::Completed } else { Erasure::InProgress })
}

impl Command for EraseSel {
    type Answer = Erasure;
    command!("Clear SEL", STORAGE, 0x47, Operator, Act);

    fn encode(&self, out: &mut Vec<u8>) {
        clear_request(self.reservation, ERASE, out);
    }

    fn decode(&self, data: &[u8]) -> Result<Erasure, DecodeError> {
        erasure(data)
    }
}

impl Command for GetErasure {
    type Answer = Erasure;
    command!("Clear SEL", STORAGE, 0x47, Operator, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        clear_request(self.reservation, 0, out);
    }

    fn decode(&self, data: &[u8]) -> Result<Erasure, DecodeError> {
        erasure(data)
    }
}

/// Get SEL Time.
#[derive(Clone, Copy, Debug)]
pub struct GetSelTime;

impl Command for GetSelTime {
    type Answer = u32;
    command!("Get SEL Time", STORAGE, 0x48, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<u32, DecodeError> {
        Reader::new(data).u32("SEL time")
    }
}

/// Set SEL Time, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub struct SetSelTime(pub u32);

impl Command for SetSelTime {
    type Answer = ();
    command!("Set SEL Time", STORAGE, 0x49, Operator, Set);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_le_bytes());
    }

    fn decode(&self, _data: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
}
