//! `underlay secure-boot`.

use std::{path::Path, process::ExitCode, sync::Arc};

use underlay_hal::{
    Cx, Error, ErrorKind, KeyReset, Opened, Result, SecureBoot as SecureBootFacet, SecureBootState,
};
use underlay_rack::strict::Source;

use super::change::{Done, Mutation, Step};
use crate::{
    cli::{Consent, SecureBoot, Wait},
    context::{Context, Failure, read_text},
    output::{or_dash, print, print_if},
};

type Code = std::result::Result<ExitCode, Failure>;

const HEADINGS: [&str; 5] = ["device", "wanted", "in force", "mode", "databases"];

pub(super) async fn run(context: &Context, command: &SecureBoot) -> Code {
    match command {
        SecureBoot::Show { select } => show(context, select).await,
        SecureBoot::Enable { select } => set(context, select, true).await,
        SecureBoot::Disable { select } => set(context, select, false).await,
        SecureBoot::ResetKeys { select, how, consent, wait } => {
            reset_keys(context, select, parse(how)?, *consent, *wait).await
        }
        SecureBoot::AddCertificate { select, database, file } => add(context, select, database, file).await,
        SecureBoot::RemoveCertificate { select, database, certificate } => {
            remove(context, select, database, certificate).await
        }
    }
}

fn missing() -> Error {
    Error::unsupported("secure_boot.read")
}

fn facet(step: &Step) -> Result<&dyn SecureBootFacet> {
    step.device().secure_boot().ok_or_else(missing)
}

fn parse(word: &str) -> std::result::Result<KeyReset, Failure> {
    let plain = word.to_lowercase().replace('-', "_");
    KeyReset::ALL.into_iter().find(|reset| reset.as_str() == plain).ok_or_else(|| {
        let known = KeyReset::ALL.map(KeyReset::as_str);
        let near = Source::suggest(&plain, known.iter().copied());
        let help = near.unwrap_or_else(|| format!("there are {}", known.join(", ")));
        Failure(format!("unknown key reset `{word}`: {help}"))
    })
}

async fn show(context: &Context, select: &str) -> Code {
    let answers = context
        .each(select, "secure-boot show", |cx: Cx, opened: Arc<Opened>| async move {
            opened.device.secure_boot().ok_or_else(missing)?.read(&cx).await
        })
        .await?;
    Ok(print(context.output, &HEADINGS, &answers, |state| vec![row(state)]))
}

fn row(state: &SecureBootState) -> Vec<String> {
    let on = |known: Option<bool>| or_dash(known.map(|on| if on { "on" } else { "off" }));
    let wanted = match &state.unknown_because {
        Some(why) if state.enabled.is_none() => format!("unknown ({why})"),
        _ => on(state.enabled),
    };
    let mode = state.mode.map(|mode| format!("{mode:?}").to_lowercase());
    let databases = state.databases.iter().map(|database| {
        let signatures = database.signatures.map(|count| format!("+{count}")).unwrap_or_default();
        format!("{}:{}{signatures}", database.id, database.certificates.len())
    });
    let databases: Vec<_> = databases.collect();
    vec![
        wanted,
        on(state.in_force),
        or_dash(mode),
        or_dash(Some(databases.join(" ")).filter(|text| !text.is_empty())),
    ]
}

fn row_of(done: &Done) -> Vec<Vec<String>> {
    vec![vec![done.words()]]
}

async fn set(context: &Context, select: &str, on: bool) -> Code {
    let mutation = Mutation::harmless(context, "secure-boot", Wait::default());
    let act = async |step: &Step, ()| step.staged(facet(step)?.set_enabled(&step.cx, on).await?).await;
    let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, row_of))
}

async fn reset_keys(context: &Context, select: &str, how: KeyReset, consent: Consent, wait: Wait) -> Code {
    let mutation = Mutation::asking(context, "secure-boot reset-keys", consent, wait);
    let look = async |step: &Step| {
        let offered = facet(step)?.key_resets();
        if !offered.contains(&how) {
            let offered: Vec<_> = offered.iter().map(|one| one.as_str()).collect();
            let message = format!("the device offers {}", offered.join(", "));
            return Err(Error::new(ErrorKind::Unsupported, message).during("secure_boot.reset_keys"));
        }
        facet(step)?.read(&step.cx).await
    };
    let losses = |state: &SecureBootState| {
        let meant = state.databases.iter().filter(|one| how != KeyReset::DeletePlatformKey || one.id == "PK");
        let lost = meant.map(|database| {
            format!(
                "database {}: {} certificates, {} signatures",
                database.id,
                database.certificates.len(),
                database.signatures.unwrap_or(0)
            )
        });
        let lost: Vec<_> = lost.collect();
        if lost.is_empty() { vec!["the keys that are there".to_owned()] } else { lost }
    };
    let act = async |step: &Step, _| step.staged(facet(step)?.reset_keys(&step.cx, how).await?).await;
    let answers = mutation.run(select, look, losses, act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, row_of))
}

async fn add(context: &Context, select: &str, database: &str, file: &Path) -> Code {
    let pem = &read_text(file)?;
    let mutation = Mutation::harmless(context, "secure-boot add-certificate", Wait::default());
    let act = async |step: &Step, ()| {
        step.staged(facet(step)?.add_certificate(&step.cx, database, pem).await?).await
    };
    let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, row_of))
}

async fn remove(context: &Context, select: &str, database: &str, certificate: &str) -> Code {
    let mutation = Mutation::harmless(context, "secure-boot remove-certificate", Wait::default());
    let act = async |step: &Step, ()| {
        step.changed(facet(step)?.remove_certificate(&step.cx, database, certificate).await?).await
    };
    let answers = mutation.run(select, async |_| Ok(()), |()| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "change"], answers, row_of))
}
