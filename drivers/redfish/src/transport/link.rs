//! Addresses on one service. Nothing here can point to another host.

use std::fmt;

use underlay_hal::{Error, ErrorKind, Result};

/// An absolute path on the service, with query, without fragment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Link(String);

impl Link {
    /// The service root (DSP0266 section 6.5).
    pub(crate) fn root() -> Self {
        Self("/redfish/v1/".to_owned())
    }

    /// Takes an address from the device. `origin` is our own scheme and authority.
    ///
    /// # Errors
    /// `Protocol` for another host, a relative path, or something that is no address at all.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self> {
        let refuse = |why: &str| {
            let shown: String = text.chars().take(120).collect();
            Err(Error::new(ErrorKind::Protocol, format!("{why}: {shown:?}")))
        };
        let path = match text.strip_prefix(origin) {
            Some(rest) if rest.starts_with('/') => rest,
            _ if text.contains("://") || text.starts_with("//") => {
                return refuse("refused a link to another host");
            }
            _ => text,
        };
        let path = path.split('#').next().unwrap_or_default();
        if !path.starts_with('/') || path.starts_with("//") {
            return refuse("not an absolute path");
        }
        if path.len() > 2048 || path.bytes().any(|byte| byte <= b' ' || byte == b'\\' || byte >= 0x7f) {
            return refuse("not a valid path");
        }
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://bmc:8443";

    #[test]
    fn links_on_the_service_are_followed() {
        for (text, path) in [
            ("/redfish/v1/Systems", "/redfish/v1/Systems"),
            ("https://bmc:8443/redfish/v1/Systems/1", "/redfish/v1/Systems/1"),
            ("/redfish/v1/Chassis/1/Power#/PowerSupplies/0", "/redfish/v1/Chassis/1/Power"),
            ("/redfish/v1/Entries?$skip=50", "/redfish/v1/Entries?$skip=50"),
        ] {
            assert_eq!(Link::parse(text, ORIGIN).unwrap().as_str(), path);
        }
    }

    #[test]
    fn links_elsewhere_are_refused() {
        for text in [
            "https://evil/redfish/v1",
            "https://bmc:8443.evil/redfish/v1",
            "https://bmc:8443@evil/redfish/v1",
            "http://bmc:8443/redfish/v1",
            "//evil/redfish/v1",
            "/\\evil",
            "redfish/v1",
            "",
            "/a b",
            "/a\r\nHost: evil",
        ] {
            assert_eq!(Link::parse(text, ORIGIN).unwrap_err().kind(), ErrorKind::Protocol, "{text:?}");
        }
    }
}
