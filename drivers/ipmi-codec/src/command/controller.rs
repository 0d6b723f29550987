//! The controller itself: device id, GUID, cold reset (IPMI 2.0, chapter 20).

use super::{Command, command};
use crate::{DecodeError, Reader};

/// Get Device ID.
#[derive(Clone, Copy, Debug)]
pub struct GetDeviceId;

/// What a controller says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceId {
    /// The vendor's device id.
    pub device_id: u8,
    /// Hardware revision, 0 to 15.
    pub revision: u8,
    /// Whether the controller has device SDRs.
    pub has_sdrs: bool,
    /// Whether firmware is being updated or the controller starts: other commands may not work.
    pub updating: bool,
    /// Major firmware revision.
    pub firmware_major: u8,
    /// Minor firmware revision in decimal (BCD on the wire; taken as binary where it is no BCD).
    pub firmware_minor: u8,
    /// IPMI major version.
    pub ipmi_major: u8,
    /// IPMI minor version.
    pub ipmi_minor: u8,
    /// What else the controller does.
    pub support: DeviceSupport,
    /// IANA enterprise number of the manufacturer, 20 bits.
    pub manufacturer: u32,
    /// The manufacturer's product id.
    pub product: u16,
    /// Auxiliary firmware revision; absent in short answers.
    pub auxiliary: Option<[u8; 4]>,
}

/// The additional device support bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceSupport(pub u8);

impl DeviceSupport {
    /// Is there a chassis device?
    #[must_use]
    pub const fn chassis(self) -> bool {
        self.0 & 0x80 != 0
    }
    /// Is there a FRU inventory?
    #[must_use]
    pub const fn fru_inventory(self) -> bool {
        self.0 & 0x08 != 0
    }
    /// Is there a System Event Log?
    #[must_use]
    pub const fn sel(self) -> bool {
        self.0 & 0x04 != 0
    }
    /// Is there an SDR repository?
    #[must_use]
    pub const fn sdr_repository(self) -> bool {
        self.0 & 0x02 != 0
    }
    /// Are there sensors?
    #[must_use]
    pub const fn sensors(self) -> bool {
        self.0 & 0x01 != 0
    }
}

impl Command for GetDeviceId {
    type Answer = DeviceId;
    command!("Get Device ID", APP, 0x01, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<DeviceId, DecodeError> {
        let mut reader = Reader::new(data);
        let [device_id, revision, firmware, minor, version, support] = reader.array("device id")?;
        Ok(DeviceId {
            device_id,
            revision: revision & 0x0F,
            has_sdrs: revision & 0x80 != 0,
            updating: firmware & 0x80 != 0,
            firmware_major: firmware & 0x7F,
            firmware_minor: bcd(minor),
            ipmi_major: version & 0x0F,
            ipmi_minor: version >> 4,
            support: DeviceSupport(support),
            manufacturer: reader.u24("manufacturer id")? & 0x000F_FFFF,
            product: reader.u16("product id")?,
            auxiliary: reader.array("auxiliary firmware revision").ok(),
        })
    }
}

fn bcd(byte: u8) -> u8 {
    let (tens, ones) = (byte >> 4, byte & 0x0F);
    if tens < 10 && ones < 10 { tens * 10 + ones } else { byte }
}

/// Get System GUID.
#[derive(Clone, Copy, Debug)]
pub struct GetSystemGuid;

/// Get Device GUID.
#[derive(Clone, Copy, Debug)]
pub struct GetDeviceGuid;

/// A GUID as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The UUID in RFC 4122 byte order.
    ///
    /// Firmware disagrees on the order, so the version and variant bits decide. Tried in turn: least
    /// significant byte first (what the specification says), SMBIOS (first three fields reversed), as it
    /// stands.
    ///
    /// * `None` when it is all zeros or all ones.
    /// * The specification's order when no reading is a valid UUID.
    #[must_use]
    pub fn uuid(self) -> Option<[u8; 16]> {
        if self.0 == [0; 16] || self.0 == [0xFF; 16] {
            return None;
        }
        let mut reversed = self.0;
        reversed.reverse();
        let [a, b, c, d, e, f, g, h, rest @ ..] = self.0;
        let mut mixed = [0; 16];
        for (to, from) in mixed.iter_mut().zip([d, c, b, a, f, e, h, g].into_iter().chain(rest)) {
            *to = from;
        }
        Some([reversed, mixed, self.0].into_iter().find(is_uuid).unwrap_or(reversed))
    }
}

/// Has it a version from 1 to 5 and the RFC 4122 variant?
fn is_uuid(bytes: &[u8; 16]) -> bool {
    let [_, _, _, _, _, _, version, _, variant, ..] = *bytes;
    matches!(version >> 4, 1..=5) && variant >> 6 == 0b10
}

impl Command for GetSystemGuid {
    type Answer = Guid;
    command!("Get System GUID", APP, 0x37, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<Guid, DecodeError> {
        Reader::new(data).array("GUID").map(Guid)
    }
}

impl Command for GetDeviceGuid {
    type Answer = Guid;
    command!("Get Device GUID", APP, 0x08, User, Read);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, data: &[u8]) -> Result<Guid, DecodeError> {
        Reader::new(data).array("GUID").map(Guid)
    }
}

/// Cold Reset: restarts the controller. Sessions are lost; the answer may be too.
#[derive(Clone, Copy, Debug)]
pub struct ColdReset;

impl Command for ColdReset {
    type Answer = ();
    command!("Cold Reset", APP, 0x02, Administrator, Act);

    fn encode(&self, _out: &mut Vec<u8>) {}

    fn decode(&self, _data: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
}
