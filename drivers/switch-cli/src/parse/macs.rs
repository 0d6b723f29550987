//! `show mac address-table`: words, in an order that differs.

use std::collections::BTreeMap;

use underlay_hal::{MacAddress, MacEntryKind, PortId};

use super::{address, long_name, statements};
use crate::{Platform, Style};

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address.
    pub mac: MacAddress,
    /// Its VLAN.
    pub vlan: Option<u16>,
    /// The port that leads there.
    pub port: PortId,
    /// How it got there.
    pub kind: MacEntryKind,
}

/// Reads the table: a row is a line with an address; its VLAN is the number before or behind it, its port the first word
/// behind that is a port's name. Addresses of groups lead to many ports, and are left out; the switch's own addresses (`CPU`,
/// `Router`) lead nowhere and are left out.
#[must_use]
pub fn macs(platform: &Platform, text: &str) -> Vec<Address> {
    if platform.style == Style::Statements {
        return statements::macs(platform, text, &BTreeMap::new());
    }
    let row = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (at, mac) = words.iter().enumerate().find_map(|(at, word)| Some((at, address(word)?)))?;
        if mac.0[0] & 1 == 1 {
            return None;
        }
        let (before, behind) = words.split_at(at);
        let vlan = before.iter().rev().chain(behind.iter().skip(1)).find_map(|word| word.parse().ok());
        let kind = words.iter().find_map(|word| match word.to_ascii_lowercase().as_str() {
            "dynamic" => Some(MacEntryKind::Dynamic),
            "static" => Some(MacEntryKind::Static),
            _ => None,
        });
        let is_port = |name: &String| {
            name.chars().next().is_some_and(|c| c.is_ascii_alphabetic())
                && name.ends_with(|c: char| c.is_ascii_digit())
                && platform.is_port(name)
                && platform.short_names.iter().any(|(_, long)| name.starts_with(long))
        };
        let port = behind.iter().map(|word| long_name(platform, word.trim_end_matches(','))).find(is_port)?;
        Some(Address { mac, vlan, port: PortId::from(port), kind: kind.unwrap_or(MacEntryKind::Other) })
    };
    text.lines().filter_map(row).collect()
}

/// The same where VLANs go by their names, which are known from the configuration.
#[must_use]
pub fn macs_by_name(platform: &Platform, text: &str, vlans: &BTreeMap<u16, Option<String>>) -> Vec<Address> {
    if platform.style == Style::Statements {
        return statements::macs(platform, text, vlans);
    }
    macs(platform, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform;

    #[test]
    fn both_orders_are_read() {
        let eos = "Vlan    Mac Address       Type        Ports      Moves   Last Move\n   3    0012.3694.03ec    STATIC      Et7\n 55  001c.7313.a3de  DYNAMIC  Et32   1    0:08:16 ago\n";
        let rows = macs(platform("arista-eos").expect("a platform"), eos);
        let told: Vec<_> = rows.iter().map(|row| (row.vlan, row.port.as_str(), row.kind)).collect();
        assert_eq!(
            told,
            [(Some(3), "Ethernet7", MacEntryKind::Static), (Some(55), "Ethernet32", MacEntryKind::Dynamic)]
        );
        let ios = "Destination Address  Address Type  VLAN  Destination Port\n0010.0de0.e289  Dynamic  1  FastEthernet0/1\n All 0100.0ccc.cccc STATIC CPU\n";
        let rows = macs(platform("cisco-ios").expect("a platform"), ios);
        assert_eq!(rows.len(), 1, "the switch's own address is none");
        let group = " 10  ffff.ffff.ffff  system  Gi1/13,Gi1/14,Gi1/15\n";
        assert_eq!(macs(platform("cisco-ios").expect("a platform"), group), []);
        assert_eq!((rows[0].vlan, rows[0].port.as_str()), (Some(1), "FastEthernet0/1"));
    }
}
