//! Writing `Boot` of the computer system.

use http::StatusCode;
use serde_json::{Map, Value};

use super::boot_order::{self, ORDER, URI};
use super::{patch, refused};
use crate::plant::{BiosCommit, BootMode, BootOverride, BootTarget, HostPhase, Persistence};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::Reply;
use crate::redfish::service::vendor_or;
use crate::redfish::tree::{Scene, USB_CD, boot_enabled, boot_options, boot_target};

const TARGET: &str = "BootSourceOverrideTarget";
const ENABLED: &str = "BootSourceOverrideEnabled";
const MODE: &str = "BootSourceOverrideMode";

/// Every target of the plant, to find one by its name.
const TARGETS: &[BootTarget] = &[
    BootTarget::Pxe,
    BootTarget::Disk,
    BootTarget::Cd,
    BootTarget::Usb,
    BootTarget::Floppy,
    BootTarget::BiosSetup,
    BootTarget::UefiHttp,
    BootTarget::Diagnostics,
    BootTarget::SdCard,
    // Last: where a virtual CD has the same name, that is meant.
    BootTarget::BuiltInCd,
];

/// What a request says, each part if given.
#[derive(Default)]
struct Wanted {
    /// `Some(None)` is the target `None`.
    target: Option<Option<BootTarget>>,
    /// `Some(None)` is `Disabled`.
    enabled: Option<Option<Persistence>>,
    mode: Option<BootMode>,
    order: Option<Vec<u16>>,
    /// `Some(None)` leaves it to DHCP.
    uri: Option<Option<String>>,
}

/// Changes the override, or says what is wrong with the request.
///
/// - Parts that are not given keep their value while an override is in force.
/// - `Disabled` or the target `None` removes the override.
/// - With no override in force, a target without Enabled, or the reverse, is refused: it would mean nothing.
pub(super) fn apply(scene: &Scene<'_>, fields: &Map<String, Value>) -> Result<(), Vec<Message>> {
    let mut wanted = read(scene, fields)?;
    let (order, uri) = (wanted.order.take(), wanted.uri.take());
    let overridden = wanted.target.is_some() || wanted.enabled.is_some() || wanted.mode.is_some();
    if overridden {
        set_override(scene, &wanted)?;
    }
    let server = scene.server;
    if let Some(uri) = uri {
        patch::done(server.set_http_boot_uri(uri, ORIGIN))?;
    }
    if let Some(order) = order {
        // What is not shown keeps its place behind the rest.
        let order = order.into_iter().chain(boot_options::hidden(scene)).collect();
        let stage = scene.quirks.has(Quirk::BootOnSettings);
        patch::done(server.set_boot_order(order, stage, ORIGIN))?;
    }
    Ok(())
}

fn set_override(scene: &Scene<'_>, wanted: &Wanted) -> Result<(), Vec<Message>> {
    let quirks = scene.quirks;
    if let Some(mode) = wanted.mode
        && quirks.has(Quirk::SecureBootIsBiosJob)
        && mode != scene.server.boot_mode()
    {
        let job = &scene.data.bios.job_name;
        let staged = scene.server.set_boot_mode(mode, BiosCommit::Job, job, ORIGIN);
        staged.map_err(|_| vec![Message::base(Key::PropertyNotWritable, &[MODE]).about(&boot(MODE))])?;
        if wanted.target.is_none() && wanted.enabled.is_none() {
            return Ok(());
        }
    }
    let given = [
        (TARGET, wanted.target.is_some()),
        (ENABLED, wanted.enabled.is_some()),
        (MODE, wanted.mode.is_some()),
    ];
    let whole = given.iter().all(|(_, given)| *given);
    if quirks.has(Quirk::DemandsWholeBoot) && !whole {
        let missing = given.iter().filter(|(_, given)| !given);
        return Err(missing
            .map(|(name, _)| Message::base(Key::PropertyMissing, &[name]).about(&boot(name)))
            .collect());
    }
    let current = scene.snapshot.boot_override;
    if quirks.has(Quirk::RefusesSameEnabled)
        && wanted.enabled == Some(current.map(|current| current.persistence))
    {
        let value = boot_enabled(wanted.enabled.flatten());
        return Err(vec![
            Message::base(Key::PropertyValueFormatError, &[value, ENABLED]).about(&boot(ENABLED)),
        ]);
    }
    let target = wanted.target.unwrap_or(current.map(|current| current.target));
    let enabled = wanted.enabled.unwrap_or(current.map(|current| current.persistence));
    let asked_off = wanted.target == Some(None) || wanted.enabled == Some(None);
    let setting = match (target, enabled) {
        _ if asked_off => None,
        (Some(target), Some(persistence)) => Some(BootOverride {
            target,
            persistence,
            mode: wanted.mode.or(current.and_then(|current| current.mode)),
        }),
        (Some(_), None) => {
            return Err(vec![Message::base(Key::PropertyMissing, &[ENABLED]).about(&boot(ENABLED))]);
        }
        (None, _) => return Err(vec![Message::base(Key::PropertyMissing, &[TARGET]).about(&boot(TARGET))]),
    };
    // This is the quirk: the service says yes and has the override disabled.
    let reverts = quirks.has(Quirk::NeedsWholeBoot) && !whole && !asked_off;
    let setting = if reverts { None } else { setting };
    scene
        .server
        .set_boot_override(setting, None, ORIGIN)
        .map(|_| ())
        .map_err(|_| vec![Message::base(Key::ServiceTemporarilyUnavailable, &["5"])])
}

