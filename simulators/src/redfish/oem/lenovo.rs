//! Lenovo: whether the host may talk to the controller over KCS.
//!
//! Source: Lenovo XCC REST guide, `Manager` `Oem.Lenovo.KCSEnabled`.

use serde_json::{Value, json};

use super::Extension;
use crate::plant::MutationKind;
use crate::redfish::ORIGIN;
use crate::redfish::messages::{Key, Message};
use crate::redfish::tree::Scene;
use crate::redfish::write::{Call, wrong_type};

const ENABLED: &str = "KCSEnabled";

pub(super) fn of_manager(scene: &Scene<'_>) -> Option<(&'static str, Value)> {
    scene.data.extends(Extension::LenovoKcs).then(|| {
        let enabled = scene.service.memory().switches.kcs_enabled;
        (
            "Lenovo",
            json!({ "@odata.type": "#LenovoManager.v1_0_0.LenovoManagerProperties", ENABLED: enabled }),
        )
    })
}

/// `Oem` of the manager.
pub(super) fn property(call: &Call<'_>, name: &str, value: &Value) -> Option<Result<(), Vec<Message>>> {
    let mine =
        name == "Oem" && call.path == call.scene.manager() && call.scene.data.extends(Extension::LenovoKcs);
    mine.then(|| {
        let fields = value.get("Lenovo").and_then(Value::as_object).ok_or_else(|| wrong_type(name, value))?;
        let unknown = fields.keys().find(|known| *known != ENABLED && !known.starts_with('@'));
        if let Some(unknown) = unknown {
            let about = format!("Oem/Lenovo/{unknown}");
            return Err(vec![Message::base(Key::PropertyUnknown, &[unknown]).about(&about)]);
        }
        let asked = fields.get(ENABLED).unwrap_or(&Value::Null);
        let enabled = asked.as_bool().ok_or_else(|| wrong_type(ENABLED, asked))?;
        call.service.memory().switches.kcs_enabled = enabled;
        call.service.server.count(ORIGIN, MutationKind::Setting, ENABLED);
        Ok(())
    })
}
