//! What changes the host.

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::{Intercept, Layered, Safety, forward};
use crate::{bios::BiosChange, *};

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Power for Layered<I> {
    fn actions(&self) -> &[PowerAction] {
        self.inner.power().map_or(&[], |power| power.actions())
    }
    async fn state(&self, cx: &Cx) -> Result<PowerState> {
        forward!(self, cx, power.state(), Safety::Read, Value::Null)
    }
    async fn set(&self, cx: &Cx, action: PowerAction) -> Result<Outcome<Change>> {
        let safety = if action.goal().is_some() { Safety::Idempotent } else { Safety::Mutating };
        forward!(self, cx, power.set(action), safety, json!(action))
    }
    async fn boot_status(&self, cx: &Cx) -> Result<BootStatus> {
        forward!(self, cx, power.boot_status(), Safety::Read, Value::Null)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Boot for Layered<I> {
    fn targets(&self) -> &[BootTarget] {
        self.inner.boot().map_or(&[], |boot| boot.targets())
    }
    fn persistences(&self) -> &[Persistence] {
        self.inner.boot().map_or(&[], |boot| boot.persistences())
    }
    async fn get(&self, cx: &Cx) -> Result<Option<BootOverride>> {
        forward!(self, cx, boot.get(), Safety::Read, Value::Null)
    }
    fn takes_http_uri(&self) -> bool {
        self.inner.boot().is_some_and(Boot::takes_http_uri)
    }
    async fn set(&self, cx: &Cx, to: Option<BootOverride>) -> Result<Outcome<Change>> {
        let mut arguments = json!(to);
        if let Some(uri) = to.as_ref().and_then(|to| to.http_uri.as_deref()) {
            arguments["http_uri"] = crate::uri::without_secrets(uri).into();
        }
        let to = &to;
        forward!(self, cx, boot.set(to.clone()), Safety::Idempotent, arguments)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> BootOrder for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<BootOrderState> {
        forward!(self, cx, boot_order.read(), Safety::Read, Value::Null)
    }
    async fn set(&self, cx: &Cx, order: &[BootOptionId]) -> Result<Outcome<Staged>> {
        forward!(self, cx, boot_order.set(order), Safety::Idempotent, json!(order))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Bios for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<BiosState> {
        forward!(self, cx, bios.read(), Safety::Read, Value::Null)
    }
    fn apply_times(&self) -> &[ApplyTime] {
        self.inner.bios().map_or(&[], |bios| bios.apply_times())
    }
    async fn apply(&self, cx: &Cx, plan: &Plan<BiosChange>, when: ApplyTime) -> Result<Outcome<Staged>> {
        let arguments = json!({ "changes": plan.changes, "when": when });
        forward!(self, cx, bios.apply(plan, when), Safety::Idempotent, arguments)
    }
    async fn reset_to_defaults(&self, cx: &Cx) -> Result<Outcome<Staged>> {
        forward!(self, cx, bios.reset_to_defaults(), Safety::Destructive, Value::Null)
    }
    fn passwords(&self) -> &[String] {
        self.inner.bios().map_or(&[], |bios| bios.passwords())
    }
    async fn change_password(
        &self,
        cx: &Cx,
        name: &str,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<Outcome<Change>> {
        forward!(self, cx, bios.change_password(name, old, new), Safety::Mutating, json!(name))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> SecureBoot for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<SecureBootState> {
        forward!(self, cx, secure_boot.read(), Safety::Read, Value::Null)
    }
    async fn set_enabled(&self, cx: &Cx, enabled: bool) -> Result<Outcome<Staged>> {
        forward!(self, cx, secure_boot.set_enabled(enabled), Safety::Idempotent, json!(enabled))
    }
    fn key_resets(&self) -> &[KeyReset] {
        self.inner.secure_boot().map_or(&[], |secure_boot| secure_boot.key_resets())
    }
    async fn reset_keys(&self, cx: &Cx, how: KeyReset) -> Result<Outcome<Staged>> {
        forward!(self, cx, secure_boot.reset_keys(how), Safety::Destructive, json!(how))
    }
    async fn add_certificate(&self, cx: &Cx, database: &str, pem: &str) -> Result<Outcome<Staged>> {
        let arguments = json!({ "database": database, "pem": pem });
        forward!(self, cx, secure_boot.add_certificate(database, pem), Safety::Mutating, arguments)
    }
    async fn remove_certificate(
        &self,
        cx: &Cx,
        database: &str,
        certificate: &str,
    ) -> Result<Outcome<Change>> {
        let arguments = json!({ "database": database, "certificate": certificate });
        forward!(self, cx, secure_boot.remove_certificate(database, certificate), Safety::Mutating, arguments)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Raid for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<RaidState> {
        forward!(self, cx, raid.read(), Safety::Read, Value::Null)
    }
    async fn create_volume(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        volume: &NewVolume,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        let arguments = json!({ "controller": controller, "volume": volume, "when": when });
        forward!(self, cx, raid.create_volume(controller, volume, when), Safety::Destructive, arguments)
    }
    async fn delete_volume(&self, cx: &Cx, volume: &VolumeId, when: ApplyTime) -> Result<Outcome<Staged>> {
        let arguments = json!({ "volume": volume, "when": when });
        forward!(self, cx, raid.delete_volume(volume, when), Safety::Destructive, arguments)
    }
    async fn initialize(&self, cx: &Cx, volume: &VolumeId, how: Initialize) -> Result<Outcome<Staged>> {
        let arguments = json!({ "volume": volume, "how": how });
        forward!(self, cx, raid.initialize(volume, how), Safety::Destructive, arguments)
    }
    async fn set_spare(&self, cx: &Cx, drive: &DriveId, spare: &Spare) -> Result<Outcome<Staged>> {
        let arguments = json!({ "drive": drive, "spare": spare });
        forward!(self, cx, raid.set_spare(drive, spare), Safety::Mutating, arguments)
    }
    async fn set_mode(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        mode: ControllerMode,
    ) -> Result<Outcome<Staged>> {
        let arguments = json!({ "controller": controller, "mode": mode });
        forward!(self, cx, raid.set_mode(controller, mode), Safety::Destructive, arguments)
    }
    async fn clear_foreign(&self, cx: &Cx, controller: &ControllerId) -> Result<Outcome<Staged>> {
        forward!(self, cx, raid.clear_foreign(controller), Safety::Destructive, json!(controller))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Firmware for Layered<I> {
    async fn inventory(&self, cx: &Cx) -> Result<FirmwareInventory> {
        forward!(self, cx, firmware.inventory(), Safety::Read, Value::Null)
    }
    fn methods(&self) -> &[UpdateMethod] {
        self.inner.firmware().map_or(&[], |firmware| firmware.methods())
    }
    fn apply_times(&self) -> &[ApplyTime] {
        self.inner.firmware().map_or(&[], |firmware| firmware.apply_times())
    }
    async fn update(&self, cx: &Cx, update: &FirmwareUpdate) -> Result<Outcome<Staged>> {
        let arguments =
            json!({ "image": update.image.describe(), "targets": update.targets, "when": update.when });
        forward!(self, cx, firmware.update(update), Safety::Mutating, arguments)
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> VirtualMedia for Layered<I> {
    async fn slots(&self, cx: &Cx) -> Result<Vec<MediaSlot>> {
        forward!(self, cx, virtual_media.slots(), Safety::Read, Value::Null)
    }
    async fn insert(
        &self,
        cx: &Cx,
        slot: Option<MediaSlotId>,
        image: &MediaImage,
    ) -> Result<Outcome<Inserted>> {
        let shown = crate::uri::without_secrets(&image.uri);
        let arguments = json!({ "slot": slot, "image": shown, "kind": image.kind });
        let slot = &slot;
        forward!(self, cx, virtual_media.insert(slot.clone(), image), Safety::Mutating, arguments)
    }
    async fn eject(&self, cx: &Cx, slot: &MediaSlotId) -> Result<Outcome<Change>> {
        forward!(self, cx, virtual_media.eject(slot), Safety::Idempotent, json!(slot))
    }
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl<I: Intercept> Chassis for Layered<I> {
    async fn read(&self, cx: &Cx) -> Result<Enclosure> {
        forward!(self, cx, chassis.read(), Safety::Read, Value::Null)
    }
    async fn set_power(&self, cx: &Cx, slot: &SlotId, action: PowerAction) -> Result<Outcome<Change>> {
        let safety = if action.goal().is_some() { Safety::Idempotent } else { Safety::Mutating };
        forward!(self, cx, chassis.set_power(slot, action), safety, json!({ "slot": slot, "action": action }))
    }
}
