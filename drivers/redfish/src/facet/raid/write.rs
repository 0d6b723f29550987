//! Everything else that changes storage: deleting, initialising, modes, foreign configurations.

use serde_json::{Value, json};
use underlay_hal::{
    ApplyTime, Change, ControllerId, ControllerMode, Cx, DriveUse, Effect, Error, ErrorKind, Initialize,
    Needs, Outcome, Result, Staged, VolumeId,
};

use super::parts::APPLY_TIMES;
use crate::{device::RedfishDevice, json::Lenient as _, transport::Request};

pub(super) fn not_there(what: &str, id: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no {what} {id}"))
}

fn needs(when: ApplyTime) -> Needs {
    if when == ApplyTime::OnReset { Needs::HostPowerCycle } else { Needs::Nothing }
}

impl RedfishDevice {
    pub(super) async fn drop_volume(
        &self,
        cx: &Cx,
        id: &VolumeId,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        const DELETE: &str = "raid.delete_volume";
        let seen = self.observe_raid(cx).await?;
        let (Some(volume), Some(resource)) = (seen.state.volume(id), seen.volumes.get(id)) else {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        };
        let able = seen.state.controller(&volume.controller).map(|controller| &controller.abilities);
        let able = able.filter(|able| able.volumes && able.apply_times.contains(&when));
        let able = able.ok_or_else(|| Error::unsupported(DELETE))?;
        // A body on DELETE is what the standard has for its apply time, and is sent only where there is a choice.
        let word = APPLY_TIMES.iter().find(|(time, _)| *time == when).map_or("Immediate", |(_, word)| word);
        let body = json!({ "@Redfish.OperationApplyTime": word });
        let body = (able.apply_times.len() > 1 || when == ApplyTime::OnReset).then_some(&body);
        let tasks = self.known_tasks(cx).await;
        let request = Request::change(http::Method::DELETE, &resource.link, body, None);
        let error = match self.client.send(cx, &request).await {
            Ok(reply) => return Ok(self.staged(cx, &reply, DELETE, needs(when)).await),
            Err(error) => error,
        };
        if error.effect() == Effect::None {
            return Err(error);
        }
        let now = self.observe_raid(cx).await;
        if now.is_ok_and(|now| now.state.volume(id).is_none()) {
            return Ok(Outcome::Done(Staged::made(needs(when))));
        }
        self.new_task(cx, &tasks, DELETE).await.map(Outcome::Running).ok_or(error)
    }

    pub(super) async fn initialize_volume(
        &self,
        cx: &Cx,
        id: &VolumeId,
        how: Initialize,
    ) -> Result<Outcome<Staged>> {
        const INITIALIZE: &str = "raid.initialize";
        let seen = self.observe_raid(cx).await?;
        let volume = seen.state.volume(id).ok_or_else(|| not_there("volume", id))?;
        let able = seen.state.controller(&volume.controller).map(|controller| &controller.abilities);
        let action =
            seen.volumes.get(id).and_then(|v| v.body.text(&["Actions", "#Volume.Initialize", "target"]));
        let target = action.and_then(|text| self.client.link(&text).ok());
        let (Some(target), true) = (target, able.is_some_and(|able| able.initialize.contains(&how))) else {
            return Err(Error::unsupported(INITIALIZE));
        };
        let word = match how {
            Initialize::Fast => "Fast",
            Initialize::Slow => "Slow",
        };
        let reply = self.client.post(cx, &target, &json!({ "InitializeType": word })).await?;
        Ok(self.staged(cx, &reply, INITIALIZE, Needs::Nothing).await)
    }

    pub(super) async fn switch_mode(
        &self,
        cx: &Cx,
        id: &ControllerId,
        mode: ControllerMode,
    ) -> Result<Outcome<Staged>> {
        const MODE: &str = "raid.set_mode";
        let seen = self.observe_raid(cx).await?;
        let controller = seen.state.controller(id).ok_or_else(|| not_there("controller", id))?;
        let own = seen.storages.get(id).and_then(|storage| storage.controller.as_ref());
        let (Some(own), true) = (own, controller.abilities.modes.contains(&mode)) else {
            return Err(Error::unsupported(MODE));
        };
        if controller.mode == Some(mode) {
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        // The controller's settings object where it has one (Dell): the mode changes with the next reset.
        let settings = self.client.linked(&own.body, &["@Redfish.Settings", "SettingsObject"]).ok();
        let staged = settings.is_some();
        let target = self.client.get(cx, settings.as_ref().unwrap_or(&own.link)).await?;
        let word = match mode {
            ControllerMode::Hba => "HBA",
            _ => "RAID",
        };
        let mut body = json!({ "Oem": { "Dell": { "DellStorageController": { "ControllerMode": word } } } });
        if staged {
            body["@Redfish.SettingsApplyTime"] = json!({ "ApplyTime": "OnReset" });
        }
        let needs = if staged { Needs::HostPowerCycle } else { Needs::Nothing };
        let reply = self.client.patch(cx, &target, &body, &[]).await?;
        Ok(self.staged(cx, &reply, MODE, needs).await)
    }

    pub(super) async fn forget_foreign(&self, cx: &Cx, id: &ControllerId) -> Result<Outcome<Staged>> {
        const CLEAR: &str = "raid.clear_foreign";
        let seen = self.observe_raid(cx).await?;
        let controller = seen.state.controller(id).ok_or_else(|| not_there("controller", id))?;
        let (Some(service), true) = (&self.oem_raid, controller.abilities.clear_foreign) else {
            return Err(Error::unsupported(CLEAR));
        };
        let foreign = |drive: &&underlay_hal::RaidDrive| drive.usage == DriveUse::Foreign;
        if !seen.state.drives.iter().filter(|drive| drive.controller == *id).any(|drive| foreign(&drive)) {
            return Ok(Outcome::Done(Staged { change: Change::AlreadySo, needs: Needs::Nothing }));
        }
        let service = self.client.get(cx, service).await?;
        let target = service.body.text(&["Actions", "#DellRaidService.ClearForeignConfig", "target"]);
        let target = target.ok_or_else(|| Error::unsupported(CLEAR))?;
        let target = self.client.link(&target)?;
        let body: Value = json!({ "TargetFQDD": id.as_str() });
        let reply = self.client.post(cx, &target, &body).await?;
        Ok(self.staged(cx, &reply, CLEAR, Needs::Nothing).await)
    }
}
