//! FRU data (Platform Management FRU Information Storage Definition 1.3).

use crate::{DecodeError, Reader, lan, text};

/// Minutes between 1970 and 1996, when board dates start.
const BOARD_EPOCH_SECONDS: i64 = 820_454_400;
/// Bytes in the common header.
pub const HEADER_LEN: usize = 8;
/// No real area has more fields; a bound for what is kept of a hostile one.
const MAX_CUSTOM: usize = 64;

/// Where the areas are, in bytes; 0 for an absent one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Chassis info area.
    pub chassis: u16,
    /// Board info area.
    pub board: u16,
    /// Product info area.
    pub product: u16,
    /// Multi-record area.
    pub multi_record: u16,
    /// Is its checksum right? Several vendors ship wrong ones: warn, and read on.
    pub checksum_ok: bool,
}

impl Header {
    /// Reads the common header.
    ///
    /// * Format version other than 1 (an empty or unwritten store) is [`DecodeError::Value`].
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let header: [u8; HEADER_LEN] = Reader::new(data).array("FRU header")?;
        let [version, _internal, chassis, board, product, multi_record, ..] = header;
        if version & 0x0F != 1 {
            return Err(DecodeError::Value("FRU format version"));
        }
        let at = |units: u8| u16::from(units) * 8;
        Ok(Self {
            chassis: at(chassis),
            board: at(board),
            product: at(product),
            multi_record: at(multi_record),
            checksum_ok: lan::checksum(&header) == 0,
        })
    }
}

/// The length of an area in bytes, from its first two bytes.
pub fn area_len(start: &[u8]) -> Result<u16, DecodeError> {
    let [_version, units] = Reader::new(start).array("FRU area header")?;
    if units == 0 { Err(DecodeError::Length("FRU area")) } else { Ok(u16::from(units) * 8) }
}

/// The chassis info area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chassis {
    /// SMBIOS chassis type.
    pub kind: u8,
    /// Part number.
    pub part_number: String,
    /// Serial number.
    pub serial_number: String,
    /// Further fields.
    pub custom: Vec<String>,
    /// Is its checksum right?
    pub checksum_ok: bool,
}

/// The board info area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// When it was made, in seconds since 1970; `None` where unspecified.
    pub manufactured: Option<i64>,
    /// Who made it.
    pub manufacturer: String,
    /// Product name.
    pub product: String,
    /// Serial number.
    pub serial_number: String,
    /// Part number.
    pub part_number: String,
    /// FRU file id.
    pub file_id: String,
    /// Further fields.
    pub custom: Vec<String>,
    /// Is its checksum right?
    pub checksum_ok: bool,
}

/// The product info area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Who made it.
    pub manufacturer: String,
    /// Product name.
    pub product: String,
    /// Part or model number.
    pub part_number: String,
    /// Version.
    pub version: String,
    /// Serial number.
    pub serial_number: String,
    /// The owner's tag.
    pub asset_tag: String,
    /// FRU file id.
    pub file_id: String,
    /// Further fields.
    pub custom: Vec<String>,
    /// Is its checksum right?
    pub checksum_ok: bool,
}

impl Chassis {
    /// Reads the area; fields that are missing at its end are empty.
    pub fn decode(area: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, checksum_ok) = open(area)?;
        let kind = reader.u8("chassis type")?;
        let mut fields = Fields(Some(reader));
        Ok(Self {
            kind,
            part_number: fields.next(),
            serial_number: fields.next(),
            custom: fields.rest(),
            checksum_ok,
        })
    }
}

impl Board {
    /// Reads the area; fields that are missing at its end are empty.
    pub fn decode(area: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, checksum_ok) = open(area)?;
        reader.u8("language")?;
        let minutes = reader.u24("manufacturing date")?;
        let mut fields = Fields(Some(reader));
        Ok(Self {
            manufactured: (minutes != 0).then(|| BOARD_EPOCH_SECONDS + i64::from(minutes) * 60),
            manufacturer: fields.next(),
            product: fields.next(),
            serial_number: fields.next(),
            part_number: fields.next(),
            file_id: fields.next(),
            custom: fields.rest(),
            checksum_ok,
        })
    }
}

impl Product {
    /// Reads the area; fields that are missing at its end are empty.
    pub fn decode(area: &[u8]) -> Result<Self, DecodeError> {
        let (mut reader, checksum_ok) = open(area)?;
        reader.u8("language")?;
        let mut fields = Fields(Some(reader));
        Ok(Self {
            manufacturer: fields.next(),
            product: fields.next(),
            part_number: fields.next(),
            version: fields.next(),
            serial_number: fields.next(),
            asset_tag: fields.next(),
            file_id: fields.next(),
            custom: fields.rest(),
            checksum_ok,
        })
    }
}

/// The part of an area after its two-byte header, and whether its checksum is right.
fn open(area: &[u8]) -> Result<(Reader<'_>, bool), DecodeError> {
    let len = usize::from(area_len(area)?);
    let checksum_ok = area.get(..len).is_some_and(|whole| lan::checksum(whole) == 0);
    let area = area.get(..len).unwrap_or(area);
    let mut reader = Reader::new(area);
    reader.u16("FRU area header")?;
    Ok((reader, checksum_ok))
}

/// The type/length fields of an area: empty strings once they have ended, whether by mark or by cut-off.
struct Fields<'a>(Option<Reader<'a>>);

impl Fields<'_> {
    fn try_next(&mut self) -> Option<String> {
        let field = self.0.as_mut().and_then(|reader| text::read(reader).ok().flatten());
        if field.is_none() {
            self.0 = None;
        }
        field
    }

    fn next(&mut self) -> String {
        self.try_next().unwrap_or_default()
    }

    fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.try_next()).take(MAX_CUSTOM).filter(|field| !field.is_empty()).collect()
    }
}
