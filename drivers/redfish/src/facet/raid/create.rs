//! Making a volume.

use serde_json::{Map, Value, json};
use underlay_hal::{
    ApplyTime, Capacity, ControllerId, Cx, DriveId, DriveUse, Effect, Error, ErrorKind, Needs, NewVolume,
    Outcome, Result, Staged, Volume, VolumeId,
};

use super::{
    parts::{APPLY_TIMES, LEVELS},
    read::Seen,
};
use crate::{
    device::RedfishDevice,
    error::about_the_values,
    quirks::Quirk,
    transport::{Link, Request},
};

/// What some services want to be told, and all take.
const STRIP: u64 = 64 << 10;

/// What a volume is asked for with (Swordfish `Volume`, POST to its collection).
fn request(
    volume: &NewVolume,
    drives: &[Link],
    spares: &[Link],
    when: Option<ApplyTime>,
    strip: Option<u64>,
) -> Value {
    let links =
        |links: &[Link]| -> Vec<Value> { links.iter().map(|l| json!({ "@odata.id": l.as_str() })).collect() };
    let word = LEVELS.iter().find(|(level, _)| *level == volume.level).map_or("RAID0", |(_, word)| *word);
    let mut body = Map::new();
    body.insert("RAIDType".to_owned(), json!(word));
    if let Some(name) = &volume.name {
        body.insert("Name".to_owned(), json!(name));
    }
    // "As large as possible" is computed by the controller, which keeps space that nobody else can know.
    if let Capacity::Bytes(bytes) = volume.capacity {
        body.insert("CapacityBytes".to_owned(), json!(bytes));
    }
    if let Some(strip) = strip {
        body.insert("StripSizeBytes".to_owned(), json!(strip));
    }
    if volume.encrypt {
        body.insert("Encrypted".to_owned(), json!(true));
    }
    let mut members = json!({ "Drives": links(drives) });
    if !spares.is_empty() {
        members["DedicatedSpareDrives"] = json!(links(spares));
    }
    body.insert("Links".to_owned(), members);
    if let Some(word) =
        when.and_then(|when| APPLY_TIMES.iter().find(|(time, _)| *time == when)).map(|(_, w)| *w)
    {
        body.insert("@Redfish.OperationApplyTime".to_owned(), json!(word));
    }
    Value::Object(body)
}

/// Is this the volume that was asked for?
fn is_it(made: &Volume, wanted: &NewVolume) -> bool {
    let mut mine: Vec<_> = made.drives.iter().collect();
    let mut theirs: Vec<_> = wanted.drives.iter().collect();
    mine.sort_unstable();
    theirs.sort_unstable();
    mine == theirs && made.level.is_none_or(|level| level == wanted.level)
}

impl RedfishDevice {
    pub(super) async fn make_volume(
        &self,
        cx: &Cx,
        id: &ControllerId,
        volume: &NewVolume,
        when: ApplyTime,
    ) -> Result<Outcome<Staged>> {
        const CREATE: &str = "raid.create_volume";
        let seen = self.observe_raid(cx).await?;
        let controller = seen.state.controller(id).ok_or_else(|| {
            let known: Vec<_> = seen.state.controllers.iter().map(|c| c.id.as_str()).collect();
            let message = format!("there is no controller {id}; there are {}", known.join(", "));
            Error::new(ErrorKind::NotFound, message)
        })?;
        let able = &controller.abilities;
        let level_fits = able.levels.is_empty() || able.levels.contains(&volume.level);
        if !able.volumes || !level_fits || !able.apply_times.contains(&when) {
            return Err(Error::unsupported(CREATE));
        }
        check(&seen, id, volume)?;
        let place = seen.storages.get(id).and_then(|storage| storage.volumes.as_ref());
        let place = place.ok_or_else(|| Error::unsupported(CREATE))?.link.clone();
        let links = |ids: &[DriveId]| -> Vec<Link> {
            ids.iter().filter_map(|id| seen.drives.get(id)).map(|drive| drive.link.clone()).collect()
        };
        let (drives, spares) = (links(&volume.drives), links(&volume.spares));
        // An apply time is told only where there is a choice.
        let told = (able.apply_times.len() > 1 || when == ApplyTime::OnReset).then_some(when);
        let needs = if when == ApplyTime::OnReset { Needs::HostPowerCycle } else { Needs::Nothing };
        let before: Vec<VolumeId> = seen.state.volumes.iter().map(|volume| volume.id.clone()).collect();
        let tasks = self.known_tasks(cx).await;

        let mut strip = volume.strip_bytes;
        loop {
            let body = request(volume, &drives, &spares, told, strip);
            let quirk = (strip != volume.strip_bytes).then_some(Quirk::StripSizeMandatory);
            let request = Request::change(http::Method::POST, &place, Some(&body), None).shaped_by(quirk);
            let error = match self.client.send(cx, &request).await {
                Ok(reply) => return Ok(self.staged(cx, &reply, CREATE, needs).await),
                Err(error) => error,
            };
            if error.effect() == Effect::None {
                return Err(about_the_values(error));
            }
            // Lost, or broken down over it: look whether it was made.
            let Ok(now) = self.observe_raid(cx).await else { return Err(error) };
            let new = now.state.volumes.iter().filter(|volume| !before.contains(&volume.id));
            if new.into_iter().any(|made| is_it(made, volume)) {
                return Ok(Outcome::Done(Staged::made(needs)));
            }
            if let Some(task) = self.new_task(cx, &tasks, CREATE).await {
                return Ok(Outcome::Running(task));
            }
            let retry = self.quirks.has(Quirk::StripSizeMandatory)
                && strip.is_none()
                && error.kind() == ErrorKind::DeviceFault;
            if !retry {
                return Err(error);
            }
            strip = Some(STRIP);
        }
    }
}

