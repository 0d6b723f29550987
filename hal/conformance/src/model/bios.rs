//! The settings of the system firmware.

use std::collections::BTreeMap;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use underlay_hal::{
    ApplyTime, Bios, BiosAttribute, BiosState, Change, Cx, ErrorKind, Fingerprint, Needs, Outcome,
    PendingJob, Plan, Result, Staged, TaskState,
    bios::{AllowedValue, AttributeKind, AttributeRule, BiosChange, SettingValue},
};

use super::{
    device::ModelDevice,
    world::{ModelWorld, State},
};
use crate::BiosTruth;

type Values = BTreeMap<String, SettingValue>;

const PROFILE: &str = "PowerProfile";
const TAG: &str = "ServiceTag";
const PASSWORD: &str = "AdministratorPassword";

fn values<const N: usize>(pairs: [(&str, SettingValue); N]) -> Values {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn defaults() -> Values {
    values([(PROFILE, "Balanced".into()), ("BootMode", "Uefi".into()), ("Cores", 8.into())])
}

fn rule(name: &str) -> AttributeRule {
    let mut rule = AttributeRule::default();
    rule.kind = Some(AttributeKind::Enumeration);
    rule.read_only = Some(name == TAG);
    rule.default = defaults().remove(name);
    let names: &[&str] = match name {
        PROFILE => &["Balanced", "Performance", "Custom"],
        "BootMode" => &["Uefi", "Legacy"],
        "Cores" => {
            rule.kind = Some(AttributeKind::Integer);
            (rule.lower_bound, rule.upper_bound) = (Some(0), Some(8));
            &[]
        }
        _ => {
            rule.kind = Some(AttributeKind::String);
            &[]
        }
    };
    rule.allowed =
        names.iter().map(|name| AllowedValue { name: (*name).to_owned(), display_name: None }).collect();
    rule
}

#[derive(Debug)]
pub(super) struct Settings {
    current: Values,
    /// What waits for the next self test.
    pending: Values,
    password: SecretString,
    /// The job that somebody else queued.
    foreign: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        let mut current = defaults();
        current.insert(TAG.to_owned(), "MODEL1".into());
        Self { current, pending: Values::new(), password: SecretString::from(""), foreign: None }
    }
}

impl State {
    fn waiting_settings_jobs(&self) -> impl Iterator<Item = PendingJob> {
        let waiting =
            self.jobs.list.iter().filter(|job| job.operation == "bios.apply" && !job.state.is_final());
        waiting.map(|job| PendingJob {
            id: job.id.to_string().into(),
            name: job.text.clone(),
            needs: if let TaskState::Blocked(needs) = job.state { needs } else { Needs::Nothing },
        })
    }

    /// Stages these values as one job.
    fn stage_settings(&mut self, new: Values, comes: bool) -> u32 {
        self.bios.pending.extend(new.clone());
        self.stage("bios.apply", move |state, well| {
            state.bios.pending.retain(|name, _| !new.contains_key(name));
            if well && comes {
                state.bios.current.extend(new);
            }
        })
    }
}

impl BiosTruth for ModelWorld {
    fn current(&self) -> Values {
        self.state().bios.current.clone()
    }
    fn pending(&self) -> Values {
        self.state().bios.pending.clone()
    }
    fn defaults(&self) -> Values {
        defaults()
    }
    fn writable(&self) -> (String, SettingValue) {
        (PROFILE.to_owned(), "Performance".into())
    }
    fn read_only(&self) -> Option<String> {
        Some(TAG.to_owned())
    }
    fn queue_foreign_job(&self) -> bool {
        let mut state = self.state();
        let id = state.stage("bios.apply", |_, _| {});
        state.bios.foreign = Some(id);
        true
    }
    fn has_foreign_job(&self) -> bool {
        let state = self.state();
        state.jobs.list.iter().any(|job| Some(job.id) == state.bios.foreign)
    }
    fn fail_next_job(&self) {
        self.state().jobs.next_fails = true;
    }
    fn has_password(&self, name: &str, password: &SecretString) -> bool {
        name == PASSWORD && self.state().bios.password.expose_secret() == password.expose_secret()
    }
}

impl ModelDevice {
    fn bios_state(&self) -> BiosState {
        let world = self.world.state();
        let settings = &world.bios;
        let in_post = world.host.post_ends.is_some();
        let failed = world.jobs.list.iter().any(|job| job.state == TaskState::Failed);
        let was_staged = world.jobs.list.iter().any(|job| job.operation == "bios.apply");
        let mut attributes = BTreeMap::new();
        for (name, value) in &settings.current {
            let mut one = BiosAttribute::default();
            one.current = Some(value.clone());
            one.pending = settings.pending.get(name).cloned();
            one.rule = Some(rule(name));
            attributes.insert(name.clone(), one);
        }
        if let Some(one) = attributes.get_mut(PROFILE) {
            let early = self.breaks("bios::a_staged_value_is_pending_and_not_current")
                || in_post && self.breaks("bios::a_value_is_not_current_before_the_self_test_is_over");
            if early && one.pending.is_some() {
                one.current = one.pending.take();
            }
            if self.breaks("bios::what_is_staged_is_not_staged_again") {
                one.pending = None;
            }
            if was_staged && self.breaks("bios::planning_again_after_the_reset_is_a_noop") {
                one.pending = Some("Performance".into());
            }
            if failed && self.breaks("bios::a_failed_job_changes_nothing_and_is_told") {
                one.current = Some("Performance".into());
            }
            if self.breaks("bios::values_are_the_machine's") {
                one.current = Some("Custom".into());
            }
        }
        for rule in attributes.values_mut().filter_map(|one| one.rule.as_mut()) {
            if self.breaks("bios::rules_tell_the_defaults") {
                rule.default = None;
            }
            if self.breaks("bios::rules_tell_what_is_read_only") {
                rule.read_only = None;
            }
        }
        if self.breaks("bios::a_password_never_shows") {
            let mut shown = BiosAttribute::default();
            shown.current = Some(settings.password.expose_secret().into());
            attributes.insert(PASSWORD.to_owned(), shown);
        }
        let mut state = BiosState::new(attributes);
        if self.breaks("bios::the_fingerprint_moves_with_a_value") {
            state.fingerprint = Fingerprint("always the same".to_owned());
        }
        if self.breaks("bios::the_fingerprint_stays_while_nothing_moves") {
            state.fingerprint = Fingerprint::of(&world.now);
        }
        if !self.breaks("bios::a_foreign_job_is_reported") {
            state.jobs = world.waiting_settings_jobs().collect();
        }
        state
    }
}

