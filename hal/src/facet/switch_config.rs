//! The configuration of a network switch: looked at, planned, changed, confirmed, undone.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Change, Cx, Outcome, Result, Support, SwitchConfiguration, SwitchPlan};

/// Which of a switch's configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigSource {
    /// What it does now.
    Running,
    /// What it will do after it has started again.
    Startup,
}

/// What can be changed, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SwitchConfigAbilities {
    /// VLANs and their names.
    pub vlans: Option<Support>,
    /// Ports: VLANs, description, state, MTU.
    pub ports: Option<Support>,
    /// Members of groups.
    pub lags: Option<Support>,
    /// All of a plan or none of it.
    pub transaction: Option<Support>,
    /// A change that undoes itself if nobody confirms it.
    pub confirm: Option<Support>,
    /// Running and startup configuration are two.
    pub save: Option<Support>,
}

impl SwitchConfigAbilities {
    /// Of a switch that can nothing.
    pub const NONE: Self =
        Self { vlans: None, ports: None, lags: None, transaction: None, confirm: None, save: None };
}

/// How a plan is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplyOptions {
    /// The switch undoes it by itself unless it is confirmed within this time.
    pub confirm_within: Option<Duration>,
    /// Written to the startup configuration too; not with `confirm_within`: save it when it is confirmed.
    pub save: bool,
}

/// What was done.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a change that waits for its confirmation is undone without one"]
pub struct Applied {
    /// Whether anything was changed.
    pub change: Change,
    /// The difference in the switch's own words, where it tells.
    pub diff: Option<String>,
    /// The time within which it has to be confirmed.
    pub pending: Option<Duration>,
}

impl fmt::Debug for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The difference is as long as it is.
        let diff = self.diff.as_ref().map(String::len);
        f.debug_struct("Applied")
            .field("change", &self.change)
            .field("diff", &diff)
            .field("pending", &self.pending)
            .finish()
    }
}

/// The configuration of a network switch.
///
/// - Planning is pure ([`crate::plan_switch`]); a plan says how ports are now, and [`SwitchConfig::apply`] refuses one that is
///   no longer true.
/// - A command that the switch rejects is an error with the switch's words. Where `transaction` is listed, nothing of
///   the plan remains then; else the error's effect says that a part may.
/// - `Made` means that the configuration was read again and is as planned.
/// - A plan with risks is refused unless `confirm_within` is given and `confirm` is listed.
#[async_trait]
pub trait SwitchConfig: fmt::Debug + Send + Sync {
    /// What it can, decided at open.
    fn abilities(&self) -> &SwitchConfigAbilities;

    /// The running configuration, as far as this interface has words for it.
    ///
    /// # Errors
    /// As every read.
    async fn read(&self, cx: &Cx) -> Result<SwitchConfiguration>;

    /// The lines that a plan would send, in order. Nothing is sent.
    ///
    /// # Errors
    /// - `Unsupported` for a step that the switch has no words for.
    /// - `InvalidInput` for a name that it cannot take.
    fn preview(&self, plan: &SwitchPlan) -> Result<Vec<String>>;

    /// Carries out a plan.
    ///
    /// # Errors
    /// - `PreconditionFailed` for a plan with risks without confirmation, or one whose ports are otherwise now.
    /// - `InvalidInput` if the switch rejects a line, with its words.
    async fn apply(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Outcome<Applied>>;

    /// Keeps the change that waits. `AlreadySo` if none does.
    ///
    /// # Errors
    /// As every mutation.
    async fn confirm(&self, cx: &Cx) -> Result<Outcome<Change>>;

    /// Undoes the change that waits, at once. `AlreadySo` if none does.
    ///
    /// # Errors
    /// As every mutation.
    async fn rollback(&self, cx: &Cx) -> Result<Outcome<Change>>;

    /// Writes the running configuration to the startup configuration. `AlreadySo` if they are equal.
    ///
    /// # Errors
    /// As every mutation.
    async fn save(&self, cx: &Cx) -> Result<Outcome<Change>>;

    /// The whole configuration in the switch's own words; it may hold secrets, which are for whoever asked.
    ///
    /// # Errors
    /// As every read.
    async fn backup(&self, cx: &Cx, source: ConfigSource) -> Result<String>;
}
