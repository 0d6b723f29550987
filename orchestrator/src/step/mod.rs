//! Steps: typed units of work, each `probe / apply / verify`.

use serde::{Deserialize, Serialize};
use underlay_hal::{
    BootOverride, BootTarget, Cx, Device, Error, ErrorKind, Outcome, PowerAction, PowerState, Result,
};

use crate::{
    intent::{BootGoal, PowerGoal},
    observe::Observed,
};

pub mod evidence;

use evidence::{Sent, boot_verdict};

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Makes the next boot come from `target`, once.
    SetBootOverride {
        /// From what.
        target: BootTarget,
    },
    /// Boots the machine, and sees that it came from the target. A goal, not a command: whoever booted it.
    Boot {
        /// The power action that boots it.
        how: PowerAction,
        /// The goal that is reached by it.
        goal: BootGoal,
    },
    /// Brings host power where it is wanted.
    Power {
        /// Where.
        goal: PowerGoal,
        /// By which action.
        how: PowerAction,
    },
}

/// A power action as a person says it.
const fn verb(how: PowerAction) -> &'static str {
    match how {
        PowerAction::On => "power on",
        PowerAction::ForceOff => "power off at once",
        PowerAction::GracefulOff => "shut down gracefully",
        PowerAction::ForceReset => "reset",
        PowerAction::GracefulReset => "restart gracefully",
        PowerAction::Cycle => "power cycle",
        PowerAction::Nmi => "interrupt (NMI)",
        _ => "act on power",
    }
}

/// What a look at the machine says about a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// The goal is reached.
    Satisfied,
    /// Nothing of it has happened.
    NotStarted,
    /// It has begun and takes its time.
    InProgress,
    /// It may have begun, and the machine does not show it; time will tell.
    Unclear,
}

impl Action {
    /// The step's kind, as journal and machine output name it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SetBootOverride { .. } => "set_boot_override",
            Self::Boot { .. } => "boot",
            Self::Power { .. } => "power",
        }
    }

    /// The step in words.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::SetBootOverride { target } => format!("set boot override to {target}, once"),
            Self::Boot { how, goal } => format!("{}, booting from {}", verb(*how), goal.target),
            Self::Power { how, .. } => verb(*how).to_owned(),
        }
    }

    /// Does it boot the machine?
    #[must_use]
    pub const fn is_boot(&self) -> bool {
        matches!(self, Self::Boot { .. })
    }

    /// Looks where the step stands. `sent` is what the journal knows of earlier attempts. Reads only.
    ///
    /// # Errors
    /// What the device's facets say.
    pub async fn probe(&self, cx: &Cx, device: &dyn Device, sent: Option<&Sent>) -> Result<Probe> {
        match self {
            Self::SetBootOverride { target } => {
                let boot = device.boot().ok_or_else(|| Error::unsupported("boot.get"))?;
                let wanted = BootOverride::once(*target);
                let met = boot.get(cx).await?.is_some_and(|seen| wanted.is_met_by(&seen));
                Ok(if met { Probe::Satisfied } else { Probe::NotStarted })
            }
            Self::Boot { goal, .. } => {
                let now = Observed::read(cx, device).await?;
                boot_verdict(goal.target, &now, sent).ok_or_else(|| {
                    let message = format!(
                        "the one-time override to {} is gone, and nothing shows that the machine booted from it; plan again",
                        goal.target
                    );
                    Error::new(ErrorKind::PreconditionFailed, message)
                })
            }
            Self::Power { goal, how } => {
                let power = device.power().ok_or_else(|| Error::unsupported("power.state"))?;
                Ok(match (goal, power.state(cx).await?) {
                    (PowerGoal::On, PowerState::On) | (PowerGoal::Off, PowerState::Off) => Probe::Satisfied,
                    (PowerGoal::On, PowerState::PoweringOn) | (PowerGoal::Off, PowerState::PoweringOff) => {
                        Probe::InProgress
                    }
                    // A graceful shutdown that was asked for takes its time while the machine still says "on".
                    (PowerGoal::Off, _) if sent.is_some_and(|sent| sent.accepted) => Probe::InProgress,
                    // Nobody knows whether it was asked: a second request could reach a machine that is shutting down.
                    (PowerGoal::Off, _) if sent.is_some() && *how == PowerAction::GracefulOff => {
                        Probe::Unclear
                    }
                    _ => Probe::NotStarted,
                })
            }
        }
    }

    /// Sends the one mutation of the step.
    ///
    /// # Errors
    /// What the device says; with [`underlay_hal::Effect::Unknown`] the caller looks before anything is sent again.
    pub async fn apply(&self, cx: &Cx, device: &dyn Device) -> Result<()> {
        let outcome = match self {
            Self::SetBootOverride { target } => {
                let boot = device.boot().ok_or_else(|| Error::unsupported("boot.set"))?;
                boot.set(cx, Some(BootOverride::once(*target))).await?
            }
            Self::Boot { how, .. } | Self::Power { how, .. } => {
                let power = device.power().ok_or_else(|| Error::unsupported("power.set"))?;
                power.set(cx, *how).await?
            }
        };
        match outcome {
            // Verified by its result either way: a device's task says less than the machine itself.
            Outcome::Done(_) | Outcome::Running(_) => Ok(()),
        }
    }
}
