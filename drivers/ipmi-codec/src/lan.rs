//! IPMI messages on a LAN channel (IPMI 2.0, section 13.8).

use std::fmt;

use crate::{Completion, DecodeError, Reader};

/// The slave address of a BMC.
pub const BMC: u8 = 0x20;
/// The software id of a remote console.
pub const REMOTE_CONSOLE: u8 = 0x81;

/// A network function, without the LUN: even for a request, odd for its response.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetFn(pub u8);

impl NetFn {
    /// Chassis.
    pub const CHASSIS: Self = Self(0x00);
    /// Sensor and event.
    pub const SENSOR: Self = Self(0x04);
    /// Application: the controller itself, sessions, channels, users.
    pub const APP: Self = Self(0x06);
    /// Storage: FRU, SDR, SEL.
    pub const STORAGE: Self = Self(0x0A);
    /// Transport: LAN and serial over LAN parameters.
    pub const TRANSPORT: Self = Self(0x0C);
    /// Group extension: PICMG, DCMI.
    pub const GROUP: Self = Self(0x2C);

    /// The network function of the response to this request.
    #[must_use]
    pub const fn response(self) -> Self {
        Self(self.0 | 1)
    }

    /// Whether this is a response's.
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & 1 == 1
    }
}

impl fmt::Debug for NetFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NetFn(0x{:02X})", self.0)
    }
}

/// What to do about a wrong checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksums {
    /// Refuse the message.
    Verify,
    /// Take the message. Only sound when the frame around it was authenticated: some Supermicro
    /// firmware (X9SCM-iiF, X9DRi-F) sends wrong ones.
    Tolerate,
}

/// The fields both directions share, seen from the requester.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// The responder's address; [`BMC`] as a rule.
    pub rs_addr: u8,
    /// The responder's LUN, 0 to 3.
    pub rs_lun: u8,
    /// The requester's address; [`REMOTE_CONSOLE`] as a rule.
    pub rq_addr: u8,
    /// The requester's LUN, 0 to 3.
    pub rq_lun: u8,
}

impl Address {
    /// From a remote console to the BMC, LUN 0.
    pub const BMC: Self = Self { rs_addr: BMC, rs_lun: 0, rq_addr: REMOTE_CONSOLE, rq_lun: 0 };
}

/// A request message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Who asks whom.
    pub address: Address,
    /// The network function (even).
    pub net_fn: NetFn,
    /// Sequence number of the request, 0 to 63.
    pub sequence: u8,
    /// The command.
    pub command: u8,
    /// The command's data.
    pub data: &'a [u8],
}

/// A response message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// Who asked whom.
    pub address: Address,
    /// The network function (odd).
    pub net_fn: NetFn,
    /// Sequence number of the request, 0 to 63.
    pub sequence: u8,
    /// The command.
    pub command: u8,
    /// How it went.
    pub completion: Completion,
    /// The data after the completion code.
    pub data: &'a [u8],
}

/// Prints the length of the data only: a Set User Password request carries a password.
impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("address", &self.address)
            .field("net_fn", &self.net_fn)
            .field("sequence", &self.sequence)
            .field("command", &format_args!("0x{:02X}", self.command))
            .field("data_len", &self.data.len())
            .finish()
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("address", &self.address)
            .field("net_fn", &self.net_fn)
            .field("sequence", &self.sequence)
            .field("command", &format_args!("0x{:02X}", self.command))
            .field("completion", &self.completion)
            .field("data_len", &self.data.len())
            .finish()
    }
}

