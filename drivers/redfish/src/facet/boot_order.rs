//! Boot options and their order: `ComputerSystem.Boot.BootOrder`, `BootOption`.

use async_trait::async_trait;
use serde_json::{Value, json};
use underlay_hal::{
    BootOption, BootOptionId, BootOrder, BootOrderState, BootTarget, Change, Cx, Effect, Error, ErrorKind,
    MacAddress, Needs, Outcome, Result, Staged,
};

use super::boot::TARGETS;
use crate::{
    device::{RedfishDevice, tolerate},
    error::about_the_values,
    json::Lenient as _,
    resource::Resource,
    transport::Link,
};

/// Options that are looked at.
const OPTIONS: usize = 256;

/// The order as it stands in a resource: references without what some services write behind them
/// (`Boot0019: Ubuntu`, Q34k).
fn order(body: &Value) -> Option<Vec<BootOptionId>> {
    let listed = body.at(&["Boot", "BootOrder"]).as_array()?;
    let bare = |text: &str| text.split(':').next().unwrap_or(text).trim().to_owned();
    let ids =
        listed.iter().take(OPTIONS).filter_map(|one| one.as_str().map(bare)).filter(|id| !id.is_empty());
    Some(ids.map(BootOptionId::from).collect())
}

/// Does the system have an order that can be set?
pub(crate) fn is_offered(system: &Value) -> bool {
    order(system).is_some()
}

/// The words that the service itself uses for these options.
fn words(body: &Value, wanted: &[BootOptionId]) -> Vec<String> {
    let listed: Vec<_> = body.list(&["Boot", "BootOrder"]).iter().filter_map(Value::as_str).collect();
    let own = |id: &BootOptionId| {
        let same = |word: &&&str| word.split(':').next().unwrap_or(word).trim() == id.as_str();
        listed.iter().find(same).map_or_else(|| id.as_str().to_owned(), |word| (*word).to_owned())
    };
    wanted.iter().map(own).collect()
}

pub(crate) fn option(body: &Value) -> Option<BootOption> {
    let id = body.text(&["BootOptionReference"]).or_else(|| body.text(&["Id"]))?;
    let mut option = BootOption::new(id.into());
    option.name = body.text(&["DisplayName"]).or_else(|| body.text(&["Name"]));
    option.enabled = body.truth(&["BootOptionEnabled"]);
    option.uefi_path = body.text(&["UefiDevicePath"]);
    let path = option.uefi_path.clone().unwrap_or_default();
    let name = option.name.clone().unwrap_or_default();
    option.mac = mac_in_path(&path).or_else(|| mac_in_name(&name));
    let alias = body.text(&["Alias"]);
    let alias =
        alias.and_then(|word| TARGETS.iter().find(|(_, known)| *known == word)).map(|(target, _)| *target);
    option.target = alias.or_else(|| target(&path, &name));
    Some(option)
}

/// `MAC(AABBCCDDEEFF,0x1)` in a UEFI device path (UEFI specification, "MAC Address Device Path").
fn mac_in_path(path: &str) -> Option<MacAddress> {
    let (_, rest) = path.split_once("MAC(")?;
    rest.get(..12)?.parse().ok()
}

/// An address in the words that people read: `PXE IPv4 Network - AA:BB:CC:DD:EE:FF`.
fn mac_in_name(name: &str) -> Option<MacAddress> {
    let parts = name.split(|c: char| !(c.is_ascii_hexdigit() || matches!(c, ':' | '-')));
    // The last characters: `MAC:` in front of it looks like digits, too.
    parts.filter_map(|part| part.get(part.len().checked_sub(17)?..)?.parse().ok()).next()
}

/// What an option boots from, by its device path and then by its words.
fn target(path: &str, name: &str) -> Option<BootTarget> {
    let name = name.to_ascii_lowercase();
    let network =
        path.contains("MAC(") || name.contains("pxe") || name.contains("network") || name.contains("http");
    if path.contains("Uri(") || name.contains("http") {
        Some(BootTarget::UefiHttp)
    } else if path.contains("IPv4(") || path.contains("IPv6(") || network {
        Some(BootTarget::Pxe)
    } else if path.contains("CDROM(") || name.contains("cd") && name.contains("virtual") {
        Some(BootTarget::Cd)
    } else if path.contains("USB(") {
        Some(BootTarget::Usb)
    } else if ["HD(", "NVMe(", "Sata(", "Scsi(", "SAS(", "SasEx(", "eMMC(", "UFS("]
        .iter()
        .any(|part| path.contains(part))
    {
        Some(BootTarget::Hdd)
    } else {
        None
    }
}

impl RedfishDevice {
    /// The state, and the resource that the order is written to: the system, or its settings object if that has an
    /// order (Q11a).
    async fn observe_order(&self, cx: &Cx) -> Result<(BootOrderState, Resource)> {
        let system = self.client.get(cx, &self.system).await?;
        let current = order(&system.body).ok_or_else(|| Error::unsupported("boot_order.read"))?;
        let is_other = |link: &Link| *link != system.link;
        let settings = self.client.linked(&system.body, &["@Redfish.Settings", "SettingsObject"]).ok();
        let settings = match settings.filter(is_other) {
            Some(link) => tolerate(self.client.get(cx, &link).await)?,
            None => None,
        };
        let staged = settings.as_ref().and_then(|settings| order(&settings.body));
        let target = settings.filter(|_| staged.is_some()).unwrap_or_else(|| system.clone());
        let mut options = Vec::new();
        if let Ok(collection) = self.client.linked(&system.body, &["Boot", "BootOptions"]) {
            let list = tolerate(self.resources_of(cx, &collection).await)?.unwrap_or_default();
            options = list.iter().take(OPTIONS).filter_map(|one| option(&one.body)).collect();
        }
        let pending = staged.filter(|staged| *staged != current && !staged.is_empty());
        Ok((BootOrderState::new(current, pending, options), target))
    }

