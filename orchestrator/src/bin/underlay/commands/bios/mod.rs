//! `underlay bios`.

mod wanted;

use std::{collections::BTreeMap, path::Path, process::ExitCode, sync::Arc};

use secrecy::SecretString;
use serde::Serialize;
use underlay_hal::{
    BiosState, Cx, Error, ErrorKind, Opened, PendingJob, Plan, Result,
    bios::{AttributeRule, BiosChange, SettingValue, difference, plan},
};

use self::wanted::Settings;
use super::{
    change::{Done, Mutation, Step, apply_time, needs_words},
    secrets::password_of,
};
use crate::{
    cli::{Bios, BiosSet, Consent, Wait, Wanted},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

/// A setting, as a row and as an object.
#[derive(Debug, Serialize)]
struct Setting {
    name: String,
    current: Option<SettingValue>,
    pending: Option<SettingValue>,
    rule: Option<AttributeRule>,
}

#[derive(Debug, Serialize)]
struct Shown {
    attributes: Vec<Setting>,
    registry: Option<String>,
    jobs: Vec<PendingJob>,
}

#[derive(Debug, Serialize)]
struct Differs {
    name: String,
    current: Option<SettingValue>,
    wanted: SettingValue,
}

#[derive(Debug, Serialize)]
struct Difference {
    differences: Vec<Differs>,
}

#[derive(Debug, Serialize)]
struct Set {
    changes: Vec<BiosChange>,
    #[serde(flatten)]
    done: Done,
}

pub(super) async fn run(context: &Context, command: &Bios) -> std::result::Result<ExitCode, Failure> {
    match command {
        Bios::Show { select, filter, pending } => show(context, select, filter.as_deref(), *pending).await,
        Bios::Diff { select, wanted, detailed_exitcode } => {
            diff(context, select, wanted, *detailed_exitcode).await
        }
        Bios::Set(arguments) => set(context, arguments).await,
        Bios::Reset { select, consent, wait } => reset(context, select, *consent, *wait).await,
        Bios::Password { select, name, old_file, new_file, wait } => {
            password(context, select, name, [old_file.as_deref(), new_file.as_deref()], *wait).await
        }
    }
}

fn missing() -> Error {
    Error::unsupported("bios.read")
}

async fn state(cx: &Cx, device: &dyn underlay_hal::Device) -> Result<BiosState> {
    device.bios().ok_or_else(missing)?.read(cx).await
}

async fn show(
    context: &Context,
    select: &str,
    filter: Option<&str>,
    pending: bool,
) -> std::result::Result<ExitCode, Failure> {
    let filter = filter.map(str::to_lowercase);
    let wanted = |name: &str| filter.as_ref().is_none_or(|text| name.to_lowercase().contains(text));
    let answers = context
        .each(select, "bios show", |cx: Cx, opened: Arc<Opened>| async move {
            let state = state(&cx, &*opened.device).await?;
            let BiosState { attributes, registry, jobs, .. } = state;
            let attributes = attributes.into_iter().map(|(name, one)| Setting {
                name,
                current: one.current,
                pending: one.pending,
                rule: one.rule,
            });
            Ok(Shown { attributes: attributes.collect(), registry, jobs })
        })
        .await?;
    let answers: Vec<_> = answers
        .into_iter()
        .map(|mut answer| {
            if let Ok(shown) = &mut answer.result {
                shown.attributes.retain(|one| wanted(&one.name) && (!pending || one.pending.is_some()));
            }
            answer
        })
        .collect();
    Ok(print(context.output, &["device", "setting", "now", "after reset", "takes"], &answers, |shown| {
        let settings = shown.attributes.iter().map(|one| {
            let takes = one.rule.as_ref().map(takes).filter(|text| !text.is_empty());
            let (now, after) = (one.current.as_ref().map(value_text), one.pending.as_ref().map(value_text));
            vec![one.name.clone(), or_dash(now), or_dash(after), or_dash(takes)]
        });
        let jobs = shown.jobs.iter().map(|job| {
            vec![
                format!("job {}", job.id),
                job.name.clone(),
                needs_words(job.needs).to_owned(),
                "-".to_owned(),
            ]
        });
        settings.chain(jobs).collect()
    }))
}

/// An empty text is a value, too.
fn value_text(value: &SettingValue) -> String {
    match value.to_string() {
        text if text.is_empty() => "\"\"".to_owned(),
        text => text,
    }
}

/// What a setting takes, in a few words.
fn takes(rule: &AttributeRule) -> String {
    if rule.read_only == Some(true) {
        return "read-only".to_owned();
    }
    if !rule.allowed.is_empty() {
        let names: Vec<_> = rule.allowed.iter().take(8).map(|allowed| allowed.name.as_str()).collect();
        let more = if rule.allowed.len() > names.len() { " …" } else { "" };
        return format!("{}{more}", names.join(" "));
    }
    match (rule.lower_bound, rule.upper_bound) {
        (None, None) => rule.kind.map(|kind| format!("{kind:?}").to_lowercase()).unwrap_or_default(),
        (least, most) => format!("{} to {}", or_dash(least), or_dash(most)),
    }
}

async fn diff(
    context: &Context,
    select: &str,
    wanted: &Wanted,
    detailed: bool,
) -> std::result::Result<ExitCode, Failure> {
    let settings = &Settings::read(context, wanted).await?;
    let answers = context
        .each(select, "bios diff", |cx: Cx, opened: Arc<Opened>| async move {
            let state = state(&cx, &*opened.device).await?;
            let wanted = settings.of(&state);
            let differences = difference(&state, &wanted).map(|(name, current, wanted)| Differs {
                name: name.to_owned(),
                current: current.cloned(),
                wanted: wanted.clone(),
            });
            Ok(Difference { differences: differences.collect() })
        })
        .await?;
    let differs =
        answers.iter().any(|answer| answer.result.as_ref().is_ok_and(|d| !d.differences.is_empty()));
    let failed = answers.iter().any(|answer| answer.result.is_err());
    let code = print(context.output, &["device", "setting", "now", "wanted"], &answers, |difference| {
        let rows = difference.differences.iter().map(|one| {
            let now = one.current.as_ref().map_or_else(|| "(no such setting)".to_owned(), value_text);
            vec![one.name.clone(), now, value_text(&one.wanted)]
        });
        rows.collect()
    });
    Ok(if detailed && differs && !failed { ExitCode::from(2) } else { code })
}

/// What `set` would send to a device.
fn planned(state: &BiosState, wanted: &BTreeMap<String, SettingValue>) -> Result<Plan<BiosChange>> {
    plan(state, wanted).map_err(|problems| {
        let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
        Error::new(ErrorKind::InvalidInput, problems.join("; "))
    })
}

async fn set(context: &Context, arguments: &BiosSet) -> std::result::Result<ExitCode, Failure> {
    let settings = Settings::read(context, &arguments.wanted).await?;
    let mutation = Mutation::harmless(context, "bios set", arguments.wait);
    let look = async |step: &Step| {
        let state = state(&step.cx, step.device()).await?;
        planned(&state, &settings.of(&state))
    };
    let act = async |step: &Step, plan: Plan<BiosChange>| {
        let bios = step.device().bios().ok_or_else(missing)?;
        let when = apply_time(arguments.when, bios.apply_times())?;
        let done = if arguments.dry_run {
            Done {
                change: if plan.is_noop() { "already_so" } else { "planned" },
                ..Done::waiting(plan.needs)
            }
        } else if plan.is_noop() {
            Done::waiting(plan.needs)
        } else {
            step.staged(bios.apply(&step.cx, &plan, when).await?).await?
        };
        Ok(Set { changes: plan.changes, done })
    };
    let answers = mutation.run(&arguments.select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "setting", "now", "new", "change"], answers, |set| {
        if set.changes.is_empty() {
            return vec![vec!["-".to_owned(), "-".to_owned(), "-".to_owned(), set.done.words()]];
        }
        let rows = set.changes.iter().map(|change| {
            let mut now = or_dash(change.from.as_ref().map(value_text));
            if let Some(pending) = &change.replaces_pending {
                now.push_str(&format!(" (waiting: {pending})"));
            }
            vec![change.name.clone(), now, value_text(&change.to), set.done.words()]
        });
        rows.collect()
    }))
}

