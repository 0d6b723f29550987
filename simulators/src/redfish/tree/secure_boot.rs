//! `SecureBoot` and its databases.

use serde_json::{Value, json};

use super::{Scene, certificates, collection, link, with};
use crate::plant::{KeyDatabase, KeyMode, SecureBootView};
use crate::redfish::messages::Key;
use crate::redfish::persona::Allowable;
use crate::redfish::quirks::Quirk;
use crate::redfish::reply::Reply;
use crate::redfish::service::vendor_or;
use crate::x509::Certificate;

/// What `ResetKeysType` takes on secure boot as a whole.
pub(crate) const RESETS: [&str; 3] = ["ResetAllKeysToDefault", "DeleteAllKeys", "DeletePK"];
/// What it takes on one database.
pub(crate) const DATABASE_RESETS: [&str; 2] = ["ResetAllKeysToDefault", "DeleteAllKeys"];

/// The path of `SecureBoot`.
pub(crate) fn path(scene: &Scene<'_>) -> String {
    format!("{}/SecureBoot", scene.system())
}

pub(super) fn is_there(scene: &Scene<'_>) -> bool {
    scene.spec().persona.secure_boot.is_some()
}

/// The answer to whoever has no licence to look (quirk Q27b).
pub(crate) fn instead(scene: &Scene<'_>, at: &str) -> Option<Reply> {
    let path = path(scene);
    let mine = at.strip_prefix(&path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !(mine && is_there(scene) && scene.quirks.has(Quirk::SecureBootNeedsLicence)) {
        return None;
    }
    let text = "The feature needs a licence that this machine does not have.";
    let message = vendor_or(scene.data.messages.no_licence.as_ref(), text, Key::GeneralError);
    Some(*Reply::error(http::StatusCode::FORBIDDEN, &[message]))
}

pub(super) fn render(scene: &Scene<'_>, at: &str, rest: &[&str]) -> Option<Value> {
    let view = scene.server.secure_boot()?;
    let database = |id: &str| view.databases.iter().find(|database| database.id == id);
    match rest {
        [] => Some(secure_boot(scene, at, &view)),
        ["ResetKeysActionInfo"] if scene.data.allowable != Allowable::Inline => {
            Some(reset_info(scene, at, &RESETS))
        }
        ["SecureBootDatabases"] => {
            let ids = view.databases.iter().map(|database| database.id.to_owned());
            Some(collection(at, "SecureBootDatabase", "Secure Boot Database Collection", ids))
        }
        ["SecureBootDatabases", id] => Some(document(scene, at, database(id)?)),
        ["SecureBootDatabases", id, "ResetKeysActionInfo"] if scene.data.allowable != Allowable::Inline => {
            database(id)?;
            Some(reset_info(scene, at, &DATABASE_RESETS))
        }
        ["SecureBootDatabases", id, "Certificates", rest @ ..] => keys(scene, at, database(id)?, rest),
        ["SecureBootDatabases", id, "Signatures", rest @ ..] => digests(scene, at, database(id)?, rest),
        _ => None,
    }
}

fn secure_boot(scene: &Scene<'_>, at: &str, view: &SecureBootView) -> Value {
    let mode = match view.mode {
        KeyMode::Setup => "SetupMode",
        KeyMode::User => "UserMode",
        KeyMode::Deployed => "DeployedMode",
    };
    with(
        scene.resource(at, "SecureBoot", "SecureBoot", "UEFI Secure Boot"),
        json!({
            "SecureBootEnable": view.enabled,
            "SecureBootCurrentBoot": if view.in_force { "Enabled" } else { "Disabled" },
            "SecureBootMode": mode,
            "SecureBootDatabases": link(&format!("{at}/SecureBootDatabases")),
            "Actions": { "#SecureBoot.ResetKeys": reset(scene, at, "SecureBoot.ResetKeys", &RESETS) },
        }),
    )
}

fn document(scene: &Scene<'_>, at: &str, database: &KeyDatabase) -> Value {
    let name = "SecureBootDatabase.ResetKeys";
    with(
        scene.resource(
            at,
            "SecureBootDatabase",
            database.id,
            &format!("Secure Boot Database {}", database.id),
        ),
        json!({
            "DatabaseId": database.id,
            "Certificates": link(&format!("{at}/Certificates")),
            "Signatures": link(&format!("{at}/Signatures")),
            "Actions": { format!("#{name}"): reset(scene, at, name, &DATABASE_RESETS) },
        }),
    )
}

fn reset(scene: &Scene<'_>, owner: &str, name: &str, types: &[&str]) -> Value {
    let mut action = json!({ "target": format!("{owner}/Actions/{name}") });
    if scene.data.allowable != Allowable::ActionInfo {
        action["ResetKeysType@Redfish.AllowableValues"] = types.into();
    }
    if scene.data.allowable != Allowable::Inline {
        action["@Redfish.ActionInfo"] = format!("{owner}/ResetKeysActionInfo").into();
    }
    action
}

fn reset_info(scene: &Scene<'_>, at: &str, types: &[&str]) -> Value {
    with(
        scene.resource(at, "ActionInfo", "ResetKeysActionInfo", "Reset Keys Action Info"),
        json!({ "Parameters": [{
            "Name": "ResetKeysType",
            "Required": true,
            "DataType": "String",
            "AllowableValues": types,
        }]}),
    )
}

fn keys(scene: &Scene<'_>, at: &str, database: &KeyDatabase, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => {
            let ids = database.certificates.iter().map(|(number, _)| number.to_string());
            Some(collection(at, "Certificate", "Certificate Collection", ids))
        }
        [id] => {
            let (_, pem) = database.certificates.iter().find(|(number, _)| number.to_string() == *id)?;
            let read = Certificate::read_pem(pem)?;
            Some(certificates::document(scene, at, id, read.first()?, Some("BIOS")))
        }
        _ => None,
    }
}

/// Digests of images; which images they are of does not matter here.
fn digests(scene: &Scene<'_>, at: &str, database: &KeyDatabase, rest: &[&str]) -> Option<Value> {
    match rest {
        [] => {
            let ids = (1..=database.digests).map(|number| number.to_string());
            Some(collection(at, "Signature", "Signature Collection", ids))
        }
        [id] => {
            let number = (1..=database.digests).find(|number| number.to_string() == *id)?;
            Some(with(
                scene.resource(at, "Signature", id, &format!("Signature {number}")),
                json!({
                    "SignatureTypeRegistry": "UEFI",
                    "SignatureType": "EFI_CERT_SHA256_GUID",
                    "SignatureString": format!("{number:064x}"),
                }),
            ))
        }
        _ => None,
    }
}
