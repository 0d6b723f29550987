//! The plan in words.

use std::fmt::Write as _;

use crate::plan::Plan;

/// The plan as a person reads it before approving: what changes on each machine, what each step can do, and what
/// cannot be undone.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Plan for {} from intent \"{}\"", plan.site, plan.intent);
    let width = plan.devices.iter().map(|device| device.observed.device.len()).max().unwrap_or(0);
    let mut same = Vec::new();
    for device in &plan.devices {
        let name = &device.observed.device;
        if device.changes.is_empty() {
            same.push(name.as_str());
            continue;
        }
        let _ = writeln!(text);
        for change in &device.changes {
            let _ =
                writeln!(text, "  ~ {name:width$}  {:13}  {}  ->  {}", change.what, change.from, change.to);
        }
        for step in plan.steps.iter().filter(|step| step.device == *name) {
            let back = if step.undoable { "" } else { ", cannot be undone" };
            let _ = writeln!(
                text,
                "    {:width$}  step {:<3} {} ({}{back})",
                "",
                step.id.0,
                step.action.summary(),
                step.effect.as_str()
            );
        }
    }
    if !same.is_empty() {
        let _ = writeln!(text, "\n  = as wanted: {}", same.join(", "));
    }
    for missing in &plan.unobserved {
        let _ =
            writeln!(text, "  ! {}: not planned for: {} ({})", missing.device, missing.message, missing.kind);
    }
    let boots = plan.steps.iter().filter(|step| step.action.is_boot()).count();
    let touched = plan.devices.iter().filter(|device| !device.changes.is_empty()).count();
    if plan.is_noop() {
        let _ = writeln!(text, "\nNothing to do.");
    } else {
        let _ = writeln!(
            text,
            "\n{} steps on {touched} machines, {boots} boots, at most {}. Hash {}.",
            plan.steps.len(),
            plan.effect().as_str(),
            plan.hash.get(..12).unwrap_or_default()
        );
    }
    text
}
