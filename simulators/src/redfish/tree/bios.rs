//! `Bios`, its settings object and its attribute registry.

use serde_json::{Map, Value, json};

use super::{Scene, date, with};
use crate::persona::{BiosAttributeData, BiosData, BiosDependencyData, BiosKind, BiosValue};
use crate::plant::{BiosView, Work};
use crate::redfish::messages::{Key, Message};
use crate::redfish::persona::Allowable;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::Reply;

/// The path of `Bios`.
pub(crate) fn path(scene: &Scene<'_>) -> String {
    let path = scene.data.bios.path.replace("{system}", &scene.system());
    if scene.quirks.has(Quirk::LowerCaseBios) { path.to_ascii_lowercase() } else { path }
}

/// The path of the settings object.
pub(crate) fn settings_path(scene: &Scene<'_>) -> String {
    let settings = &scene.data.bios.settings;
    let lower = scene.quirks.has(Quirk::LowerCaseBios).then(|| settings.to_ascii_lowercase());
    format!("{}/{}", path(scene), lower.as_ref().unwrap_or(settings))
}

/// The path of the registry itself.
pub(super) fn registry_path(scene: &Scene<'_>) -> String {
    scene.data.bios.registry_uri.replace("{bios}", &path(scene))
}

fn data<'a>(scene: &'a Scene<'_>) -> Option<&'a BiosData> {
    scene.spec().persona.bios.as_ref()
}

/// Whether the machine shows settings at all.
pub(super) fn is_there(scene: &Scene<'_>) -> bool {
    data(scene).is_some()
}

/// The name of a setting as this service writes it.
pub(crate) fn served_name(scene: &Scene<'_>, name: &str) -> String {
    if scene.quirks.has(Quirk::NamesWithoutSpaces) { name.replace(' ', "") } else { name.to_owned() }
}

/// The setting that this service gives that name.
pub(crate) fn attribute<'a>(scene: &'a Scene<'_>, served: &str) -> Option<&'a BiosAttributeData> {
    data(scene)?.attributes.iter().find(|data| served_name(scene, &data.name) == served)
}

/// The names of the firmware's passwords.
pub(crate) fn passwords(scene: &Scene<'_>) -> Vec<String> {
    let attributes = data(scene).into_iter().flat_map(|data| &data.attributes);
    let secret = attributes.filter(|data| data.kind() == BiosKind::Password);
    secret.map(|data| served_name(scene, &data.name)).collect()
}

pub(super) fn render(scene: &Scene<'_>, at: &str) -> Option<Value> {
    let data = data(scene)?;
    let bios = path(scene);
    let rest = at.strip_prefix(&bios)?;
    let view = scene.server.bios()?;
    match rest {
        "" => Some(current(scene, &bios, data, &view)),
        "/ChangePasswordActionInfo" if scene.data.allowable != Allowable::Inline => {
            Some(password_info(scene, at))
        }
        _ if at == settings_path(scene) => Some(settings(scene, at, data, &view)),
        _ => None,
    }
}

/// What is answered in place of a document: the registry, or a failure (quirk Q34a).
pub(super) fn instead(scene: &Scene<'_>, at: &str) -> Option<Reply> {
    let data = data(scene)?;
    if at == registry_path(scene) {
        return Some(Reply::document(registry(scene, data)));
    }
    let broken = scene.quirks.has(Quirk::BiosFails) && at == path(scene);
    broken.then(|| *Reply::refuse(http::StatusCode::INTERNAL_SERVER_ERROR, Key::InternalError, &[]))
}

fn value(value: &BiosValue) -> Value {
    match value {
        BiosValue::Boolean(truth) => (*truth).into(),
        BiosValue::Integer(number) => (*number).into(),
        BiosValue::Text(text) => text.clone().into(),
    }
}

/// The settings as an object, in the firmware's order.
fn attributes<'a>(
    scene: &Scene<'_>,
    data: &BiosData,
    pick: impl Fn(&BiosAttributeData) -> Option<&'a BiosValue>,
) -> Map<String, Value> {
    let picked = data.attributes.iter().filter_map(|data| {
        let secret = data.kind() == BiosKind::Password;
        Some((served_name(scene, &data.name), if secret { Value::Null } else { value(pick(data)?) }))
    });
    picked.collect()
}

fn without_nulls(mut attributes: Map<String, Value>) -> Map<String, Value> {
    attributes.retain(|_, value| !value.is_null());
    attributes
}

