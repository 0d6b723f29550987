//! Drivers: recognise an endpoint, open a device.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{CredentialSource, Cx, Device, DeviceId, Endpoint, Result};

/// How sure a probe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Speaks the protocol.
    Protocol,
    /// Told its vendor too.
    Vendor,
    /// Told its model too.
    Model,
}

/// What a probe saw without logging in. A field the endpoint does not tell is absent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sighting {
    /// How sure.
    pub confidence: Confidence,
    /// Protocol and version: `Redfish 1.17.0`, `IPMI 2.0`.
    pub protocol: String,
    /// Vendor.
    pub vendor: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Firmware of the management controller.
    pub firmware_version: Option<String>,
    /// UUID of the service.
    pub uuid: Option<String>,
}

impl Sighting {
    /// Only the protocol is known.
    pub fn new(protocol: impl Into<String>) -> Self {
        Self {
            confidence: Confidence::Protocol,
            protocol: protocol.into(),
            vendor: None,
            model: None,
            firmware_version: None,
            uuid: None,
        }
    }
}

/// A protocol driver.
///
/// - [`Driver::probe`] is cheap, logs in nowhere, and answers `Ok(None)` for "not mine": silence, refusal and other
///   protocols are not errors.
/// - [`Driver::open`] logs in once, learns which facets the unit has, and returns a device that is ready.
#[async_trait]
pub trait Driver: fmt::Debug + Send + Sync + 'static {
    /// The driver's name, which is also the scheme of its endpoints.
    fn name(&self) -> &'static str;

    /// The port that the protocol uses unless told otherwise.
    fn default_port(&self) -> u16;

    /// Looks whether the endpoint speaks this driver's protocol.
    ///
    /// # Errors
    /// `InvalidInput` for an endpoint that no probe can reach (bad host name), `Cancelled`. Not for silence.
    async fn probe(&self, cx: &Cx, at: &Endpoint) -> Result<Option<Sighting>>;

    /// Opens the unit behind the endpoint.
    ///
    /// # Errors
    /// `Unreachable`, `Timeout`, `Untrusted`, `Unauthenticated` (once: a wrong password is not tried again),
    /// `LockedOut`, `Protocol`, or what the credential source says.
    async fn open(
        &self,
        cx: &Cx,
        id: DeviceId,
        at: &Endpoint,
        credentials: Arc<dyn CredentialSource>,
    ) -> Result<Arc<dyn Device>>;
}
