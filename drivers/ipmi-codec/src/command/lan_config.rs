//! LAN configuration parameters (IPMI 2.0, section 23.2, table 23-4).

use std::net::Ipv4Addr;

use super::{Command, command};
use crate::{DecodeError, Reader};

/// A LAN parameter number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanParameter(pub u8);

impl LanParameter {
    /// IPv4 address.
    pub const ADDRESS: Self = Self(3);
    /// Where the address comes from.
    pub const ADDRESS_SOURCE: Self = Self(4);
    /// MAC address.
    pub const MAC: Self = Self(5);
    /// Subnet mask.
    pub const SUBNET_MASK: Self = Self(6);
    /// Default gateway.
    pub const GATEWAY: Self = Self(12);
    /// 802.1Q VLAN.
    pub const VLAN: Self = Self(20);
}

/// Get LAN Configuration Parameters.
#[derive(Clone, Copy, Debug)]
pub struct GetLanParameter {
    /// Which channel.
    pub channel: u8,
    /// Which parameter.
    pub parameter: LanParameter,
}

/// Completion code: the BMC does not have this parameter.
pub const PARAMETER_NOT_SUPPORTED: crate::Completion = crate::Completion(0x80);

/// A parameter's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanValue(pub Vec<u8>);

impl LanValue {
    /// As an IPv4 address (parameters 3, 6, 12); `None` for none or 0.0.0.0.
    #[must_use]
    pub fn ipv4(&self) -> Option<Ipv4Addr> {
        let octets: [u8; 4] = *self.0.first_chunk()?;
        (octets != [0; 4]).then(|| Ipv4Addr::from(octets))
    }

    /// As a MAC address (parameter 5); `None` for none or all zeros.
    #[must_use]
    pub fn mac(&self) -> Option<[u8; 6]> {
        let octets: [u8; 6] = *self.0.first_chunk()?;
        (octets != [0; 6]).then_some(octets)
    }

    /// As the source of the address (parameter 4), in words.
    #[must_use]
    pub fn source(&self) -> Option<&'static str> {
        Some(match self.0.first()? & 0x0F {
            1 => "Static",
            2 => "DHCP",
            3 => "BIOS",
            4 => "Other",
            _ => return None,
        })
    }

    /// As a VLAN id (parameter 20); `None` when VLAN tagging is off.
    #[must_use]
    pub fn vlan(&self) -> Option<u16> {
        let id = u16::from_le_bytes(*self.0.first_chunk()?);
        (id & 0x8000 != 0).then_some(id & 0x0FFF)
    }
}

impl Command for GetLanParameter {
    type Answer = LanValue;
    command!("Get LAN Configuration Parameters", TRANSPORT, 0x02, Operator, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.channel & 0x0F, self.parameter.0, 0, 0]);
    }

    fn decode(&self, data: &[u8]) -> Result<LanValue, DecodeError> {
        let mut reader = Reader::new(data);
        reader.u8("parameter revision")?;
        Ok(LanValue(reader.rest().to_vec()))
    }
}
