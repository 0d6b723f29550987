//! Which controller and which drives are meant.

use std::collections::BTreeMap;

use underlay_hal::{
    ControllerId, DriveId, DriveUse, Error, ErrorKind, RaidController, RaidDrive, RaidState, Result, Volume,
};

use crate::{cli::RaidCreate, commands::pick::pick, output::drive_bytes};

/// A volume by name or id.
pub(super) fn volume_of<'a>(state: &'a RaidState, word: &str) -> Result<&'a Volume> {
    pick("volume", word, &state.volumes, |volume| {
        std::iter::once(volume.id.as_str()).chain(volume.name.as_deref()).collect()
    })
}

/// A drive by id, serial number or place.
pub(super) fn drive_of<'a>(state: &'a RaidState, word: &str) -> Result<&'a RaidDrive> {
    pick("drive", word, &state.drives, |drive| {
        let others = [drive.serial_number.as_deref(), drive.location.as_deref(), drive.wwn.as_deref()];
        std::iter::once(drive.id.as_str()).chain(others.into_iter().flatten()).collect()
    })
}

/// A controller by id, serial number or model.
pub(super) fn controller_of<'a>(state: &'a RaidState, word: &str) -> Result<&'a RaidController> {
    pick("controller", word, &state.controllers, |one| {
        let others = [one.serial_number.as_deref(), one.model.as_deref()];
        std::iter::once(one.id.as_str()).chain(others.into_iter().flatten()).collect()
    })
}

/// The controller and the drives of a volume that is to be made.
///
/// # Errors
/// `InvalidInput` if the drives are not of one controller; `NotFound` if they are not there, or not enough are free.
pub(super) fn choose(state: &RaidState, arguments: &RaidCreate) -> Result<(ControllerId, Vec<DriveId>)> {
    let said = match &arguments.controller {
        Some(word) => Some(controller_of(state, word)?.id.clone()),
        None => None,
    };
    let drives = match arguments.count {
        Some(count) => free(state, said.as_ref(), count)?,
        None => arguments.drives.iter().map(|word| drive_of(state, word)).collect::<Result<Vec<_>>>()?,
    };
    let ids = drives.iter().map(|drive| drive.id.clone()).collect();
    let of: Vec<&ControllerId> = drives.iter().map(|drive| &drive.controller).collect();
    match (said, of.first()) {
        (None, Some(first)) if of.iter().all(|other| other == first) => Ok(((*first).clone(), ids)),
        (Some(said), _) if of.iter().all(|other| **other == said) => Ok((said, ids)),
        _ => {
            let message = "the drives belong to different controllers; a volume has one";
            Err(Error::new(ErrorKind::InvalidInput, message))
        }
    }
}

/// So many free drives of one controller, kind and size; the first that are found.
fn free<'a>(
    state: &'a RaidState,
    controller: Option<&ControllerId>,
    count: usize,
) -> Result<Vec<&'a RaidDrive>> {
    let mut alike: BTreeMap<_, Vec<&RaidDrive>> = BTreeMap::new();
    let candidates = state.drives.iter().filter(|drive| {
        let volumes = state.controller(&drive.controller).is_some_and(|one| one.abilities.volumes);
        volumes
            && drive.usage == DriveUse::Free
            && controller.is_none_or(|wanted| drive.controller == *wanted)
    });
    for drive in candidates {
        let kind = (drive.controller.clone(), drive.media, drive.protocol, drive.capacity_bytes);
        alike.entry(kind).or_default().push(drive);
    }
    if let Some(drives) = alike.values_mut().find(|drives| drives.len() >= count) {
        drives.truncate(count);
        return Ok(std::mem::take(drives));
    }
    let there: Vec<_> = alike
        .iter()
        .map(|((controller, media, ..), drives)| {
            let each =
                drives.first().and_then(|drive| drive.capacity_bytes).map(drive_bytes).unwrap_or_default();
            let media = media.map(|media| format!("{media:?} ").to_lowercase()).unwrap_or_default();
            format!("{} {media}of {each} at {controller}", drives.len())
        })
        .collect();
    let there =
        if there.is_empty() { "none is free".to_owned() } else { format!("free are {}", there.join(", ")) };
    Err(Error::new(ErrorKind::NotFound, format!("no {count} free drives of one kind; {there}")))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use underlay_hal::{Media, RaidAbilities};

    use super::*;
    use crate::cli::{Cli, Command, Raid};

    fn state() -> RaidState {
        let controller = |id: &str| {
            let mut controller = RaidController::new(id.into());
            controller.abilities = RaidAbilities::default();
            controller.abilities.volumes = true;
            controller
        };
        let drive = |controller: &str, place: u8, usage: DriveUse| {
            let mut drive = RaidDrive::new(format!("{controller}/Disk.{place}").into(), controller.into());
            drive.media = Some(Media::Ssd);
            drive.capacity_bytes = Some(960_000_000_000);
            drive.usage = usage;
            drive
        };
        let drives = vec![
            drive("A", 0, DriveUse::Member),
            drive("A", 1, DriveUse::Free),
            drive("A", 2, DriveUse::Free),
            drive("B", 3, DriveUse::Free),
        ];
        RaidState::new(vec![controller("A"), controller("B")], drives, Vec::new())
    }

    fn chosen(words: &[&str]) -> Result<(String, Vec<String>)> {
        let line = ["underlay", "raid", "create", "all", "--level", "raid1"];
        let Command::Raid(Raid::Create(arguments)) =
            Cli::try_parse_from(line.iter().chain(words)).expect("a command line").command
        else {
            panic!("another command")
        };
        let (controller, drives) = choose(&state(), &arguments)?;
        Ok((controller.to_string(), drives.iter().map(ToString::to_string).collect()))
    }

    #[test]
    fn free_drives_of_one_kind_are_taken_and_no_others() {
        let (controller, drives) = chosen(&["--count", "2"]).unwrap();
        assert_eq!((controller.as_str(), drives.join(" ").as_str()), ("A", "A/Disk.1 A/Disk.2"));
        let error = chosen(&["--count", "3"]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.report().contains("2 ssd of 960.0 GB at A"), "{}", error.report());
        assert_eq!(chosen(&["--count", "1", "--controller", "B"]).unwrap().1, ["B/Disk.3"]);
    }

    #[test]
    fn drives_tell_their_controller_and_must_agree() {
        assert_eq!(chosen(&["--drives", "Disk.1,disk.2"]).unwrap().0, "A");
        assert_eq!(chosen(&["--drives", "Disk.1,Disk.3"]).unwrap_err().kind(), ErrorKind::InvalidInput);
        assert_eq!(
            chosen(&["--drives", "Disk.3", "--controller", "A"]).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
}
