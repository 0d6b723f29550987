//! The planner: pure. Intent, observation and memory in, plan out.

use std::{collections::BTreeMap, fmt};

use underlay_hal::{BootOverride, PowerAction, PowerState};

use crate::{
    intent::{BootGoal, Intent, PowerGoal, Want},
    observe::{Observed, Unobserved},
    plan::{Change, DevicePlan, EffectClass, FORMAT, Plan, PlannedStep, StepId},
    step::Action,
};

/// One-time goals that were reached: the highest generation for each device and boot target word.
pub type Memory = BTreeMap<(String, String), u32>;

/// Why no plan can be made: the intent asks a machine for something it cannot do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanProblem {
    /// The machine.
    pub device: String,
    /// In words.
    pub message: String,
}

impl fmt::Display for PlanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.device, self.message)
    }
}

impl std::error::Error for PlanProblem {}

/// Compares what should be with what is.
///
/// - A goal in `memory` is not planned again; a machine that is as wanted has no steps.
/// - Steps on one machine follow each other; machines do not wait for one another.
/// - A one-time boot is one override and one boot: power-on if the machine is off, else a reset.
///
/// # Errors
/// [`PlanProblem`]: a machine cannot do what the intent asks.
pub fn plan(
    site: &str,
    intent: &Intent,
    observed: &[Result<Observed, Unobserved>],
    memory: &Memory,
) -> Result<Plan, PlanProblem> {
    let mut plan = Plan {
        format: FORMAT,
        site: site.to_owned(),
        intent: intent.name.clone(),
        intent_digest: intent.digest.clone(),
        devices: Vec::new(),
        unobserved: Vec::new(),
        steps: Vec::new(),
        hash: String::new(),
    };
    for look in observed {
        match look {
            Ok(observed) => {
                let want = intent.wants.get(&observed.device).copied().unwrap_or_default();
                let reached = |goal: &BootGoal| {
                    let key = (observed.device.clone(), goal.target.as_str().to_owned());
                    memory.get(&key).copied()
                };
                let before = want.boot.as_ref().and_then(reached);
                let goal = want.boot.filter(|goal| before.is_none_or(|before| before < goal.generation));
                device(&mut plan, observed, Want { boot: goal, ..want }, before)?;
            }
            Err(unobserved) => plan.unobserved.push(unobserved.clone()),
        }
    }
    plan.hash = plan.compute_hash();
    Ok(plan)
}

/// Plans one machine; `before` is the generation of its boot goal that was reached so far.
fn device(plan: &mut Plan, observed: &Observed, want: Want, before: Option<u32>) -> Result<(), PlanProblem> {
    let cannot = |message: String| Err(PlanProblem { device: observed.device.clone(), message });
    let mut changes = Vec::new();
    let mut actions: Vec<(Action, EffectClass)> = Vec::new();
    let is_on = matches!(observed.power, PowerState::On | PowerState::PoweringOn);
    let takes = |action: PowerAction| observed.actions.contains(&action);
    let mut change = |what: &str, from: String, to: String| {
        changes.push(Change { what: what.to_owned(), from, to });
    };

    if let Some(goal) = want.boot {
        if !observed.targets.contains(&goal.target) {
            let takes: Vec<_> = observed.targets.iter().map(|target| target.as_str()).collect();
            let takes = if takes.is_empty() { "nothing".to_owned() } else { takes.join(", ") };
            return cannot(format!("cannot be told to boot once from {}; it takes {takes}", goal.target));
        }
        let how = match (is_on, takes(PowerAction::ForceReset)) {
            (false, _) => PowerAction::On,
            (true, true) => PowerAction::ForceReset,
            (true, false) => PowerAction::Cycle,
        };
        if !takes(how) {
            return cannot(format!("cannot be booted: it takes no {how}"));
        }
        let wanted = BootOverride::once(goal.target);
        if !observed.boot_override.as_ref().is_some_and(|now| wanted.is_met_by(now)) {
            let from = observed
                .boot_override
                .as_ref()
                .map_or_else(|| "none".to_owned(), |now| now.target.to_string());
            change("boot override", from, format!("{}, once", goal.target));
        }
        change(
            &format!("boot from {}", goal.target),
            before.map_or_else(|| "never".to_owned(), |before| format!("generation {before}")),
            format!("generation {}", goal.generation),
        );
        actions.push((Action::SetBootOverride { target: goal.target }, EffectClass::Reversible));
        actions.push((Action::Boot { how, goal }, EffectClass::Disruptive));
    }

    match want.power {
        // A boot leaves the machine on.
        Some(PowerGoal::On) if !is_on && want.boot.is_none() => {
            if !takes(PowerAction::On) {
                return cannot("cannot be powered on: it takes no such request".to_owned());
            }
            change("power", observed.power.to_string(), "on".to_owned());
            actions
                .push((Action::Power { goal: PowerGoal::On, how: PowerAction::On }, EffectClass::Reversible));
        }
        Some(PowerGoal::Off) if is_on || observed.power == PowerState::Unknown => {
            let graceful = takes(PowerAction::GracefulOff);
            if !graceful && !takes(PowerAction::ForceOff) {
                return cannot("cannot be powered off: it takes no such request".to_owned());
            }
            let how = if graceful { PowerAction::GracefulOff } else { PowerAction::ForceOff };
            let to = if graceful { "off (graceful)" } else { "off (forced)" };
            change("power", observed.power.to_string(), to.to_owned());
            actions.push((Action::Power { goal: PowerGoal::Off, how }, EffectClass::Disruptive));
        }
        _ => {}
    }

    let mut before: Option<StepId> = None;
    for (action, effect) in actions {
        let id = StepId(u32::try_from(plan.steps.len() + 1).unwrap_or(u32::MAX));
        plan.steps.push(PlannedStep {
            id,
            device: observed.device.clone(),
            undoable: matches!(action, Action::SetBootOverride { .. } | Action::Power { .. }),
            action,
            after: before.into_iter().collect(),
            effect,
        });
        before = Some(id);
    }
    plan.devices.push(DevicePlan {
        fingerprint: observed.fingerprint(),
        observed: observed.clone(),
        changes,
        goal: want.boot,
    });
    Ok(())
}
