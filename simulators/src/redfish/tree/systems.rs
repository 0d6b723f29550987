//! The computer system: power, boot, and what it is made of.

use serde_json::{Value, json};

use super::{
    Scene, bios, boot_options, collection_of, date, enclosure, hardware, link, logs, network, ok_status,
    secure_boot, storage, with,
};
use crate::plant::{BootMode, BootTarget, HostPhase, Identify, Persistence, PowerState, RestorePolicy};
use crate::redfish::media;
use crate::redfish::oem::dell;
use crate::redfish::persona::{Allowable, LogOwner};
use crate::redfish::quirks::Quirk;

pub(super) fn render(scene: &Scene<'_>, path: &str, rest: &[&str]) -> Option<Value> {
    let ids = &scene.data.ids;
    match rest {
        [] => {
            let members = enclosure::systems(scene);
            Some(collection_of(path, "ComputerSystem", "Computer System Collection", members))
        }
        [id, ..] if *id != ids.system => None,
        [_] => Some(system(scene, path)),
        [_, "ResetActionInfo"] if scene.data.allowable != Allowable::Inline => Some(action_info(scene, path)),
        [_, "Processors", rest @ ..] => hardware::processors(scene, path, rest),
        [_, "Memory", rest @ ..] => hardware::memory(scene, path, rest),
        [_, "EthernetInterfaces", rest @ ..] => network::interfaces(scene, path, rest),
        [_, "Storage", rest @ ..] => storage::render(scene, path, rest),
        [_, "BootOptions", rest @ ..] => boot_options::render(scene, path, rest),
        [_, "Settings"] if boot_options::settings_path(scene).is_some() => Some(boot_settings(scene, path)),
        [_, "SecureBoot", rest @ ..] => secure_boot::render(scene, path, rest),
        [_, "LogServices", rest @ ..] if scene.data.log.owner == LogOwner::System => {
            logs::render(scene, path, rest)
        }
        _ => None,
    }
}

