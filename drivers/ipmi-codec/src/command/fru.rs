//! FRU inventory commands (IPMI 2.0, chapter 34). The data is decoded in [`crate::fru`].

use super::{Command, command};
use crate::{DecodeError, Reader};

/// Get FRU Inventory Area Info.
#[derive(Clone, Copy, Debug)]
pub struct GetFruInfo {
    /// The FRU device id; 0 is the controller's own board.
    pub fru: u8,
}

/// Size and access of a FRU area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FruInfo {
    /// Size in bytes.
    pub size: u16,
    /// Are offsets and counts in words of two bytes?
    pub by_words: bool,
}

impl Command for GetFruInfo {
    type Answer = FruInfo;
    command!("Get FRU Inventory Area Info", STORAGE, 0x10, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.fru);
    }

    fn decode(&self, data: &[u8]) -> Result<FruInfo, DecodeError> {
        let mut reader = Reader::new(data);
        Ok(FruInfo { size: reader.u16("FRU area size")?, by_words: reader.u8_or(0) & 1 != 0 })
    }
}

/// Read FRU Data.
#[derive(Clone, Copy, Debug)]
pub struct ReadFru {
    /// The FRU device id.
    pub fru: u8,
    /// From where, in bytes (or words, as [`FruInfo::by_words`] says).
    pub offset: u16,
    /// How many bytes (or words).
    pub count: u8,
}

impl Command for ReadFru {
    type Answer = Vec<u8>;
    command!("Read FRU Data", STORAGE, 0x11, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.fru);
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.push(self.count);
    }

    /// The bytes that came: the count in the answer is not trusted beyond them.
    fn decode(&self, data: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let mut reader = Reader::new(data);
        reader.u8("FRU count")?;
        Ok(reader.rest().to_vec())
    }
}
