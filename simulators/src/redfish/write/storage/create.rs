//! POST to a collection of volumes.

use http::StatusCode;
use serde_json::{Map, Value};
use underlay_hal::raid::RaidLevel;

use super::super::patch::{not_listed, wrong_type};
use super::{APPLY_TIME, Call, Handler, apply_time, ask};
use crate::plant::{NewVolume, StorageWork};
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, StorageNames, raid};

const RAID_TYPE: &str = "RAIDType";
/// What came before `RAIDType`, and what clients still send (Volume v1_3_1: deprecated).
const VOLUME_TYPE: &str = "VolumeType";

/// `VolumeType` of each level that had one.
const OLD_TYPES: &[(&str, RaidLevel)] = &[
    ("NonRedundant", RaidLevel::Raid0),
    ("Mirrored", RaidLevel::Raid1),
    ("StripedWithParity", RaidLevel::Raid5),
    ("SpannedMirrors", RaidLevel::Raid10),
    ("SpannedStripesWithParity", RaidLevel::Raid50),
];

pub(in crate::redfish::write) fn creator(call: &Call<'_>) -> Option<Handler> {
    let (at, rest) = StorageNames::of(call.scene).volumes_at(call.path)?;
    raid(call.scene, at).filter(|raid| rest.is_empty() && raid.writable)?;
    Some(create)
}

fn create(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let missing = || Reply::not_found(call.path);
    let scene = call.scene;
    let (controller, _) = StorageNames::of(scene).volumes_at(call.path).ok_or_else(missing)?;
    let data = raid(scene, controller).ok_or_else(missing)?;
    let volume = read(scene, body).map_err(|problems| Reply::error(StatusCode::BAD_REQUEST, &problems))?;
    let offered = data.levels.contains(&volume.level);
    if !offered {
        let word = volume.level.as_str().to_uppercase();
        return Err(Reply::error(StatusCode::BAD_REQUEST, &not_listed(RAID_TYPE, &word)));
    }
    if volume.strip.is_none() && scene.quirks.has(Quirk::LateVolumes) {
        // This is the quirk: the service fails where it should ask.
        return Err(Reply::refuse(StatusCode::INTERNAL_SERVER_ERROR, Key::InternalError, &[]));
    }
    let when = apply_time(body, data)?;
    let name = volume.name.clone().unwrap_or_else(|| "without a name".to_owned());
    ask(call, &format!("Create volume {name}"), StorageWork::Create { controller, volume }, when)
}

/// Reads the body, or says everything that is wrong with it.
fn read(scene: &Scene<'_>, body: &Map<String, Value>) -> Result<NewVolume, Vec<Message>> {
    let mut problems = Vec::new();
    let (mut name, mut display_name, mut level, mut old_type) = (None, None, None, None);
    let (mut drives, mut spares, mut bytes, mut strip, mut encrypted) = (None, None, None, None, None);
    for (property, value) in body {
        let result = match property.as_str() {
            "Name" => text(property, value).map(|read| name = Some(read)),
            "DisplayName" => text(property, value).map(|read| display_name = Some(read)),
            RAID_TYPE => word(property, value, level_of).map(|read| level = Some(read)),
            VOLUME_TYPE => word(property, value, old_level_of).map(|read| old_type = Some(read)),
            "CapacityBytes" => number(property, value).map(|read| bytes = Some(read)),
            "StripSizeBytes" => number(property, value).map(|read| strip = Some(read)),
            "Encrypted" => match value.as_bool() {
                Some(read) => {
                    encrypted = Some(read);
                    Ok(())
                }
                None => Err(wrong_type(property, value)),
            },
            "Links" => links(scene, value).map(|(read_drives, read_spares)| {
                drives = read_drives;
                spares = read_spares;
            }),
            APPLY_TIME => Ok(()),
            _ => Err(vec![Message::base(Key::PropertyUnknown, &[property]).about(property)]),
        };
        problems.extend(result.err().into_iter().flatten());
    }
    if let (Some(new), Some(old)) = (level, old_type)
        && new != old
    {
        problems
            .push(Message::base(Key::PropertyValueConflict, &[VOLUME_TYPE, RAID_TYPE]).about(VOLUME_TYPE));
    }
    let mut missing = |what: &str| {
        problems.push(Message::base(Key::CreateFailedMissingReqProperties, &[what]).about(what));
    };
    let level = level.or(old_type);
    if level.is_none() {
        missing(RAID_TYPE);
    }
    if drives.is_none() {
        missing("Links/Drives");
    }
    match (level, drives) {
        (Some(level), Some(drives)) if problems.is_empty() => Ok(NewVolume {
            name: display_name.or(name),
            level,
            drives,
            spares: spares.unwrap_or_default(),
            bytes,
            strip,
            encrypted: encrypted.unwrap_or(false),
        }),
        _ => Err(problems),
    }
}

