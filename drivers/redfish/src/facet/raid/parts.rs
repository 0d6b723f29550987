//! One controller, drive or volume, as the service tells of it.

use serde_json::Value;
use underlay_hal::{
    ApplyTime, ControllerId, ControllerMode, DriveId, DriveProtocol, DriveUse, Initialize, Media,
    RaidAbilities, RaidController, RaidDrive, Volume, VolumeId, raid::RaidLevel,
};

use crate::{json::Lenient as _, transport::Link};

/// DSP0268 and Swordfish `RAIDType`.
pub(super) const LEVELS: [(RaidLevel, &str); 9] = [
    (RaidLevel::Raid0, "RAID0"),
    (RaidLevel::Raid1, "RAID1"),
    (RaidLevel::Raid1E, "RAID1E"),
    (RaidLevel::Raid5, "RAID5"),
    (RaidLevel::Raid6, "RAID6"),
    (RaidLevel::Raid00, "RAID00"),
    (RaidLevel::Raid10, "RAID10"),
    (RaidLevel::Raid50, "RAID50"),
    (RaidLevel::Raid60, "RAID60"),
];

pub(super) const APPLY_TIMES: [(ApplyTime, &str); 2] =
    [(ApplyTime::Immediate, "Immediate"), (ApplyTime::OnReset, "OnReset")];

/// Levels by the standard's word, else by the older `VolumeType` that says the same of the simple ones.
fn level(body: &Value) -> Option<RaidLevel> {
    let word = body.text(&["RAIDType"]);
    if let Some(word) = word {
        return LEVELS.iter().find(|(_, known)| *known == word).map(|(level, _)| *level);
    }
    match body.text(&["VolumeType"]).as_deref() {
        Some("NonRedundant") => Some(RaidLevel::Raid0),
        Some("Mirrored") => Some(RaidLevel::Raid1),
        Some("StripedWithParity") => Some(RaidLevel::Raid5),
        Some("SpannedMirrors") => Some(RaidLevel::Raid10),
        Some("SpannedStripesWithParity") => Some(RaidLevel::Raid50),
        _ => None,
    }
}

fn levels(words: &[String]) -> Vec<RaidLevel> {
    LEVELS
        .iter()
        .filter(|(_, word)| words.iter().any(|known| known == word))
        .map(|(level, _)| *level)
        .collect()
}

/// A world-wide name in one form: lower case, without separators. The standard's identifiers first.
pub(crate) fn wwn(body: &Value) -> Option<String> {
    let durable = body.list(&["Identifiers"]).iter().find_map(|one| {
        let format = one.text(&["DurableNameFormat"]).unwrap_or_default();
        one.text(&["DurableName"])
            .filter(|_| matches!(format.as_str(), "NAA" | "EUI" | "NGUID" | "UUID" | ""))
    });
    let told = durable.or_else(|| body.text(&["Oem", "Dell", "DellPhysicalDisk", "WWN"]))?;
    let plain: String = told.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_ascii_lowercase();
    let separators = told.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '-' | '.' | ' '));
    // A form with letters beyond hex, such as `eui.…` or `0x…`, keeps its digits alone.
    let digits = if separators { plain } else { told.rsplit(['.', 'x']).next()?.to_ascii_lowercase() };
    (digits.len() >= 8).then_some(digits)
}

/// What a controller can do. `volumes` is its collection of volumes with what the service lets be done there.
pub(crate) fn abilities(controller: &Value, volumes: Option<&Value>, may_create: bool) -> RaidAbilities {
    let mut abilities = RaidAbilities::default();
    abilities.volumes = may_create;
    abilities.levels = levels(&controller.texts(&["SupportedRAIDTypes"]));
    if abilities.levels.is_empty() {
        let capabilities = volumes
            .map(|v| v.texts(&["@Redfish.CollectionCapabilities", "RAIDType@Redfish.AllowableValues"]));
        abilities.levels = levels(&capabilities.unwrap_or_default());
    }
    let support = |holder: &Value| holder.texts(&["@Redfish.OperationApplyTimeSupport", "SupportedValues"]);
    let mut times = volumes.map(support).unwrap_or_default();
    if times.is_empty() {
        times = support(controller);
    }
    let known = APPLY_TIMES.iter().filter(|(_, word)| times.iter().any(|value| value == word));
    abilities.apply_times = known.map(|(time, _)| *time).collect();
    // Who does not tell does it at once.
    if abilities.apply_times.is_empty() && may_create {
        abilities.apply_times.push(ApplyTime::Immediate);
    }
    if may_create {
        abilities.initialize = vec![Initialize::Fast, Initialize::Slow];
    }
    abilities
}

