//! Users of a channel (IPMI 2.0, sections 22.26 to 22.29).

use super::{Command, command};
use crate::{DecodeError, Privilege, Reader, text};

/// Get User Access.
#[derive(Clone, Copy, Debug)]
pub struct GetUserAccess {
    /// Which channel.
    pub channel: u8,
    /// Which user, 1 to 63.
    pub user: u8,
}

/// A user's rights on a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserAccess {
    /// How many user ids the channel has.
    pub max_users: u8,
    /// How many of them are enabled.
    pub enabled_users: u8,
    /// Is this one? `None` where the BMC does not tell.
    pub enabled: Option<bool>,
    /// How many have a fixed name.
    pub fixed_names: u8,
    /// The highest level; `None` for "no access".
    pub privilege: Option<Privilege>,
    /// May the user send IPMI messages?
    pub ipmi_messaging: bool,
    /// May the user log in only after a call back?
    pub callback_only: bool,
}

impl Command for GetUserAccess {
    type Answer = UserAccess;
    command!("Get User Access", APP, 0x44, Operator, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.channel & 0x0F, self.user & 0x3F]);
    }

    fn decode(&self, data: &[u8]) -> Result<UserAccess, DecodeError> {
        let [max, enabled, fixed, access] = Reader::new(data).array("user access")?;
        Ok(UserAccess {
            max_users: max & 0x3F,
            enabled_users: enabled & 0x3F,
            enabled: match enabled >> 6 {
                1 => Some(true),
                2 => Some(false),
                _ => None,
            },
            fixed_names: fixed & 0x3F,
            privilege: Privilege::from_byte(access),
            ipmi_messaging: access & 0x10 != 0,
            callback_only: access & 0x40 != 0,
        })
    }
}

/// Get User Name.
#[derive(Clone, Copy, Debug)]
pub struct GetUserName {
    /// Which user, 1 to 63.
    pub user: u8,
}

impl Command for GetUserName {
    type Answer = String;
    command!("Get User Name", APP, 0x46, Operator, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.user & 0x3F);
    }

    fn decode(&self, data: &[u8]) -> Result<String, DecodeError> {
        Ok(text::latin1(data.get(..16).unwrap_or(data)))
    }
}