/// Level, drives and spares fit together, and the drives are there and free.
fn check(seen: &Seen, controller: &ControllerId, volume: &NewVolume) -> Result<()> {
    let invalid = |message: String| Err(Error::new(ErrorKind::InvalidInput, message));
    let all = || volume.drives.iter().chain(&volume.spares);
    for (at, id) in all().enumerate() {
        if all().take(at).any(|before| before == id) {
            return invalid(format!("the drive {id} is named twice"));
        }
        let Some(drive) = seen.state.drive(id) else {
            return Err(Error::new(ErrorKind::NotFound, format!("there is no drive {id}")));
        };
        if drive.controller != *controller {
            return invalid(format!("the drive {id} is behind {}, not {controller}", drive.controller));
        }
        if !matches!(drive.usage, DriveUse::Free | DriveUse::PassThrough | DriveUse::Unknown) {
            let used = format!("{:?}", drive.usage).to_ascii_lowercase();
            return Err(Error::new(ErrorKind::Conflict, format!("the drive {id} is not free: {used}")));
        }
    }
    if let Err(misfit) = volume.level.fits(volume.drives.len()) {
        return invalid(format!("{} {misfit}, and {} are named", volume.level, volume.drives.len()));
    }
    if let Capacity::Bytes(bytes) = volume.capacity {
        let capacities = volume.drives.iter().filter_map(|id| seen.state.drive(id)?.capacity_bytes);
        let least = capacities.min().unwrap_or(u64::MAX);
        let most = volume.level.usable_bytes(volume.drives.len(), least);
        if bytes == 0 || bytes > most {
            return invalid(format!(
                "{bytes} bytes do not fit: {} of these drives has at most {most}",
                volume.level
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use underlay_hal::raid::RaidLevel;

    use super::*;

    #[test]
    fn as_large_as_possible_sends_no_size_and_only_choices_are_told() {
        let link = Link::root();
        let wanted = NewVolume::new(RaidLevel::Raid10, vec!["1".into()]);
        let body = request(&wanted, std::slice::from_ref(&link), &[], None, None);
        assert_eq!(body["RAIDType"], "RAID10");
        for absent in ["CapacityBytes", "StripSizeBytes", "Encrypted", "Name", "@Redfish.OperationApplyTime"]
        {
            assert!(body.get(absent).is_none(), "{absent}");
        }
        let sized = NewVolume { capacity: Capacity::Bytes(7), ..wanted };
        let body = request(
            &sized,
            std::slice::from_ref(&link),
            std::slice::from_ref(&link),
            Some(ApplyTime::OnReset),
            Some(STRIP),
        );
        assert_eq!((&body["CapacityBytes"], &body["StripSizeBytes"]), (&json!(7), &json!(65_536)));
        assert_eq!(body["@Redfish.OperationApplyTime"], "OnReset");
        assert_eq!(body["Links"]["DedicatedSpareDrives"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn a_new_volume_is_known_by_its_drives_in_any_order() {
        let wanted = NewVolume::new(RaidLevel::Raid1, vec!["1".into(), "2".into()]);
        let made = |drives: [&str; 2], level| {
            let mut volume = Volume::new("v".into(), "c".into());
            volume.drives = drives.map(DriveId::from).to_vec();
            volume.level = level;
            volume
        };
        assert!(is_it(&made(["2", "1"], Some(RaidLevel::Raid1)), &wanted));
        assert!(is_it(&made(["2", "1"], None), &wanted));
        assert!(!is_it(&made(["2", "3"], Some(RaidLevel::Raid1)), &wanted));
        assert!(!is_it(&made(["2", "1"], Some(RaidLevel::Raid0)), &wanted));
    }
}
