//! `underlay media`.

use std::{process::ExitCode, sync::Arc};

use serde::Serialize;
use underlay_hal::{
    BootOverride, BootTarget, Change, Cx, Error, MediaImage, MediaKind, MediaSlot, MediaSlotId, Opened,
    Outcome, Persistence, Result, VirtualMedia, uri::without_secrets,
};

use super::{
    change::{Done, Mutation, Step},
    firmware::credentials_of,
    pick::pick,
};
use crate::{
    cli::{Kind, Media, MediaMount, Wait},
    context::{Context, Failure},
    output::{or_dash, print, print_if},
};

#[derive(Debug, Serialize)]
struct Slots {
    slots: Vec<MediaSlot>,
}

#[derive(Debug, Serialize)]
struct Mounted {
    slot: Option<MediaSlotId>,
    #[serde(flatten)]
    done: Done,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<BootTarget>,
}

#[derive(Debug, Serialize)]
struct Ejected {
    slots: Vec<Mounted>,
}

pub(super) async fn run(context: &Context, command: &Media) -> std::result::Result<ExitCode, Failure> {
    match command {
        Media::List { select } => list(context, select).await,
        Media::Mount(arguments) => mount(context, arguments).await,
        Media::Eject { select, slot } => eject(context, select, slot.as_deref()).await,
    }
}

fn missing() -> Error {
    Error::unsupported("virtual_media.slots")
}

async fn list(context: &Context, select: &str) -> std::result::Result<ExitCode, Failure> {
    let answers = context
        .each(select, "media list", |cx: Cx, opened: Arc<Opened>| async move {
            let mut slots = opened.device.virtual_media().ok_or_else(missing)?.slots(&cx).await?;
            for slot in &mut slots {
                slot.image = slot.image.take().map(|uri| without_secrets(&uri));
            }
            Ok(Slots { slots })
        })
        .await?;
    Ok(print(context.output, &["device", "slot", "takes", "image"], &answers, |answer| {
        let rows = answer.slots.iter().map(|slot| {
            let kinds: Vec<_> = slot.kinds.iter().map(|kind| kind.as_str()).collect();
            let image = match (&slot.image, slot.inserted) {
                (Some(uri), true) => uri.clone(),
                (Some(uri), false) => format!("{uri} (not connected)"),
                (None, true) => "(an image without a name)".to_owned(),
                (None, false) => "-".to_owned(),
            };
            vec![slot.id.to_string(), kinds.join(" "), image]
        });
        rows.collect()
    }))
}

fn facet(step: &Step) -> Result<&dyn VirtualMedia> {
    step.device().virtual_media().ok_or_else(missing)
}

async fn slot_of(step: &Step, word: &str) -> Result<MediaSlotId> {
    let slots = facet(step)?.slots(&step.cx).await?;
    pick("slot", word, &slots, names).map(|slot| slot.id.clone())
}

fn names(slot: &MediaSlot) -> Vec<&str> {
    std::iter::once(slot.id.as_str()).chain(slot.name.as_deref()).collect()
}

async fn mount(context: &Context, arguments: &MediaMount) -> std::result::Result<ExitCode, Failure> {
    let kind = match arguments.kind {
        Kind::Cd => MediaKind::Cd,
        Kind::Dvd => MediaKind::Dvd,
        Kind::Usb => MediaKind::Usb,
        Kind::Floppy => MediaKind::Floppy,
    };
    let image = &MediaImage {
        write_protected: !arguments.writable,
        credentials: credentials_of(context, arguments.credential.as_deref()).await?,
        ..MediaImage::new(arguments.uri.clone(), kind)
    };
    let mutation = Mutation::harmless(context, "media mount", Wait::default());
    let look = async |step: &Step| match &arguments.slot {
        Some(word) => slot_of(step, word).await.map(Some),
        None => Ok(None),
    };
    let act = async |step: &Step, slot: Option<MediaSlotId>| {
        let (slot, done) = match facet(step)?.insert(&step.cx, slot.clone(), image).await? {
            Outcome::Done(inserted) => (Some(inserted.slot), Done::of(inserted.change)),
            Outcome::Running(task) => (slot, step.changed(Outcome::Running(task)).await?),
        };
        let boot = if arguments.boot { Some(boot_from(step, kind).await?) } else { None };
        Ok(Mounted { slot, done, boot })
    };
    let answers = mutation.run(&arguments.select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "slot", "change"], answers, |mounted| vec![row(mounted)]))
}

fn row(mounted: &Mounted) -> Vec<String> {
    let boots = mounted.boot.map(|target| format!("; boots from {} next", target.as_str()));
    vec![or_dash(mounted.slot.as_ref()), mounted.done.words() + &boots.unwrap_or_default()]
}

/// Makes the machine boot from the virtual drive, once.
async fn boot_from(step: &Step, kind: MediaKind) -> Result<BootTarget> {
    let target = match kind {
        MediaKind::Cd | MediaKind::Dvd => BootTarget::Cd,
        MediaKind::Floppy => BootTarget::Floppy,
        _ => BootTarget::Usb,
    };
    let boot = step.device().boot().ok_or_else(|| Error::unsupported("boot.set"))?;
    let once = BootOverride { target, persistence: Persistence::Once, mode: None, http_uri: None };
    let _ = boot.set(&step.cx, Some(once)).await?;
    Ok(target)
}

async fn eject(
    context: &Context,
    select: &str,
    slot: Option<&str>,
) -> std::result::Result<ExitCode, Failure> {
    let mutation = Mutation::harmless(context, "media eject", Wait::default());
    let look = async |step: &Step| match slot {
        Some(word) => Ok(vec![slot_of(step, word).await?]),
        None => {
            let slots = facet(step)?.slots(&step.cx).await?;
            Ok(slots
                .into_iter()
                .filter(|slot| slot.inserted || slot.image.is_some())
                .map(|slot| slot.id)
                .collect())
        }
    };
    let act = async |step: &Step, slots: Vec<MediaSlotId>| {
        let mut ejected = Vec::new();
        for slot in slots {
            let done = step.changed(facet(step)?.eject(&step.cx, &slot).await?).await?;
            ejected.push(Mounted { slot: Some(slot), done, boot: None });
        }
        if ejected.is_empty() {
            ejected.push(Mounted { slot: None, done: Done::of(Change::AlreadySo), boot: None });
        }
        Ok(Ejected { slots: ejected })
    };
    let answers = mutation.run(select, look, |_| Vec::new(), act).await?;
    Ok(print_if(context.output, &["device", "slot", "change"], answers, |ejected| {
        ejected.slots.iter().map(row).collect()
    }))
}
