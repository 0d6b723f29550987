//! The plan in words.

use std::fmt::Write as _;

use crate::plan::Plan;

/// `1 boot`, `2 boots`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The plan as a person reads it before approving: what changes on each machine, what each step can do, and what
/// cannot be undone.
#[must_use]
pub fn plan_text(plan: &Plan) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "Plan for {} from intent \"{}\"", plan.site, plan.intent);
    let changes = plan.devices.iter().flat_map(|device| &device.changes);
    let what = changes.map(|change| change.what.len()).max().unwrap_or(0);
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
                writeln!(text, "  ~ {name:width$}  {:what$}  {} -> {}", change.what, change.from, change.to);
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
        let own = format!("{}: ", missing.device);
        let message = missing.message.strip_prefix(&own).unwrap_or(&missing.message);
        let _ = writeln!(text, "\n  ! {own}nothing planned, because it could not be looked at: {message}");
    }
    let boots = plan.steps.iter().filter(|step| step.action.is_boot()).count();
    let touched = plan.devices.iter().filter(|device| !device.changes.is_empty()).count();
    if plan.is_noop() {
        let of = if plan.unobserved.is_empty() { "" } else { " on the machines that answered" };
        let _ = writeln!(text, "\nNothing to do{of}.");
    } else {
        let _ = writeln!(
            text,
            "\n{} on {}, {}; at most {}. Hash {}.",
            counted(plan.steps.len(), "step"),
            counted(touched, "machine"),
            counted(boots, "boot"),
            plan.effect().as_str(),
            plan.hash.get(..12).unwrap_or_default()
        );
    }
    text
}
