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

/// A host that leads to the switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jump {
    /// Who logs in there.
    pub user: String,
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How its identity is checked.
    pub host_key: HostKey,
    /// The file of the private key that opens it. No password is ever sent there.
    pub identity: PathBuf,
}

/// The options of an endpoint, checked.
///
/// - `platform`: the operating system's name.
/// - `host-key`: `SHA256:…`, `known-hosts` (the default), `first-use` or `accept-any`.
/// - `known-hosts`: the file; `~/.ssh/known_hosts` if absent.
/// - `algorithms`: `modern` (the default) or `legacy`.
/// - `identity`: the file of a private key, which logs in instead of the password.
/// - `jump`: `user@host` or `user@host:port`, a host that leads to the switch; then `jump-identity` is needed, and
///   `jump-host-key` says as `host-key` how it is known.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The operating system.
    pub platform: &'static Platform,
    /// How its identity is checked.
    pub host_key: HostKey,
    /// What is offered to it.
    pub algorithms: Algorithms,
    /// The file of the private key that logs in.
    pub identity: Option<PathBuf>,
    /// The host that leads there.
    pub jump: Option<Jump>,
}

/// `user@host`, `user@host:port`, `user@[address]:port`.
fn place(text: &str) -> Option<(String, String, u16)> {
    let (user, place) = text.rsplit_once('@')?;
    let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        Some((host, "")) => (host, Some("22")),
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => place.rsplit_once(':').map_or((place, Some("22")), |(host, port)| (host, Some(port))),
    };
    let named = !user.is_empty() && !host.is_empty();
    Some((user.to_owned(), host.to_owned(), port?.parse().ok()?)).filter(|_| named)
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
        let policy = |key: &str| match option(key) {
            None | Some("known-hosts") => Ok(HostKey::KnownHosts(file()?)),
            Some("first-use") => Ok(HostKey::TrustOnFirstUse(file()?)),
            Some("accept-any") => Ok(HostKey::AcceptAny),
            Some(pin) if pin.starts_with("SHA256:") => Ok(HostKey::Pinned(pin.to_owned())),
            Some(other) => Err(wrong(format!(
                "option {key}: {other:?} is not a fingerprint (SHA256:…), known-hosts, first-use or accept-any"
            ))),
        };
        let host_key = policy("host-key")?;
        let algorithms = match option("algorithms") {
            None | Some("modern") => Algorithms::Modern,
            Some("legacy") => Algorithms::Legacy,
            Some(other) => {
                return Err(wrong(format!("option algorithms: {other:?} is not modern or legacy")));
            }
        };
        let jump = match (option("jump"), option("jump-identity")) {
            (None, _) => None,
            (Some(_), None) => {
                let message = "option jump needs jump-identity, the file of the private key that opens it";
                return Err(wrong(message.to_owned()));
            }
            (Some(text), Some(identity)) => {
                let (user, host, port) = place(text).ok_or_else(|| {
                    wrong(format!("option jump: {text:?} is not user@host or user@host:port"))
                })?;
                Some(Jump { user, host, port, host_key: policy("jump-host-key")?, identity: identity.into() })
            }
        };
        Ok(Self { platform, host_key, algorithms, identity: option("identity").map(PathBuf::from), jump })
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
    fn a_host_that_leads_there_has_a_user_and_a_key() {
        for (text, told) in [
            ("ops@bastion", Some(("ops", "bastion", 22))),
            ("ops@192.0.2.1:2222", Some(("ops", "192.0.2.1", 2222))),
            ("ops@[2001:db8::1]:2222", Some(("ops", "2001:db8::1", 2222))),
            ("ops@[2001:db8::1]", Some(("ops", "2001:db8::1", 22))),
            ("bastion", None),
            ("@bastion", None),
            ("ops@", None),
            ("ops@bastion:x", None),
        ] {
            let told = told.map(|(user, host, port)| (user.to_owned(), host.to_owned(), port));
            assert_eq!(place(text), told, "{text}");
        }
        let base = [("platform", "cisco-ios"), ("host-key", "accept-any"), ("jump", "ops@bastion")];
        let error = read(&base).expect_err("no key");
        assert!(error.message().contains("jump-identity"), "{}", error.message());
        let more = [("jump-identity", "/k"), ("jump-host-key", "SHA256:abc"), ("identity", "/i")];
        let settings = read(&[base.as_slice(), &more].concat()).expect("settings");
        assert_eq!(settings.identity, Some(PathBuf::from("/i")));
        let jump = settings.jump.expect("one");
        assert_eq!(jump.host_key, HostKey::Pinned("SHA256:abc".to_owned()), "it has a key of its own");
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
