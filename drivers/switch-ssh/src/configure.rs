//! Changing the configuration: a candidate that is committed, or a timer that undoes.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use async_trait::async_trait;
use underlay_hal::{
    Applied, ApplyOptions, Change, ConfigSource, Cx, Effect, Error, ErrorKind, Outcome, Result, SwitchConfig,
    SwitchConfigAbilities, SwitchConfiguration, SwitchPlan, SwitchStep,
};
use underlay_switch_cli::{Checkpoint, Commits, Revert, Sessions, render};

use crate::{conversation::Conversation, device::SwitchDevice};

const APPLY: &str = "switch_config.apply";
/// The timer over a change that nobody asked to confirm: it is confirmed as soon as it is done.
const GUARD: Duration = Duration::from_secs(300);

/// Going back to a checkpoint compares whole configurations, twice.
const BACK: Duration = Duration::from_secs(60);

/// The longest time for a login that is to undo something, beyond the deadline.
const LOGIN: Duration = Duration::from_secs(5);

/// A name for a candidate that nobody else has.
fn candidate() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() % 1_000_000_000;
    format!("underlay-{now}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// `HH:MM:SS`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs().max(1);
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Whole minutes, at least so long.
fn minutes(time: Duration) -> u64 {
    time.as_secs().div_ceil(60).max(1)
}

/// Whether every step of the plan is so, or still as it was before.
fn stands(now: &SwitchConfiguration, plan: &SwitchPlan, after: bool) -> bool {
    plan.steps.iter().all(|step| match step {
        SwitchStep::Vlan { id, name, .. } => {
            let found = now.vlans.get(id);
            let is = found.is_some_and(|found| name.is_none() || found == name);
            is == after
        }
        SwitchStep::NoVlan { id, .. } => now.vlans.contains_key(id) != after,
        SwitchStep::Port { port, before, after: wanted } => {
            now.ports.get(port) == Some(if after { wanted } else { before })
        }
    })
}

impl SwitchDevice {
    fn lines(&self, plan: &SwitchPlan) -> Result<Vec<String>> {
        render(self.settings.platform, &plan.steps)
    }

    async fn carry_out(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Applied> {
        if options.confirm_within.is_some() && self.abilities.confirm.is_none() {
            return Err(Error::unsupported("switch_config.confirm"));
        }
        if let (Some(risk), None) = (plan.risks.first(), options.confirm_within) {
            let message = format!(
                "port {}: {}; give a time within which the change has to be confirmed, and the switch undoes it otherwise",
                risk.port, risk.why
            );
            return Err(Error::new(ErrorKind::PreconditionFailed, message));
        }
        let lines = self.lines(plan)?;
        let now = self.configuration(cx).await?;
        if stands(&now, plan, true) {
            return Ok(Applied { change: Change::AlreadySo, diff: None, pending: None });
        }
        if !stands(&now, plan, false) {
            let message = "the switch is configured otherwise than when the plan was made; plan again";
            return Err(Error::new(ErrorKind::PreconditionFailed, message));
        }
        let platform = self.settings.platform;
        let mut applied = match (&platform.sessions, &platform.revert) {
            _ if let Some(commits) = &platform.commits => {
                self.by_commit(cx, plan, &lines, options, commits).await?
            }
            (Some(sessions), _) => self.by_candidate(cx, plan, &lines, options, sessions).await?,
            (None, Some(revert)) if self.abilities.confirm.is_some() => {
                self.under_a_timer(cx, plan, &lines, options, revert).await?
            }
            _ => match &platform.checkpoint {
                Some(checkpoint) => self.beside_a_checkpoint(cx, plan, &lines, checkpoint).await?,
                None => self.line_by_line(cx, plan, &lines).await?,
            },
        };
        if options.save && applied.pending.is_none() {
            self.write(cx).await.map_err(|error| error.with_effect(Effect::Applied))?;
        }
        applied.diff = applied.diff.take().filter(|diff| !diff.trim().is_empty());
        Ok(applied)
    }

    /// Reads the configuration again: the only proof.
    async fn proved(&self, cx: &Cx, plan: &SwitchPlan) -> Result<()> {
        let now = self.configuration(cx).await.map_err(|error| error.with_effect(Effect::Unknown))?;
        if stands(&now, plan, true) {
            return Ok(());
        }
        let message = "the switch took every line, and is configured otherwise than planned";
        Err(Error::new(ErrorKind::NoEffect, message).with_effect(Effect::Unknown))
    }

    async fn by_candidate(
        &self,
        cx: &Cx,
        plan: &SwitchPlan,
        lines: &[String],
        options: ApplyOptions,
        sessions: &Sessions,
    ) -> Result<Applied> {
        let id = candidate();
        let with = |line: &str| line.replace("{id}", &id);
        let mut talk = self.talk(cx).await?;
        let staged = async {
            let conversation = talk.with()?;
            conversation.command(cx, &with(sessions.begin)).await?;
            all(cx, conversation, lines).await?;
            conversation.command(cx, self.settings.platform.leave).await?;
            conversation.look(cx, &with(sessions.diff)).await
        };
        // Until the commit nothing is done, whatever happens.
        let diff = match staged.await {
            Ok(diff) => diff,
            Err(error) => {
                let cleanup = cx.for_cleanup(Duration::from_secs(5));
                let thrown_away = async {
                    let conversation = talk.with()?;
                    conversation.say(&cleanup, self.settings.platform.leave).await?;
                    conversation.say(&cleanup, &with(sessions.abort)).await
                };
                if thrown_away.await.is_ok() {
                    talk.done();
                }
                return Err(error.with_effect(Effect::None));
            }
        };
        let commit = match options.confirm_within {
            Some(within) => with(sessions.commit_timer).replace("{timer}", &clock(within)),
            None => with(sessions.commit),
        };
        let committed = talk.with()?.command(cx, &commit).await;
        match committed {
            Ok(_) => talk.done(),
            // Refused: it is as before, and the candidate goes.
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                let cleanup = cx.for_cleanup(Duration::from_secs(5));
                if talk.with()?.say(&cleanup, &with(sessions.abort)).await.is_ok() {
                    talk.done();
                }
                return Err(error.with_effect(Effect::None));
            }
            // Cut off in the middle: the switch is asked whether it did.
            Err(error) => {
                drop(talk);
                let unknown = error.with_effect(Effect::Unknown);
                return match self.proved(cx, plan).await {
                    Ok(()) => Ok(Applied {
                        change: Change::Made,
                        diff: Some(diff),
                        pending: options.confirm_within,
                    }),
                    Err(_) => Err(unknown),
                };
            }
        }
        self.proved(cx, plan).await?;
        Ok(Applied { change: Change::Made, diff: Some(diff), pending: options.confirm_within })
    }

    /// A candidate of this login's own: nothing of it is there before the commit, and nothing is left of it if the login
    /// ends.
    async fn by_commit(
        &self,
        cx: &Cx,
        plan: &SwitchPlan,
        lines: &[String],
        options: ApplyOptions,
        commits: &Commits,
    ) -> Result<Applied> {
        let leave = self.settings.platform.leave;
        let mut talk = self.talk(cx).await?;
        let staged = async {
            let conversation = talk.with()?;
            conversation.command(cx, commits.begin).await?;
            all(cx, conversation, lines).await?;
            let diff = conversation.look(cx, commits.diff).await?;
            // Where in the configuration it stands is a part of its prompt.
            Ok(diff.trim_end().trim_end_matches("[edit]").trim_end().to_owned())
        };
        let staged: Result<String> = staged.await;
        let commit = match options.confirm_within {
            Some(within) => commits.commit_timer.replace("{minutes}", &minutes(within).to_string()),
            None => commits.commit.to_owned(),
        };
        let committed = match staged {
            Ok(diff) => match talk.with()?.command(cx, &commit).await {
                Ok(said) if said.to_ascii_lowercase().contains(commits.is_done) => Ok(diff),
                Ok(said) => {
                    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
                    let message = format!("`{commit}` was not carried out; the switch said {last:?}");
                    Err(Error::new(ErrorKind::Protocol, message).with_effect(Effect::Unknown))
                }
                Err(error) if error.kind() == ErrorKind::InvalidInput => Err(error.with_effect(Effect::None)),
                Err(error) => Err(error.with_effect(Effect::Unknown)),
            },
            // Until the commit nothing is done, whatever happens.
            Err(error) => Err(error.with_effect(Effect::None)),
        };
        let cleanup = cx.for_cleanup(Duration::from_secs(10));
        let left = async {
            let conversation = talk.with()?;
            if committed.is_err() {
                conversation.say(&cleanup, commits.discard).await?;
            }
            conversation.say(&cleanup, leave).await
        };
        if left.await.is_ok() {
            talk.done();
        } else {
            drop(talk);
        }
        let pending = options.confirm_within.map(|within| Duration::from_secs(minutes(within) * 60));
        match committed {
            Ok(diff) => {
                self.proved(cx, plan).await?;
                Ok(Applied { change: Change::Made, diff: Some(diff), pending })
            }
            // Cut off in the middle: the switch is asked whether it did.
            Err(error) if error.effect() == Effect::Unknown => match self.proved(cx, plan).await {
                Ok(()) => Ok(Applied { change: Change::Made, diff: None, pending }),
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Commits what is there, or what was there before, from within; whether anything waited.
    async fn end_commit(&self, cx: &Cx, commits: &Commits, previous: bool) -> Result<Change> {
        let log = self.ask(cx, commits.log).await?;
        let last = log.lines().find(|line| line.trim_start().starts_with("0 "));
        if !last.is_some_and(|line| line.contains(commits.waits)) {
            return Ok(Change::AlreadySo);
        }
        let mut talk = self.talk(cx).await?;
        let ended = async {
            let conversation = talk.with()?;
            conversation.command(cx, commits.begin).await?;
            if previous {
                conversation.command(cx, commits.previous).await?;
            }
            let said = conversation.command(cx, commits.commit).await?;
            conversation.say(cx, self.settings.platform.leave).await?;
            if said.to_ascii_lowercase().contains(commits.is_done) {
                return Ok(Change::Made);
            }
            Err(Error::new(ErrorKind::NoEffect, "the switch did not say that it committed"))
        };
        let ended = ended.await;
        if ended.is_ok() {
            talk.done();
        }
        ended.map_err(|error| error.with_effect(Effect::Unknown))
    }

    async fn under_a_timer(
        &self,
        cx: &Cx,
        plan: &SwitchPlan,
        lines: &[String],
        options: ApplyOptions,
        revert: &Revert,
    ) -> Result<Applied> {
        let within = options.confirm_within.unwrap_or(GUARD);
        let minutes = within.as_secs().div_ceil(60).clamp(1, revert.most);
        let enter = revert.enter.replace("{minutes}", &minutes.to_string());
        let mut talk = self.talk(cx).await?;
        let sent = async {
            let conversation = talk.with()?;
            conversation.command(cx, &enter).await?;
            all(cx, conversation, lines).await?;
            conversation.command(cx, self.settings.platform.leave).await
        };
        if let Err(error) = sent.await {
            let cleanup = cx.for_cleanup(Duration::from_secs(10));
            let undone = async {
                let conversation = talk.with()?;
                conversation.say(&cleanup, self.settings.platform.leave).await?;
                conversation.say(&cleanup, revert.now).await
            };
            if undone.await.is_ok() {
                talk.done();
                let now = self.configuration(&cleanup).await;
                if now.is_ok_and(|now| stands(&now, plan, false)) {
                    return Err(error.with_effect(Effect::None));
                }
            }
            // The timer undoes what this could not.
            return Err(error.with_effect(Effect::Unknown));
        }
        talk.done();
        self.proved(cx, plan).await?;
        if options.confirm_within.is_some() {
            let pending = Some(Duration::from_secs(minutes * 60));
            return Ok(Applied { change: Change::Made, diff: None, pending });
        }
        self.keep(cx).await.map_err(|error| error.with_effect(Effect::Unknown))?;
        Ok(Applied { change: Change::Made, diff: None, pending: None })
    }

    /// Beside a copy that the switch goes back to: by this driver's word, not by a timer of its own.
    async fn beside_a_checkpoint(
        &self,
        cx: &Cx,
        plan: &SwitchPlan,
        lines: &[String],
        checkpoint: &Checkpoint,
    ) -> Result<Applied> {
        let id = candidate();
        let with = |line: &str| line.replace("{id}", &id);
        self.tell(cx, &with(checkpoint.take)).await.map_err(|error| error.with_effect(Effect::None))?;
        let done = match self.line_by_line(cx, plan, lines).await {
            Ok(applied) => Ok(applied),
            Err(error) => {
                let cleanup = cx.for_cleanup(BACK);
                Err(match self.go_back(&cleanup, plan, checkpoint, &id).await {
                    Ok(()) => error.with_effect(Effect::None),
                    Err(kept) => {
                        let more = format!(
                            "{}; it did not go back to the checkpoint {id} either: {}",
                            error.message(),
                            kept.message()
                        );
                        return Err(Error::new(error.kind(), more).with_effect(Effect::Unknown));
                    }
                })
            }
        };
        // One that stays is in nobody's way but takes one of a few places.
        let cleanup = cx.for_cleanup(Duration::from_secs(10));
        if let Err(error) = self.tell(&cleanup, &with(checkpoint.forget)).await {
            tracing::warn!(switch = %self.id, checkpoint = id, "left behind: {}", error.report());
        }
        done
    }

    async fn go_back(&self, cx: &Cx, plan: &SwitchPlan, checkpoint: &Checkpoint, id: &str) -> Result<()> {
        // Going back takes its time; a switch that nobody can log in to is not waited for as long.
        let mut talk = self.talk(&cx.within(LOGIN)).await?;
        let said = talk.with()?.command(cx, &checkpoint.back.replace("{id}", id)).await?;
        talk.done();
        let now = self.configuration(cx).await?;
        if said.to_ascii_lowercase().contains(checkpoint.is_back) && stands(&now, plan, false) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::NoEffect, "the switch is not as it was before"))
    }

    /// Without a net: what fails in the middle leaves the lines before it.
    async fn line_by_line(&self, cx: &Cx, plan: &SwitchPlan, lines: &[String]) -> Result<Applied> {
        let platform = self.settings.platform;
        let mut talk = self.talk(cx).await?;
        let sent = async {
            let conversation = talk.with()?;
            conversation.command(cx, platform.enter).await?;
            all(cx, conversation, lines).await
        };
        let sent = sent.await;
        let cleanup = cx.for_cleanup(Duration::from_secs(5));
        if talk.with()?.say(&cleanup, platform.leave).await.is_ok() {
            talk.done();
        }
        sent.map_err(|error| error.with_effect(Effect::Unknown))?;
        self.proved(cx, plan).await?;
        Ok(Applied { change: Change::Made, diff: None, pending: None })
    }

    /// Candidates that wait for their confirmation.
    async fn waiting(&self, cx: &Cx, sessions: &Sessions) -> Result<Vec<String>> {
        let printed = self.ask(cx, sessions.list).await?;
        let rows = printed.lines().filter(|line| line.contains(sessions.waits));
        let names = rows.filter_map(|line| line.split_whitespace().next());
        Ok(names.map(|name| name.trim_matches('"').to_owned()).collect())
    }

    /// Keeps what waits; whether anything did.
    async fn keep(&self, cx: &Cx) -> Result<Change> {
        self.end_waiting(cx, false, |sessions| sessions.commit, |revert| revert.confirm).await
    }

    async fn end_waiting(
        &self,
        cx: &Cx,
        previous: bool,
        of_candidate: impl Fn(&Sessions) -> &'static str,
        of_timer: impl Fn(&Revert) -> &'static str,
    ) -> Result<Change> {
        let platform = self.settings.platform;
        if let Some(commits) = &platform.commits {
            return self.end_commit(cx, commits, previous).await;
        }
        if let Some(sessions) = &platform.sessions {
            let waiting = self.waiting(cx, sessions).await?;
            for id in &waiting {
                self.tell(cx, &of_candidate(sessions).replace("{id}", id)).await?;
            }
            return Ok(if waiting.is_empty() { Change::AlreadySo } else { Change::Made });
        }
        let Some(revert) = platform.revert.as_ref().filter(|_| self.abilities.confirm.is_some()) else {
            return Err(Error::unsupported("switch_config.confirm"));
        };
        let state = self.ask(cx, revert.state).await?;
        if state.to_ascii_lowercase().contains(revert.nothing) {
            return Ok(Change::AlreadySo);
        }
        self.tell(cx, of_timer(revert)).await?;
        Ok(Change::Made)
    }

    async fn write(&self, cx: &Cx) -> Result<Change> {
        let platform = self.settings.platform;
        if platform.commits.is_some() {
            // What is committed is written down.
            return Ok(Change::AlreadySo);
        }
        let startup = parse_of(self, &self.ask(cx, platform.startup).await?);
        if startup == self.configuration(cx).await? {
            return Ok(Change::AlreadySo);
        }
        self.tell(cx, platform.save).await?;
        let startup = parse_of(self, &self.ask(cx, platform.startup).await?);
        if startup == self.configuration(cx).await? {
            return Ok(Change::Made);
        }
        let message = "the switch said yes, and its startup configuration still is another";
        Err(Error::new(ErrorKind::NoEffect, message))
    }
}

fn parse_of(device: &SwitchDevice, text: &str) -> SwitchConfiguration {
    underlay_switch_cli::parse::running(device.settings.platform, text)
}

/// Every line, in order; the first that is refused ends it.
async fn all(cx: &Cx, conversation: &mut Conversation, lines: &[String]) -> Result<()> {
    for line in lines {
        conversation.command(cx, line).await?;
    }
    Ok(())
}

#[async_trait]
impl SwitchConfig for SwitchDevice {
    fn abilities(&self) -> &SwitchConfigAbilities {
        &self.abilities
    }

    async fn read(&self, cx: &Cx) -> Result<SwitchConfiguration> {
        self.named("switch_config.read", self.configuration(cx).await)
    }

    fn preview(&self, plan: &SwitchPlan) -> Result<Vec<String>> {
        self.named("switch_config.preview", self.lines(plan))
    }

    async fn apply(&self, cx: &Cx, plan: &SwitchPlan, options: ApplyOptions) -> Result<Outcome<Applied>> {
        self.named(APPLY, self.carry_out(cx, plan, options).await.map(Outcome::Done))
    }

    async fn confirm(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.named("switch_config.confirm", self.keep(cx).await.map(Outcome::Done))
    }

    async fn rollback(&self, cx: &Cx) -> Result<Outcome<Change>> {
        let undone = self.end_waiting(cx, true, |sessions| sessions.abort, |revert| revert.now).await;
        self.named("switch_config.rollback", undone.map(Outcome::Done))
    }

    async fn save(&self, cx: &Cx) -> Result<Outcome<Change>> {
        self.named("switch_config.save", self.write(cx).await.map(Outcome::Done))
    }

    async fn backup(&self, cx: &Cx, source: ConfigSource) -> Result<String> {
        let platform = self.settings.platform;
        let line = match source {
            ConfigSource::Running => platform.running,
            ConfigSource::Startup => platform.startup,
        };
        self.named("switch_config.backup", self.ask(cx, line).await)
    }
}