/// Refuses, before anything is read, what the service refuses as a whole.
pub(super) fn refused_now(scene: &Scene<'_>, fields: &Map<String, Value>) -> Result<(), Box<Reply>> {
    if scene.quirks.has(Quirk::BootRefusedInPost) && scene.snapshot.phase == HostPhase::Post {
        let text = "The setting cannot be changed while the system is in POST.";
        let message = vendor_or(scene.data.messages.in_post.as_ref(), text, Key::ResourceInUse);
        return Err(Reply::error(StatusCode::BAD_REQUEST, &[message]));
    }
    let continuous = fields.get(ENABLED).and_then(Value::as_str) == Some("Continuous");
    if continuous && scene.quirks.has(Quirk::RefusesContinuous) {
        return Err(Reply::refuse(
            StatusCode::NOT_IMPLEMENTED,
            Key::PropertyValueNotInList,
            &["Continuous", ENABLED],
        ));
    }
    if !scene.server_up() {
        return Err(refused(crate::plant::Refusal::BmcDown));
    }
    Ok(())
}

fn read(scene: &Scene<'_>, fields: &Map<String, Value>) -> Result<Wanted, Vec<Message>> {
    let mut wanted = Wanted::default();
    let mut problems = Vec::new();
    for (name, value) in fields {
        let about = boot(name);
        match name.as_str() {
            ORDER if boot_options::are_there(scene) => {
                match boot_order::read_order(scene, value) {
                    Ok(order) => wanted.order = Some(order),
                    Err(mut messages) => problems.append(&mut messages),
                }
                continue;
            }
            URI if scene.data.boot_options.http_boot_uri => {
                match boot_order::read_uri(value) {
                    Ok(uri) => wanted.uri = Some(uri),
                    Err(mut messages) => problems.append(&mut messages),
                }
                continue;
            }
            _ => {}
        }
        let Some(text) = value.as_str() else {
            let key = if matches!(name.as_str(), TARGET | ENABLED | MODE) {
                Message::base(Key::PropertyValueTypeError, &[&value.to_string(), name])
            } else {
                Message::base(Key::PropertyUnknown, &[name])
            };
            problems.push(key.about(&about));
            continue;
        };
        let not_listed = || Message::base(Key::PropertyValueNotInList, &[text, name]).about(&about);
        match name.as_str() {
            TARGET if text == "None" => wanted.target = Some(None),
            TARGET => {
                let offered = scene.data.boot_targets.iter().any(|offered| offered == text);
                let target = TARGETS.iter().copied().find(|target| boot_target(scene, *target) == text);
                let target = match target {
                    Some(BootTarget::Cd) if scene.quirks.has(Quirk::NoVirtualCdByOverride) => {
                        Some(BootTarget::BuiltInCd)
                    }
                    other => other,
                };
                let offered = offered || (text == USB_CD && scene.quirks.has(Quirk::UsbCd));
                match target.filter(|_| offered) {
                    Some(target) => wanted.target = Some(Some(target)),
                    None => problems.push(not_listed()),
                }
            }
            ENABLED => match text {
                "Disabled" => wanted.enabled = Some(None),
                "Once" => wanted.enabled = Some(Some(Persistence::Once)),
                "Continuous" if !scene.quirks.has(Quirk::NoContinuous) => {
                    wanted.enabled = Some(Some(Persistence::Continuous));
                }
                _ => problems.push(not_listed()),
            },
            MODE if scene.data.boot_mode && !scene.quirks.has(Quirk::NoBootMode) => match text {
                "UEFI" => wanted.mode = Some(BootMode::Uefi),
                "Legacy" => wanted.mode = Some(BootMode::Legacy),
                _ => problems.push(not_listed()),
            },
            _ => problems.push(Message::base(Key::PropertyUnknown, &[name]).about(&about)),
        }
    }
    if problems.is_empty() { Ok(wanted) } else { Err(problems) }
}

/// The pointer of a property of `Boot`.
pub(super) fn boot(name: &str) -> String {
    format!("Boot/{name}")
}