fn current(scene: &Scene<'_>, at: &str, data: &BiosData, view: &BiosView) -> Value {
    let place = &scene.data.bios;
    let early = scene.quirks.has(Quirk::ShowsPendingAsCurrent);
    let shown = |data: &BiosAttributeData| {
        view.pending.get(&data.name).filter(|_| early).or_else(|| view.current.get(&data.name))
    };
    let empty = scene.quirks.has(Quirk::EmptyUntilBoot) && scene.snapshot.boot_count == 0;
    let attributes = if empty { Map::new() } else { attributes(scene, data, shown) };
    let mut settings = json!({
        "@odata.type": format!("#Settings.{}.Settings", scene.schema("Settings")),
        "SettingsObject": super::link(&settings_path(scene)),
    });
    if place.apply_time {
        settings["SupportedApplyTimes"] = json!(["OnReset"]);
    }
    if let Some(applied) = &view.applied {
        let message = match &applied.failure {
            None => Message::base(Key::Success, &[]),
            Some(_) => Message::base(Key::GeneralError, &[]),
        };
        settings["Time"] = date(applied.at).into();
        settings["Messages"] = json!([message.render()]);
    }
    with(
        scene.resource(at, "Bios", "Bios", "BIOS Configuration Current Settings"),
        json!({
            "AttributeRegistry": place.registry,
            "Attributes": attributes,
            "Actions": actions(scene, at),
            "@Redfish.Settings": settings,
        }),
    )
}

fn settings(scene: &Scene<'_>, at: &str, data: &BiosData, view: &BiosView) -> Value {
    let place = &scene.data.bios;
    let quirks = scene.quirks;
    let all = quirks.has(Quirk::PendingListsAll);
    let shown = |data: &BiosAttributeData| {
        let own = || view.current.get(&data.name).filter(|_| all && !data.read_only);
        view.pending.get(&data.name).or_else(own)
    };
    let pending = without_nulls(attributes(scene, data, shown));
    let mut document = with(
        scene.resource(
            at,
            "Bios",
            at.rsplit('/').next().unwrap_or(at),
            "BIOS Configuration Pending Settings",
        ),
        json!({ "AttributeRegistry": place.registry }),
    );
    if !(quirks.has(Quirk::NoAttributesWhenNonePending) && pending.is_empty()) {
        document["Attributes"] = pending.into();
    }
    if quirks.has(Quirk::PasswordsOnSettings) {
        document["Actions"]["#Bios.ChangePassword"] = change_password(scene, at);
    }
    if quirks.has(Quirk::StagesWithoutApplyTime) {
        let target = format!("{at}/Actions/Oem/DellManager.ClearPending");
        document["Actions"]["Oem"] = json!({ "#DellManager.ClearPending": { "target": target } });
    }
    document
}

fn actions(scene: &Scene<'_>, at: &str) -> Value {
    let owner =
        if scene.quirks.has(Quirk::PasswordsOnSettings) { settings_path(scene) } else { at.to_owned() };
    let mut actions = json!({
        "#Bios.ResetBios": { "target": format!("{at}/Actions/Bios.ResetBios") },
    });
    if !passwords(scene).is_empty() {
        actions["#Bios.ChangePassword"] = change_password(scene, &owner);
    }
    actions
}

fn change_password(scene: &Scene<'_>, owner: &str) -> Value {
    let name = if scene.quirks.has(Quirk::PasswordsOnSettings) {
        "Bios.ChangePasswords"
    } else {
        "Bios.ChangePassword"
    };
    let mut action = json!({ "target": format!("{owner}/Actions/{name}") });
    if scene.data.bios.password_names && scene.data.allowable != Allowable::ActionInfo {
        action["PasswordName@Redfish.AllowableValues"] = passwords(scene).into();
    }
    if scene.data.allowable != Allowable::Inline {
        action["@Redfish.ActionInfo"] = format!("{}/ChangePasswordActionInfo", path(scene)).into();
    }
    action
}

fn password_info(scene: &Scene<'_>, at: &str) -> Value {
    let mut name = json!({ "Name": "PasswordName", "Required": true, "DataType": "String" });
    if scene.data.bios.password_names {
        name["AllowableValues"] = passwords(scene).into();
    }
    with(
        scene.resource(at, "ActionInfo", "ChangePasswordActionInfo", "Change Password Action Info"),
        json!({ "Parameters": [
            name,
            { "Name": "OldPassword", "Required": false, "DataType": "String" },
            { "Name": "NewPassword", "Required": true, "DataType": "String" },
        ]}),
    )
}

/// The resource that a job of settings was asked of.
pub(super) fn target(scene: &Scene<'_>, work: &Work) -> Option<String> {
    matches!(work, Work::BiosSettings(_)).then(|| settings_path(scene))
}

// ── The registry ─────────────────────────────────────────────────────────────────────────────

pub(super) fn registry_file(scene: &Scene<'_>, at: &str) -> Value {
    let place = &scene.data.bios;
    with(
        scene.resource(at, "MessageRegistryFile", &place.registry_file, "BIOS Attribute Registry File"),
        json!({
            "Registry": place.registry_name,
            "Languages": ["en"],
            "Location": [{ "Language": "en", "Uri": registry_path(scene) }],
        }),
    )
}

