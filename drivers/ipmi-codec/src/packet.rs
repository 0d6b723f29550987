//! What a UDP datagram holds.

use crate::rmcp::{self, Class};
use crate::{DecodeError, Reader, asf, v15, v20};

/// A datagram to or from port 623.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// An ASF presence message.
    Asf(asf::Message),
    /// An IPMI 1.5 frame.
    V15(v15::Frame<'a>),
    /// An RMCP+ frame.
    V20(v20::Frame<'a>),
}

impl<'a> Packet<'a> {
    /// Cuts a datagram apart.
    ///
    /// * Anything but ASF and IPMI messages, RMCP acknowledgements included, is [`DecodeError::Value`].
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(datagram);
        match rmcp::decode(&mut reader)?.class {
            Class::Asf => asf::decode(&mut reader).map(Self::Asf),
            Class::Ipmi => match reader.rest().first() {
                Some(first) if first & 0x0F == v15::RMCP_PLUS => {
                    v20::Frame::decode(&mut reader).map(Self::V20)
                }
                _ => v15::Frame::decode(&mut reader).map(Self::V15),
            },
        }
    }
}
