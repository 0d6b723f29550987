//! Credentials: looked up per login, never stored, never printed.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::{Cx, DeviceId, Result};

/// What a driver logs in with. There is deliberately no `Serialize`, and `Debug` prints no secret.
#[derive(Clone)]
#[non_exhaustive]
pub enum Credentials {
    /// A user name and a password.
    Password {
        /// The account.
        username: String,
        /// Its password.
        password: SecretString,
    },
    /// A user name, and two pass phrases where one protocol wants two: one proves who asks, the other hides what is
    /// asked (SNMP 3, RFC 3414). Drivers of protocols with one password refuse it as `InvalidInput`.
    PassPhrases {
        /// The account.
        username: String,
        /// Proves who asks.
        authentication: SecretString,
        /// Hides what is asked.
        privacy: SecretString,
    },
}

impl Credentials {
    /// A user name and a password.
    pub fn password(username: impl Into<String>, password: impl Into<SecretString>) -> Self {
        Self::Password { username: username.into(), password: password.into() }
    }

    /// A user name and two pass phrases.
    pub fn pass_phrases(
        username: impl Into<String>,
        authentication: impl Into<SecretString>,
        privacy: impl Into<SecretString>,
    ) -> Self {
        Self::PassPhrases {
            username: username.into(),
            authentication: authentication.into(),
            privacy: privacy.into(),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { username, .. } => {
                f.debug_struct("Password").field("username", username).finish_non_exhaustive()
            }
            Self::PassPhrases { username, .. } => {
                f.debug_struct("PassPhrases").field("username", username).finish_non_exhaustive()
            }
        }
    }
}

/// Where credentials come from (environment, file, command, vault). Asked once per login, so that a rotated
/// password needs no restart.
#[async_trait]
pub trait CredentialSource: fmt::Debug + Send + Sync {
    /// The credentials for `device`.
    ///
    /// # Errors
    /// `NotFound` if there is no credential for the device, `InvalidInput` if its reference cannot be resolved.
    /// The message names the reference and never the secret.
    async fn get(&self, cx: &Cx, device: &DeviceId) -> Result<Credentials>;
}

/// The same credentials for every device; for tests and one-off tools.
#[async_trait]
impl CredentialSource for Credentials {
    async fn get(&self, _cx: &Cx, _device: &DeviceId) -> Result<Credentials> {
        Ok(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_prints() {
        let text = format!("{:?}", Credentials::password("root", "calvin"));
        assert!(text.contains("root") && !text.contains("calvin"), "{text}");
        let text = format!("{:?}", Credentials::pass_phrases("root", "calvin", "hobbes"));
        assert!(text.contains("root") && !text.contains("calvin") && !text.contains("hobbes"), "{text}");
    }
}