fn registry(scene: &Scene<'_>, data: &BiosData) -> Value {
    let spec = scene.spec();
    let attributes: Vec<Value> =
        data.attributes.iter().enumerate().map(|(at, data)| entry(scene, at, data)).collect();
    let dependencies: Vec<Value> =
        data.dependencies.iter().flat_map(|dependency| mapped(scene, dependency)).collect();
    json!({
        "@odata.type": format!("#AttributeRegistry.{0}.AttributeRegistry", scene.schema("AttributeRegistry")),
        "Id": scene.data.bios.registry,
        "Name": "BIOS Attribute Registry",
        "Description": "The settings of the host's firmware",
        "Language": "en",
        "OwningEntity": spec.persona.manufacturer,
        "RegistryVersion": "1.0.0",
        "SupportedSystems": [{
            "ProductName": spec.persona.model,
            "SystemId": spec.serial,
            "FirmwareVersion": scene.server.bios_version(),
        }],
        "RegistryEntries": { "Attributes": attributes, "Dependencies": dependencies, "Menus": menus(data) },
    })
}

fn entry(scene: &Scene<'_>, at: usize, data: &BiosAttributeData) -> Value {
    let kind = data.kind();
    let display = if data.display.is_empty() { &data.name } else { &data.display };
    let mut entry = json!({
        "AttributeName": served_name(scene, &data.name),
        "DisplayName": display,
        "DisplayOrder": at + 1,
        "HelpText": data.help,
        "MenuPath": data.menu,
        "Type": kind_name(kind),
        "ReadOnly": data.read_only,
        "Immutable": data.read_only,
        "WriteOnly": kind == BiosKind::Password,
        "Hidden": data.hidden,
        "ResetRequired": true,
    });
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            entry[name] = value;
        }
    };
    if kind != BiosKind::Password && !data.read_only {
        put("DefaultValue", value(&data.default()));
    }
    match kind {
        BiosKind::Enumeration => put("Value", allowed(scene, data)),
        BiosKind::Integer => {
            put("LowerBound", data.least.into());
            put("UpperBound", data.most.into());
            put("ScalarIncrement", if data.step > 0 { data.step.into() } else { Value::Null });
        }
        BiosKind::String | BiosKind::Password => {
            put("MinLength", data.min_length.into());
            put("MaxLength", data.max_length.into());
            put("ValueExpression", data.pattern.as_ref().map(|pattern| format!("^{pattern}$")).into());
        }
        BiosKind::Boolean => {}
    }
    entry
}

fn allowed(scene: &Scene<'_>, data: &BiosAttributeData) -> Value {
    let numbered = scene.quirks.has(Quirk::NumberedValueNames);
    let values = data.values.iter().enumerate().map(|(at, allowed)| {
        // With the quirk, what the resource holds stands where only people should look.
        match numbered {
            true => json!({ "ValueName": at.to_string(), "ValueDisplayName": allowed.name }),
            false => json!({ "ValueName": allowed.name, "ValueDisplayName": allowed.display }),
        }
    });
    values.collect()
}

fn kind_name(kind: BiosKind) -> &'static str {
    match kind {
        BiosKind::Enumeration => "Enumeration",
        BiosKind::String => "String",
        BiosKind::Integer => "Integer",
        BiosKind::Boolean => "Boolean",
        BiosKind::Password => "Password",
    }
}

/// A dependency as the registry writes it: one map for each setting concerned.
fn mapped(scene: &Scene<'_>, dependency: &BiosDependencyData) -> Vec<Value> {
    if scene.quirks.has(Quirk::OverridesSilently) {
        return Vec::new();
    }
    let (condition, join, values) = match dependency.is.is_empty() {
        true => ("NEQ", "AND", &dependency.unless),
        false => ("EQU", "OR", &dependency.is),
    };
    let from: Vec<Value> = values
        .iter()
        .enumerate()
        .map(|(at, one)| {
            let mut term = json!({
                "MapFromAttribute": served_name(scene, &dependency.when),
                "MapFromCondition": condition,
                "MapFromProperty": "CurrentValue",
                "MapFromValue": value(one),
            });
            if at > 0 {
                term["MapTerms"] = join.into();
            }
            term
        })
        .collect();
    let map = |name: &String, property: &str, to: Value| {
        let name = served_name(scene, name);
        json!({
            "DependencyFor": name,
            "Type": "Map",
            "Dependency": {
                "MapFrom": from,
                "MapToAttribute": name,
                "MapToProperty": property,
                "MapToValue": to,
            },
        })
    };
    let locks = dependency.locks.iter().map(|name| map(name, "ReadOnly", true.into()));
    let forced = dependency
        .forces
        .iter()
        .flat_map(|forced| dependency.locks.iter().map(|name| map(name, "CurrentValue", value(forced))));
    locks.chain(forced).collect()
}

/// The menus that the settings stand in.
fn menus(data: &BiosData) -> Vec<Value> {
    let mut paths: Vec<&str> = Vec::new();
    for path in data.attributes.iter().map(|data| data.menu.as_str()).filter(|path| !path.is_empty()) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    let menu = |(at, path): (usize, &str)| {
        let name = path.rsplit('/').next().unwrap_or(path);
        json!({
            "MenuName": name,
            "DisplayName": name,
            "DisplayOrder": at + 1,
            "MenuPath": path,
            "ReadOnly": false,
            "Hidden": false,
        })
    };
    paths.into_iter().enumerate().map(menu).collect()
}
