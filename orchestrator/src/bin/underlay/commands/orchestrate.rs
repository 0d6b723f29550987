//! `underlay plan`, `apply`, `run`.

use std::{path::Path, process::ExitCode, time::Duration};

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use underlay_hal::Cx;
use underlay_orchestrator::{
    Intent, Memory, Plan, RunOptions, RunReport, SqliteStore, Store as _, execute, observe,
    plan as make_plan, plan_text,
    store::{Event, Lease, RunId, RunRecord, RunState, StoreError},
};

use crate::{
    cli::{Format, Run, RunArgs},
    context::{Context, Failure, PARALLEL, actor, read_text},
    output::{confirmed, exit_code, new_table, or_dash, print_json, say, say_table, say_text},
    progress::{Bar, Steps},
};

pub(super) async fn plan(
    context: &Context,
    file: &Path,
    out: Option<&Path>,
    detailed_exitcode: bool,
) -> Result<ExitCode, Failure> {
    let plan = from_intent(context, file).await?;
    if let Some(out) = out {
        std::fs::write(out, plan.to_json())
            .map_err(|error| Failure(format!("cannot write {}: {error}", out.display())))?;
    }
    match context.output {
        Format::Json => print_json(&serde_json::to_value(&plan)?),
        Format::Table => {
            say_text(&plan_text(&plan));
            if let Some(out) = out {
                say!("Written to {0}; carry it out with `underlay apply {0}`.", out.display());
            }
        }
    }
    Ok(match (plan.unobserved.is_empty(), plan.is_noop()) {
        (false, _) => ExitCode::from(1),
        (true, false) if detailed_exitcode => ExitCode::from(2),
        (true, _) => ExitCode::SUCCESS,
    })
}

/// Looks at the machines that the intent is about, and plans. Changes nothing.
async fn from_intent(context: &Context, file: &Path) -> Result<Plan, Failure> {
    let rack = context.fleet.rack();
    let intent = Intent::read(&read_text(file)?, &file.display().to_string(), rack)
        .map_err(|problems| Failure(problems.to_string()))?;
    let names: Vec<String> = rack
        .devices
        .iter()
        .map(|device| device.name.clone())
        .filter(|name| intent.wants.contains_key(name))
        .collect();
    let bar = Bar::new("observe", names.len());
    // One by one, so that each has the whole time limit and the bar moves.
    let looks = names.iter().map(|name| async {
        let seen = observe(&context.cx("plan"), &context.fleet, std::slice::from_ref(name)).await;
        bar.one_more(name);
        seen
    });
    let observed: Vec<_> =
        stream::iter(looks).buffered(PARALLEL).collect::<Vec<_>>().await.into_iter().flatten().collect();
    drop(bar);
    let memory = match context.existing_store().await? {
        Some(store) => store.memory(&rack.name).await?,
        None => Memory::default(),
    };
    Ok(make_plan(&rack.name, &intent, &observed, &memory)?)
}

pub(super) async fn apply(context: &Context, file: &Path, arguments: RunArgs) -> Result<ExitCode, Failure> {
    let text = read_text(file)?;
    let plan = if text.trim_start().starts_with('{') {
        Plan::from_json(&text).map_err(|error| Failure(format!("{}: {error}", file.display())))?
    } else {
        from_intent(context, file).await?
    };
    if plan.site != context.fleet.rack().name {
        let message = format!(
            "{}: the plan is for rack {:?}, and this is rack {:?}",
            file.display(),
            plan.site,
            context.fleet.rack().name
        );
        return Err(Failure(message));
    }
    if context.output == Format::Table {
        say_text(&plan_text(&plan));
    }
    if plan.is_noop() {
        if context.output == Format::Json {
            print_json(&json!([]));
        }
        return Ok(exit_code(plan.unobserved.is_empty()));
    }
    if !arguments.yes && !confirmed("Carry this out?", "the plan")? {
        eprintln!("Nothing was done.");
        return Ok(ExitCode::from(2));
    }
    let store = context.store().await?;
    let run = store.create_run(&plan, &actor()).await?;
    let lease = store.lease(run).await?;
    carry_out(context, &store, &lease, arguments, plan.unobserved.is_empty()).await
}

