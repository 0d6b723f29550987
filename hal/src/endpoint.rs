//! Where a device answers, and how its identity is proved.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::FacetKind;

/// One management endpoint. Plain data, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Endpoint {
    /// The driver's scheme: `redfish`, `ipmi`.
    pub scheme: String,
    /// Host name, IPv4 or bare IPv6 address (no brackets).
    pub host: String,
    /// Port, or the protocol's default.
    pub port: Option<u16>,
    /// How the transport proves the peer; ignored by protocols without TLS.
    #[serde(default)]
    pub tls: Tls,
    /// Driver-specific settings from the rack file, such as `min-interval-ms`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// The facets that the caller will use; `None` for all. A driver may leave the others out, and so ask the device
    /// for less before it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facets: Option<BTreeSet<FacetKind>>,
}

/// How a TLS peer is trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tls {
    /// By the certificate authorities that the operating system trusts.
    #[default]
    System,
    /// By the certificate authorities in this PEM file.
    CaFile(String),
    /// By the SHA-256 of the peer's DER certificate, in hex; nothing else is checked.
    PinSha256(String),
    /// Not at all: anybody on the path can read the password. Explicit, and warned about.
    Insecure,
    /// No TLS: plain text.
    Plain,
}

impl Endpoint {
    /// An endpoint with the protocol's default port and system trust.
    pub fn new(scheme: impl Into<String>, host: impl Into<String>) -> Self {
        Self {
            scheme: scheme.into(),
            host: host.into(),
            port: None,
            tls: Tls::default(),
            options: BTreeMap::new(),
            facets: None,
        }
    }

    /// With this port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// With this way to trust the peer.
    #[must_use]
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// For these facets only.
    #[must_use]
    pub fn only_for(mut self, facets: impl IntoIterator<Item = FacetKind>) -> Self {
        self.facets = Some(facets.into_iter().collect());
        self
    }

    /// Will the caller use this facet?
    #[must_use]
    pub fn wants(&self, facet: FacetKind) -> bool {
        self.facets.as_ref().is_none_or(|facets| facets.contains(&facet))
    }

    /// `host:port`, with brackets around an IPv6 address.
    #[must_use]
    pub fn authority(&self, default_port: u16) -> String {
        let port = self.port.unwrap_or(default_port);
        if self.host.contains(':') {
            format!("[{}]:{port}", self.host)
        } else {
            format!("{}:{port}", self.host)
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://", self.scheme)?;
        match (self.host.contains(':'), self.port) {
            (true, Some(port)) => write!(f, "[{}]:{port}", self.host),
            (true, None) => write!(f, "[{}]", self.host),
            (false, Some(port)) => write!(f, "{}:{port}", self.host),
            (false, None) => f.write_str(&self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_address_is_bracketed() {
        let at = Endpoint::new("redfish", "::1").port(8443);
        assert_eq!(at.to_string(), "redfish://[::1]:8443");
        assert_eq!(Endpoint::new("ipmi", "fe80::1").authority(623), "[fe80::1]:623");
        assert_eq!(Endpoint::new("ipmi", "bmc1").authority(623), "bmc1:623");
    }
}
