//! What a rack file can say about one unit.

use std::{net::SocketAddr, time::Duration};

use async_snmp::{AuthProtocol, PrivProtocol};
use underlay_hal::{Endpoint, Error, ErrorKind, Result};
use underlay_snmp_mib::{FAMILIES, Family};

/// The protocol's version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// SNMP 1.
    V1,
    /// SNMP 2 with communities.
    #[default]
    V2c,
    /// SNMP 3 with users.
    V3,
}

/// What a user of version 3 proves and hides with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Security {
    /// Proves who asks.
    pub authentication: AuthProtocol,
    /// Hides what is asked; `None`: it is not hidden.
    pub privacy: Option<PrivProtocol>,
}

/// The options of an endpoint, checked.
///
/// - `version`: `1`, `2c` (the default) or `3`. With `1` and `2c` the credential's password is the community; with `3`
///   it is the pass phrase of its user, for authentication and, where the credential has no second one, for privacy.
/// - `auth`: `sha256` (the default), `sha`, `sha224`, `sha384`, `sha512`, `md5`.
/// - `privacy`: `aes128` (the default), `aes192`, `aes256`, `none`.
/// - `context`: the context of version 3.
/// - `timeout-ms` (1000) and `retries` (2) of one request that reads; what changes something is sent once.
/// - `traps` or `informs`: the address and port where we listen for what the unit sends (`10.4.0.5:162`); without one,
///   it has no events.
/// - `family`: the family's name, for a unit whose `sysObjectID` says nothing.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The protocol's version.
    pub version: Version,
    /// For version 3.
    pub security: Security,
    /// The context of version 3.
    pub context: String,
    /// How long one datagram may stay unanswered.
    pub timeout: Duration,
    /// How often a request that reads is sent again.
    pub retries: u32,
    /// Where notifications come to, if the unit sends any.
    pub notifications: Option<SocketAddr>,
    /// The family, whatever the unit says.
    pub family: Option<&'static Family>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: Version::default(),
            security: Security { authentication: AuthProtocol::Sha256, privacy: Some(PrivProtocol::Aes128) },
            context: String::new(),
            timeout: Duration::from_secs(1),
            retries: 2,
            notifications: None,
            family: None,
        }
    }
}

/// The value of a word, or the words that there are.
fn one_of<T: Copy>(key: &str, value: &str, words: &[(&str, T)]) -> Result<T> {
    words.iter().find(|(word, _)| *word == value).map(|(_, meant)| *meant).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        wrong(key, value, &format!("one of {}", known.join(", ")))
    })
}

fn wrong(key: &str, value: &str, expected: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("option {key}: {value:?} is not {expected}"))
        .during("snmp.open")
}

impl Settings {
    /// Reads the options that this driver knows; others belong to other layers.
    ///
    /// # Errors
    /// `InvalidInput`, naming the option and what it may be.
    pub fn read(endpoint: &Endpoint) -> Result<Self> {
        let mut settings = Self::default();
        for (key, value) in &endpoint.options {
            match key.as_str() {
                "version" => {
                    let words = [("1", Version::V1), ("2c", Version::V2c), ("3", Version::V3)];
                    settings.version = one_of(key, value, &words)?;
                }
                "auth" => {
                    let words = [
                        ("md5", AuthProtocol::Md5),
                        ("sha", AuthProtocol::Sha1),
                        ("sha224", AuthProtocol::Sha224),
                        ("sha256", AuthProtocol::Sha256),
                        ("sha384", AuthProtocol::Sha384),
                        ("sha512", AuthProtocol::Sha512),
                    ];
                    settings.security.authentication = one_of(key, value, &words)?;
                }
                "privacy" => {
                    let words = [
                        ("none", None),
                        ("aes128", Some(PrivProtocol::Aes128)),
                        ("aes192", Some(PrivProtocol::Aes192Blumenthal)),
                        ("aes256", Some(PrivProtocol::Aes256Blumenthal)),
                    ];
                    settings.security.privacy = one_of(key, value, &words)?;
                }
                "context" => settings.context.clone_from(value),
                "timeout-ms" => {
                    let millis: u32 =
                        value.parse().map_err(|_| wrong(key, value, "a number of milliseconds"))?;
                    settings.timeout = Duration::from_millis(u64::from(millis.max(1)));
                }
                "retries" => {
                    settings.retries = value.parse().map_err(|_| wrong(key, value, "a number"))?;
                }
                "traps" | "informs" => {
                    let at = value.parse().map_err(|_| wrong(key, value, "an IP address with a port"))?;
                    settings.notifications = Some(at);
                }
                "family" => {
                    let words: Vec<_> = FAMILIES.iter().map(|family| (family.id, *family)).collect();
                    settings.family = Some(one_of(key, value, &words)?);
                }
                _ => {}
            }
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str, value: &str) -> Result<Settings> {
        let mut at = Endpoint::new("snmp", "127.0.0.1");
        at.options.insert(key.to_owned(), value.to_owned());
        Settings::read(&at)
    }

    #[test]
    fn words_are_checked_and_the_message_lists_them() {
        assert_eq!(read("version", "3").unwrap().version, Version::V3);
        assert_eq!(read("privacy", "none").unwrap().security.privacy, None);
        assert_eq!(read("family", "apc-rpdu2").unwrap().family.map(|family| family.id), Some("apc-rpdu2"));
        assert_eq!(read("of-another-layer", "x").unwrap().retries, 2);
        for (key, value, listed) in [
            ("version", "2", "2c"),
            ("auth", "sha-256", "sha256"),
            ("privacy", "des", "aes128"),
            ("family", "apc", "apc-rpdu2"),
            ("timeout-ms", "1s", "milliseconds"),
            ("traps", "10.4.0.5", "with a port"),
        ] {
            let error = read(key, value).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains(listed), "{}", error.message());
        }
    }
}
