//! `underlay boot`.

mod order;

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    BootMode, BootOverride, BootTarget, Change, Cx, Error, Opened, Outcome, Persistence, uri::without_secrets,
};

use underlay_rack::strict::Source;

use crate::{
    cli::{Boot, Mode},
    context::{Context, Failure},
    output::{or_dash, print},
};

#[derive(Debug, Serialize)]
struct Got {
    target: Option<BootTarget>,
    persistence: Option<Persistence>,
    mode: Option<BootMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_uri: Option<String>,
    targets: Vec<BootTarget>,
}

#[derive(Debug, Serialize)]
struct Set {
    target: Option<BootTarget>,
    change: &'static str,
}

pub(super) async fn run(context: &Context, command: &Boot) -> Result<ExitCode, Failure> {
    match command {
        Boot::Get { select } => get(context, select).await,
        Boot::Order { select } => order::show(context, select).await,
        Boot::First { select, options, mac } => order::first(context, select, options, *mac).await,
        Boot::Set { target, select, continuous, mode, uri } => {
            let persistence = if *continuous { Persistence::Continuous } else { Persistence::Once };
            let mode = mode.map(|mode| match mode {
                Mode::Uefi => BootMode::Uefi,
                Mode::Legacy => BootMode::Legacy,
            });
            let to = parse(target)?.map(|target| BootOverride {
                target,
                persistence,
                mode,
                http_uri: uri.clone(),
            });
            set(context, select, to).await
        }
    }
}

fn parse(word: &str) -> Result<Option<BootTarget>, Failure> {
    let plain = word.to_lowercase().replace('-', "_");
    if plain == "none" {
        return Ok(None);
    }
    let found = BootTarget::ALL.into_iter().find(|target| target.as_str() == plain);
    found.map(Some).ok_or_else(|| {
        let known = std::iter::once("none").chain(BootTarget::ALL.iter().map(|target| target.as_str()));
        let known: Vec<_> = known.collect();
        let near = Source::suggest(&plain, known.iter().copied());
        let help = near.unwrap_or_else(|| format!("there are {}", known.join(", ")));
        Failure(format!("unknown boot target `{word}`: {help}\nusage: underlay boot set TARGET DEVICES"))
    })
}

async fn get(context: &Context, select: &str) -> Result<ExitCode, Failure> {
    let answers = context
        .each(select, "boot get", |cx: Cx, opened: Arc<Opened>| async move {
            let boot = opened.device.boot().ok_or_else(|| Error::unsupported("boot.get"))?;
            let now = boot.get(&cx).await?;
            Ok(Got {
                target: now.as_ref().map(|now| now.target),
                persistence: now.as_ref().map(|now| now.persistence),
                mode: now.as_ref().and_then(|now| now.mode),
                http_uri: now.and_then(|now| now.http_uri).map(|uri| without_secrets(&uri)),
                targets: boot.targets().to_vec(),
            })
        })
        .await?;
    Ok(print(context.output, &["device", "override", "persistence", "takes"], &answers, |got| {
        let persistence = got.persistence.map(|persistence| format!("{persistence:?}").to_lowercase());
        let takes: Vec<_> = got.targets.iter().map(|target| target.as_str()).collect();
        let target = got.target.map_or("none", BootTarget::as_str).to_owned();
        vec![vec![target, or_dash(persistence), takes.join(" ")]]
    }))
}

async fn set(context: &Context, select: &str, to: Option<BootOverride>) -> Result<ExitCode, Failure> {
    let to = &to;
    let answers = context
        .each(select, "boot set", |cx: Cx, opened: Arc<Opened>| async move {
            let boot = opened.device.boot().ok_or_else(|| Error::unsupported("boot.set"))?;
            let change = match boot.set(&cx, to.clone()).await? {
                Outcome::Done(Change::Made) => "made",
                Outcome::Done(Change::AlreadySo) => "already_so",
                Outcome::Running(_) => "running",
            };
            Ok(Set { target: to.as_ref().map(|to| to.target), change })
        })
        .await?;
    Ok(print(context.output, &["device", "override", "change"], &answers, |set| {
        let target = set.target.map_or("none", BootTarget::as_str).to_owned();
        vec![vec![target, set.change.replace('_', " ")]]
    }))
}