fn mode_of(word: &str) -> Option<ControllerMode> {
    match word.to_ascii_lowercase().replace(['-', ' '], "").as_str() {
        "raid" => Some(ControllerMode::Raid),
        "hba" | "enhancedhba" | "ehba" => Some(ControllerMode::Hba),
        "mixed" => Some(ControllerMode::Mixed),
        _ => None,
    }
}

/// The mode of controllers that have one (Dell's words): the one in force, which is not always the one asked for.
fn mode(controller: &Value) -> Option<ControllerMode> {
    let own = controller.at(&["Oem", "Dell", "DellStorageController"]);
    let now = own.text(&["CurrentControllerMode"]).or_else(|| own.text(&["ControllerMode"]));
    mode_of(&now?)
}

/// The modes that can be set: those that are listed; else, of a controller that has a mode and a settings object to
/// ask for another, RAID and pass-through.
pub(crate) fn settable_modes(controller: &Value) -> Vec<ControllerMode> {
    let own = controller.at(&["Oem", "Dell", "DellStorageController"]);
    let listed = own.texts(&["SupportedControllerMode"]);
    let mut settable: Vec<_> = listed.iter().filter_map(|word| mode_of(word)).collect();
    settable.dedup();
    let has_settings = controller.text(&["@Redfish.Settings", "SettingsObject", "@odata.id"]).is_some();
    if settable.is_empty() && has_settings && mode(controller).is_some() {
        settable = vec![ControllerMode::Raid, ControllerMode::Hba];
    }
    settable
}

pub(crate) fn controller(id: &str, body: &Value) -> RaidController {
    let mut controller = RaidController::new(ControllerId::from(id));
    controller.model = body.text(&["Model"]).or_else(|| body.text(&["Name"]));
    controller.serial_number = body.text(&["SerialNumber"]);
    controller.firmware_version = body.text(&["FirmwareVersion"]);
    controller.health = body.health();
    controller.mode = mode(body);
    controller
}

/// What a drive is used for: its spare type and volumes, then its state, then a vendor's word.
fn usage(body: &Value) -> DriveUse {
    let vendor = body.text(&["Oem", "Dell", "DellPhysicalDisk", "RaidStatus"]);
    let foreign = vendor.as_deref() == Some("Foreign")
        || body.text(&["Oem", "Hpe", "DriveStatus", "State"]).as_deref() == Some("Foreign");
    let state = body.text(&["Status", "State"]);
    let spare = body.text(&["HotspareType"]);
    if foreign {
        return DriveUse::Foreign;
    }
    match spare.as_deref() {
        Some("Global" | "Chassis") => return DriveUse::GlobalSpare,
        Some("Dedicated") => return DriveUse::DedicatedSpare,
        _ => {}
    }
    if !body.list(&["Links", "Volumes"]).is_empty() {
        return DriveUse::Member;
    }
    match (vendor.as_deref(), state.as_deref()) {
        (Some("Online" | "Degraded" | "Rebuilding"), _) => DriveUse::Member,
        (Some("Ready"), _) => DriveUse::Free,
        (Some("NonRAID"), _) => DriveUse::PassThrough,
        (Some("Failed" | "Blocked" | "Missing"), _) | (_, Some("Disabled" | "UnavailableOffline")) => {
            DriveUse::Failed
        }
        (_, Some("StandbySpare")) => DriveUse::GlobalSpare,
        (_, Some("Enabled" | "StandbyOffline")) => DriveUse::Free,
        // Q24c: no state at all; a drive whose health is told is in service.
        (_, None) if body.health().is_some() => DriveUse::Free,
        _ => DriveUse::Unknown,
    }
}

pub(crate) fn drive(id: &str, controller: &str, body: &Value) -> RaidDrive {
    let mut drive = RaidDrive::new(DriveId::from(id), ControllerId::from(controller));
    drive.location = body
        .text(&["PhysicalLocation", "PartLocation", "ServiceLabel"])
        .or_else(|| body.list(&["Location"]).first().and_then(|place| place.text(&["Info"])));
    drive.wwn = wwn(body);
    drive.serial_number = body.text(&["SerialNumber"]);
    drive.model = body.text(&["Model"]);
    drive.media = match body.text(&["MediaType"]).as_deref() {
        Some("SSD") => Some(Media::Ssd),
        Some("HDD" | "SMR") => Some(Media::Hdd),
        _ => None,
    };
    drive.protocol = match body.text(&["Protocol"]).as_deref() {
        Some("SATA") => Some(DriveProtocol::Sata),
        Some("SAS") => Some(DriveProtocol::Sas),
        Some("NVMe" | "PCIe" | "NVMeOverFabrics") => Some(DriveProtocol::Nvme),
        _ => None,
    };
    drive.capacity_bytes = body.whole(&["CapacityBytes"]);
    drive.usage = usage(body);
    drive.health = body.health();
    drive.failure_predicted = body.truth(&["FailurePredicted"]);
    drive
}

