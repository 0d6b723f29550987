//! Identities: newtypes that are validated once and cheap to clone.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

macro_rules! text_id {
    ($($(#[$meta:meta])* $Name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $Name(Arc<str>);

        impl $Name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl fmt::Debug for $Name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
        impl From<&str> for $Name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
        impl From<String> for $Name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
        impl AsRef<str> for $Name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    )+};
}

text_id! {
    /// The operator's name of a device, as written in the rack file.
    DeviceId,
    /// A driver's name of a long-running task; opaque to everybody else.
    TaskId,
    /// The device's name of one log entry; opaque, and unique only within one log.
    EntryId,
    /// The device's name of a storage controller.
    ControllerId,
    /// The device's name of a drive, unique among the drives of the machine.
    DriveId,
    /// The device's name of a volume, unique among the volumes of the machine.
    VolumeId,
    /// The device's name of a firmware component.
    ComponentId,
    /// The device's name of a slot for virtual media.
    MediaSlotId,
    /// The device's name of an account.
    AccountId,
    /// The device's name of a boot option, such as `Boot0003`.
    BootOptionId,
    /// The device's name of an event subscription.
    SubscriptionId,
    /// The device's name of a slot of an enclosure.
    SlotId,
    /// The device's name of an outlet: a number, or unit and number (`2.7`) where units are chained.
    OutletId,
    /// The device's name of a group of outlets.
    OutletGroupId,
    /// A switch's name of a port, such as `Ethernet7`.
    PortId,
}

/// An IEEE 802 MAC address. Reads `aa:bb:cc:dd:ee:ff`, with `-` or without separators too; prints with colons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        f.pad(&format!("{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}"))
    }
}

impl fmt::Debug for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MacAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::new(ErrorKind::InvalidInput, format!("{text:?} is not a MAC address"));
        let digits: Vec<u8> = text.bytes().filter(|b| !matches!(b, b':' | b'-' | b'.')).collect();
        if digits.len() != 12 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(wrong());
        }
        let mut octets = [0; 6];
        for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| wrong())?;
            *octet = u8::from_str_radix(pair, 16).map_err(|_| wrong())?;
        }
        Ok(Self(octets))
    }
}

impl Serialize for MacAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MacAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_addresses_read_in_every_habit_and_print_in_one() {
        for text in ["02:00:5e:10:00:ff", "02-00-5E-10-00-FF", "02005e1000ff", "0200.5e10.00ff"] {
            assert_eq!(text.parse::<MacAddress>().unwrap().to_string(), "02:00:5e:10:00:ff");
        }
        for text in ["", "02:00:5e:10:00", "02:00:5e:10:00:fg", "02:00:5e:10:00:ff:00", "+2:00:5e:10:00:ff"] {
            assert_eq!(text.parse::<MacAddress>().unwrap_err().kind(), ErrorKind::InvalidInput, "{text}");
        }
    }

    #[test]
    fn ids_serialise_as_plain_text() {
        assert_eq!(serde_json::to_string(&DeviceId::new("node01")).unwrap(), "\"node01\"");
    }
}
