//! Channels (IPMI 2.0, sections 22.23 and 22.24).

use super::{Command, command};
use crate::{DecodeError, Privilege, Reader};

/// Get Channel Info.
#[derive(Clone, Copy, Debug)]
pub struct GetChannelInfo {
    /// Which channel; [`super::session::THIS_CHANNEL`] asks for the number of the one in use.
    pub channel: u8,
}

/// What a channel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelInfo {
    /// Its number.
    pub channel: u8,
    /// The medium: 1 IPMB, 4 802.3 LAN, 5 serial, 12 system interface, …
    pub medium: u8,
    /// The protocol: 1 IPMB, 5 KCS, …
    pub protocol: u8,
    /// How sessions work: 0 none, 1 one, 2 several, 3 session-based.
    pub session_support: u8,
    /// Sessions active now.
    pub active_sessions: u8,
}

impl ChannelInfo {
    /// Is it an 802.3 LAN channel?
    #[must_use]
    pub const fn is_lan(&self) -> bool {
        self.medium == 4
    }
}

impl Command for GetChannelInfo {
    type Answer = ChannelInfo;
    command!("Get Channel Info", APP, 0x42, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.channel & 0x0F);
    }

    fn decode(&self, data: &[u8]) -> Result<ChannelInfo, DecodeError> {
        let [channel, medium, protocol, sessions] = Reader::new(data).array("channel info")?;
        Ok(ChannelInfo {
            channel: channel & 0x0F,
            medium: medium & 0x7F,
            protocol: protocol & 0x1F,
            session_support: sessions >> 6,
            active_sessions: sessions & 0x3F,
        })
    }
}

/// Get Channel Access.
#[derive(Clone, Copy, Debug)]
pub struct GetChannelAccess {
    /// Which channel.
    pub channel: u8,
    /// The settings in use now, not the stored ones?
    pub volatile: bool,
}

/// How a channel may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelAccess {
    /// 0 disabled, 1 before boot only, 2 always, 3 shared.
    pub mode: u8,
    /// The highest level of any session on it.
    pub privilege_limit: Option<Privilege>,
}

impl Command for GetChannelAccess {
    type Answer = ChannelAccess;
    command!("Get Channel Access", APP, 0x41, User, Read);

    fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.channel & 0x0F, if self.volatile { 0x80 } else { 0x40 }]);
    }

    fn decode(&self, data: &[u8]) -> Result<ChannelAccess, DecodeError> {
        let [mode, limit] = Reader::new(data).array("channel access")?;
        Ok(ChannelAccess { mode: mode & 7, privilege_limit: Privilege::from_byte(limit) })
    }
}
