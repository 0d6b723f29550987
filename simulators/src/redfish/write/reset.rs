//! `ComputerSystem.Reset` and `Manager.Reset`.

use http::{StatusCode, header};
use serde_json::{Map, Value};

use super::{Handler, done, only_parameters, refused, word};
use crate::plant::{Change, HostPhase, PowerAction, PowerState, Refusal};
use crate::redfish::ORIGIN;
use crate::redfish::messages::Key;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::service::{Service, vendor_or};
use crate::redfish::tree::Scene;

const SYSTEM: &str = "ComputerSystem.Reset";
const MANAGER: &str = "Manager.Reset";
const TYPE: &str = "ResetType";

pub(super) fn action(scene: &Scene<'_>, owner: &str, action: &str) -> Option<Handler> {
    match action {
        SYSTEM if owner == scene.system() => Some(|call, body| system(call.scene, body)),
        MANAGER if owner == scene.manager() => Some(|call, body| manager(call.service, call.scene, body)),
        _ => None,
    }
}

fn system(scene: &Scene<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(SYSTEM, body, &[TYPE])?;
    let reset_type = word(SYSTEM, body, TYPE, &scene.data.reset_types)?;
    let now = &scene.snapshot;
    let off = now.power == PowerState::Off;
    let action = match reset_type {
        "On" | "ForceOn" => PowerAction::On,
        "ForceOff" => PowerAction::ForceOff,
        "GracefulShutdown" => PowerAction::GracefulOff,
        "ForceRestart" => PowerAction::ForceReset,
        "GracefulRestart" => PowerAction::GracefulReset,
        "PowerCycle" | "FullPowerCycle" => PowerAction::Cycle,
        "Nmi" => PowerAction::Nmi,
        "PushPowerButton" if off => PowerAction::On,
        "PushPowerButton" => PowerAction::GracefulOff,
        // A persona lists a type that this view has no action for: refuse rather than pretend.
        other => {
            return Err(Reply::refuse(
                StatusCode::BAD_REQUEST,
                Key::ActionParameterValueNotInList,
                &[other, TYPE, SYSTEM],
            ));
        }
    };
    let quirks = scene.quirks;
    let settling = now.phase == HostPhase::Off && now.in_phase.as_secs_f64() < scene.data.refuse_on_seconds;
    if action == PowerAction::On && quirks.has(Quirk::OnRefusedAfterOff) && settling && was_on(scene) {
        return Err(Reply::refuse(
            StatusCode::CONFLICT,
            Key::ActionParameterValueConflict,
            &[TYPE, reset_type],
        ));
    }
    let messages = &scene.data.messages;
    match scene.server.power(action, ORIGIN) {
        Ok(Change::AlreadySo) if quirks.has(Quirk::AlreadyIsConflict) => {
            let text = "The server has that power state already.";
            let message = vendor_or(messages.already.as_ref(), text, Key::ResourceInUse);
            Err(Reply::error(StatusCode::CONFLICT, &[message]))
        }
        Ok(Change::AlreadySo) | Err(Refusal::InTransition) if quirks.has(Quirk::NotReadyByMessage) => {
            let text = "The operation makes no sense in the present power state.";
            let message = vendor_or(messages.not_ready.as_ref(), text, Key::ResourceInUse);
            Err(Reply::error(StatusCode::BAD_REQUEST, &[message]))
        }
        Ok(Change::Made | Change::AlreadySo) => Ok(done(scene)),
        Err(Refusal::InTransition) => {
            let mut reply = refused(Refusal::InTransition);
            reply.push(header::RETRY_AFTER, "2");
            Err(reply)
        }
        Err(refusal) => Err(refused(refusal)),
    }
}

/// Whether the host ever ran, so that its being off is something that happened.
fn was_on(scene: &Scene<'_>) -> bool {
    scene.snapshot.last_reset.is_some()
}

fn manager(service: &Service, scene: &Scene<'_>, body: &Map<String, Value>) -> Answer {
    only_parameters(MANAGER, body, &[TYPE])?;
    word(MANAGER, body, TYPE, &scene.manager_reset_types())?;
    // The answer still leaves; then every connection ends with the controller.
    service.server.reset_bmc(ORIGIN).map_err(refused)?;
    Ok(done(scene))
}
