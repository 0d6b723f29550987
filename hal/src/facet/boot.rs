//! The boot override: what the host boots from next.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Outcome, Result};

/// A boot source, in Redfish words (DSP2046 `BootSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BootTarget {
    /// The network (PXE).
    Pxe,
    /// The local disk.
    Hdd,
    /// A CD or DVD, also a virtual one.
    Cd,
    /// A USB device.
    Usb,
    /// A floppy or removable medium.
    Floppy,
    /// The firmware's set-up.
    BiosSetup,
    /// The vendor's diagnostics.
    Diags,
    /// The network by HTTP.
    UefiHttp,
    /// The UEFI shell.
    UefiShell,
    /// A remote drive.
    RemoteDrive,
    /// An SD card.
    SdCard,
    /// Something this crate has no word for.
    Other,
}

impl BootTarget {
    /// Every target that can be asked for.
    pub const ALL: [Self; 11] = [
        Self::Pxe,
        Self::Hdd,
        Self::Cd,
        Self::Usb,
        Self::Floppy,
        Self::BiosSetup,
        Self::Diags,
        Self::UefiHttp,
        Self::UefiShell,
        Self::RemoteDrive,
        Self::SdCard,
    ];

    /// The target in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pxe => "pxe",
            Self::Hdd => "hdd",
            Self::Cd => "cd",
            Self::Usb => "usb",
            Self::Floppy => "floppy",
            Self::BiosSetup => "bios_setup",
            Self::Diags => "diags",
            Self::UefiHttp => "uefi_http",
            Self::UefiShell => "uefi_shell",
            Self::RemoteDrive => "remote_drive",
            Self::SdCard => "sd_card",
            Self::Other => "other",
        }
    }
}

impl fmt::Display for BootTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How long an override lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persistence {
    /// The next boot only; the device forgets it when it has been used.
    Once,
    /// Every boot until changed.
    Continuous,
}

/// The firmware interface used for the boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BootMode {
    /// UEFI.
    Uefi,
    /// Legacy BIOS.
    Legacy,
}

/// One boot override.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BootOverride {
    /// What to boot from.
    pub target: BootTarget,
    /// For how long.
    pub persistence: Persistence,
    /// By which firmware interface; `None` leaves it to the device.
    pub mode: Option<BootMode>,
    /// What to fetch, with [`BootTarget::UefiHttp`]; `None` leaves it to DHCP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_uri: Option<String>,
}

impl BootOverride {
    /// Once, in the device's own mode.
    #[must_use]
    pub const fn once(target: BootTarget) -> Self {
        Self { target, persistence: Persistence::Once, mode: None, http_uri: None }
    }

    /// Once, from an address by HTTP.
    #[must_use]
    pub fn http(uri: impl Into<String>) -> Self {
        Self { http_uri: Some(uri.into()), ..Self::once(BootTarget::UefiHttp) }
    }

    /// Does an override that was read satisfy this one? A mode or address that was not asked for does not matter.
    #[must_use]
    pub fn is_met_by(&self, seen: &Self) -> bool {
        self.target == seen.target
            && self.persistence == seen.persistence
            && (self.mode.is_none() || seen.mode.is_none() || self.mode == seen.mode)
            && (self.http_uri.is_none() || self.http_uri == seen.http_uri)
    }
}

/// The boot override of the host.
///
/// - What was set is what [`Boot::get`] reads back, until it is used or changed.
/// - A `Once` override is gone (`None`) after the host has booted from it; a `Continuous` one stays.
/// - Setting never boots the host; reading never changes anything.
/// - [`Boot::targets`], [`Boot::persistences`] and [`Boot::takes_http_uri`] tell what [`Boot::set`] accepts; anything else is `Unsupported`
///   and nothing is sent.
#[async_trait]
pub trait Boot: fmt::Debug + Send + Sync {
    /// The targets this device accepts.
    fn targets(&self) -> &[BootTarget];

    /// The persistences this device accepts.
    fn persistences(&self) -> &[Persistence];

    /// Does it take an address to boot from by HTTP?
    fn takes_http_uri(&self) -> bool;

    /// The override in force; `None` when the host boots as its firmware is configured.
    ///
    /// # Errors
    /// As every read.
    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>>;

    /// Sets the override, or removes it with `None`. `Done(AlreadySo)` when it reads so already.
    ///
    /// # Errors
    /// `Unsupported` for a target, persistence or address not listed; `InvalidInput` for an address with another target; `Busy` while the device refuses for the moment, such
    /// as during the power-on self test; `DeviceFault` with effect `Applied` when the device accepted something
    /// else than was asked.
    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>>;
}
