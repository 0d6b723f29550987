//! Network function 0C: LAN and serial-over-LAN parameters, to read.
use std::net::IpAddr;

use underlay_ipmi_codec::{Completion, Privilege};

use super::{Answer, Desk, app::lan_channel, fields};
use crate::plant::FixedAddress;

/// The parameter is not supported.
const UNSUPPORTED: Completion = Completion(0x80);

/// Parameter revision: 1, and compatible with 1.
const REVISION: u8 = 0x11;

/// The mask of the address that a view is served at.
const LOOPBACK_MASK: [u8; 4] = [255, 0, 0, 0];

pub(super) fn run(desk: &Desk<'_>, command: u8, data: &[u8]) -> Answer {
    match command {
        0x02 => lan(desk, data),
        0x22 => {
            let [channel, _, _, _] = fields(data)?;
            lan_channel(channel)?;
            Err(UNSUPPORTED)
        }
        _ => Err(Completion::INVALID_COMMAND),
    }
}

fn lan(desk: &Desk<'_>, data: &[u8]) -> Answer {
    let [channel, parameter, _set, _block] = fields(data)?;
    lan_channel(channel)?;
    if channel & 0x80 != 0 {
        return Ok(vec![REVISION]);
    }
    let network = desk.server.manager().in_force;
    let fixed = network.fixed.filter(|_| !network.dhcp);
    let value = match parameter {
        // Set complete; no IPMI 1.5 authentication at any level.
        0 | 1 | 21 => vec![0],
        2 => vec![0; 5],
        3 => match (fixed, desk.address.ip()) {
            (Some(fixed), _) => fixed.address.octets().to_vec(),
            (None, IpAddr::V4(ip)) => ip.octets().to_vec(),
            (None, IpAddr::V6(_)) => vec![0; 4],
        },
        // From DHCP, or static.
        4 => vec![if network.dhcp { 2 } else { 1 }],
        5 => desk.server.spec().bmc_mac.to_vec(),
        6 => fixed.map_or(LOOPBACK_MASK, |fixed| fixed.mask.octets()).to_vec(),
        // Time to live, flags, precedence.
        7 => vec![0x40, 0x40, 0x10],
        12 => gateway(fixed).to_vec(),
        14 => vec![0; 4],
        13 | 15 => vec![0; 6],
        16 => {
            let mut community = b"public".to_vec();
            community.resize(18, 0);
            community
        }
        20 => {
            let [low, high] = network.vlan.to_le_bytes();
            vec![low, high | if network.tagged { 0x80 } else { 0 }]
        }
        22 => vec![u8::try_from(desk.suites.len()).unwrap_or(0)],
        23 => {
            let mut suites = vec![0];
            suites.extend(desk.suites.iter().map(|suite| suite.number()));
            suites.resize(17, 0);
            suites
        }
        24 => privileges(desk.suites.len()),
        _ => return Err(UNSUPPORTED),
    };
    Ok([vec![REVISION], value].concat())
}

/// Zeros stand for none.
fn gateway(fixed: Option<FixedAddress>) -> [u8; 4] {
    fixed.and_then(|fixed| fixed.gateway).map_or([0; 4], |gateway| gateway.octets())
}

/// Highest level of each offered suite, a nibble each.
fn privileges(suites: usize) -> Vec<u8> {
    let level = |index: usize| if index < suites { Privilege::Administrator.byte() } else { 0 };
    let mut value = vec![0];
    value.extend((0..8).map(|pair| level(2 * pair) | level(2 * pair + 1) << 4));
    value
}
