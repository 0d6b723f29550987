//! The plan: an immutable answer to "what would happen?".

use std::fmt;

use serde::{Deserialize, Serialize};
use underlay_hal::Fingerprint;

use crate::{
    intent::{BootGoal, digest},
    observe::{Observed, Unobserved},
    step::Action,
};

/// The plan format this version writes and reads.
pub const FORMAT: u32 = 1;

/// The place of a step in its plan, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How much a step can do to a machine, from harmless to irreparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// Changes nothing.
    Read,
    /// Changes a setting that can be set back.
    Reversible,
    /// Interrupts what runs on the machine, or runs something else on it.
    Disruptive,
    /// Loses data.
    Destructive,
    /// Can leave the machine unusable.
    Bricking,
}

impl EffectClass {
    /// The class in `snake_case`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Reversible => "reversible",
            Self::Disruptive => "disruptive",
            Self::Destructive => "destructive",
            Self::Bricking => "bricking",
        }
    }
}

/// One line of the diff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What.
    pub what: String,
    /// As it is.
    pub from: String,
    /// As it will be.
    pub to: String,
}

/// What the plan does to one machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DevicePlan {
    /// The machine as it was when the plan was made.
    pub observed: Observed,
    /// Names that observation; the first step on the machine is refused if it no longer holds.
    pub fingerprint: Fingerprint,
    /// The diff; empty if nothing is to be done.
    pub changes: Vec<Change>,
    /// The one-time goal that these steps reach.
    pub goal: Option<BootGoal>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// Its place in the plan.
    pub id: StepId,
    /// On which machine.
    pub device: String,
    /// What it does.
    pub action: Action,
    /// The steps that must be done before.
    pub after: Vec<StepId>,
    /// What it can do to the machine.
    pub effect: EffectClass,
    /// Can it be undone?
    pub undoable: bool,
}

/// What would happen, in which order, and from which observation that follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: u32,
    /// The rack's name.
    pub site: String,
    /// The intent's name.
    pub intent: String,
    /// SHA-256 of the intent file.
    pub intent_digest: String,
    /// The machines, with what is to change.
    pub devices: Vec<DevicePlan>,
    /// Machines that could not be looked at; nothing is planned for them.
    pub unobserved: Vec<Unobserved>,
    /// The steps, in an order that respects `after`.
    pub steps: Vec<PlannedStep>,
    /// SHA-256 over everything above; approval binds to it.
    pub hash: String,
}

/// Why a plan file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError(pub String);

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PlanError {}

impl Plan {
    /// The hash over everything but the hash.
    #[must_use]
    pub fn compute_hash(&self) -> String {
        let bare = Self { hash: String::new(), ..self.clone() };
        digest(&serde_json::to_string(&bare).unwrap_or_default())
    }

    /// Is there nothing to do?
    #[must_use]
    pub fn is_noop(&self) -> bool {
        self.steps.is_empty()
    }

    /// The most that any step can do.
    #[must_use]
    pub fn effect(&self) -> EffectClass {
        self.steps.iter().map(|step| step.effect).max().unwrap_or(EffectClass::Read)
    }

    /// What the plan says of this machine.
    #[must_use]
    pub fn device(&self, name: &str) -> Option<&DevicePlan> {
        self.devices.iter().find(|device| device.observed.device == name)
    }

    /// The step of this id.
    #[must_use]
    pub fn step(&self, id: StepId) -> Option<&PlannedStep> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Reads a plan file.
    ///
    /// # Errors
    /// [`PlanError`]: not a plan, another format, changed since it was made, or steps that do not form an order.
    pub fn from_json(text: &str) -> Result<Self, PlanError> {
        let plan: Self =
            serde_json::from_str(text).map_err(|error| PlanError(format!("this is no plan: {error}")))?;
        if plan.format != FORMAT {
            let message = format!("the plan has format {}, and this program knows {FORMAT}", plan.format);
            return Err(PlanError(message));
        }
        if plan.compute_hash() != plan.hash {
            return Err(PlanError("the plan was changed after it was made; make a new one".to_owned()));
        }
        for (index, step) in plan.steps.iter().enumerate() {
            let earlier = plan.steps.get(..index).unwrap_or_default();
            let ordered = step.after.iter().all(|id| earlier.iter().any(|before| before.id == *id));
            let unique = earlier.iter().all(|before| before.id != step.id);
            if !ordered || !unique || plan.device(&step.device).is_none() {
                return Err(PlanError(format!("step {} is out of order", step.id)));
            }
        }
        Ok(plan)
    }

    /// The plan as a file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}
