//! The boot override: `ComputerSystem.Boot`.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{
    Boot, BootMode, BootOverride, BootTarget, Change, Cx, Effect, Error, ErrorKind, Outcome, Persistence,
    Result,
};

use crate::{
    device::{RedfishDevice, tolerate},
    json::Lenient as _,
    quirks::{Quirk, Quirks},
    resource::Resource,
    transport::Link,
};

/// What the override takes.
#[derive(Debug)]
pub(crate) struct BootAbility {
    targets: Vec<BootTarget>,
    /// The service's word for each target.
    words: Vec<(BootTarget, &'static str)>,
    persistences: Vec<Persistence>,
    http_uri: bool,
}

/// DSP2046 `BootSource`.
pub(crate) const TARGETS: [(BootTarget, &str); 11] = [
    (BootTarget::Pxe, "Pxe"),
    (BootTarget::Hdd, "Hdd"),
    (BootTarget::Cd, "Cd"),
    (BootTarget::Usb, "Usb"),
    (BootTarget::Floppy, "Floppy"),
    (BootTarget::BiosSetup, "BiosSetup"),
    (BootTarget::Diags, "Diags"),
    (BootTarget::UefiHttp, "UefiHttp"),
    (BootTarget::UefiShell, "UefiShell"),
    (BootTarget::RemoteDrive, "RemoteDrive"),
    (BootTarget::SdCard, "SDCard"),
];

/// Supermicro's word for a virtual CD (Q26a).
const USB_CD: &str = "UsbCd";

impl BootAbility {
    pub(crate) fn learn(quirks: Quirks, system: &Value) -> Option<Self> {
        let boot = system.at(&["Boot"]);
        boot.text(&["BootSourceOverrideEnabled"])?;
        let allowed = boot.texts(&["BootSourceOverrideTarget@Redfish.AllowableValues"]);
        // A service that does not list its targets gets those that every service known takes.
        let listed = |word: &str| {
            if allowed.is_empty() {
                ["Pxe", "Hdd", "Cd"].contains(&word)
            } else {
                allowed.iter().any(|v| v == word)
            }
        };
        let mut words: Vec<_> = TARGETS.iter().copied().filter(|(_, word)| listed(word)).collect();
        let cd = words.iter().position(|(target, _)| *target == BootTarget::Cd);
        if listed(USB_CD) && (cd.is_none() || quirks.has(Quirk::CdIsUsbCd)) {
            words.retain(|(target, _)| *target != BootTarget::Cd);
            words.push((BootTarget::Cd, USB_CD));
        }
        let enabled = boot.texts(&["BootSourceOverrideEnabled@Redfish.AllowableValues"]);
        let takes = |word: &str| enabled.is_empty() || enabled.iter().any(|value| value == word);
        let mut persistences = Vec::new();
        if takes("Once") {
            persistences.push(Persistence::Once);
        }
        if takes("Continuous") && !quirks.has(Quirk::NoContinuous) {
            persistences.push(Persistence::Continuous);
        }
        // DSP0268: a service that boots from an address has the property, empty or not. Some list no `UefiHttp` and
        // take it all the same (Q34i).
        let http_uri = boot.get("HttpBootUri").is_some();
        if http_uri && !listed("UefiHttp") {
            words.push((BootTarget::UefiHttp, "UefiHttp"));
        }
        let targets: Vec<_> = words.iter().map(|(target, _)| *target).collect();
        let able = !targets.is_empty() && !persistences.is_empty();
        able.then_some(Self { targets, words, persistences, http_uri })
    }
}

pub(crate) fn read(system: &Value) -> Option<BootOverride> {
    let boot = system.at(&["Boot"]);
    let persistence = match boot.text(&["BootSourceOverrideEnabled"]).as_deref() {
        Some("Once") => Persistence::Once,
        Some("Continuous") => Persistence::Continuous,
        _ => return None,
    };
    let word = boot.text(&["BootSourceOverrideTarget"])?;
    let known = TARGETS.iter().chain(&[(BootTarget::Cd, USB_CD)]).find(|(_, known)| *known == word);
    let target = known.map_or(BootTarget::Other, |(target, _)| *target);
    let mode = match boot.text(&["BootSourceOverrideMode"]).as_deref() {
        Some("UEFI") => Some(BootMode::Uefi),
        Some("Legacy") => Some(BootMode::Legacy),
        _ => None,
    };
    let http_uri = boot.text(&["HttpBootUri"]).filter(|_| target == BootTarget::UefiHttp);
    Some(BootOverride { target, persistence, mode, http_uri })
}

/// The body that asks for the override, given what the service shows now and its words for the targets.
fn request(
    quirks: Quirks,
    words: &[(BootTarget, &'static str)],
    now: &Value,
    to: Option<&BootOverride>,
) -> Value {
    // An address that stays behind would be booted from at the next `UefiHttp`, whoever sets that.
    let stale = now.text(&["Boot", "HttpBootUri"]).is_some();
    let Some(to) = to else {
        let mut boot = json!({ "BootSourceOverrideEnabled": "Disabled" });
        if quirks.whole_boot_object().is_some() {
            boot["BootSourceOverrideTarget"] = json!("None");
            if let Some(mode) = now.text(&["Boot", "BootSourceOverrideMode"]) {
                boot["BootSourceOverrideMode"] = json!(mode);
            }
        }
        if stale {
            boot["HttpBootUri"] = json!("");
        }
        return json!({ "Boot": boot });
    };
    let enabled = match to.persistence {
        Persistence::Once => "Once",
        Persistence::Continuous => "Continuous",
    };
    let target = words.iter().find(|(target, _)| *target == to.target).map_or("None", |(_, word)| *word);
    let mut boot = json!({ "BootSourceOverrideTarget": target });
    // Some services refuse the value that is there already (Q44), and others revert without it.
    let same = now.text(&["Boot", "BootSourceOverrideEnabled"]).as_deref() == Some(enabled);
    if !same || quirks.whole_boot_object().is_some() {
        boot["BootSourceOverrideEnabled"] = json!(enabled);
    }
    let mode = match to.mode {
        Some(BootMode::Uefi) => Some("UEFI".to_owned()),
        Some(BootMode::Legacy) => Some("Legacy".to_owned()),
        None if quirks.whole_boot_object().is_some() => now.text(&["Boot", "BootSourceOverrideMode"]),
        None => None,
    };
    if let Some(mode) = mode {
        boot["BootSourceOverrideMode"] = json!(mode);
    }
    if let Some(uri) = &to.http_uri {
        boot["HttpBootUri"] = json!(uri);
    } else if stale {
        boot["HttpBootUri"] = json!("");
    }
    json!({ "Boot": boot })
}

impl RedfishDevice {
    /// Where the override is written: the system, or its settings object if that holds the override (Q11a).
    async fn boot_resource(&self, cx: &Cx, system: &Resource) -> Result<Resource> {
        let settings = self.client.linked(&system.body, &["@Redfish.Settings", "SettingsObject"]).ok();
        let is_other = |link: &Link| *link != system.link;
        if let Some(link) = settings.filter(is_other)
            && let Ok(settings) = self.client.get(cx, &link).await
            && settings.body.at(&["Boot", "BootSourceOverrideEnabled"]).is_string()
        {
            return Ok(settings);
        }
        Ok(system.clone())
    }
}

#[async_trait]
impl Boot for RedfishDevice {
    fn targets(&self) -> &[BootTarget] {
        self.boot.as_ref().map_or(&[], |boot| &boot.targets)
    }

    fn persistences(&self) -> &[Persistence] {
        self.boot.as_ref().map_or(&[], |boot| &boot.persistences)
    }

    fn takes_http_uri(&self) -> bool {
        self.boot.as_ref().is_some_and(|boot| boot.http_uri)
    }

    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        const GET: &str = "boot.get";
        if self.quirks.has(Quirk::CdOverrideBootsNothing)
            && let Some(first) = self.named(GET, tolerate(self.first_boot(cx).await))?.flatten()
        {
            return Ok(Some(first));
        }
        Ok(read(&self.read_system(cx, GET).await?.body))
    }

    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        const SET: &str = "boot.set";
        if let Some(to) = &to
            && !(self.targets().contains(&to.target) && self.persistences().contains(&to.persistence))
        {
            return self.named(SET, Err(Error::unsupported(SET)));
        }
        if to.as_ref().is_some_and(|to| to.http_uri.is_some()) {
            if !self.takes_http_uri() {
                return self.named(SET, Err(Error::unsupported(SET)));
            }
            if to.as_ref().is_some_and(|to| to.target != BootTarget::UefiHttp) {
                let message = "an address goes with the target uefi_http only";
                return self.named(SET, Err(Error::new(ErrorKind::InvalidInput, message)));
            }
        }
        let met = |seen: Option<&BootOverride>| match (&to, seen) {
            (None, None) => true,
            (Some(to), Some(seen)) => to.is_met_by(seen),
            _ => false,
        };
        if self.quirks.has(Quirk::CdOverrideBootsNothing) {
            let now = self.get(cx).await?;
            if met(now.as_ref()) {
                return Ok(Outcome::Done(Change::AlreadySo));
            }
            let cd = to.as_ref().filter(|to| to.target == BootTarget::Cd).map(|to| to.persistence);
            // The one goes before the other, so that whatever was set by the other road has to go.
            if cd.is_some() || now.is_some_and(|now| now.target == BootTarget::Cd) {
                self.named(SET, self.set_first_boot(cx, cd).await)?;
                if cd.is_some() || to.is_none() {
                    return Ok(Outcome::Done(Change::Made));
                }
            }
        }
        let system = self.read_system(cx, SET).await?;
        if met(read(&system.body).as_ref()) {
            return Ok(Outcome::Done(Change::AlreadySo));
        }
        let resource = self.named(SET, self.boot_resource(cx, &system).await)?;
        let words = self.boot.as_ref().map_or(&[][..], |boot| &boot.words);
        let body = request(self.quirks, words, &system.body, to.as_ref());
        let shaped_by: Vec<_> = self.quirks.whole_boot_object().into_iter().collect();
        let sent = self.client.patch(cx, &resource, &body, &shaped_by).await;
        if let Ok(reply) = &sent
            && let Some(task) = self.task(cx, reply, SET, false).await
        {
            return Ok(Outcome::Running(task));
        }
        let lost = match sent {
            Ok(_) => None,
            Err(error) if error.effect() != Effect::None => Some(error),
            Err(error) => return self.named(SET, Err(error)),
        };
        // Some services accept and keep something else; the answer is what reads back.
        let seen = match self.client.get(cx, &self.system).await {
            Ok(system) => read(&system.body),
            Err(error) => {
                // An answer that was lost says what is known; one that came said that it was done.
                let error = lost.unwrap_or_else(|| error.with_effect(Effect::Applied));
                return self.named(SET, Err(error));
            }
        };
        if met(seen.as_ref()) {
            return Ok(Outcome::Done(Change::Made));
        }
        if let Some(lost) = lost {
            return self.named(SET, Err(lost));
        }
        let message = format!("the service accepted {} and shows {}", show(to.as_ref()), show(seen.as_ref()));
        self.named(SET, Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied)))
    }
}

