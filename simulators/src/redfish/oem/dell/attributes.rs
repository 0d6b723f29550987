//! Manager attributes, as far as they set the boot device: `ServerBoot.1.FirstBootDevice` and `.BootOnce`.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::plant::{BootOverride, BootTarget, Persistence};
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::reply::{Answer, Reply};
use crate::redfish::tree::{Scene, with};
use crate::redfish::write::{Call, refused};

const DEVICE: &str = "ServerBoot.1.FirstBootDevice";
const ONCE: &str = "ServerBoot.1.BootOnce";

/// The vendor's words for boot devices.
const DEVICES: &[(&str, Option<BootTarget>)] = &[
    ("Normal", None),
    ("PXE", Some(BootTarget::Pxe)),
    ("HDD", Some(BootTarget::Disk)),
    ("CD-DVD", Some(BootTarget::BuiltInCd)),
    ("VCD-DVD", Some(BootTarget::Cd)),
    ("vFDD", Some(BootTarget::Floppy)),
    ("BIOS", Some(BootTarget::BiosSetup)),
    ("DIAG", Some(BootTarget::Diagnostics)),
    ("SD", Some(BootTarget::SdCard)),
    ("UEFIHttp", Some(BootTarget::UefiHttp)),
];

/// The path of the attributes.
pub(super) fn path(scene: &Scene<'_>) -> String {
    format!("{}/Oem/Dell/DellAttributes/{}", scene.manager(), scene.data.ids.manager)
}

/// Whether the attributes are at this path; older firmware has them at another, too.
pub(super) fn is_at(scene: &Scene<'_>, path: &str) -> bool {
    super::has_attributes(scene)
        && (path == self::path(scene) || path == format!("{}/Attributes", scene.manager()))
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Value {
    let setting = scene.snapshot.boot_override;
    let target = setting.map(|setting| setting.target);
    let device = DEVICES.iter().find(|(_, known)| *known == target).map_or("Normal", |(word, _)| word);
    let once = setting.is_none_or(|setting| setting.persistence == Persistence::Once);
    with(
        scene.resource(path, "DellAttributes", "iDRACAttributes", "OEMAttributeRegistry"),
        json!({
            "AttributeRegistry": "ManagerAttributeRegistry.v1_0_0",
            "Attributes": {
                DEVICE: device,
                ONCE: if once { "Enabled" } else { "Disabled" },
            },
        }),
    )
}

pub(super) fn patch(call: &Call<'_>, body: &Map<String, Value>) -> Answer {
    let bad = |key, arguments: &[&str], about: &str| {
        Reply::error(StatusCode::BAD_REQUEST, &[Message::base(key, arguments).about(about)])
    };
    let unknown = body.keys().find(|name| !name.starts_with('@') && *name != "Attributes");
    if let Some(name) = unknown {
        return Err(bad(Key::PropertyUnknown, &[name], name));
    }
    let Some(Value::Object(attributes)) = body.get("Attributes") else {
        return Err(bad(Key::PropertyMissing, &["Attributes"], "Attributes"));
    };
    let current = call.scene.snapshot.boot_override;
    let mut target = current.map(|current| current.target);
    let mut persistence = current.map_or(Persistence::Once, |current| current.persistence);
    for (name, value) in attributes {
        let about = format!("Attributes/{name}");
        let text = value.as_str().unwrap_or_default();
        let not_listed = || bad(Key::PropertyValueNotInList, &[text, name], &about);
        match name.as_str() {
            DEVICE => {
                let found = DEVICES.iter().find(|(word, _)| *word == text);
                target = found.ok_or_else(not_listed)?.1;
            }
            ONCE => {
                persistence = match text {
                    "Enabled" => Persistence::Once,
                    "Disabled" => Persistence::Continuous,
                    _ => return Err(not_listed()),
                }
            }
            _ => return Err(bad(Key::PropertyUnknown, &[name], &about)),
        }
    }
    let to = target.map(|target| BootOverride { target, persistence, mode: None });
    call.service.server.set_boot_override(to, None, ORIGIN).map_err(refused)?;
    Ok(Reply::document(json!({})))
}
