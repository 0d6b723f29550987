//! Laws of [`underlay_hal::Firmware`].

use std::{io::Write as _, time::Duration};

use tempfile::NamedTempFile;
use underlay_hal::{
    ComponentId, Cx, FirmwareImage, FirmwareInventory, FirmwareUpdate, PowerState, UpdateMethod,
};

use super::{
    Law,
    effect::{answers, concluded},
    ensure, facet,
    help::{Said, until_for, why},
};
use crate::{ImageOf, World};

mod looking;
mod refusals;
mod updating;

facet!(Firmware, firmware, FirmwareTruth);

pub(super) const LAWS: [&[Law]; 3] = [looking::LAWS, updating::LAWS, refusals::LAWS];

/// How long an update may take to show.
const LONG: Duration = Duration::from_secs(900);

/// An image in a file, which is there as long as this is.
struct Image {
    file: NamedTempFile,
    size: u64,
    component: ComponentId,
    version: String,
}

impl Image {
    fn update(&self) -> FirmwareUpdate {
        let image = FirmwareImage::File(self.file.path().to_owned());
        FirmwareUpdate { image, targets: Vec::new(), when: None }
    }
}

fn written(bytes: &[u8]) -> Said<NamedTempFile> {
    let write = || {
        let mut file = NamedTempFile::new()?;
        file.write_all(bytes)?;
        file.flush()?;
        std::io::Result::Ok(file)
    };
    write().map_err(|error| format!("no file for an image: {error}"))
}

/// An image that brings another version than the one in force, on a machine whose host runs.
async fn image(world: &World, of: ImageOf) -> Said<Image> {
    world.truth.put_power(PowerState::On).await;
    let facet = facet(world)?;
    ensure!(facet.methods().contains(&UpdateMethod::Push), "sending a file is promised and not listed");
    let (bytes, component, version) = real(world)?.image(of);
    let now = real(world)?.versions().remove(&component);
    ensure!(now.as_ref() != Some(&version), "the image brings {version}, which is in force");
    let size = bytes.len() as u64;
    Ok(Image { file: written(&bytes)?, size, component: component.into(), version })
}

async fn look(world: &World, cx: &Cx) -> Said<FirmwareInventory> {
    facet(world)?.inventory(cx).await.map_err(why)
}

/// The version really in force.
fn version(world: &World, component: &ComponentId) -> Said<String> {
    let mut versions = real(world)?.versions();
    versions.remove(component.as_str()).ok_or_else(|| format!("the machine has no {component}"))
}

/// Carries an update out to its very end, and waits until its version is in force and read.
async fn updated(world: &World, cx: &Cx, update: &FirmwareUpdate, image: &Image) -> Said {
    let outcome = facet(world)?.update(cx, update).await;
    concluded(world, cx, outcome).await?.well()?;
    until_for(world, LONG, "the image's version in force", || async {
        Ok(version(world, &image.component)? == image.version)
    })
    .await?;
    answers(world, cx).await?;
    until_for(world, LONG, "the image's version read", || async {
        let inventory = look(world, cx).await?;
        let seen = inventory.component(&image.component).and_then(|one| one.version.as_deref());
        Ok(seen == Some(image.version.as_str()))
    })
    .await
}
