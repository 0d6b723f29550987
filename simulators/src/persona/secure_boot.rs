//! The `[secure-boot]` table of a persona.
use serde::Deserialize;

/// UEFI secure boot.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SecureBootData {
    /// Whether the machine comes with the vendor's keys.
    pub keys: bool,
    /// Whether a platform key puts it into deployed mode, and not into user mode.
    pub deployed: bool,
}

impl Default for SecureBootData {
    fn default() -> Self {
        Self { keys: true, deployed: false }
    }
}
