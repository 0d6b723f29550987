//! `underlay task`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{Cx, Device, Error, FacetKind, Needs, Opened, Result, TaskRef, TaskState, Tasks};

use super::{
    change::{Done, Mutation, Step, needs_words},
    pick::pick,
};
use crate::{
    cli::{Task, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
    progress::state_words,
};

#[derive(Debug, Serialize)]
struct Listed {
    id: String,
    operation: String,
    state: &'static str,
    needs: Option<Needs>,
    percent: Option<u8>,
    messages: Vec<String>,
}

#[derive(Debug, Serialize)]
struct List {
    tasks: Vec<Listed>,
}

pub(super) async fn run(context: &Context, command: &Task) -> std::result::Result<ExitCode, Failure> {
    match command {
        Task::List { select } => list(context, select).await,
        Task::Watch { device, task, limit } => watch(context, device, task, *limit).await,
        Task::Cancel { device, task } => cancel(context, device, task).await,
    }
}

fn facet(device: &dyn Device) -> Result<&dyn Tasks> {
    device.tasks().ok_or_else(|| Error::unsupported("tasks.list"))
}

async fn list(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "task list", |cx: Cx, opened: Arc<Opened>| async move {
            let tasks = facet(&*opened.device)?.list(&cx).await?.into_iter().map(|(task, status)| Listed {
                id: task.id.to_string(),
                operation: task.operation.to_string(),
                state: state_words(status.state),
                needs: if let TaskState::Blocked(needs) = status.state { Some(needs) } else { None },
                percent: status.percent,
                messages: status.messages,
            });
            Ok(List { tasks: tasks.collect() })
        })
        .await?;
    Ok(print(context.output, &["device", "task", "state", "done", "says"], &answers, |list| {
        let rows = list.tasks.iter().map(|task| {
            let waits = task.needs.filter(|needs| *needs != Needs::Nothing).map(needs_words);
            let says = waits.or(task.messages.last().map(String::as_str));
            let percent = task.percent.map(|percent| format!("{percent} %"));
            vec![task.id.clone(), task.state.to_owned(), or_dash(percent), or_dash(says)]
        });
        rows.collect()
    }))
}

/// The task that a person means: one of the list, or else a name that the device may know.
async fn task_of(step: &Step, word: &str) -> Result<TaskRef> {
    let listed: Vec<_> = match facet(step.device())?.list(&step.cx).await {
        Ok(listed) => listed.into_iter().map(|(task, _)| task).collect(),
        // A device that lists none may know one by its name all the same.
        Err(error) if error.kind() == underlay_hal::ErrorKind::Unsupported => Vec::new(),
        Err(error) => return Err(error),
    };
    if let Ok(task) = pick("task", word, &listed, |task| vec![task.id.as_str()]) {
        return Ok(task.clone());
    }
    Ok(TaskRef {
        device: step.device().info().id.clone(),
        driver: step.driver_of(FacetKind::Tasks).into(),
        id: word.into(),
        operation: "tasks.watch".into(),
    })
}

async fn watch(
    context: &Context,
    device: &str,
    word: &str,
    limit: u64,
) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::harmless(context, "task watch", Wait { wait: Some(limit) });
    let look = async |step: &Step| task_of(step, word).await;
    let act = async |step: &Step, task: TaskRef| match step.patient() {
        Some(cx) => step.follow(cx, &task).await,
        None => Err(Error::unsupported("tasks.follow")),
    };
    let answers = mutation.run(device, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "task", "end", "says"], answers, |done: &Done| {
        let end = match (done.change, done.needs) {
            (_, Some(needs)) => needs_words(needs),
            ("made", None) => "succeeded",
            (other, None) => other,
        };
        vec![vec![or_dash(done.task.as_deref()), end.to_owned(), or_dash(done.messages.last())]]
    }))
}

async fn cancel(context: &Context, device: &str, word: &str) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::harmless(context, "task cancel", Wait::default());
    let look = async |step: &Step| task_of(step, word).await;
    let act = async |step: &Step, task: TaskRef| {
        step.changed(facet(step.device())?.cancel(&step.cx, &task).await?).await
    };
    let answers = mutation.run(device, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| vec![vec![done.words()]]))
}