fn options(arguments: RunArgs, call_limit: Duration) -> RunOptions {
    RunOptions {
        parallel: arguments.parallel.into(),
        poll: Duration::from_millis(arguments.poll),
        settle: Duration::from_millis(arguments.settle),
        unclear: Duration::from_millis(arguments.unclear),
        call_limit,
        ..RunOptions::default()
    }
}

/// Executes a run until it ends or the user interrupts it.
async fn carry_out(
    context: &Context,
    store: &SqliteStore,
    lease: &Lease,
    arguments: RunArgs,
    all_observed: bool,
) -> Result<ExitCode, Failure> {
    // The time limit of the command line is for single looks; a run takes as long as its machines.
    let cx = Cx::new(actor(), format!("run-{}", lease.run));
    let watcher = cx.clone();
    let interrupt = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("Stopping; what the machines were told to do goes on there.");
            watcher.cancel();
        }
    });
    let steps = Steps::new();
    let report = execute(&cx, &context.fleet, store, lease, options(arguments, context.limit), &steps).await;
    interrupt.abort();
    steps.finish();
    let report = report.map_err(|error| match error {
        StoreError::DeviceBusy { .. } => {
            let run = lease.run;
            Failure(format!(
                "run {run} stopped: {error}; then continue this one with `underlay run resume {run}`"
            ))
        }
        other => other.into(),
    })?;
    match context.output {
        Format::Json => print_json(&devices_json(&store.run(lease.run).await?)),
        Format::Table => print_report(&report),
    }
    Ok(exit_code(report.state == RunState::Succeeded && all_observed))
}

fn print_report(report: &RunReport) {
    let run = report.run;
    match report.state {
        RunState::Succeeded => say!("Run {run}: all {} steps done.", report.steps),
        RunState::Failed => {
            say!(
                "Run {run}: {} of {} steps done, {} failed, {} blocked.",
                report.done,
                report.steps,
                report.failures.len(),
                report.blocked
            );
            for failure in &report.failures {
                say!(
                    "  {} step {}: {} ({}, effect {})",
                    failure.device,
                    failure.step,
                    failure.message,
                    failure.kind,
                    failure.effect
                );
            }
        }
        RunState::Executing => say!(
            "Run {run}: interrupted after {} of {} steps; continue with `underlay run resume {run}`.",
            report.done,
            report.steps
        ),
    }
}

/// One object per device of a run.
fn devices_json(run: &RunRecord) -> Value {
    let mut devices: Vec<Value> = Vec::new();
    for planned in &run.plan.devices {
        let name = &planned.observed.device;
        let of_device = |id| run.plan.step(id).filter(|step| step.device == *name);
        let steps: Vec<Value> = run
            .steps
            .iter()
            .filter_map(|record| {
                let step = of_device(record.id)?;
                Some(json!({ "step": step.id, "action": step.action, "state": record.state }))
            })
            .collect();
        let mut object = json!({ "device": name, "run": run.id, "steps": steps });
        let failure =
            run.steps.iter().filter(|record| of_device(record.id).is_some()).find_map(|record| match &record
                .failure
            {
                Some(Event::Failed { kind, effect, message }) => {
                    Some(json!({ "kind": kind, "effect": effect, "message": message }))
                }
                _ => None,
            });
        if let Some(failure) = failure {
            object["error"] = failure;
        }
        devices.push(object);
    }
    for missing in &run.plan.unobserved {
        let error = json!({ "kind": missing.kind, "effect": missing.effect, "message": missing.message });
        devices.push(json!({ "device": missing.device, "error": error }));
    }
    Value::Array(devices)
}