#[async_trait]
impl Bios for ModelDevice {
    async fn read(&self, cx: &Cx) -> Result<BiosState> {
        self.enter(cx, "bios.read").await?;
        Ok(self.bios_state())
    }
    fn apply_times(&self) -> &[ApplyTime] {
        &[ApplyTime::OnReset]
    }
    async fn apply(&self, cx: &Cx, plan: &Plan<BiosChange>, when: ApplyTime) -> Result<Outcome<Staged>> {
        const APPLY: &str = "bios.apply";
        self.enter(cx, APPLY).await?;
        if when != ApplyTime::OnReset {
            return self.unsupported(APPLY, "bios::an_unlisted_apply_time_is_unsupported_and_untried");
        }
        if plan.is_noop() {
            let sends = [
                "bios::an_empty_plan_is_already_so_and_sends_nothing",
                "bios::what_is_staged_is_not_staged_again",
            ];
            if sends.iter().any(|law| self.breaks(law)) {
                self.mutate();
            }
            return Ok(Outcome::Done(Staged::ALREADY_SO));
        }
        if plan.basis != self.bios_state().fingerprint
            && !self.breaks("bios::a_stale_plan_is_refused_and_untried")
        {
            return Err(self.refuse(APPLY, ErrorKind::PreconditionFailed, "a value moved"));
        }
        let mut state = self.world.state();
        let waits = state.waiting_settings_jobs().next().is_some();
        if self.breaks("bios::a_foreign_job_is_never_deleted") {
            let foreign = state.bios.foreign;
            state.jobs.list.retain(|job| Some(job.id) != foreign);
        }
        if waits && !self.breaks("bios::a_foreign_job_is_a_conflict") {
            return Err(self.refuse(APPLY, ErrorKind::Conflict, "another job waits"));
        }
        let known = |change: &BiosChange| state.bios.current.contains_key(&change.name);
        if !plan.changes.iter().all(known) && !self.breaks("bios::an_unknown_setting_is_invalid_input") {
            return Err(self.refuse(APPLY, ErrorKind::InvalidInput, "no such setting"));
        }
        state.mutations += 1;
        let new = plan.changes.iter().map(|change| (change.name.clone(), change.to.clone())).collect();
        let id = state.stage_settings(new, !self.breaks("bios::a_reset_brings_it"));
        if self.breaks("bios::nothing_here_resets_the_host") {
            state.reset_host();
        }
        drop(state);
        let outcome = if self.breaks("bios::the_reset_it_waits_for_is_told") {
            Outcome::Done(Staged::IN_EFFECT)
        } else {
            self.under_way(id, APPLY)?
        };
        self.answer(APPLY, "bios::a_lost_answer_is_settled_by_reading_back", outcome)
    }
    async fn reset_to_defaults(&self, cx: &Cx) -> Result<Outcome<Staged>> {
        const RESET: &str = "bios.reset_to_defaults";
        self.enter_destructive(cx, RESET, "bios::setting_defaults_needs_consent").await?;
        let mut state = self.world.state();
        state.mutations += 1;
        if self.breaks("bios::defaults_do_not_come_before_a_reset") {
            state.bios.current.extend(defaults());
            return Ok(Outcome::Done(Staged::IN_EFFECT));
        }
        state.stage_settings(defaults(), !self.breaks("bios::defaults_come_by_a_reset"));
        Ok(Outcome::Done(Staged::made(Needs::HostPowerCycle)))
    }
    fn passwords(&self) -> &[String] {
        static NAMES: std::sync::LazyLock<[String; 1]> = std::sync::LazyLock::new(|| [PASSWORD.to_owned()]);
        &*NAMES
    }
    async fn change_password(
        &self,
        cx: &Cx,
        name: &str,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<Outcome<Change>> {
        const CHANGE: &str = "bios.change_password";
        self.enter(cx, CHANGE).await?;
        if name != PASSWORD {
            return self.unsupported(CHANGE, "bios::an_unlisted_password_is_unsupported_and_untried");
        }
        let mut state = self.world.state();
        if state.bios.password.expose_secret() != old.expose_secret()
            && !self.breaks("bios::a_wrong_old_password_is_refused")
        {
            return Err(self.refuse(CHANGE, ErrorKind::PermissionDenied, "the old password is wrong"));
        }
        state.mutations += 1;
        if !self.breaks("bios::a_password_is_changed") {
            state.bios.password = new.clone();
        }
        Ok(Outcome::Done(Change::Made))
    }
}