impl<'a> Request<'a> {
    /// The message bytes, checksums included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Address { rs_addr, rs_lun, rq_addr, rq_lun } = self.address;
        let head = [rs_addr, self.net_fn.0 << 2 | rs_lun & 3];
        let tail = [rq_addr, self.sequence << 2 | rq_lun & 3, self.command];
        encode(head, tail, &[], self.data)
    }

    /// Reads a request; a response network function is [`DecodeError::Value`].
    pub fn decode(message: &'a [u8], checksums: Checksums) -> Result<Self, DecodeError> {
        let raw = Raw::decode(message, checksums)?;
        if raw.net_fn.is_response() {
            return Err(DecodeError::Value("network function of a request"));
        }
        let address =
            Address { rs_addr: raw.to, rs_lun: raw.to_lun, rq_addr: raw.from, rq_lun: raw.from_lun };
        Ok(Self { address, net_fn: raw.net_fn, sequence: raw.sequence, command: raw.command, data: raw.data })
    }

    /// The response to this request.
    #[must_use]
    pub const fn reply<'b>(&self, completion: Completion, data: &'b [u8]) -> Response<'b> {
        Response {
            address: self.address,
            net_fn: self.net_fn.response(),
            sequence: self.sequence,
            command: self.command,
            completion,
            data,
        }
    }
}

impl<'a> Response<'a> {
    /// The message bytes, checksums included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Address { rs_addr, rs_lun, rq_addr, rq_lun } = self.address;
        let head = [rq_addr, self.net_fn.0 << 2 | rq_lun & 3];
        let tail = [rs_addr, self.sequence << 2 | rs_lun & 3, self.command];
        encode(head, tail, &[self.completion.0], self.data)
    }

    /// Reads a response; a request network function is [`DecodeError::Value`].
    pub fn decode(message: &'a [u8], checksums: Checksums) -> Result<Self, DecodeError> {
        let raw = Raw::decode(message, checksums)?;
        if !raw.net_fn.is_response() {
            return Err(DecodeError::Value("network function of a response"));
        }
        let (completion, data) = raw.data.split_first().ok_or(DecodeError::Truncated("completion code"))?;
        let address =
            Address { rs_addr: raw.from, rs_lun: raw.from_lun, rq_addr: raw.to, rq_lun: raw.to_lun };
        Ok(Self {
            address,
            net_fn: raw.net_fn,
            sequence: raw.sequence,
            command: raw.command,
            completion: Completion(*completion),
            data,
        })
    }
}

/// A message cut at its fields, before anyone decides which direction it has.
struct Raw<'a> {
    to: u8,
    net_fn: NetFn,
    to_lun: u8,
    from: u8,
    sequence: u8,
    from_lun: u8,
    command: u8,
    data: &'a [u8],
}

impl<'a> Raw<'a> {
    fn decode(message: &'a [u8], checksums: Checksums) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(message);
        let [to, net_fn_lun, sum1] = reader.array("message header")?;
        let (_, body) = reader.rest().split_last().ok_or(DecodeError::Truncated("message"))?;
        if checksums == Checksums::Verify {
            if checksum(&[to, net_fn_lun]) != sum1 {
                return Err(DecodeError::Checksum("message header"));
            }
            // The sum over the body and its checksum is zero.
            if checksum(reader.rest()) != 0 {
                return Err(DecodeError::Checksum("message"));
            }
        }
        let mut body = Reader::new(body);
        let [from, sequence_lun, command] = body.array("message body")?;
        Ok(Self {
            to,
            net_fn: NetFn(net_fn_lun >> 2),
            to_lun: net_fn_lun & 3,
            from,
            sequence: sequence_lun >> 2,
            from_lun: sequence_lun & 3,
            command,
            data: body.rest(),
        })
    }
}

fn encode(head: [u8; 2], tail: [u8; 3], completion: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + data.len());
    out.extend_from_slice(&head);
    out.push(checksum(&head));
    out.extend_from_slice(&tail);
    out.extend_from_slice(completion);
    out.extend_from_slice(data);
    let sum = checksum(out.get(3..).unwrap_or_default());
    out.push(sum);
    out
}

/// The two's complement of the sum: bytes and their checksum add up to zero.
#[must_use]
pub fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg()
}
