//! A recorded tree in place of the persona's own: what was recorded is read, what lives is laid over it.
//!
//! - Reads come from the recording. Power, boot override, light and stage of the boot of its first system are the
//!   machine's, where the recording has the property; so is the power of its chassis.
//! - Sessions, and the documents that are read without login beside the root, are the service's own.
//! - What the machine can do is found in the recording and done: a reset of that system or of its manager by the target
//!   that the recording names, and a change of boot override or light. Every other change is refused with 405: nothing
//!   recorded is changed.
//! - Query parameters are not looked at, as with a mockup server.

mod files;

use std::{collections::BTreeMap, path::Path};

use serde_json::{Value, json};

pub(crate) use files::load;

/// Properties of a system that live, at the top and within `Boot`.
const LIVE: [&str; 4] = ["PowerState", "BootProgress", "IndicatorLED", "LocationIndicatorActive"];
const LIVE_BOOT: [&str; 3] =
    ["BootSourceOverrideEnabled", "BootSourceOverrideTarget", "BootSourceOverrideMode"];
/// Properties that can be written.
const WRITABLE: [&str; 3] = ["Boot", "IndicatorLED", "LocationIndicatorActive"];

/// A recorded tree: documents by path, without trailing slash.
#[derive(Debug)]
pub(crate) struct Tree {
    documents: BTreeMap<String, Value>,
    system: Option<String>,
    manager: Option<String>,
    chassis: Vec<String>,
}

/// Where a request on a recorded tree goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Road {
    /// To the service's own resource of that path.
    Own(String),
    /// Nowhere: it is recorded, and nothing of it can be changed.
    Refused,
    /// Nowhere: there is nothing.
    Missing,
}

/// Where the service's own resources are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Own<'a> {
    pub(crate) system: &'a str,
    pub(crate) manager: &'a str,
}

fn links(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let path = |link: &Value| Some(link.get("@odata.id")?.as_str()?.trim_end_matches('/').to_owned());
    list.iter().filter_map(path).collect()
}

impl Tree {
    pub(crate) fn new(documents: BTreeMap<String, Value>) -> Self {
        let mut tree = Self { documents, system: None, manager: None, chassis: Vec::new() };
        let members = |name: &str| links(tree.under_root(name).and_then(|list| list.get("Members")));
        let known = |path: &String| tree.documents.contains_key(path);
        let system = members("Systems").into_iter().find(known);
        let of_system = |name: &str| {
            let links_of = system.as_ref().and_then(|path| tree.documents.get(path)?.get("Links"));
            links(links_of.and_then(|all| all.get(name)))
        };
        let manager = of_system("ManagedBy").into_iter().chain(members("Managers")).find(known);
        let chassis = of_system("Chassis").into_iter().filter(known).collect();
        (tree.system, tree.manager, tree.chassis) = (system, manager, chassis);
        tree
    }

    /// The collection that a property of the service root leads to.
    fn under_root(&self, name: &str) -> Option<&Value> {
        let link = self.documents.get("/redfish/v1")?.get(name)?.get("@odata.id")?.as_str()?;
        self.documents.get(link.trim_end_matches('/'))
    }

    /// The document at a path, with what lives laid over it; `None` if it was not recorded.
    pub(crate) fn document(&self, path: &str, live: impl FnOnce() -> Value) -> Option<Value> {
        let recorded = self.documents.get(path)?;
        if self.system.as_deref() == Some(path) {
            return Some(over_system(recorded.clone(), live()));
        }
        let mut document = recorded.clone();
        if self.chassis.iter().any(|own| own == path)
            && let Some(power) = document.get_mut("PowerState")
        {
            *power = live()["PowerState"].clone();
        }
        if path == "/redfish/v1" {
            // Sessions are the service's own, wherever the recorded ones were.
            document["SessionService"] = json!({ "@odata.id": "/redfish/v1/SessionService" });
            document["Links"]["Sessions"] = json!({ "@odata.id": "/redfish/v1/SessionService/Sessions" });
        }
        Some(document)
    }

    /// Where a change goes.
    pub(crate) fn road(&self, method: &http::Method, path: &str, body: &[u8], own: Own<'_>) -> Road {
        if path.starts_with("/redfish/v1/SessionService") {
            return Road::Own(path.to_owned());
        }
        let target = |holder: &Option<String>, action: &str| {
            let holder = self.documents.get(holder.as_deref()?)?;
            let target = holder.get("Actions")?.get(format!("#{action}"))?.get("target")?.as_str()?;
            (target.trim_end_matches('/') == path).then_some(())
        };
        if *method == http::Method::POST && target(&self.system, "ComputerSystem.Reset").is_some() {
            return Road::Own(format!("{}/Actions/ComputerSystem.Reset", own.system));
        }
        if *method == http::Method::POST && target(&self.manager, "Manager.Reset").is_some() {
            return Road::Own(format!("{}/Actions/Manager.Reset", own.manager));
        }
        let is_system = self.system.as_deref() == Some(path) && *method == http::Method::PATCH;
        let writes_what_lives = || {
            let fields: Option<Value> = serde_json::from_slice(body).ok();
            let fields = fields.as_ref().and_then(Value::as_object);
            fields.is_some_and(|fields| fields.keys().all(|name| WRITABLE.contains(&name.as_str())))
        };
        if is_system && writes_what_lives() {
            return Road::Own(own.system.to_owned());
        }
        let is_action = path.contains("/Actions/");
        if is_action || self.documents.contains_key(path) { Road::Refused } else { Road::Missing }
    }
}

