//! The management controller itself.

use std::{fmt, net::IpAddr};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, MacAddress, Outcome, Result, Timestamp};

/// What the management controller says of itself. A field that it does not tell is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagerInfo {
    /// The controller's model or name.
    pub model: Option<String>,
    /// Its firmware version, as it prints it.
    pub firmware_version: Option<String>,
    /// The version of the management protocol: `IPMI 2.0`, `Redfish 1.17.0`.
    pub protocol_version: Option<String>,
    /// Its clock.
    pub time: Option<Timestamp>,
    /// Its UUID.
    pub uuid: Option<String>,
    /// Its network interfaces.
    pub networks: Vec<ManagerNetwork>,
}

/// One network interface of the management controller.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ManagerNetwork {
    /// The interface's name or channel.
    pub name: String,
    /// Its MAC address.
    pub mac: Option<MacAddress>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Its default gateway.
    pub gateway: Option<IpAddr>,
    /// The VLAN it is tagged with.
    pub vlan: Option<u16>,
    /// Where the address comes from, in the device's word (`DHCP`, `Static`).
    pub origin: Option<String>,
}

/// How the controller can be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ManagerReset {
    /// In order (`GracefulRestart`).
    Graceful,
    /// At once (`ForceRestart`; IPMI cold reset).
    Force,
}

/// The management controller.
///
/// - [`Manager::reset`] restarts the controller and leaves the host running as it was.
/// - Until the controller is back, calls fail with `Unreachable` or `Timeout`; afterwards the driver logs in again
///   by itself.
/// - [`Manager::resets`] lists what [`Manager::reset`] accepts; anything else is `Unsupported`.
#[async_trait]
pub trait Manager: fmt::Debug + Send + Sync {
    /// What the controller says of itself.
    ///
    /// # Errors
    /// As every read. A part that cannot be read is absent, not an error.
    async fn info(&self, cx: &Cx) -> Result<ManagerInfo>;

    /// The restarts this controller accepts.
    fn resets(&self) -> &[ManagerReset];

    /// Restarts the controller. Returns once it has accepted; sessions are lost.
    ///
    /// # Errors
    /// `Unsupported` unless listed; `Timeout` with effect `Unknown` when the answer was lost.
    async fn reset(&self, cx: &Cx, how: ManagerReset) -> Result<Outcome<Change>>;
}