/// What a reset to defaults changes, as far as the rules tell.
fn resets(state: &BiosState) -> Vec<String> {
    let rules =
        state.attributes.values().filter(|one| one.rule.as_ref().is_some_and(|rule| rule.default.is_some()));
    if rules.count() == 0 {
        return vec!["every setting goes back to the vendor's default".to_owned()];
    }
    let moved = state.attributes.iter().filter_map(|(name, one)| {
        let (now, rule) = (one.current.as_ref()?, one.rule.as_ref()?);
        let default = rule.default.as_ref()?;
        (!now.is_same(default)).then(|| format!("{name}: {} → {}", value_text(now), value_text(default)))
    });
    let moved: Vec<_> = moved.collect();
    if moved.is_empty() {
        vec!["no setting differs from its default; what the rules do not tell may be reset".to_owned()]
    } else {
        moved
    }
}

async fn reset(
    context: &Context,
    select: &str,
    consent: Consent,
    wait: Wait,
) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::asking(context, "bios reset", consent, wait);
    let look = async |step: &Step| state(&step.cx, step.device()).await;
    let act = async |step: &Step, _| {
        let bios = step.device().bios().ok_or_else(missing)?;
        step.staged(bios.reset_to_defaults(&step.cx).await?).await
    };
    let answers = mutation.run(select, look, resets, act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| vec![vec![done.words()]]))
}

async fn password(
    context: &Context,
    select: &str,
    name: &str,
    files: [Option<&Path>; 2],
    wait: Wait,
) -> std::result::Result<ExitCode, Failure> {
    let read = |file: Option<&Path>| file.map_or_else(|| Ok(SecretString::default()), password_of);
    let [old, new] = [read(files[0])?, read(files[1])?];
    let mutation = Mutation::harmless(context, "bios password", wait);
    let look = async |step: &Step| {
        let known = step.device().bios().ok_or_else(missing)?.passwords().to_vec();
        super::pick::pick("password", name, &known, |name| vec![name.as_str()]).cloned()
    };
    let act = async |step: &Step, name: String| {
        let bios = step.device().bios().ok_or_else(missing)?;
        step.changed(bios.change_password(&step.cx, &name, &old, &new).await?).await
    };
    let answers = mutation.run(select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, |done: &Done| vec![vec![done.words()]]))
}
