use std::fmt;

/// Session privilege levels, lowest first (IPMI 2.0, section 6.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Privilege {
    /// May only ask for a call back.
    Callback = 1,
    /// May read.
    User = 2,
    /// May also control power, boot and the log.
    Operator = 3,
    /// May do everything, including accounts and channels.
    Administrator = 4,
    /// Defined by the vendor.
    Oem = 5,
}

impl Privilege {
    /// The level a byte's low four bits name; `None` for 0 ("highest" in a request, "unspecified" elsewhere)
    /// and for reserved values.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte & 0x0F {
            1 => Some(Self::Callback),
            2 => Some(Self::User),
            3 => Some(Self::Operator),
            4 => Some(Self::Administrator),
            5 => Some(Self::Oem),
            _ => None,
        }
    }

    /// The wire value, 1 to 5.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callback => "callback",
            Self::User => "user",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
            Self::Oem => "oem",
        })
    }
}
