//! The first boot device among the controller's attributes (iDRAC attribute registry, `ServerBoot.1`): what boots a
//! virtual CD where the standard's override does not (Q9).

use serde_json::{Value, json};
use underlay_hal::{BootOverride, BootTarget, Cx, Effect, Error, ErrorKind, Persistence, Result};

use crate::{device::RedfishDevice, json::Lenient as _, quirks::Quirk, resource::Resource, transport::Link};

const DEVICE: &str = "ServerBoot.1.FirstBootDevice";
const ONCE: &str = "ServerBoot.1.BootOnce";
/// The virtual CD and DVD drive; without a first boot device, the word is `Normal`.
const VIRTUAL_CD: &str = "VCD-DVD";

/// The override that the attributes stand for; only that of the virtual CD is set here.
pub(crate) fn read(attributes: &Value) -> Option<BootOverride> {
    if attributes.text(&["Attributes", DEVICE]).as_deref() != Some(VIRTUAL_CD) {
        return None;
    }
    let once = attributes.text(&["Attributes", ONCE]).as_deref() == Some("Enabled");
    let persistence = if once { Persistence::Once } else { Persistence::Continuous };
    Some(BootOverride { persistence, ..BootOverride::once(BootTarget::Cd) })
}

fn request(to: Option<Persistence>) -> Value {
    let once = if to == Some(Persistence::Continuous) { "Disabled" } else { "Enabled" };
    let device = if to.is_some() { VIRTUAL_CD } else { "Normal" };
    json!({ "Attributes": { DEVICE: device, ONCE: once } })
}

impl RedfishDevice {
    async fn first_boot_attributes(&self, cx: &Cx) -> Result<Resource> {
        let missing = || {
            Error::new(ErrorKind::NotFound, "the controller shows no attributes for its first boot device")
        };
        let manager = self.manager.as_ref().ok_or_else(missing)?;
        let manager = self.client.get(cx, manager).await?;
        let all = self.client.linked_all(&manager.body, &["Links", "Oem", "Dell", "DellAttributes"]);
        let own = |link: &&Link| {
            link.as_str().trim_end_matches('/').rsplit('/').next().is_some_and(|id| id.starts_with("iDRAC"))
        };
        let link = all.iter().find(own).cloned();
        let link =
            link.or_else(|| self.client.linked(&manager.body, &["Attributes"]).ok()).ok_or_else(missing)?;
        self.client.get(cx, &link).await
    }

    /// The override of the virtual CD, if it is in force.
    pub(crate) async fn first_boot(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        Ok(read(&self.first_boot_attributes(cx).await?.body))
    }

    /// Sets or removes the override of the virtual CD, and reads it back.
    pub(crate) async fn set_first_boot(&self, cx: &Cx, to: Option<Persistence>) -> Result<()> {
        let now = self.first_boot_attributes(cx).await?;
        let wanted = to.map(|persistence| BootOverride { persistence, ..BootOverride::once(BootTarget::Cd) });
        if read(&now.body) == wanted {
            return Ok(());
        }
        let lost = match self.client.patch(cx, &now, &request(to), &[Quirk::CdOverrideBootsNothing]).await {
            Ok(_) => None,
            Err(error) if error.effect() == Effect::None => return Err(error),
            Err(error) => Some(error),
        };
        match (self.client.get(cx, &now.link).await, lost) {
            (Ok(seen), _) if read(&seen.body) == wanted => Ok(()),
            (_, Some(lost)) => Err(lost),
            (Ok(_), None) => {
                let message = "the controller accepted the first boot device and shows another";
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_virtual_cd_is_an_override_of_ours() {
        for (device, once, target) in [
            ("VCD-DVD", "Enabled", Some(Persistence::Once)),
            ("VCD-DVD", "Disabled", Some(Persistence::Continuous)),
            ("Normal", "Enabled", None),
            ("PXE", "Enabled", None),
        ] {
            let attributes = json!({"Attributes": {DEVICE: device, ONCE: once}});
            assert_eq!(read(&attributes).map(|one| one.persistence), target, "{device} {once}");
        }
        assert_eq!(
            read(&request(Some(Persistence::Continuous))).unwrap().persistence,
            Persistence::Continuous
        );
        assert_eq!(read(&request(None)), None);
    }
}