/// A volume, with the addresses of its members for the caller to name; `None` for a drive that is shown as a volume of
/// itself, as controllers without RAID do.
pub(crate) fn volume(id: &str, controller: &str, body: &Value) -> Option<Volume> {
    let raw = body.text(&["VolumeType"]).as_deref() == Some("RawDevice");
    let none = body.text(&["RAIDType"]).is_none() && body.at(&["RAIDType"]).as_str() == Some("None");
    if raw || none {
        return None;
    }
    let mut volume = Volume::new(VolumeId::from(id), ControllerId::from(controller));
    // The name that people gave is `DisplayName` where the resource keeps `Name` for itself.
    volume.name = body.text(&["DisplayName"]).or_else(|| body.text(&["Name"]));
    volume.level = level(body);
    volume.capacity_bytes =
        body.whole(&["CapacityBytes"]).or_else(|| body.whole(&["Capacity", "Data", "AllocatedBytes"]));
    volume.strip_bytes = body.whole(&["StripSizeBytes"]).or_else(|| body.whole(&["OptimumIOSizeBytes"]));
    volume.wwn = wwn(body);
    volume.encrypted = body.truth(&["Encrypted"]);
    volume.health = body.health();
    volume.operations = body
        .list(&["Operations"])
        .iter()
        .take(16)
        .map(|operation| {
            let name = operation.text(&["OperationName"]).or_else(|| operation.text(&["Operation"]));
            let percent = operation.whole(&["PercentageComplete"]).and_then(|n| u8::try_from(n).ok());
            (name.unwrap_or_else(|| "operation".to_owned()), percent.filter(|n| *n <= 100))
        })
        .collect();
    Some(volume)
}

/// The last part of an address: what a resource is called where it tells no id.
pub(super) fn tail(link: &Link) -> String {
    link.as_str().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_drive_is_used_for_is_told_in_many_ways() {
        let volumes = json!({"Volumes": [{"@odata.id": "/v/1"}]});
        for (body, usage_of) in [
            (json!({"Links": volumes, "Status": {"State": "Enabled"}}), DriveUse::Member),
            (json!({"HotspareType": "Global", "Status": {"State": "Enabled"}}), DriveUse::GlobalSpare),
            (json!({"HotspareType": "None", "Status": {"State": "Enabled"}}), DriveUse::Free),
            (
                json!({"Oem": {"Dell": {"DellPhysicalDisk": {"RaidStatus": "Foreign"}}}, "Links": volumes}),
                DriveUse::Foreign,
            ),
            (
                json!({"Oem": {"Dell": {"DellPhysicalDisk": {"RaidStatus": "NonRAID"}}}}),
                DriveUse::PassThrough,
            ),
            (json!({"Status": {"Health": "OK"}}), DriveUse::Free),
            (json!({}), DriveUse::Unknown),
        ] {
            assert_eq!(usage(&body), usage_of, "{body}");
        }
    }

    #[test]
    fn world_wide_names_are_one_form() {
        let of = |name: &str, format: &str| {
            wwn(&json!({"Identifiers": [{"DurableName": name, "DurableNameFormat": format}]}))
        };
        assert_eq!(of("50:01:43:80:12:34:AB:CD", "NAA").as_deref(), Some("500143801234abcd"));
        assert_eq!(of("eui.0025385B21404CE9", "EUI").as_deref(), Some("0025385b21404ce9"));
        assert_eq!(of("0x5000C500A1B2C3D4", "NAA").as_deref(), Some("5000c500a1b2c3d4"));
        assert_eq!((of("NQN", "NQN"), wwn(&json!({"Identifiers": null}))), (None, None));
    }

    #[test]
    fn a_drive_shown_as_a_volume_of_itself_is_none() {
        assert!(volume("1", "c", &json!({"VolumeType": "RawDevice"})).is_none());
        assert!(volume("1", "c", &json!({"RAIDType": "None"})).is_none());
        let old = volume("1", "c", &json!({"VolumeType": "Mirrored", "CapacityBytes": 5})).unwrap();
        assert_eq!((old.level, old.capacity_bytes), (Some(RaidLevel::Raid1), Some(5)));
        let odd = volume("1", "c", &json!({"RAIDType": "RAID1Triple"})).unwrap();
        assert_eq!(odd.level, None, "a level without a word of ours is unknown, and the volume is there");
    }
}
