//! The settings of the system firmware: what is, what waits for a reset, and how to change it.

use std::{collections::BTreeMap, fmt};

use async_trait::async_trait;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    ApplyTime, Change, Cx, Fingerprint, Outcome, PendingJob, Plan, Result, Staged,
    bios::{AttributeRule, BiosChange, Dependency, SettingValue},
};

/// One setting.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BiosAttribute {
    /// The value in force. `None` when the device lists the setting without one.
    pub current: Option<SettingValue>,
    /// The value that the next reset brings, where it differs from the current one.
    pub pending: Option<SettingValue>,
    /// What the device says of the values it takes; `None` if it has no registry, or the registry does not know it.
    pub rule: Option<AttributeRule>,
}

/// Every setting at one moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BiosState {
    /// The settings, by the device's own name of each.
    pub attributes: BTreeMap<String, BiosAttribute>,
    /// The attribute registry they were described by; `None` if the device has none.
    pub registry: Option<String>,
    /// Settings that make others hidden, read-only or of another value.
    pub dependencies: Vec<Dependency>,
    /// Configuration jobs that wait or run on the device, whoever queued them. They are reported, and never deleted.
    pub jobs: Vec<PendingJob>,
    /// Names this observation; it moves with any current or pending value.
    pub fingerprint: Fingerprint,
}

impl BiosState {
    /// A state whose fingerprint is that of its values.
    #[must_use]
    pub fn new(attributes: BTreeMap<String, BiosAttribute>) -> Self {
        let values: BTreeMap<_, _> =
            attributes.iter().map(|(name, one)| (name, (&one.current, &one.pending))).collect();
        let fingerprint = Fingerprint::of(&values);
        Self { attributes, registry: None, dependencies: Vec::new(), jobs: Vec::new(), fingerprint }
    }

    /// Does a value wait for a reset?
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.attributes.values().any(|attribute| attribute.pending.is_some())
    }
}

/// The settings of the system firmware (DSP0268 `Bios`, `AttributeRegistry`; DSP0266 "Settings resource").
///
/// - Observe with [`Bios::read`], plan with [`crate::bios::plan`] (pure), and carry out with [`Bios::apply`].
/// - A value that is staged is *pending*: it becomes current by a reset of the host and after its self test, never
///   before. A pending value is not a done one.
/// - One [`Bios::apply`] is one request with all attributes: devices make one job of it.
/// - A job of somebody else that waits on the device is reported in [`BiosState::jobs`] and never deleted; `apply`
///   then fails with `Conflict` and nothing is written.
/// - [`Bios::apply_times`] lists what `apply` accepts; anything else is `Unsupported` and nothing is sent.
/// - No method resets the host: what the device waits for is told as [`crate::Needs`].
#[async_trait]
pub trait Bios: fmt::Debug + Send + Sync {
    /// Every setting, current and pending, with what the device says of its values.
    ///
    /// # Errors
    /// As every read. A registry that cannot be read costs the rules, not the values.
    async fn read(&self, cx: &Cx) -> Result<BiosState>;

    /// When changes can take effect.
    fn apply_times(&self) -> &[ApplyTime];

    /// Stages the changes of a plan, all at once. `Done(AlreadySo)` for an empty plan.
    ///
    /// # Errors
    /// `PreconditionFailed` if any value moved since the plan was made; `Conflict` while another job waits;
    /// `InvalidInput` if the device refuses a name or value (the message tells which); `Busy` during the self test;
    /// all with effect `None`. `Timeout` with effect `Unknown` only if reading back could not settle it;
    /// `DeviceFault` with effect `Applied` if the device accepted and staged something else than was asked.
    async fn apply(&self, cx: &Cx, plan: &Plan<BiosChange>, when: ApplyTime) -> Result<Outcome<Staged>>;

    /// Stages the vendor's defaults for every setting. Destructive: the context must consent.
    ///
    /// # Errors
    /// `Unsupported` where the device cannot; `Timeout` with effect `Unknown` when the answer was lost.
    async fn reset_to_defaults(&self, cx: &Cx) -> Result<Outcome<Staged>>;

    /// The names of the firmware's passwords, such as `AdministratorPassword`; none if they cannot be set.
    fn passwords(&self) -> &[String];

    /// Sets the password of that name from `old` to `new`; an empty `new` removes it. Neither is ever logged.
    ///
    /// # Errors
    /// `Unsupported` for a name not listed; `PermissionDenied` if `old` is wrong, with effect `None`; `Timeout` with
    /// effect `Unknown` when the answer was lost: passwords cannot be read back.
    async fn change_password(
        &self,
        cx: &Cx,
        name: &str,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<Outcome<Change>>;
}