fn system(scene: &Scene<'_>, path: &str) -> Value {
    let (data, spec, now) = (scene.data, scene.spec(), &scene.snapshot);
    let model = &spec.persona;
    let state = if now.power == PowerState::Off { "Disabled" } else { "Enabled" };
    let mut system = with(
        scene.resource(path, "ComputerSystem", &data.ids.system, "System"),
        json!({
            "SystemType": "Physical",
            "Manufacturer": model.manufacturer,
            "Model": model.model,
            "SKU": model.part_number,
            "SerialNumber": spec.serial,
            "AssetTag": spec.asset_tag,
            "UUID": if scene.quirks.has(Quirk::EmptyForNone) { String::new() } else { spec.uuid_text() },
            "BiosVersion": scene.server.bios_version(),
            "PowerState": power_state(now.power),
            "PowerRestorePolicy": restore_policy(now.restore_policy),
            "Status": { "State": state, "Health": "OK", "HealthRollup": health_rollup(scene) },
            "ProcessorSummary": {
                "Count": spec.processors.count,
                "CoreCount": spec.processors.count * spec.processors.cores,
                "LogicalProcessorCount": spec.processors.count * scene.service.server.processor_threads(),
                "Model": spec.processors.model,
                "Status": ok_status("Enabled"),
            },
            "MemorySummary": { "TotalSystemMemoryGiB": spec.memory_gib(), "Status": ok_status("Enabled") },
            "Processors": link(&format!("{path}/Processors")),
            "Memory": link(&format!("{path}/Memory")),
            "EthernetInterfaces": link(&format!("{path}/EthernetInterfaces")),
            "Storage": link(&format!("{path}/Storage")),
            "Links": {
                "Chassis": [link(&scene.chassis())],
                "ManagedBy": [link(&scene.manager())],
            },
            "Actions": { "#ComputerSystem.Reset": reset_action(scene, path) },
        }),
    );
    let Some(fields) = system.as_object_mut() else { return system };
    if !scene.quirks.has(Quirk::NoBootOverride) {
        fields.insert("Boot".into(), boot(scene, false));
    }
    if let Some(settings) = boot_options::settings_path(scene) {
        let kind = format!("#Settings.{}.Settings", scene.schema("Settings"));
        let object = json!({
            "@odata.type": kind,
            "SettingsObject": link(&settings),
            "SupportedApplyTimes": ["OnReset"],
        });
        fields.insert("@Redfish.Settings".into(), object);
    }
    if secure_boot::is_there(scene) {
        fields.insert("SecureBoot".into(), link(&secure_boot::path(scene)));
    }
    if bios::is_there(scene) {
        fields.insert("Bios".into(), link(&bios::path(scene)));
    }
    if scene.quirks.has(Quirk::NoEthernetInterfaces) {
        fields.remove("EthernetInterfaces");
    }
    if let Some(oem) = dell::system_links(scene) {
        fields["Links"]["Oem"] = oem;
    }
    if let Some(media) = media::collection_path(scene).filter(|media| media.starts_with(path)) {
        fields.insert("VirtualMedia".into(), link(&media));
    }
    if data.log.owner == LogOwner::System {
        fields.insert("LogServices".into(), link(&format!("{path}/LogServices")));
    }
    if data.indicator_led {
        fields.insert("IndicatorLED".into(), indicator(now.identify).into());
    } else {
        fields.insert("LocationIndicatorActive".into(), (now.identify != Identify::Off).into());
    }
    if data.boot_progress {
        let mut progress = json!({ "LastState": boot_progress(now.phase) });
        if let (true, Some(boot)) = (data.last_reset_time, now.last_boot()) {
            progress["LastStateTime"] = date(boot.at).into();
        }
        fields.insert("BootProgress".into(), progress);
    }
    if data.last_reset_time {
        // The plant says when the host last started; a machine that never did has nothing to say.
        if scene.quirks.has(Quirk::ZeroDates) && now.boot_count == 0 {
            fields.insert("LastResetTime".into(), "0000-00-00T00:00:00+00:00".into());
        } else if let Some(at) = now.last_reset {
            fields.insert("LastResetTime".into(), date(at).into());
        }
    }
    if data.hpe_post_state {
        let oem = fields.entry("Oem").or_insert_with(|| json!({}));
        oem["Hpe"]["PostState"] = hpe_post_state(now.phase).into();
    }
    if scene.quirks.has(Quirk::NoManagedBy)
        && let Some(links) = fields.get_mut("Links").and_then(Value::as_object_mut)
    {
        links.remove("ManagedBy");
    }
    system
}

fn health_rollup(scene: &Scene<'_>) -> &'static str {
    if scene.snapshot.supplies.iter().all(|supply| supply.input) { "OK" } else { "Warning" }
}

fn reset_action(scene: &Scene<'_>, path: &str) -> Value {
    let mut action = json!({ "target": format!("{path}/Actions/ComputerSystem.Reset") });
    if scene.data.allowable != Allowable::ActionInfo {
        action["ResetType@Redfish.AllowableValues"] = scene.data.reset_types.clone().into();
    }
    if scene.data.allowable != Allowable::Inline {
        action["@Redfish.ActionInfo"] = format!("{path}/ResetActionInfo").into();
    }
    action
}

fn action_info(scene: &Scene<'_>, path: &str) -> Value {
    with(
        scene.resource(path, "ActionInfo", "ResetActionInfo", "Reset Action Info"),
        json!({ "Parameters": [{
            "Name": "ResetType",
            "Required": true,
            "DataType": "String",
            "AllowableValues": scene.data.reset_types,
        }]}),
    )
}

// ── Boot ─────────────────────────────────────────────────────────────────────────────────────

/// What is written on in place of the system (quirk Q11a).
fn boot_settings(scene: &Scene<'_>, path: &str) -> Value {
    let name = "Computer System Settings";
    with(scene.resource(path, "ComputerSystem", "Settings", name), json!({ "Boot": boot(scene, true) }))
}

fn boot(scene: &Scene<'_>, waiting: bool) -> Value {
    let data = scene.data;
    let setting = scene.snapshot.boot_override;
    let mut targets = vec!["None".to_owned()];
    let hidden = |target: &&String| *target == "UefiHttp" && scene.quirks.has(Quirk::HidesUefiHttp);
    targets.extend(data.boot_targets.iter().filter(|target| !hidden(target)).cloned());
    if scene.quirks.has(Quirk::UsbCd) {
        targets.push(USB_CD.to_owned());
    }
    let mut boot = json!({
        "BootSourceOverrideEnabled": boot_enabled(setting.map(|setting| setting.persistence)),
        "BootSourceOverrideTarget": setting.map_or("None", |setting| boot_target(scene, setting.target)),
        "BootSourceOverrideTarget@Redfish.AllowableValues": targets,
    });
    if data.boot_mode && !scene.quirks.has(Quirk::NoBootMode) {
        let mode = setting.and_then(|setting| setting.mode);
        let mode = mode.unwrap_or_else(|| scene.server.boot_mode());
        boot["BootSourceOverrideMode"] = boot_mode(mode).into();
        boot["BootSourceOverrideMode@Redfish.AllowableValues"] = json!(["UEFI", "Legacy"]);
    }
    if !scene.quirks.has(Quirk::NoContinuous) {
        boot["BootSourceOverrideEnabled@Redfish.AllowableValues"] = json!(["Disabled", "Once", "Continuous"]);
    }
    if let Some(fields) = boot.as_object_mut() {
        boot_options::extend(scene, fields, waiting);
    }
    boot
}

pub(crate) fn boot_enabled(persistence: Option<Persistence>) -> &'static str {
    match persistence {
        None => "Disabled",
        Some(Persistence::Once) => "Once",
        Some(Persistence::Continuous) => "Continuous",
    }
}