    async fn set_order(&self, cx: &Cx, wanted: &[BootOptionId]) -> Result<Outcome<Staged>> {
        const SET: &str = "boot_order.set";
        let (now, target) = self.observe_order(cx).await?;
        let invalid = |message: String| Error::new(ErrorKind::InvalidInput, message);
        for (at, id) in wanted.iter().enumerate() {
            if wanted.iter().take(at).any(|before| before == id) {
                return Err(invalid(format!("{id} comes twice")));
            }
            if now.option(id).is_none() && !now.next().contains(id) {
                let known: Vec<_> = now.next().iter().map(BootOptionId::as_str).collect();
                return Err(invalid(format!("there is no boot option {id}; there are {}", known.join(", "))));
            }
        }
        let needs = |state: &BootOrderState| {
            if state.pending.is_some() { Needs::HostPowerCycle } else { Needs::Nothing }
        };
        if now.next() == wanted {
            return Ok(Outcome::Done(Staged { change: Change::AlreadySo, needs: needs(&now) }));
        }
        let body = json!({ "Boot": { "BootOrder": words(&target.body, wanted) } });
        let lost = match self.client.patch(cx, &target, &body, &[]).await {
            Ok(reply) => match self.staged(cx, &reply, SET, Needs::HostPowerCycle).await {
                Outcome::Running(task) => return Ok(Outcome::Running(task)),
                Outcome::Done(_) => None,
            },
            Err(error) if error.effect() == Effect::None => return Err(about_the_values(error)),
            Err(error) => Some(error),
        };
        match (self.observe_order(cx).await, lost) {
            (Ok((seen, _)), _) if seen.next() == wanted => Ok(Outcome::Done(Staged::made(needs(&seen)))),
            (_, Some(lost)) => Err(lost),
            (Ok((seen, _)), None) => {
                let shown: Vec<_> = seen.next().iter().map(BootOptionId::as_str).collect();
                let message = format!("the service accepted the order and shows {}", shown.join(", "));
                Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Applied))
            }
            (Err(error), None) => Err(error.with_effect(Effect::Applied)),
        }
    }
}

#[async_trait]
impl BootOrder for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<BootOrderState> {
        self.named("boot_order.read", self.observe_order(cx).await.map(|(state, _)| state))
    }

    async fn set(&self, cx: &Cx, order: &[BootOptionId]) -> Result<Outcome<Staged>> {
        self.named("boot_order.set", self.set_order(cx, order).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composite_entries_are_read_by_their_reference_and_written_as_they_were() {
        let body = json!({"Boot": {"BootOrder": ["Boot0019: Ubuntu", "Boot0001"]}});
        let ids = order(&body).unwrap();
        assert_eq!(ids.iter().map(BootOptionId::as_str).collect::<Vec<_>>(), ["Boot0019", "Boot0001"]);
        assert_eq!(words(&body, &["Boot0001".into(), "Boot0019".into()]), ["Boot0001", "Boot0019: Ubuntu"]);
        assert!(
            !is_offered(&json!({"Boot": {"BootOrder": null}}))
                && is_offered(&json!({"Boot": {"BootOrder": []}}))
        );
    }

    #[test]
    fn the_port_of_an_option_is_read_from_its_path_or_its_words() {
        let of = |path: &str, name: &str| {
            let option =
                option(&json!({"Id": "1", "UefiDevicePath": path, "DisplayName": name})).expect("an option");
            (option.mac.map(|mac| mac.to_string()), option.target)
        };
        let mac = Some("b0:7b:25:d4:e8:4a".to_owned());
        let path = "PciRoot(0x0)/Pci(0x1C,0x5)/MAC(B07B25D4E84A,0x1)/IPv4(0.0.0.0)";
        assert_eq!(of(path, "PXE Device 1"), (mac.clone(), Some(BootTarget::Pxe)));
        assert_eq!(of(&format!("{path}/Uri()"), "HTTP"), (mac.clone(), Some(BootTarget::UefiHttp)));
        assert_eq!(of("", "UEFI PXE IPv4 NIC (MAC:B0:7B:25:D4:E8:4A)").0, mac);
        assert_eq!(of("", "PXE IPv4 - B0-7B-25-D4-E8-4A").0.as_deref(), Some("b0:7b:25:d4:e8:4a"));
        assert_eq!(
            of("HD(1,GPT,6634D938,0x800,0x219800)/\\EFI\\shimx64.efi", "ubuntu"),
            (None, Some(BootTarget::Hdd))
        );
        for odd in ["MAC(", "MAC(é", "MAC(B07B25D4E8)"] {
            assert_eq!(of(odd, "").0, None, "{odd}");
        }
    }
}
