//! Commands about sessions, and those that need none (IPMI 2.0, sections 22.13 to 22.19).

use super::{Command, command};
use crate::{DecodeError, Privilege, Reader};

/// "The channel this request came in on."
pub const THIS_CHANNEL: u8 = 0x0E;

/// Get Channel Authentication Capabilities. Needs no session.
#[derive(Clone, Copy, Debug)]
pub struct GetAuthCapabilities {
    /// Which channel; [`THIS_CHANNEL`] as a rule.
    pub channel: u8,
    /// For which level.
    pub privilege: Privilege,
    /// Ask for the IPMI 2.0 data too.
    pub extended: bool,
}

/// What a channel offers before a login. Some firmware gets the flags wrong: never refuse to log in over them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthCapabilities {
    /// The channel's number.
    pub channel: u8,
    /// IPMI 1.5 authentication types as bits: 0 none, 1 MD2, 2 MD5, 4 straight password, 5 OEM.
    pub auth_types: u8,
    /// Is a BMC key (`K_g`) set, so that it is needed for two-key login?
    pub bmc_key_set: bool,
    /// Are user names used?
    pub named_users: bool,
    /// Is login without a name enabled?
    pub anonymous_login: bool,
    /// Does the channel speak IPMI 2.0?
    pub v20: bool,
    /// Does the channel speak IPMI 1.5?
    pub v15: bool,
    /// IANA enterprise number for OEM authentication; 0 where there is none.
    pub oem: u32,
}

impl Command for GetAuthCapabilities {
    type Answer = AuthCapabilities;
    command!("Get Channel Authentication Capabilities", APP, 0x38, Callback, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        let extended = if self.extended { 0x80 } else { 0 };
        out.extend_from_slice(&[self.channel & 0x0F | extended, self.privilege.byte()]);
    }

    fn decode(&self, data: &[u8]) -> Result<AuthCapabilities, DecodeError> {
        let mut reader = Reader::new(data);
        let [channel, auth_types, flags] = reader.array("authentication capabilities")?;
        let extended = reader.u8_or(0);
        let is_extended = auth_types & 0x80 != 0;
        Ok(AuthCapabilities {
            channel: channel & 0x0F,
            auth_types: auth_types & 0x3F,
            bmc_key_set: flags & 0x20 != 0,
            named_users: flags & 0x04 != 0,
            anonymous_login: flags & 0x01 != 0,
            v20: is_extended && extended & 0x02 != 0,
            v15: !is_extended || extended & 0x01 != 0,
            oem: reader.u24("OEM id").unwrap_or(0),
        })
    }
}

/// Get Channel Cipher Suites. Needs no session; some BMCs never answer it, so do not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct GetCipherSuites {
    /// Which channel; [`THIS_CHANNEL`] as a rule.
    pub channel: u8,
    /// Which 16 bytes of the list, 0 to 63.
    pub index: u8,
}

/// Sixteen or fewer bytes of the cipher suite records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherSuitesPart {
    /// The channel's number.
    pub channel: u8,
    /// The bytes; fewer than 16 mean that these were the last.
    pub data: Vec<u8>,
}

impl Command for GetCipherSuites {
    type Answer = CipherSuitesPart;
    command!("Get Channel Cipher Suites", APP, 0x54, Callback, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.channel & 0x0F, 0x00, 0x80 | self.index & 0x3F]);
    }

    fn decode(&self, data: &[u8]) -> Result<CipherSuitesPart, DecodeError> {
        let mut reader = Reader::new(data);
        let channel = reader.u8("channel number")? & 0x0F;
        Ok(CipherSuitesPart { channel, data: reader.rest().iter().take(16).copied().collect() })
    }
}

/// The standard suite ids in concatenated cipher suite records.
///
/// * OEM records (`C1`) are skipped; bytes that are no record at all are too.
#[must_use]
pub fn suite_ids(records: &[u8]) -> Vec<u8> {
    let mut ids = Vec::new();
    let mut bytes = records.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            0xC0 => ids.extend(bytes.next()),
            // Record id and enterprise number.
            0xC1 => {
                bytes.nth(3);
            }
            _ => {}
        }
    }
    ids
}

/// Set Session Privilege Level.
#[derive(Clone, Copy, Debug)]
pub struct SetSessionPrivilege(pub Privilege);

/// Completion codes of Set Session Privilege Level.
pub mod privilege_code {
    use crate::Completion;

    /// The level is not available to this user.
    pub const NOT_AVAILABLE: Completion = Completion(0x80);
    /// The level exceeds the limit of user or channel.
    pub const EXCEEDS_LIMIT: Completion = Completion(0x81);
    /// User-level authentication cannot be disabled.
    pub const CANNOT_DISABLE: Completion = Completion(0x82);
}

impl Command for SetSessionPrivilege {
    type Answer = Privilege;
    command!("Set Session Privilege Level", APP, 0x3B, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.0.byte());
    }

    fn decode(&self, data: &[u8]) -> Result<Privilege, DecodeError> {
        Privilege::from_byte(Reader::new(data).u8("privilege level")?)
            .ok_or(DecodeError::Value("privilege level"))
    }
}

/// Close Session.
#[derive(Clone, Copy, Debug)]
pub struct CloseSession {
    /// The BMC's session id.
    pub session_id: u32,
}

impl Command for CloseSession {
    type Answer = ();
    command!("Close Session", APP, 0x3C, Callback, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.session_id.to_le_bytes());
    }

    fn decode(&self, _data: &[u8]) -> Result<(), DecodeError> {
        Ok(())
    }
}
