//! HPE: the security dashboard, made up of what the machine is set to.
//!
//! Source: HPE iLO 5 and iLO 6 Redfish reference, `HpeiLOSecurityService`, `HpeiLOSecurityDashboard`,
//! `HpeiLOSecurityParam`.

use serde_json::{Value, json};

use super::Extension;
use crate::redfish::tree::{Scene, collection, link, with};

/// Passwords shorter than this are a risk.
const SHORT: usize = 8;

/// One line of the dashboard.
struct Line {
    name: &'static str,
    state: &'static str,
    risk: Option<&'static str>,
}

fn switched(on: bool) -> &'static str {
    if on { "Enabled" } else { "Disabled" }
}

/// What the machine is set to, as far as it bears on security.
fn lines(scene: &Scene<'_>) -> Vec<Line> {
    let persona = &scene.spec().persona;
    let mut lines = vec![Line { name: "Security Override Switch", state: "Off", risk: None }];
    let ipmi = scene.service.server.manager().services.get("IPMI").map(|service| service.enabled);
    if let Some(on) = ipmi {
        let risk = on.then_some("IPMI over LAN is weaker than the other interfaces.");
        lines.push(Line { name: "IPMI/DCMI Over LAN", state: switched(on), risk });
    }
    let short = persona.accounts.min_password_length < SHORT;
    let risk = short.then_some("Passwords may be shorter than eight characters.");
    lines.push(Line { name: "Minimum Password Length", state: if short { "Insecure" } else { "Ok" }, risk });
    if let Some(secure_boot) = scene.server.secure_boot() {
        let on = secure_boot.in_force;
        let risk = (!on).then_some("What boots is not verified.");
        lines.push(Line { name: "Secure Boot", state: switched(on), risk });
    }
    lines
}

fn word(line: &Line) -> &'static str {
    if line.risk.is_some() { "Risk" } else { "Ok" }
}

fn service(scene: &Scene<'_>) -> String {
    format!("{}/SecurityService", scene.manager())
}

pub(super) fn of_manager(scene: &Scene<'_>) -> Option<(&'static str, Value)> {
    scene.data.extends(Extension::HpeSecurity).then(|| {
        let links = json!({ "SecurityService": link(&service(scene)) });
        ("Hpe", json!({ "@odata.type": "#HpeiLO.v2_8_0.HpeiLO", "Links": links }))
    })
}

pub(super) fn render(scene: &Scene<'_>, path: &str) -> Option<Value> {
    let rest = path.strip_prefix(&service(scene)).filter(|_| scene.data.extends(Extension::HpeSecurity))?;
    let segments: Vec<&str> = rest.split('/').skip(1).collect();
    match segments.as_slice() {
        [] if rest.is_empty() => Some(with(
            scene.resource(path, "HpeiLOSecurityService", "SecurityService", "SecurityService"),
            json!({ "Links": { "SecurityDashboard": link(&format!("{path}/SecurityDashboard")) } }),
        )),
        ["SecurityDashboard"] => {
            let lines = lines(scene);
            let risk = lines.iter().any(|line| line.risk.is_some());
            Some(with(
                scene.resource(path, "HpeiLOSecurityDashboard", "SecurityDashboard", "Security Dashboard"),
                json!({
                    "OverallSecurityStatus": if risk { "Risk" } else { "Ok" },
                    "ServerConfigurationLockStatus": "Disabled",
                    "SecurityParameters": link(&format!("{path}/SecurityParams")),
                }),
            ))
        }
        ["SecurityDashboard", "SecurityParams"] => {
            let ids = (0..lines(scene).len()).map(|at| at.to_string());
            Some(collection(path, "HpeiLOSecurityParam", "Security Parameters", ids))
        }
        ["SecurityDashboard", "SecurityParams", id] => {
            let lines = lines(scene);
            let line = lines.iter().enumerate().find(|(at, _)| at.to_string() == *id)?.1;
            let mut fields = with(
                scene.resource(path, "HpeiLOSecurityParam", id, line.name),
                json!({ "SecurityStatus": word(line), "State": line.state, "Ignore": false }),
            );
            if let Some(risk) = line.risk {
                fields["Description"] = risk.into();
            }
            Some(fields)
        }
        _ => None,
    }
}
