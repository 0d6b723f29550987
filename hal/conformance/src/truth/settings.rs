//! Ground truth of settings: firmware, secure boot, boot order, and the management controller's own.

use std::{collections::BTreeMap, fmt};

use secrecy::SecretString;
use underlay_hal::{BootOptionId, Role, SecureBootMode, bios::SettingValue};

/// The firmware's settings as they are.
pub trait BiosTruth: fmt::Debug + Send + Sync {
    /// The values in force.
    fn current(&self) -> BTreeMap<String, SettingValue>;

    /// Values that the next reset brings, where they differ.
    fn pending(&self) -> BTreeMap<String, SettingValue>;

    /// The vendor's defaults.
    fn defaults(&self) -> BTreeMap<String, SettingValue>;

    /// A setting that can be changed now, with a legal value that is neither current nor its default.
    fn writable(&self) -> (String, SettingValue);

    /// A setting that is read-only, if there is one.
    fn read_only(&self) -> Option<String>;

    /// Somebody else queues a configuration job that waits for a reset, where the device has jobs; tells whether.
    fn queue_foreign_job(&self) -> bool;

    /// Is that job still there?
    fn has_foreign_job(&self) -> bool;

    /// The next settings job fails: nothing of it becomes current.
    fn fail_next_job(&self);

    /// Is this the firmware's password of that name? The empty text stands for none.
    fn has_password(&self, name: &str, password: &SecretString) -> bool;
}

/// Secure boot as it is.
pub trait SecureBootTruth: fmt::Debug + Send + Sync {
    /// Will the next boot be secure?
    fn enabled(&self) -> bool;

    /// Was the last one?
    fn in_force(&self) -> bool;

    /// The mode of the keys.
    fn mode(&self) -> SecureBootMode;

    /// How many certificates a database holds; `None` if there is no such database.
    fn certificates(&self, database: &str) -> Option<usize>;

    /// A certificate in PEM that is in no database, where databases can be written.
    fn spare_certificate(&self) -> Option<String> {
        None
    }
}

/// The boot order as it is.
pub trait BootOrderTruth: fmt::Debug + Send + Sync {
    /// The order that the next boot follows, by the names that the device gives the options.
    fn order(&self) -> Vec<BootOptionId>;
}

/// The management controller's configuration as it is.
pub trait ManagerConfigTruth: fmt::Debug + Send + Sync {
    /// Its host name.
    fn host_name(&self) -> String;

    /// Is its clock set from the network, and from which servers?
    fn ntp(&self) -> (bool, Vec<String>);

    /// Does the service of that name answer? `None` if there is none.
    fn serves(&self, protocol: &str) -> Option<bool> {
        let _ = protocol;
        None
    }

    /// How often it was set as it was delivered.
    fn factory_resets(&self) -> u64;
}

/// The management controller's certificate.
pub trait CertificatesTruth: fmt::Debug + Send + Sync {
    /// The SHA-256 of the certificate that the web service would present to a new connection, in lower-case hex.
    fn served_sha256(&self) -> String;

    /// Signs a request, as an authority would; gives the certificate in PEM.
    ///
    /// # Errors
    /// If it is no request for signing.
    fn sign(&self, csr: &str) -> Result<String, String>;

    /// A certificate that is well formed and whose key is not the device's.
    fn foreign(&self) -> String;
}

/// One account as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFact {
    /// The user name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// May it log in?
    pub enabled: bool,
    /// Is it locked now?
    pub locked: bool,
}

/// The accounts as they are.
pub trait AccountsTruth: fmt::Debug + Send + Sync {
    /// The accounts.
    fn accounts(&self) -> Vec<AccountFact>;

    /// The account that the device under test is opened with.
    fn own(&self) -> String;

    /// Is this the password of that account? Counts as no login.
    fn has_password(&self, name: &str, password: &SecretString) -> bool;
}

/// The identify light as it is.
pub trait IdentifyTruth: fmt::Debug + Send + Sync {
    /// Is it lit or blinking?
    fn is_lit(&self) -> bool;
}
