//! Addresses and hardware addresses as people write them.
use std::net::IpAddr;

use crate::model::Address;

/// Reads `host`, `host:port`, `[IPv6]:port` or a bare IPv6 address.
pub(crate) fn address(text: &str) -> Result<Address, String> {
    if text.contains("://") || text.contains('/') {
        return Err("an address is a host with an optional port, without `https://` and path".to_owned());
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Address { host: ip.to_string(), port: None });
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) =
            rest.split_once(']').ok_or("the closing bracket of the IPv6 address is missing")?;
        let IpAddr::V6(ip) = host.parse().map_err(|_| format!("`{host}` is not an IPv6 address"))? else {
            return Err("brackets are for IPv6 addresses".to_owned());
        };
        let port = match port.strip_prefix(':') {
            Some(port) => Some(self::port(port)?),
            None if port.is_empty() => None,
            None => return Err("after the bracket comes `:` and a port".to_owned()),
        };
        return Ok(Address { host: ip.to_string(), port });
    }
    let (host, port) = match text.split_once(':') {
        Some((_, rest)) if rest.contains(':') => {
            return Err("an IPv6 address with a port is written `[address]:port`".to_owned());
        }
        Some((host, port)) => (host, Some(self::port(port)?)),
        None => (text, None),
    };
    if looks_like_ipv4(host) && host.parse::<IpAddr>().is_err() {
        return Err(format!("`{host}` is not an IPv4 address: four numbers from 0 to 255"));
    }
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if host.len() > 253 || !host.trim_end_matches('.').split('.').all(label) {
        return Err(format!("`{host}` is not a host name or IP address"));
    }
    Ok(Address { host: host.to_owned(), port })
}

fn looks_like_ipv4(host: &str) -> bool {
    !host.is_empty() && host.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn port(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(port) if port > 0 && !text.starts_with('+') => Ok(port),
        _ => Err(format!("`{text}` is not a port: a number from 1 to 65535")),
    }
}

/// Reads six pairs of hexadecimal digits with `:` or `-` between them.
pub(crate) fn mac(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0_u8; 6];
    let mut pairs = text.split([':', '-']);
    for byte in &mut mac {
        let pair = pairs.next()?;
        if pair.len() != 2 || !pair.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        *byte = u8::from_str_radix(pair, 16).ok()?;
    }
    let unicast = mac[0] & 1 == 0;
    (pairs.next().is_none() && unicast && mac != [0; 6]).then_some(mac)
}

/// The usual form: lower case with colons.
pub(crate) fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood() {
        for (text, host, port) in [
            ("10.0.0.1", "10.0.0.1", None),
            ("10.0.0.1:8443", "10.0.0.1", Some(8443)),
            ("bmc1.example.net", "bmc1.example.net", None),
            ("bmc1:443", "bmc1", Some(443)),
            ("::1", "::1", None),
            ("fe80::1", "fe80::1", None),
            ("[::1]:623", "::1", Some(623)),
            ("[2001:db8::1]", "2001:db8::1", None),
        ] {
            assert_eq!(address(text), Ok(Address { host: host.to_owned(), port }), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            " ",
            "https://a",
            "a/b",
            "256.1.1.1",
            "10.0.0",
            "a:0",
            "a:70000",
            "a:b",
            "a:",
            ":443",
            "::1:99999",
            "[::1",
            "[::1]443",
            "[10.0.0.1]:1",
            "a b",
            "a..b",
            "a:+1",
            "[]:1",
        ] {
            assert!(address(text).is_err(), "{text:?} gave {:?}", address(text));
        }
    }

    #[test]
    fn hardware_addresses() {
        assert_eq!(mac("02:00:00:00:00:0a"), Some([2, 0, 0, 0, 0, 10]));
        assert_eq!(mac("02-00-00-00-00-0A"), Some([2, 0, 0, 0, 0, 10]));
        for text in [
            "",
            "02:00:00:00:00",
            "02:00:00:00:00:0g",
            "02:00:00:00:00:0a:0b",
            "01:00:5e:00:00:01",
            "00:00:00:00:00:00",
            "+2:00:00:00:00:0a",
        ] {
            assert_eq!(mac(text), None, "{text}");
        }
    }
}
