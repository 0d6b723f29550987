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
        let path = match absolute(text) {
            Some((scheme, authority, path)) if is_origin(scheme, authority, origin) => path,
            Some(_) => return refuse("refused a link to another host"),
            None if text.starts_with("//") => return refuse("refused a link to another host"),
            None => text,
        };
        let path = path.split('#').next().unwrap_or_default();
        if !path.starts_with('/') || path.starts_with("//") {
            return refuse("not an absolute path");
        }
        if path.len() > 2048 || path.bytes().any(|byte| byte <= b' ' || byte == b'\\' || byte >= 0x7f) {
            return refuse("not a valid path");
        }
        // Whoever resolves these would ask for something else than what the checks above and the page count saw.
        let mut segments = path.split('?').next().unwrap_or_default().split('/');
        if segments
            .any(|segment| matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | ".."))
        {
            return refuse("not a plain path");
        }
        Ok(Self(path.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Scheme, authority and the rest of an address that has a scheme.
fn absolute(text: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    if scheme.is_empty() || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return None;
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Some((scheme, authority, path))
}

/// Is this our own scheme, host and port? Hosts compare without regard to case, and the scheme's own port may be left
/// out, as most services do.
fn is_origin(scheme: &str, authority: &str, origin: &str) -> bool {
    let Some((own_scheme, own, _)) = absolute(origin) else { return false };
    let default = if own_scheme == "https" { ":443" } else { ":80" };
    let same_host = authority.eq_ignore_ascii_case(own)
        || own.strip_suffix(default).is_some_and(|host| authority.eq_ignore_ascii_case(host));
    scheme.eq_ignore_ascii_case(own_scheme) && same_host
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
        for (text, origin) in [
            ("https://BMC/redfish/v1", "https://bmc:443"),
            ("https://[fe80::1]/redfish/v1", "https://[fe80::1]:443"),
            ("HTTP://bmc/redfish/v1", "http://bmc:80"),
        ] {
            assert_eq!(Link::parse(text, origin).unwrap().as_str(), "/redfish/v1", "{text}");
        }
        let query = "/redfish/v1/Entries?$filter=Uri eq 'http://a'".replace(' ', "%20");
        assert_eq!(Link::parse(&query, ORIGIN).unwrap().as_str(), query);
    }

    #[test]
    fn links_elsewhere_are_refused() {
        for text in [
            "https://evil/redfish/v1",
            "https://bmc:8443.evil/redfish/v1",
            "https://bmc:8443@evil/redfish/v1",
            "http://bmc:8443/redfish/v1",
            "https://bmc/redfish/v1",
            "https://bmc:443/redfish/v1",
            "https://bmc:8443\\@evil/redfish/v1",
            "https://bmc:8443?@evil/redfish/v1",
            "https://bmc:8443",
            "file:///etc/passwd",
            "//evil/redfish/v1",
            "/redfish/v1/../../cgi-bin/login",
            "/redfish/v1/%2E%2e/cgi-bin/login",
            "/redfish/v1/./Systems",
            "/redfish/v1/Systems/..",
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
