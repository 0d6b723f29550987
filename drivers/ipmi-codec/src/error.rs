use std::fmt;

/// Why bytes were not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input ended inside the named field.
    Truncated(&'static str),
    /// A length field points past the data that came.
    Length(&'static str),
    /// A checksum over the named part does not match.
    Checksum(&'static str),
    /// The named field holds a value the format does not allow.
    Value(&'static str),
    /// The session authentication code is missing or does not match.
    AuthCode,
    /// The encrypted payload has no valid padding.
    Padding,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated(what) => write!(f, "data ends inside {what}"),
            Self::Length(what) => write!(f, "{what} does not fit the data"),
            Self::Checksum(what) => write!(f, "{what} checksum is wrong"),
            Self::Value(what) => write!(f, "{what} has an invalid value"),
            Self::AuthCode => f.write_str("authentication code is missing or wrong"),
            Self::Padding => f.write_str("encrypted payload has invalid padding"),
        }
    }
}

impl std::error::Error for DecodeError {}