pub(super) async fn runs(context: &Context, command: &Run) -> Result<ExitCode, Failure> {
    let Some(store) = context.existing_store().await? else {
        return match (command, context.output) {
            (Run::List, Format::Json) => {
                print_json(&json!([]));
                Ok(ExitCode::SUCCESS)
            }
            (Run::List, Format::Table) => {
                say!("No runs yet; `underlay apply` makes one.");
                Ok(ExitCode::SUCCESS)
            }
            (Run::Show { id } | Run::Resume { id, .. }, _) => Err(StoreError::NoSuchRun(RunId(*id)).into()),
        };
    };
    match command {
        Run::List => list(context, &store).await,
        Run::Show { id } => show(context, &store, RunId(*id)).await,
        Run::Resume { id, run } => resume(context, &store, RunId(*id), *run).await,
    }
}

async fn list(context: &Context, store: &SqliteStore) -> Result<ExitCode, Failure> {
    let runs = store.runs().await?;
    if context.output == Format::Json {
        let summary = |run: &RunRecord| {
            json!({
                "run": run.id, "state": run.state, "site": run.plan.site, "intent": run.plan.intent,
                "actor": run.actor, "created": run.created, "ended": run.ended, "steps": run.steps.len(),
                "plan": run.plan.hash,
            })
        };
        print_json(&Value::Array(runs.iter().map(summary).collect()));
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = new_table(&["run", "state", "intent", "steps", "created", "took", "by"]);
    for run in &runs {
        let done = run.steps.iter().filter(|step| step.state.is_final()).count();
        table.add_row([
            run.id.to_string(),
            run.state.as_str().to_owned(),
            run.plan.intent.clone(),
            format!("{done}/{}", run.steps.len()),
            run.created.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            or_dash(run.ended.map(|at| format!("{} s", at.duration_since(run.created).as_secs()))),
            run.actor.clone(),
        ]);
    }
    say_table(&table);
    Ok(ExitCode::SUCCESS)
}

async fn show(context: &Context, store: &SqliteStore, id: RunId) -> Result<ExitCode, Failure> {
    let run = store.run(id).await?;
    let journal = store.journal_of(id).await?;
    if context.output == Format::Json {
        print_json(&json!({ "run": run, "journal": journal }));
        return Ok(ExitCode::SUCCESS);
    }
    say!("Run {} of intent \"{}\": {}, by {}\n", run.id, run.plan.intent, run.state.as_str(), run.actor);
    let mut table = new_table(&["step", "device", "action", "state", "sent"]);
    for record in &run.steps {
        let step = run.plan.step(record.id);
        table.add_row([
            record.id.to_string(),
            or_dash(step.map(|step| step.device.as_str())),
            or_dash(step.map(|step| step.action.summary())),
            record.state.as_str().to_owned(),
            record.attempts.to_string(),
        ]);
    }
    say_table(&table);
    say!("");
    let mut table = new_table(&["time", "step", "event"]);
    for line in &journal {
        let event = match &line.event {
            Event::Started => "started".to_owned(),
            Event::Applying(sent) => format!("about to be sent (power {})", sent.power),
            Event::Applied => "accepted by the device".to_owned(),
            Event::Done { changed: true } => "done".to_owned(),
            Event::Done { changed: false } => "done: it was so already".to_owned(),
            Event::Failed { kind, effect, message } => format!("failed: {message} ({kind}, effect {effect})"),
            Event::Blocked => "blocked".to_owned(),
        };
        table.add_row([line.at.strftime("%H:%M:%S%.3f").to_string(), line.step.to_string(), event]);
    }
    say_table(&table);
    Ok(ExitCode::SUCCESS)
}

async fn resume(
    context: &Context,
    store: &SqliteStore,
    id: RunId,
    arguments: RunArgs,
) -> Result<ExitCode, Failure> {
    let run = store.run(id).await?;
    if run.state != RunState::Executing {
        match context.output {
            Format::Json => print_json(&devices_json(&run)),
            Format::Table => say!("Run {id} has ended: {}.", run.state.as_str()),
        }
        return Ok(exit_code(run.state == RunState::Succeeded));
    }
    if run.plan.site != context.fleet.rack().name {
        return Err(Failure(format!("run {id} is of {:?}, another rack", run.plan.site)));
    }
    let lease = store.lease(id).await?;
    carry_out(context, store, &lease, arguments, run.plan.unobserved.is_empty()).await
}
