//! What a controller takes as names and addresses.
use std::net::{IpAddr, Ipv4Addr};

use super::{FixedAddress, ManagerChange, ManagerRefusal};
use crate::persona::ManagerData;

/// One label of a host name (RFC 1123, section 2.1).
fn is_label(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=63).contains(&text.len()) && plain && !text.starts_with('-') && !text.ends_with('-')
}

fn is_name(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_usable(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
    !(address.is_unspecified() || address.is_multicast() || broadcast)
}

/// Ones, then zeros, and some of the former.
fn is_mask(mask: Ipv4Addr) -> bool {
    let bits = mask.to_bits();
    bits != 0 && bits.leading_ones() + bits.trailing_zeros() == u32::BITS
}

fn is_fixed(fixed: &FixedAddress) -> bool {
    let network = |address: Ipv4Addr| address.to_bits() & fixed.mask.to_bits();
    let inside = |gateway: Ipv4Addr| is_usable(gateway.into()) && network(gateway) == network(fixed.address);
    is_usable(fixed.address.into()) && is_mask(fixed.mask) && fixed.gateway.is_none_or(inside)
}

impl ManagerChange {
    /// Whether the controller could take it.
    pub(super) fn check(&self, data: &ManagerData) -> Result<(), ManagerRefusal> {
        let mut names = self.domain.iter().filter(|domain| !domain.is_empty()).map(|domain| is_name(domain));
        let good = self.host_name.as_deref().is_none_or(is_label) && names.all(|good| good);
        let rules = [
            (good, ManagerRefusal::Name),
            (self.fixed.iter().flatten().all(is_fixed), ManagerRefusal::Address),
            (
                self.name_servers.as_ref().is_none_or(|servers| {
                    servers.len() <= data.most_name_servers && servers.iter().copied().all(is_usable)
                }),
                ManagerRefusal::NameServers,
            ),
            (self.vlan.is_none_or(|vlan| (1..=4094).contains(&vlan)), ManagerRefusal::Vlan),
            (
                self.ntp_servers.as_ref().is_none_or(|servers| {
                    servers.len() <= data.most_ntp_servers
                        && servers.iter().all(|server| server.parse().is_ok_and(is_usable) || is_name(server))
                }),
                ManagerRefusal::NtpServers,
            ),
        ];
        rules.into_iter().find(|(good, _)| !good).map_or(Ok(()), |(_, refusal)| Err(refusal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_of_letters_digits_and_hyphens() {
        for good in ["a", "bmc-7", "7", "time.example", &"x".repeat(63)] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a b", "a_b", "a..b", ".a", "ä", &"x".repeat(64), &"a.".repeat(130)] {
            assert!(!is_name(bad), "{bad}");
        }
        assert!(!is_label("a.b"));
    }

    #[test]
    fn a_mask_has_no_holes() {
        let mask = |text: &str| is_mask(text.parse().expect("an address"));
        assert!(mask("255.255.255.0") && mask("128.0.0.0") && mask("255.255.255.255"));
        assert!(!mask("0.0.0.0") && !mask("255.0.255.0") && !mask("0.0.0.255"));
    }
}
