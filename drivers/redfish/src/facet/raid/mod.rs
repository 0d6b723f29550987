//! RAID: `Storage` with its controllers, drives and volumes.

use async_trait::async_trait;
use underlay_hal::{
    ApplyTime, ControllerId, ControllerMode, Cx, DriveId, Initialize, NewVolume, Outcome, Raid, RaidState,
    Result, Spare, Staged, VolumeId,
};

use crate::device::RedfishDevice;

mod create;
mod parts;
mod read;
mod spare;
mod write;

pub(crate) use parts::{abilities, controller, drive, volume, wwn};

#[async_trait]
impl Raid for RedfishDevice {
    async fn read(&self, cx: &Cx) -> Result<RaidState> {
        self.named("raid.read", self.observe_raid(cx).await.map(|seen| seen.state))
    }

    async fn create_volume(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        volume: &NewVolume,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        self.named("raid.create_volume", self.make_volume(cx, controller, volume, when).await)
    }

    async fn delete_volume(&self, cx: &Cx, volume: &VolumeId, when: ApplyTime) -> Result<Outcome<Staged>> {
        self.named("raid.delete_volume", self.drop_volume(cx, volume, when).await)
    }

    async fn initialize(&self, cx: &Cx, volume: &VolumeId, how: Initialize) -> Result<Outcome<Staged>> {
        self.named("raid.initialize", self.initialize_volume(cx, volume, how).await)
    }

    async fn set_spare(&self, cx: &Cx, drive: &DriveId, spare: &Spare) -> Result<Outcome<Staged>> {
        self.named("raid.set_spare", self.make_spare(cx, drive, spare).await)
    }

    async fn set_mode(
        &self,
        cx: &Cx,
        controller: &ControllerId,
        mode: ControllerMode,
    ) -> Result<Outcome<Staged>> {
        self.named("raid.set_mode", self.switch_mode(cx, controller, mode).await)
    }

    async fn clear_foreign(&self, cx: &Cx, controller: &ControllerId) -> Result<Outcome<Staged>> {
        self.named("raid.clear_foreign", self.forget_foreign(cx, controller).await)
    }
}