fn level_of(word: &str) -> Option<RaidLevel> {
    RaidLevel::ALL.into_iter().find(|level| level.as_str().to_uppercase() == word)
}

fn old_level_of(word: &str) -> Option<RaidLevel> {
    OLD_TYPES.iter().find(|(known, _)| *known == word).map(|(_, level)| *level)
}

fn word<T>(name: &str, value: &Value, known: fn(&str) -> Option<T>) -> Result<T, Vec<Message>> {
    let text = value.as_str().ok_or_else(|| wrong_type(name, value))?;
    known(text).ok_or_else(|| not_listed(name, text))
}

/// A name: not empty, and no longer than controllers take.
fn text(name: &str, value: &Value) -> Result<String, Vec<Message>> {
    const LONGEST: usize = 64;
    let text = value.as_str().ok_or_else(|| wrong_type(name, value))?;
    if text.is_empty() || text.len() > LONGEST {
        return Err(vec![Message::base(Key::PropertyValueFormatError, &[text, name]).about(name)]);
    }
    Ok(text.to_owned())
}

fn number(name: &str, value: &Value) -> Result<u64, Vec<Message>> {
    value.as_u64().ok_or_else(|| wrong_type(name, value))
}

type DriveLists = (Option<Vec<usize>>, Option<Vec<usize>>);

fn links(scene: &Scene<'_>, value: &Value) -> Result<DriveLists, Vec<Message>> {
    let fields = value.as_object().ok_or_else(|| wrong_type("Links", value))?;
    let (mut drives, mut spares) = (None, None);
    for (name, value) in fields {
        let about = format!("Links/{name}");
        match name.as_str() {
            "Drives" => drives = Some(drive_list(scene, &about, value)?),
            "DedicatedSpareDrives" => spares = Some(drive_list(scene, &about, value)?),
            _ if name.ends_with("@odata.count") => {}
            _ => return Err(vec![Message::base(Key::PropertyUnknown, &[name]).about(&about)]),
        }
    }
    Ok((drives, spares))
}

/// The drives that references name; one that names none is a problem.
pub(super) fn drive_list(scene: &Scene<'_>, about: &str, value: &Value) -> Result<Vec<usize>, Vec<Message>> {
    let names = StorageNames::of(scene);
    let wrong =
        || vec![Message::base(Key::PropertyValueTypeError, &[&value.to_string(), about]).about(about)];
    let list = value.as_array().ok_or_else(wrong)?;
    let drive = |reference: &Value| {
        let path = reference.get("@odata.id").and_then(Value::as_str).ok_or_else(wrong)?;
        let present = |drive: &usize| scene.storage().drives.get(*drive).is_some_and(|view| view.present);
        let found = names.drive_of(path.trim_end_matches('/')).filter(present);
        found.ok_or_else(|| vec![Message::base(Key::ResourceMissingAtURI, &[path]).about(about)])
    };
    list.iter().map(drive).collect()
}