/// The light in the newer and the older word, whichever the machine's own document has.
fn with_both_lights(mut live: Value) -> Value {
    let (newer, older) = (live.get("LocationIndicatorActive").cloned(), live.get("IndicatorLED").cloned());
    match (newer, older) {
        (Some(active), None) => {
            live["IndicatorLED"] = json!(if active == json!(true) { "Lit" } else { "Off" });
        }
        (None, Some(light)) => live["LocationIndicatorActive"] = json!(light != json!("Off")),
        _ => {}
    }
    live
}

/// A recorded system with what lives of it, where the recording has it.
fn over_system(mut recorded: Value, live: Value) -> Value {
    let live = with_both_lights(live);
    for name in LIVE {
        if let (Some(there), Some(now)) = (recorded.get_mut(name), live.get(name)) {
            *there = now.clone();
        }
    }
    if let Some(boot) = recorded.get_mut("Boot") {
        for name in LIVE_BOOT {
            if let (Some(there), Some(now)) = (boot.get_mut(name), live["Boot"].get(name)) {
                *there = now.clone();
            }
        }
    }
    // A change is conditioned on what lives.
    if let (Value::Object(fields), Some(tag)) = (&mut recorded, live.get("@odata.etag")) {
        fields.insert("@odata.etag".to_owned(), tag.clone());
    }
    recorded
}

/// A recorded tree, ready to be shown by a view.
///
/// - See [`Recording::load`] for what is read; the view's module says what then lives.
#[derive(Clone, Debug)]
pub struct Recording(pub(crate) std::sync::Arc<Tree>);

impl Recording {
    /// Reads a tree in DMTF's mockup layout, and tells what of it was left out.
    ///
    /// # Errors
    /// - `NotFound` if the folder holds no service root, `InvalidData` if it is beyond all measure; any failure to read.
    pub fn load(folder: &Path) -> std::io::Result<(Self, Vec<String>)> {
        let (tree, warnings) = load(folder)?;
        Ok((Self(std::sync::Arc::new(tree)), warnings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;

    const OWN: Own<'static> = Own { system: "/redfish/v1/Systems/1", manager: "/redfish/v1/Managers/BMC" };

    fn tree() -> Tree {
        let documents = json!({
            "/redfish/v1": { "Systems": { "@odata.id": "/redfish/v1/Systems" }, "Managers": { "@odata.id": "/redfish/v1/Managers/" } },
            "/redfish/v1/Systems": { "Members": [{ "@odata.id": "/redfish/v1/Systems/Self/" }] },
            "/redfish/v1/Systems/Self": {
                "PowerState": "On", "Model": "Recorded", "Boot": { "BootSourceOverrideTarget": "None" },
                "Actions": { "#ComputerSystem.Reset": { "target": "/redfish/v1/Systems/Self/Actions/Reset" } },
            },
            "/redfish/v1/Managers": { "Members": [{ "@odata.id": "/redfish/v1/Managers/M" }] },
            "/redfish/v1/Managers/M": { "Actions": { "#Manager.Reset": { "target": "/redfish/v1/Managers/M/Actions/Manager.Reset" } } },
        });
        let Value::Object(documents) = documents else { panic!("an object") };
        Tree::new(documents.into_iter().collect())
    }

    #[test]
    fn what_lives_is_laid_over_what_was_recorded() {
        let live = json!({
            "PowerState": "Off", "Model": "Own", "LastResetTime": "now", "@odata.etag": "\"1\"",
            "Boot": { "BootSourceOverrideTarget": "Pxe", "BootSourceOverrideMode": "UEFI" },
        });
        let seen = tree().document("/redfish/v1/Systems/Self", || live).expect("a system");
        assert_eq!((&seen["PowerState"], &seen["Model"]), (&json!("Off"), &json!("Recorded")));
        let lit =
            over_system(json!({ "LocationIndicatorActive": false }), json!({ "IndicatorLED": "Blinking" }));
        assert_eq!(lit["LocationIndicatorActive"], true);
        // What the recording does not have stays away.
        assert_eq!(seen["Boot"], json!({ "BootSourceOverrideTarget": "Pxe" }));
        assert!(seen.get("LastResetTime").is_none());
        assert_eq!(seen["@odata.etag"], "\"1\"");
        assert_eq!(tree().document("/redfish/v1/Nothing", || panic!("nothing lives there")), None);
    }

    #[test]
    fn what_the_machine_can_do_is_done_and_everything_else_is_refused() {
        let tree = tree();
        let road = |method: Method, path: &str, body: &str| tree.road(&method, path, body.as_bytes(), OWN);
        let own = |path: &str| Road::Own(path.to_owned());
        let system = "/redfish/v1/Systems/Self";
        assert_eq!(
            road(Method::POST, "/redfish/v1/Systems/Self/Actions/Reset", "{}"),
            own("/redfish/v1/Systems/1/Actions/ComputerSystem.Reset")
        );
        assert_eq!(
            road(Method::POST, "/redfish/v1/Managers/M/Actions/Manager.Reset", "{}"),
            own("/redfish/v1/Managers/BMC/Actions/Manager.Reset")
        );
        assert_eq!(road(Method::PATCH, system, r#"{"Boot":{}}"#), own("/redfish/v1/Systems/1"));
        assert_eq!(road(Method::PATCH, system, r#"{"Boot":{},"AssetTag":"x"}"#), Road::Refused);
        assert_eq!(road(Method::PATCH, system, "garbage"), Road::Refused);
        assert_eq!(road(Method::DELETE, system, ""), Road::Refused);
        assert_eq!(road(Method::POST, "/redfish/v1/Systems/Self/Actions/Other", "{}"), Road::Refused);
        assert_eq!(road(Method::PATCH, "/redfish/v1/Nothing", "{}"), Road::Missing);
        let sessions = "/redfish/v1/SessionService/Sessions/1";
        assert_eq!(road(Method::DELETE, sessions, ""), own(sessions));
    }
}
