//! `underlay firmware`.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use serde::Serialize;
use underlay_hal::{
    ComponentId, Credentials, Cx, Effect, Error, ErrorKind, Firmware as FirmwareFacet, FirmwareComponent,
    FirmwareImage, FirmwareInventory, FirmwareUpdate as Update, Opened, Result,
};

use super::{
    change::{Done, Mutation, Step, apply_time},
    pick::pick,
};
use crate::{
    cli::{Firmware, FirmwareUpdate},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

/// Pause between two looks at versions while a controller restarts.
const PAUSE: Duration = Duration::from_secs(2);

/// A component whose version is another one than before.
#[derive(Debug, Serialize)]
struct Moved {
    id: ComponentId,
    name: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

#[derive(Debug, Serialize)]
struct Updated {
    image: String,
    #[serde(flatten)]
    done: Done,
    /// Empty unless the end was waited for.
    versions: Vec<Moved>,
}

pub(super) async fn run(context: &Context, command: &Firmware) -> std::result::Result<ExitCode, Failure> {
    match command {
        Firmware::List { select } => list(context, select).await,
        Firmware::Update(arguments) => update(context, arguments).await,
    }
}

async fn list(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "firmware list", |cx: Cx, opened: Arc<Opened>| async move {
            let firmware =
                opened.device.firmware().ok_or_else(|| Error::unsupported("firmware.inventory"))?;
            firmware.inventory(&cx).await
        })
        .await?;
    Ok(print(context.output, &["device", "component", "name", "version", "updates"], &answers, rows))
}

pub(super) fn rows(inventory: &FirmwareInventory) -> Vec<Vec<String>> {
    let rows = inventory.components.iter().map(|one| {
        let updates = match (one.standby, one.updateable) {
            (true, _) => "standby",
            (false, Some(true)) => "yes",
            (false, Some(false)) => "no",
            (false, None) => "-",
        };
        vec![
            one.id.to_string(),
            or_dash(one.name.as_deref()),
            or_dash(one.version.as_deref()),
            updates.to_owned(),
        ]
    });
    rows.collect()
}

/// A file of this machine, or an address.
async fn image_of(
    context: &Context,
    arguments: &FirmwareUpdate,
) -> std::result::Result<FirmwareImage, Failure> {
    let image = &arguments.image;
    if image.contains("://") {
        let credentials = credentials_of(context, arguments.credential.as_deref()).await?;
        return Ok(FirmwareImage::Uri { uri: image.clone(), credentials });
    }
    if arguments.credential.is_some() {
        return Err(Failure(format!("{image}: a credential opens an address, and this is a file")));
    }
    let path = PathBuf::from(image);
    match std::fs::metadata(&path) {
        Ok(found) if found.is_file() => Ok(FirmwareImage::File(path)),
        Ok(_) => Err(Failure(format!("{image} is no file"))),
        Err(error) => Err(Failure(format!("cannot read {image}: {error}"))),
    }
}

/// A credential of the rack file, by name.
pub(super) async fn credentials_of(
    context: &Context,
    name: Option<&str>,
) -> std::result::Result<Option<Credentials>, Failure> {
    match name {
        Some(name) => Ok(Some(context.credentials.resolve(&context.cx("credential"), name).await?)),
        None => Ok(None),
    }
}

fn facet(step: &Step) -> Result<&dyn FirmwareFacet> {
    step.device().firmware().ok_or_else(|| Error::unsupported("firmware.update"))
}

async fn update(context: &Context, arguments: &FirmwareUpdate) -> std::result::Result<ExitCode, Failure> {
    let image = image_of(context, arguments).await?;
    let mutation = Mutation::asking(context, "firmware update", arguments.consent, arguments.wait);
    let look = async |step: &Step| {
        let before = facet(step)?.inventory(&step.cx).await?;
        let targets: Result<Vec<&FirmwareComponent>> =
            arguments.targets.iter().map(|word| pick("component", word, &before.components, names)).collect();
        let targets = targets?.into_iter().map(|one| one.id.clone()).collect::<Vec<_>>();
        Ok((before, targets))
    };
    let losses = |(before, targets): &(FirmwareInventory, Vec<ComponentId>)| {
        let image = image.describe();
        if targets.is_empty() {
            return vec![format!("the firmware that {image} is for is replaced")];
        }
        let version = |id| or_dash(before.component(id).and_then(|one| one.version.as_deref()));
        targets.iter().map(|id| format!("{id} {} is replaced by {image}", version(id))).collect()
    };
    let act = async |step: &Step, (before, targets): (FirmwareInventory, Vec<ComponentId>)| {
        let firmware = facet(step)?;
        let when = match arguments.when {
            Some(when) => Some(apply_time(Some(when), firmware.apply_times())?),
            None => None,
        };
        let update = Update { image: image.clone(), targets: targets.clone(), when };
        let done = step.staged(firmware.update(&step.cx, &update).await?).await?;
        let mut versions = Vec::new();
        if let Some(cx) = step.patient()
            && done.needs.is_none()
        {
            let after = inventory_after_a_restart(firmware, cx).await?;
            if let Some(expected) = &arguments.expect {
                verify(&after, &targets, expected)?;
            }
            versions = moved(&after, &before);
        }
        Ok(Updated { image: image.describe(), done, versions })
    };
    let answers = mutation.run(&arguments.select, look, losses, act).await?;
    Ok(print_if(context.output, &["device", "change", "component", "version"], answers, |updated| {
        let words = updated.done.words();
        if updated.versions.is_empty() {
            return vec![vec![words, "-".to_owned(), "-".to_owned()]];
        }
        let rows = updated.versions.iter().map(|one| {
            let version = format!("{} → {}", or_dash(one.from.as_deref()), or_dash(one.to.as_deref()));
            vec![words.clone(), one.id.to_string(), version]
        });
        rows.collect()
    }))
}

fn names(one: &FirmwareComponent) -> Vec<&str> {
    std::iter::once(one.id.as_str()).chain(one.name.as_deref()).collect()
}

fn moved(after: &FirmwareInventory, before: &FirmwareInventory) -> Vec<Moved> {
    let moved = after.changed_since(before).map(|(now, was)| Moved {
        id: now.id.clone(),
        name: now.name.clone(),
        from: was.map(str::to_owned),
        to: now.version.clone(),
    });
    moved.collect()
}

/// The versions, as soon as the controller answers again.
async fn inventory_after_a_restart(firmware: &dyn FirmwareFacet, cx: &Cx) -> Result<FirmwareInventory> {
    loop {
        match firmware.inventory(cx).await {
            Err(error) if underlay_hal::may_pass(&error) => {
                let over = |over: underlay_hal::Interrupted| over.into_error(Effect::Applied);
                cx.sleep(PAUSE).await.map_err(over)?;
            }
            done => return done,
        }
    }
}

/// Is the version there that was asked for?
fn verify(after: &FirmwareInventory, targets: &[ComponentId], expected: &str) -> Result<()> {
    let meant = |one: &&FirmwareComponent| targets.is_empty() || targets.contains(&one.id);
    let there: Vec<_> = after.components.iter().filter(meant).collect();
    if there.iter().any(|one| one.version.as_deref() == Some(expected)) {
        return Ok(());
    }
    let there: Vec<_> =
        there.iter().take(12).map(|one| format!("{} {}", one.id, or_dash(one.version.as_deref()))).collect();
    let message = format!("no version {expected} after the update; there are {}", there.join(", "));
    Err(Error::new(ErrorKind::DeviceFault, message).with_effect(Effect::Unknown).during("firmware.update"))
}
