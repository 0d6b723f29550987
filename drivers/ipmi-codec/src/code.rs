//! Completion codes of commands and status codes of the RMCP+ handshake.

use std::fmt;

/// The completion code of an IPMI response (IPMI 2.0, table 5-2).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Completion(pub u8);

impl Completion {
    /// The command was carried out.
    pub const OK: Self = Self(0x00);
    /// The device is busy; the command may be sent again.
    pub const NODE_BUSY: Self = Self(0xC0);
    /// The command is not known.
    pub const INVALID_COMMAND: Self = Self(0xC1);
    /// The command is not valid for this LUN.
    pub const INVALID_FOR_LUN: Self = Self(0xC2);
    /// The device gave up waiting.
    pub const TIMEOUT: Self = Self(0xC3);
    /// No storage left for this request.
    pub const OUT_OF_SPACE: Self = Self(0xC4);
    /// The reservation was cancelled or is wrong.
    pub const RESERVATION_LOST: Self = Self(0xC5);
    /// The request was cut off.
    pub const REQUEST_TRUNCATED: Self = Self(0xC6);
    /// The request has the wrong length.
    pub const LENGTH_INVALID: Self = Self(0xC7);
    /// A length field of the request exceeds its limit.
    pub const LENGTH_EXCEEDED: Self = Self(0xC8);
    /// A parameter is out of range.
    pub const OUT_OF_RANGE: Self = Self(0xC9);
    /// The answer would be longer than the device can send.
    pub const CANNOT_RETURN_LENGTH: Self = Self(0xCA);
    /// The sensor, record or data does not exist.
    pub const NOT_PRESENT: Self = Self(0xCB);
    /// A field of the request is invalid.
    pub const INVALID_FIELD: Self = Self(0xCC);
    /// The command is illegal for this sensor or record.
    pub const ILLEGAL_FOR_SENSOR: Self = Self(0xCD);
    /// No answer could be provided.
    pub const NO_RESPONSE: Self = Self(0xCE);
    /// A duplicate of a request that was already executed.
    pub const DUPLICATE: Self = Self(0xCF);
    /// The SDR repository is being updated.
    pub const SDR_UPDATING: Self = Self(0xD0);
    /// The device is in firmware update mode.
    pub const FIRMWARE_UPDATE: Self = Self(0xD1);
    /// The controller is still initialising.
    pub const INITIALISING: Self = Self(0xD2);
    /// The destination is not available.
    pub const DESTINATION_UNAVAILABLE: Self = Self(0xD3);
    /// The session's privilege level is too low.
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(0xD4);
    /// The command cannot run in the present state.
    pub const WRONG_STATE: Self = Self(0xD5);
    /// A sub-function of the command is disabled.
    pub const SUBFUNCTION_DISABLED: Self = Self(0xD6);
    /// No reason given.
    pub const UNSPECIFIED: Self = Self(0xFF);

    /// Whether the command was carried out.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// The meaning in a few words.
    ///
    /// * Codes 0x80 to 0xBE mean what the command says they mean; here they are only "command-specific".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self.0 {
            0x00 => "completed normally",
            0xC0 => "node busy",
            0xC1 => "invalid command",
            0xC2 => "command invalid for this LUN",
            0xC3 => "timeout",
            0xC4 => "out of space",
            0xC5 => "reservation cancelled or invalid",
            0xC6 => "request data truncated",
            0xC7 => "request data length invalid",
            0xC8 => "request data field length limit exceeded",
            0xC9 => "parameter out of range",
            0xCA => "cannot return the number of requested bytes",
            0xCB => "requested sensor, data or record not present",
            0xCC => "invalid data field in request",
            0xCD => "command illegal for this sensor or record type",
            0xCE => "response could not be provided",
            0xCF => "duplicated request",
            0xD0 => "SDR repository in update mode",
            0xD1 => "device in firmware update mode",
            0xD2 => "controller initialisation in progress",
            0xD3 => "destination unavailable",
            0xD4 => "insufficient privilege level",
            0xD5 => "not supported in present state",
            0xD6 => "sub-function disabled or unavailable",
            0xFF => "unspecified error",
            0x01..=0x7E => "device-specific code",
            0x80..=0xBE => "command-specific code",
            _ => "reserved code",
        }
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Completion(0x{:02X} {})", self.0, self.text())
    }
}

impl fmt::Display for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "completion code 0x{:02X} ({})", self.0, self.text())
    }
}

/// The status code of an RMCP+ Open Session or RAKP message (IPMI 2.0, table 13-15).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Status(pub u8);

impl Status {
    /// No error.
    pub const OK: Self = Self(0x00);
    /// No session slot is free. Some firmware also says this for a cipher suite it does not take.
    pub const INSUFFICIENT_RESOURCES: Self = Self(0x01);
    /// The session id is not known.
    pub const INVALID_SESSION_ID: Self = Self(0x02);
    /// The authentication algorithm is not supported.
    pub const INVALID_AUTH_ALGORITHM: Self = Self(0x04);
    /// The integrity algorithm is not supported.
    pub const INVALID_INTEGRITY_ALGORITHM: Self = Self(0x05);
    /// The role is not valid.
    pub const INVALID_ROLE: Self = Self(0x09);
    /// The role is above the user's limit.
    pub const UNAUTHORIZED_ROLE: Self = Self(0x0A);
    /// No session slot is free at the requested role.
    pub const NO_RESOURCES_AT_ROLE: Self = Self(0x0B);
    /// The user name is longer than 16 bytes.
    pub const INVALID_NAME_LENGTH: Self = Self(0x0C);
    /// The user name is not known.
    pub const UNAUTHORIZED_NAME: Self = Self(0x0D);
    /// The key exchange or integrity check value is wrong: as a rule, a wrong password.
    pub const INVALID_INTEGRITY_CHECK: Self = Self(0x0F);
    /// The confidentiality algorithm is not supported.
    pub const INVALID_CONFIDENTIALITY_ALGORITHM: Self = Self(0x10);
    /// No cipher suite has the three proposed algorithms.
    pub const NO_CIPHER_SUITE: Self = Self(0x11);
    /// A parameter is illegal.
    pub const ILLEGAL_PARAMETER: Self = Self(0x12);

    /// Whether the step succeeded.
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// The meaning in a few words.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self.0 {
            0x00 => "no errors",
            0x01 => "insufficient resources to create a session",
            0x02 => "invalid session ID",
            0x03 => "invalid payload type",
            0x04 => "invalid authentication algorithm",
            0x05 => "invalid integrity algorithm",
            0x06 => "no matching authentication payload",
            0x07 => "no matching integrity payload",
            0x08 => "inactive session ID",
            0x09 => "invalid role",
            0x0A => "unauthorized role or privilege level requested",
            0x0B => "insufficient resources to create a session at the requested role",
            0x0C => "invalid name length",
            0x0D => "unauthorized name",
            0x0E => "unauthorized GUID",
            0x0F => "invalid integrity check value",
            0x10 => "invalid confidentiality algorithm",
            0x11 => "no cipher suite match with proposed security algorithms",
            0x12 => "illegal or unrecognized parameter",
            _ => "reserved status",
        }
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Status(0x{:02X} {})", self.0, self.text())
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RMCP+ status 0x{:02X} ({})", self.0, self.text())
    }
}