fn show(boot: Option<&BootOverride>) -> String {
    boot.map_or_else(
        || "no override".to_owned(),
        |boot| format!("{} ({})", boot.target, format!("{:?}", boot.persistence).to_ascii_lowercase()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_vendors_that_want_it_get_the_mode() {
        let now = json!({"Boot": {"BootSourceOverrideMode": "UEFI"}});
        let pxe = Some(BootOverride::once(BootTarget::Pxe));
        let whole = request(Quirks::only(&[Quirk::NeedsWholeBoot]), &TARGETS, &now, pxe.as_ref());
        assert_eq!(whole["Boot"]["BootSourceOverrideMode"], "UEFI");
        let none = request(Quirks::only(&[Quirk::DemandsWholeBoot]), &TARGETS, &now, None);
        assert_eq!(
            none["Boot"],
            json!({
                "BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None",
                "BootSourceOverrideMode": "UEFI",
            })
        );
        let bare = request(Quirks::default(), &TARGETS, &now, None);
        assert_eq!(bare["Boot"], json!({"BootSourceOverrideEnabled": "Disabled"}));
        let minimal = request(Quirks::default(), &TARGETS, &now, pxe.as_ref());
        assert!(minimal["Boot"].get("BootSourceOverrideMode").is_none());
    }

    #[test]
    fn the_value_that_is_there_is_not_sent_again_unless_the_whole_is_wanted() {
        let now = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "HttpBootUri": "http://old/"}});
        let to = BootOverride::once(BootTarget::Hdd);
        let minimal = request(Quirks::default(), &TARGETS, &now, Some(&to));
        assert_eq!(minimal, json!({"Boot": {"BootSourceOverrideTarget": "Hdd", "HttpBootUri": ""}}));
        let whole = request(Quirks::only(&[Quirk::DemandsWholeBoot]), &TARGETS, &now, Some(&to));
        assert_eq!(whole["Boot"]["BootSourceOverrideEnabled"], "Once");
    }

    #[test]
    fn a_virtual_cd_goes_by_the_word_that_boots_it() {
        let system = |words: Value| {
            json!({"Boot": {
                "BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget@Redfish.AllowableValues": words,
            }})
        };
        let word = |quirks: &[Quirk], words: Value| {
            let ability = BootAbility::learn(Quirks::only(quirks), &system(words)).expect("an override");
            ability.words.iter().find(|(target, _)| *target == BootTarget::Cd).map(|(_, word)| *word)
        };
        assert_eq!(word(&[Quirk::CdIsUsbCd], json!(["Pxe", "Cd", "UsbCd"])), Some("UsbCd"));
        assert_eq!(word(&[], json!(["Pxe", "Cd", "UsbCd"])), Some("Cd"));
        assert_eq!(word(&[], json!(["Pxe", "UsbCd"])), Some("UsbCd"));
        assert_eq!(word(&[Quirk::CdIsUsbCd], json!(["Pxe"])), None);
    }

    #[test]
    fn a_disabled_override_is_none_whatever_its_target() {
        let disabled =
            json!({"Boot": {"BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "Pxe"}});
        assert_eq!(read(&disabled), None);
        let none = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "None"}});
        assert_eq!(read(&none), None);
        let odd = json!({"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Tape"}});
        assert_eq!(read(&odd).unwrap().target, BootTarget::Other);
    }
}
