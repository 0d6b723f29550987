//! Spares: `HotspareType` of a drive for every volume, `Links.DedicatedSpareDrives` of a volume for its own.

use serde_json::{Value, json};
use underlay_hal::{
    Cx, DriveId, DriveUse, Effect, Error, ErrorKind, Needs, Outcome, RaidDrive, Result, Spare, Staged,
    VolumeId,
};

use super::{read::Seen, write::not_there};
use crate::{
    device::RedfishDevice,
    json::Lenient as _,
    resource::Resource,
    transport::{Link, Reply},
};

const SPARE: &str = "raid.set_spare";

impl RedfishDevice {
    pub(super) async fn make_spare(&self, cx: &Cx, id: &DriveId, spare: &Spare) -> Result<Outcome<Staged>> {
        let seen = self.observe_raid(cx).await?;
        let drive = seen.state.drive(id).ok_or_else(|| not_there("drive", id))?;
        let resource = seen.drives.get(id).ok_or_else(|| not_there("drive", id))?;
        let able = seen.state.controller(&drive.controller).map(|controller| &controller.abilities);
        let able = able.ok_or_else(|| Error::unsupported(SPARE))?;
        match spare {
            Spare::Global if !able.global_spares => return Err(Error::unsupported(SPARE)),
            Spare::Of(_) if !able.dedicated_spares => return Err(Error::unsupported(SPARE)),
            _ => {}
        }
        let holds_data = matches!(drive.usage, DriveUse::Member | DriveUse::Foreign | DriveUse::Failed);
        if *spare != Spare::No && holds_data {
            let used = format!("{:?}", drive.usage).to_ascii_lowercase();
            return Err(Error::new(ErrorKind::Conflict, format!("the drive {id} is not free: {used}")));
        }
        match spare {
            Spare::Of(volumes) => self.spare_of(cx, &seen, drive, &resource.link, volumes).await,
            // A spare that no volume lists is freed by its own word.
            Spare::No if seen.state.volumes.iter().any(|volume| volume.spares.contains(id)) => {
                self.spare_of(cx, &seen, drive, &resource.link, &[]).await
            }
            Spare::No if !matches!(drive.usage, DriveUse::GlobalSpare | DriveUse::DedicatedSpare) => {
                Ok(Outcome::Done(Staged::ALREADY_SO))
            }
            Spare::Global if drive.usage == DriveUse::GlobalSpare => Ok(Outcome::Done(Staged::ALREADY_SO)),
            Spare::No => self.write_hotspare(cx, resource, "None").await,
            Spare::Global => self.write_hotspare(cx, resource, "Global").await,
        }
    }

    async fn write_hotspare(&self, cx: &Cx, drive: &Resource, word: &str) -> Result<Outcome<Staged>> {
        // Tags of members that a collection expanded may be missing; what is written is read first.
        let now = self.client.get(cx, &drive.link).await?;
        let reply = self.client.patch(cx, &now, &json!({ "HotspareType": word }), &[]).await?;
        Ok(self.staged(cx, &reply, SPARE, Needs::Nothing).await)
    }

    /// Writes the drive into the lists of these volumes, and out of those of all others.
    async fn spare_of(
        &self,
        cx: &Cx,
        seen: &Seen,
        drive: &RaidDrive,
        link: &Link,
        volumes: &[VolumeId],
    ) -> Result<Outcome<Staged>> {
        if let Some(unknown) = volumes.iter().find(|volume| !seen.volumes.contains_key(*volume)) {
            return Err(not_there("volume", unknown));
        }
        let held = |volume: &&underlay_hal::Volume| volume.spares.contains(&drive.id);
        let other = |volume: &&underlay_hal::Volume| held(volume) != volumes.contains(&volume.id);
        let changing: Vec<_> = seen.state.volumes.iter().filter(other).map(|volume| &volume.id).collect();
        let mut last = None;
        for volume in changing {
            let Some(resource) = seen.volumes.get(volume) else { continue };
            let written = self.write_list(cx, resource, link, volumes.contains(volume)).await;
            // A list that is written stays so, whatever becomes of the next.
            let reply = written.map_err(|error| match (error.effect(), &last) {
                (Effect::None, Some(_)) => error.with_effect(Effect::Applied),
                _ => error,
            })?;
            last = Some(reply);
        }
        match last {
            None => Ok(Outcome::Done(Staged::ALREADY_SO)),
            Some(reply) => Ok(self.staged(cx, &reply, SPARE, Needs::Nothing).await),
        }
    }

    /// A list is written whole: what else stands in it is kept.
    async fn write_list(&self, cx: &Cx, volume: &Resource, drive: &Link, wanted: bool) -> Result<Reply> {
        const PATH: [&str; 2] = ["Links", "DedicatedSpareDrives"];
        let now = self.client.get(cx, &volume.link).await?;
        let list = now.body.list(&PATH).iter();
        let is_it = |member: &Value| {
            member.text(&["@odata.id"]).and_then(|text| self.client.link(&text).ok()).as_ref() == Some(drive)
        };
        let mut list: Vec<Value> = list.filter(|member| !is_it(member)).cloned().collect();
        if wanted {
            list.push(json!({ "@odata.id": drive.as_str() }));
        }
        let body = json!({ "Links": { "DedicatedSpareDrives": list } });
        self.client.patch(cx, &now, &body, &[]).await
    }
}
