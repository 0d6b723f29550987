//! Observation: what a machine is now, as far as plans depend on it.

use futures_util::{StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use underlay_hal::{
    BootOverride, BootStatus, BootTarget, Cx, Device, Effect, Error, ErrorKind, FacetKind, Fingerprint,
    Persistence, PowerAction, PowerState, Result,
};

use crate::{fleet::Fleet, intent::digest};

/// How many machines are looked at at once.
const PARALLEL: usize = 32;

/// One machine as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Its name in the rack.
    pub device: String,
    /// Its serial number: a plan for one machine is never applied to another in its place.
    pub serial_number: Option<String>,
    /// The drivers it was seen through. Evidence is compared only with what was seen the same way.
    #[serde(default)]
    pub through: String,
    /// Host power.
    pub power: PowerState,
    /// Where it stands in its boot.
    pub boot_status: BootStatus,
    /// The boot override in force.
    pub boot_override: Option<BootOverride>,
    /// The power actions it takes.
    pub actions: Vec<PowerAction>,
    /// What it can be told to boot from once; empty if it takes no such override.
    #[serde(default)]
    pub targets: Vec<BootTarget>,
}

/// A machine that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unobserved {
    /// Its name in the rack.
    pub device: String,
    /// What went wrong.
    pub kind: ErrorKind,
    /// Did it happen? Always `none`: looking changes nothing.
    pub effect: Effect,
    /// In words.
    pub message: String,
}

impl Observed {
    /// Names what a plan was made from; two observations with equal fingerprints lead to the same plan.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let parts =
            serde_json::json!([self.serial_number, self.power, self.boot_status.mark, self.boot_override]);
        Fingerprint(digest(&parts.to_string()).chars().take(16).collect())
    }

    /// Looks at an open device. Reads only.
    ///
    /// # Errors
    /// `Unsupported` for a device without power; what its facets say.
    pub async fn read(cx: &Cx, device: &dyn Device) -> Result<Self> {
        let info = device.info();
        let power = device.power().ok_or_else(|| Error::unsupported("power.state").on(&info.id))?;
        let boot_override = match device.boot() {
            Some(boot) => boot.get(cx).await?,
            None => None,
        };
        Ok(Self {
            device: info.id.to_string(),
            serial_number: info.serial_number.clone(),
            through: info.driver.clone(),
            power: power.state(cx).await?,
            boot_status: power.boot_status(cx).await?,
            boot_override,
            actions: power.actions().to_vec(),
            targets: device
                .boot()
                .filter(|boot| boot.persistences().contains(&Persistence::Once))
                .map_or_else(Vec::new, |boot| boot.targets().to_vec()),
        })
    }
}

/// What planning and its steps use of a device.
pub(crate) const USED: [FacetKind; 2] = [FacetKind::Power, FacetKind::Boot];

/// Looks at these devices side by side, in the order given. Nothing is changed on any of them.
pub async fn observe(
    cx: &Cx,
    fleet: &Fleet,
    names: &[String],
) -> Vec<std::result::Result<Observed, Unobserved>> {
    let looks = names.iter().map(|name| async move {
        let look = async {
            let opened = fleet.open_for(cx, name, &USED).await?;
            let observed = Observed::read(cx, &*opened.device).await;
            // A logout that fails changes nothing about what was seen.
            let _ = opened.device.close(cx).await;
            observed
        };
        look.await.map_err(|error| Unobserved {
            device: name.clone(),
            kind: error.kind(),
            effect: error.effect(),
            message: error.report(),
        })
    });
    stream::iter(looks).buffered(PARALLEL).collect().await
}
