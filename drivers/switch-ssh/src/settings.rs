//! What a rack file can say about one switch.

use std::path::PathBuf;

use underlay_hal::{Endpoint, Error, ErrorKind, Result};
use underlay_switch_cli::{PLATFORMS, Platform, platform};

/// How the switch's identity is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKey {
    /// By the fingerprint of its key, as OpenSSH writes it: `SHA256:…`.
    Pinned(String),
    /// By a file of known hosts; one that is not in it is refused.
    KnownHosts(PathBuf),
    /// By a file of known hosts; one that is not in it is written there, and believed from then on.
    TrustOnFirstUse(PathBuf),
    /// Not at all.
    AcceptAny,
}

/// What is offered to the switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithms {
    /// What is believed to be secure.
    #[default]
    Modern,
    /// SHA-1, CBC and 3DES too.
    Legacy,
}

/// The options of an endpoint, checked.
///
/// - `platform`: the operating system's name.
/// - `host-key`: `SHA256:…`, `known-hosts` (the default), `first-use` or `accept-any`.
/// - `known-hosts`: the file; `~/.ssh/known_hosts` if absent.
/// - `algorithms`: `modern` (the default) or `legacy`.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The operating system.
    pub platform: &'static Platform,
    /// How its identity is checked.
    pub host_key: HostKey,
    /// What is offered to it.
    pub algorithms: Algorithms,
}

fn wrong(message: String) -> Error {
    Error::new(ErrorKind::InvalidInput, message).during("ssh.open")
}

impl Settings {
    /// Reads the options that this driver knows; others belong to other layers.
    ///
    /// # Errors
    /// `InvalidInput`, naming the option and what it may be.
    pub fn read(endpoint: &Endpoint) -> Result<Self> {
        let option = |key: &str| endpoint.options.get(key).map(String::as_str);
        let known: Vec<_> = PLATFORMS.iter().map(|platform| platform.id).collect();
        let known = known.join(", ");
        let platform = match option("platform") {
            None => return Err(wrong(format!("option platform is missing; there are {known}"))),
            Some(id) => {
                platform(id).ok_or_else(|| wrong(format!("option platform: {id:?} is not one of {known}")))?
            }
        };
        let file = || match option("known-hosts") {
            Some(path) => Ok(PathBuf::from(path)),
            None => std::env::home_dir().map(|home| home.join(".ssh/known_hosts")).ok_or_else(|| {
                wrong("there is no home directory; name the file by the option known-hosts".to_owned())
            }),
        };
        let host_key = match option("host-key") {
            None | Some("known-hosts") => HostKey::KnownHosts(file()?),
            Some("first-use") => HostKey::TrustOnFirstUse(file()?),
            Some("accept-any") => HostKey::AcceptAny,
            Some(pin) if pin.starts_with("SHA256:") => HostKey::Pinned(pin.to_owned()),
            Some(other) => {
                let message = format!(
                    "option host-key: {other:?} is not a fingerprint (SHA256:…), known-hosts, first-use or accept-any"
                );
                return Err(wrong(message));
            }
        };
        let algorithms = match option("algorithms") {
            None | Some("modern") => Algorithms::Modern,
            Some("legacy") => Algorithms::Legacy,
            Some(other) => {
                return Err(wrong(format!("option algorithms: {other:?} is not modern or legacy")));
            }
        };
        Ok(Self { platform, host_key, algorithms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[(&str, &str)]) -> Result<Settings> {
        let mut at = Endpoint::new("ssh", "127.0.0.1");
        at.options = options.iter().map(|(key, word)| ((*key).to_owned(), (*word).to_owned())).collect();
        Settings::read(&at)
    }

    #[test]
    fn nobody_is_believed_without_a_word() {
        let settings = read(&[("platform", "arista-eos"), ("known-hosts", "/k")]).expect("settings");
        assert_eq!(settings.host_key, HostKey::KnownHosts(PathBuf::from("/k")));
        assert_eq!(settings.algorithms, Algorithms::Modern);
        let pinned = read(&[("platform", "cisco-ios"), ("host-key", "SHA256:abc")]).expect("settings");
        assert_eq!(pinned.host_key, HostKey::Pinned("SHA256:abc".to_owned()));
    }

    #[test]
    fn words_are_checked_and_the_message_lists_them() {
        for (options, listed) in [
            (vec![], "arista-eos"),
            (vec![("platform", "ios")], "cisco-ios"),
            (vec![("platform", "cisco-ios"), ("host-key", "any")], "accept-any"),
            (vec![("platform", "cisco-ios"), ("algorithms", "old")], "legacy"),
        ] {
            let error = read(&options).expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains(listed), "{}", error.message());
        }
    }
}
