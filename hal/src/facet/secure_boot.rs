//! UEFI secure boot: its state, its keys and its databases.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Outcome, Result, Staged};

/// The mode of the platform's keys (UEFI specification, "Secure Boot Modes"; DSP0268 `SecureBootMode`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SecureBootMode {
    /// No platform key: anybody may write the databases.
    Setup,
    /// A platform key guards the databases.
    User,
    /// As setup, for looking.
    Audit,
    /// As user, and locked further.
    Deployed,
}

/// Secure boot at one moment. What the device does not tell, or only tells for a licence, is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecureBootState {
    /// Is it asked for at the next boot?
    pub enabled: Option<bool>,
    /// Was it in force at the last boot?
    pub in_force: Option<bool>,
    /// The mode of the keys.
    pub mode: Option<SecureBootMode>,
    /// Why something is absent, such as a missing licence.
    pub unknown_because: Option<String>,
    /// The databases, where the device shows them.
    pub databases: Vec<SecureBootDatabase>,
}

/// One database of keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SecureBootDatabase {
    /// `PK`, `KEK`, `db`, `dbx`, `dbt`, `dbr` and their defaults, as the device names them.
    pub id: String,
    /// The certificates in it.
    pub certificates: Vec<CertificateInfo>,
    /// How many signatures it holds, where told.
    pub signatures: Option<u64>,
}

impl SecureBootDatabase {
    /// An empty database.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), certificates: Vec::new(), signatures: None }
    }
}

/// A certificate, as the device tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CertificateInfo {
    /// The device's name of it; what removing or replacing takes.
    pub id: String,
    /// Whom it is for (common name, else the whole name).
    pub subject: Option<String>,
    /// Who signed it (common name, else the whole name).
    pub issuer: Option<String>,
    /// From when it is valid.
    pub not_before: Option<crate::Timestamp>,
    /// Until when it is valid.
    pub not_after: Option<crate::Timestamp>,
    /// Its fingerprint, as the device writes it.
    pub fingerprint: Option<String>,
    /// The certificate itself in PEM, where the device gives it.
    pub pem: Option<String>,
}

/// What becomes of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyReset {
    /// Every database as the vendor delivered it (`ResetAllKeysToDefault`).
    ToDefault,
    /// Every database empty (`DeleteAllKeys`): setup mode.
    DeleteAll,
    /// Without the platform key (`DeletePK`): setup mode.
    DeletePlatformKey,
}

impl KeyReset {
    /// Every key reset.
    pub const ALL: [Self; 3] = [Self::ToDefault, Self::DeleteAll, Self::DeletePlatformKey];

    /// The key reset in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToDefault => "to_default",
            Self::DeleteAll => "delete_all",
            Self::DeletePlatformKey => "delete_platform_key",
        }
    }
}

/// Secure boot (DSP0268 `SecureBoot`, `SecureBootDatabase`).
///
/// - A change is staged and comes into force with the next boot, never before; [`SecureBootState::enabled`] tells it
///   at once and [`SecureBootState::in_force`] only then.
/// - [`SecureBoot::key_resets`] lists what [`SecureBoot::reset_keys`] accepts; anything else is `Unsupported`.
/// - A state that the device gives only for a licence is an absent field with its reason, and no error.
#[async_trait]
pub trait SecureBoot: fmt::Debug + Send + Sync {
    /// State, mode and databases.
    ///
    /// # Errors
    /// As every read. A database that cannot be read is left out.
    async fn read(&self, cx: &Cx) -> Result<SecureBootState>;

    /// Asks for secure boot at the next boot, or for none. `Done` with `AlreadySo` if it reads so already.
    ///
    /// # Errors
    /// `Conflict` where the mode of the keys or of the boot forbids it; `LicenseRequired`.
    async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>>;

    /// The key resets that this device accepts.
    fn key_resets(&self) -> &[KeyReset];

    /// Resets the keys. Destructive: keys of one's own are lost.
    ///
    /// # Errors
    /// `Unsupported` unless listed; `Timeout` with effect `Unknown` when the answer was lost.
    async fn reset_keys(&self, cx: &Cx, how: KeyReset) -> Result<Outcome<Staged>>;

    /// Adds a certificate (PEM) to a database. `AlreadySo` if it is in it.
    ///
    /// # Errors
    /// `NotFound` for a database that is not there; `Unsupported` if it takes none; `InvalidInput` if the device
    /// refuses the certificate.
    async fn add_certificate(&self, cx: &Cx, database: &str, pem: &str) -> Result<Outcome<Staged>>;

    /// Removes a certificate from a database. `Done(AlreadySo)` if it is not in it.
    ///
    /// # Errors
    /// `NotFound` for a database that is not there; `Unsupported` if it gives none back.
    async fn remove_certificate(&self, cx: &Cx, database: &str, certificate: &str)
    -> Result<Outcome<Change>>;
}