fn boot_mode(mode: BootMode) -> &'static str {
    match mode {
        BootMode::Legacy => "Legacy",
        BootMode::Uefi => "UEFI",
    }
}

/// What one vendor calls a virtual CD (Q26a).
pub(crate) const USB_CD: &str = "UsbCd";

/// A boot target in this service's words.
pub(crate) fn boot_target(scene: &Scene<'_>, target: BootTarget) -> &'static str {
    match target {
        BootTarget::Cd if scene.quirks.has(Quirk::UsbCd) => USB_CD,
        other => boot_target_name(other),
    }
}

pub(crate) fn boot_target_name(target: BootTarget) -> &'static str {
    match target {
        BootTarget::Pxe => "Pxe",
        BootTarget::Disk => "Hdd",
        BootTarget::Cd | BootTarget::BuiltInCd => "Cd",
        BootTarget::Usb => "Usb",
        BootTarget::Floppy => "Floppy",
        BootTarget::BiosSetup => "BiosSetup",
        BootTarget::UefiHttp => "UefiHttp",
        BootTarget::Diagnostics => "Diags",
        BootTarget::SdCard => "SDCard",
    }
}

fn boot_progress(phase: HostPhase) -> &'static str {
    match phase {
        HostPhase::Off | HostPhase::PoweringOn | HostPhase::PoweringOff => "None",
        HostPhase::Post => "SystemHardwareInitializationComplete",
        HostPhase::Setup => "SetupEntered",
        HostPhase::Booting => "OSBootStarted",
        HostPhase::Running | HostPhase::ShuttingDown => "OSRunning",
    }
}

fn hpe_post_state(phase: HostPhase) -> &'static str {
    match phase {
        HostPhase::Off | HostPhase::PoweringOn | HostPhase::PoweringOff => "PowerOff",
        HostPhase::Post => "InPost",
        HostPhase::Setup | HostPhase::Booting => "InPostDiscoveryComplete",
        HostPhase::Running | HostPhase::ShuttingDown => "FinishedPost",
    }
}

// ── Words ────────────────────────────────────────────────────────────────────────────────────

fn power_state(state: PowerState) -> &'static str {
    match state {
        PowerState::Off => "Off",
        PowerState::PoweringOn => "PoweringOn",
        PowerState::On => "On",
        PowerState::PoweringOff => "PoweringOff",
    }
}

fn restore_policy(policy: RestorePolicy) -> &'static str {
    match policy {
        RestorePolicy::AlwaysOff => "AlwaysOff",
        RestorePolicy::Previous => "LastState",
        RestorePolicy::AlwaysOn => "AlwaysOn",
    }
}

pub(super) fn indicator(identify: Identify) -> &'static str {
    match identify {
        Identify::Off => "Off",
        Identify::On => "Lit",
        Identify::Timed | Identify::Blinking => "Blinking",
    }
}
