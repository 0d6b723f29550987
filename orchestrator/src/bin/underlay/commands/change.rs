//! What every command that changes something shares: look, say what is lost, ask, act, follow, tell.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use underlay_hal::{
    ApplyTime, Change, Cx, Device, Effect, Ending, Error, ErrorKind, FacetKind, Needs, Opened, Outcome,
    Patience, Result, Safety, Staged, TaskRef, TaskState, TaskStatus, follow,
};

use crate::{
    cli::{Consent, Wait, When},
    context::{Context, Failure, PARALLEL, actor, close},
    output::{Answer, confirmed},
    progress::{Bar, TaskBars},
};

/// What became of a change.
#[derive(Debug, Serialize)]
pub(super) struct Done {
    pub(super) change: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) needs: Option<Needs>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) task: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<String>,
}

impl Done {
    pub(super) fn of(change: Change) -> Self {
        let change = match change {
            Change::Made => "made",
            Change::AlreadySo => "already_so",
        };
        Self { change, needs: None, task: None, messages: Vec::new() }
    }

    pub(super) fn staged(staged: Staged) -> Self {
        Self { change: Self::of(staged.change).change, ..Self::waiting(staged.needs) }
    }

    /// So already, as soon as the device has what it waits for.
    pub(super) fn waiting(needs: Needs) -> Self {
        Self { needs: Some(needs).filter(|needs| *needs != Needs::Nothing), ..Self::of(Change::AlreadySo) }
    }

    fn task(change: &'static str, task: &TaskRef) -> Self {
        Self { change, needs: None, task: Some(task.id.to_string()), messages: Vec::new() }
    }

    /// In words, for a table.
    pub(super) fn words(&self) -> String {
        let mut words = self.change.replace('_', " ");
        if let Some(needs) = self.needs {
            words.push_str("; ");
            words.push_str(needs_words(needs));
        }
        if let Some(task) = self.task.as_ref().filter(|_| self.change == "running") {
            words.push_str(&format!(" as task {task}"));
        }
        words
    }
}

/// What a device waits for, in words.
pub(super) fn needs_words(needs: Needs) -> &'static str {
    match needs {
        Needs::Nothing => "in effect",
        Needs::HostPowerCycle => "in effect after a reset of the machine",
        Needs::HostPowerOff => "waits for the machine to be off",
        Needs::BmcReset => "in effect after a restart of the controller",
    }
}

/// The apply time that is meant: the one said, if the device offers it, or the device's own first one.
///
/// # Errors
/// `Unsupported` if the device does not offer what was said.
pub(super) fn apply_time(said: Option<When>, offered: &[ApplyTime]) -> Result<ApplyTime> {
    let wanted = match said {
        None => return Ok(offered.first().copied().unwrap_or(ApplyTime::OnReset)),
        Some(When::Immediate) => ApplyTime::Immediate,
        Some(When::OnReset) => ApplyTime::OnReset,
    };
    if offered.contains(&wanted) {
        return Ok(wanted);
    }
    let offered: Vec<_> = offered.iter().map(|when| when.as_str()).collect();
    let message = format!("offers {} and not {}", offered.join(", "), wanted.as_str());
    Err(Error::new(ErrorKind::Unsupported, message))
}

/// A command that changes something.
pub(super) struct Mutation<'a> {
    pub(super) context: &'a Context,
    pub(super) operation: &'static str,
    /// `None`: nothing is lost by it, and nobody is asked.
    pub(super) consent: Option<Consent>,
    pub(super) wait: Wait,
}

/// One device's part of it.
pub(super) struct Step {
    pub(super) cx: Cx,
    pub(super) name: String,
    opened: Arc<Opened>,
    /// Without a deadline of its own, if tasks are to be followed.
    follow: Option<Cx>,
    bars: TaskBars,
}

impl<'a> Mutation<'a> {
    /// A change that nobody has to be asked about.
    pub(super) fn harmless(context: &'a Context, operation: &'static str, wait: Wait) -> Self {
        Self { context, operation, consent: None, wait }
    }

    /// A change that loses something.
    pub(super) fn asking(
        context: &'a Context,
        operation: &'static str,
        consent: Consent,
        wait: Wait,
    ) -> Self {
        Self { context, operation, consent: Some(consent), wait }
    }

    /// Looks at each device, says what is lost, asks, and acts. `None` if the answer was no.
    ///
    /// A device whose look fails is not acted on, and the others are; nothing is asked if nothing would be lost.
    pub(super) async fn run<T, D>(
        &self,
        select: &str,
        look: impl AsyncFn(&Step) -> Result<T>,
        losses: impl Fn(&T) -> Vec<String>,
        act: impl AsyncFn(&Step, T) -> Result<D>,
    ) -> std::result::Result<Option<Vec<Answer<D>>>, Failure> {
        let names = self.context.select(select)?;
        let bars = TaskBars::new();
        let bar = Bar::new(self.operation, names.len());
        let looks = names.into_iter().map(|name| {
            let (bars, look, bar) = (bars.clone(), &look, &bar);
            async move {
                let seen = self.look(name.clone(), bars, look).await;
                bar.one_more(&name);
                (name, seen)
            }
        });
        let seen: Vec<_> = stream::iter(looks).buffered(PARALLEL).collect().await;
        drop(bar);
        let lost: Vec<_> = seen
            .iter()
            .filter_map(|(name, seen)| Some((name, losses(&seen.as_ref().ok()?.1))))
            .flat_map(|(name, losses)| losses.into_iter().map(move |loss| format!("{name}: {loss}")))
            .collect();
        if let Err(refused) = self.ask(&lost) {
            for (name, seen) in &seen {
                if let Ok((step, _)) = seen {
                    close(&step.cx, name, &step.opened).await;
                }
            }
            return refused.map(|()| None);
        }
        let acts = seen.into_iter().map(|(name, seen)| {
            let act = &act;
            async move {
                let result = match seen {
                    Ok((step, seen)) => self.act(step, seen, act).await,
                    Err(error) => Err(error),
                };
                Answer { device: name, result }
            }
        });
        let answers = stream::iter(acts).buffered(PARALLEL).collect().await;
        bars.finish();
        Ok(Some(answers))
    }

