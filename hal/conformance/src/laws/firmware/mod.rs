//! Laws of [`underlay_hal::Firmware`].

use std::{collections::BTreeMap, io::Write as _, time::Duration};

use tempfile::NamedTempFile;
use underlay_hal::{ComponentId, Cx, FirmwareImage, FirmwareInventory, FirmwareUpdate, PowerState};

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
    /// The versions in force before it.
    before: BTreeMap<String, String>,
}

impl Image {
    fn update(&self) -> FirmwareUpdate {
        let image = FirmwareImage::File(self.file.path().to_owned());
        FirmwareUpdate { image, targets: Vec::new(), when: None }
    }

    /// Does a component of that name and version show that it was taken? Some devices give a component another name with
    /// each version.
    fn is_shown_by(&self, name: &str, version: &str) -> bool {
        version == self.version && (name == self.component.as_str() || !self.before.contains_key(name))
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
    let (bytes, component, version) = real(world)?.image(of);
    let before = real(world)?.versions();
    ensure!(before.get(&component) != Some(&version), "the image brings {version}, which is in force");
    let size = bytes.len() as u64;
    Ok(Image { file: written(&bytes)?, size, component: component.into(), version, before })
}

async fn look(world: &World, cx: &Cx) -> Said<FirmwareInventory> {
    facet(world)?.inventory(cx).await.map_err(why)
}

/// Waits until what the image brings is really in force.
async fn is_in_force(world: &World, image: &Image) -> Said {
    until_for(world, LONG, "the image's version in force", || async {
        Ok(real(world)?.versions().iter().any(|(name, version)| image.is_shown_by(name, version)))
    })
    .await
}

/// Carries an update out to its very end, and waits until its version is in force and read.
async fn updated(world: &World, cx: &Cx, update: &FirmwareUpdate, image: &Image) -> Said {
    let outcome = facet(world)?.update(cx, update).await;
    concluded(world, cx, outcome).await?.well()?;
    is_in_force(world, image).await?;
    answers(world, cx).await?;
    until_for(world, LONG, "the image's version read", || async {
        let inventory = look(world, cx).await?;
        let mut current = inventory.components.iter().filter(|one| !one.standby);
        Ok(current.any(|one| image.is_shown_by(one.id.as_str(), one.version.as_deref().unwrap_or_default())))
    })
    .await
}