    async fn look<T>(
        &self,
        name: String,
        bars: TaskBars,
        look: &impl AsyncFn(&Step) -> Result<T>,
    ) -> Result<(Step, T)> {
        let cx = self.context.cx(self.operation);
        let opened = self.context.open(&cx, &name).await?;
        let step = Step { cx, name, opened, follow: None, bars };
        match look(&step).await {
            Ok(seen) => Ok((step, seen)),
            Err(error) => {
                close(&step.cx, &step.name, &step.opened).await;
                Err(error)
            }
        }
    }

    async fn act<T, D>(&self, step: Step, seen: T, act: &impl AsyncFn(&Step, T) -> Result<D>) -> Result<D> {
        // The question took its time: each device has its whole limit again.
        let mut cx = self.context.cx(self.operation);
        if self.consent.is_some() {
            cx = cx.consenting(Safety::Destructive);
        }
        let (bars, name) = (step.bars.clone(), step.name.clone());
        let cx = cx.reporting(move |progress| bars.sent(&name, progress));
        let limit = self.wait.wait.map(Duration::from_secs);
        let follow = limit.map(|limit| Cx::new(actor(), self.operation).within(limit));
        let step = Step { cx, follow, ..step };
        let result = act(&step, seen).await;
        close(&step.cx, &step.name, &step.opened).await;
        result
    }

    /// `Err(Ok(()))` if the answer was no.
    fn ask(&self, lost: &[String]) -> std::result::Result<(), std::result::Result<(), Failure>> {
        if lost.is_empty() || self.consent.is_none_or(|consent| consent.yes) {
            return Ok(());
        }
        eprintln!("What is lost:");
        lost.iter().for_each(|loss| eprintln!("  {loss}"));
        match confirmed("Go on?", "what is lost") {
            Ok(true) => Ok(()),
            Ok(false) => {
                eprintln!("Nothing was done.");
                Err(Ok(()))
            }
            Err(failure) => Err(Err(failure)),
        }
    }
}

impl Step {
    pub(super) fn device(&self) -> &dyn Device {
        &*self.opened.device
    }

    /// The driver that serves a facet.
    pub(super) fn driver_of(&self, facet: FacetKind) -> String {
        let chosen = self.opened.choices.iter().find(|choice| choice.facet == facet);
        chosen.map_or_else(|| self.device().info().driver.clone(), |choice| choice.driver.clone())
    }

    /// What became of a staged change; a task is followed if that was asked for.
    pub(super) async fn staged(&self, outcome: Outcome<Staged>) -> Result<Done> {
        match outcome {
            Outcome::Done(staged) => Ok(Done::staged(staged)),
            Outcome::Running(task) => self.followed(&task).await,
        }
    }

    /// What became of a change; a task is followed if that was asked for.
    pub(super) async fn changed(&self, outcome: Outcome<Change>) -> Result<Done> {
        match outcome {
            Outcome::Done(change) => Ok(Done::of(change)),
            Outcome::Running(task) => self.followed(&task).await,
        }
    }

    /// The context in which tasks are followed, if they are.
    pub(super) fn patient(&self) -> Option<&Cx> {
        self.follow.as_ref()
    }

    async fn followed(&self, task: &TaskRef) -> Result<Done> {
        match &self.follow {
            None => Ok(Done::task("running", task)),
            Some(cx) => self.follow(cx, task).await,
        }
    }

    /// Follows a task to its end.
    ///
    /// # Errors
    /// `DeviceFault` with what the device says, if the task failed; what [`follow`] says.
    pub(super) async fn follow(&self, cx: &Cx, task: &TaskRef) -> Result<Done> {
        let ending = follow(self.device(), cx, task, Patience::default(), |status| {
            self.bars.stands(&self.name, status);
        });
        let ending = ending.await?;
        match ending {
            Ending::Final(status) => finished(task, status),
            Ending::Blocked(status) => {
                let needs = if let TaskState::Blocked(needs) = status.state { Some(needs) } else { None };
                Ok(Done { needs, messages: status.messages, ..Done::task("made", task) })
            }
            Ending::Forgotten => Ok(Done {
                messages: vec![
                    "the device no longer knows the task; look whether it did its work".to_owned(),
                ],
                ..Done::task("forgotten", task)
            }),
        }
    }
}

fn finished(task: &TaskRef, status: TaskStatus) -> Result<Done> {
    if status.state == TaskState::Succeeded {
        return Ok(Done { messages: status.messages, ..Done::task("made", task) });
    }
    let words = crate::progress::state_words(status.state);
    let said =
        if status.messages.is_empty() { "without a word why".to_owned() } else { status.messages.join("; ") };
    let message = format!("task {} {words}: {said}", task.id);
    Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Unknown).during("tasks.follow"))
}
